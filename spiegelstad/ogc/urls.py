"""Addresses of ogc."""

from django.urls import path

from spiegelstad.ogc import http_api, http_tiles

_ONE = "ogc/collections/<slug:slug>"
_TILES = f"{_ONE}/tiles/WebMercatorQuad"

urlpatterns = [
    path("ogc", http_api.landing, name="ogc"),
    path("ogc/", http_api.landing),
    path("ogc/conformance", http_api.conformance),
    path("ogc/api", http_api.api),
    path("ogc/collections", http_api.collections, name="ogc-collections"),
    path(_ONE, http_api.collection, name="ogc-collection"),
    path(f"{_ONE}/queryables", http_api.queryables),
    path(f"{_ONE}/tiles", http_tiles.tilesets_of),
    path(_TILES, http_tiles.tileset),
    path(f"{_TILES}/tilejson", http_tiles.tilejson, name="ogc-tilejson"),
    path(f"{_TILES}/<int:z>/<int:y>/<int:x>", http_tiles.tile, name="ogc-tile"),
    path("ogc/tileMatrixSets", http_tiles.tiling_schemes),
    path("ogc/tileMatrixSets/WebMercatorQuad", http_tiles.tiling_scheme),
    path(f"{_ONE}/items", http_api.items, name="ogc-items"),
    path(f"{_ONE}/items/<path:feature_id>", http_api.item, name="ogc-item"),
]
