"""Descriptions of tiles: OGC tileset metadata, TileJSON 3, the tile matrix set."""

from typing import Any

from spiegelstad.base.localised import in_language
from spiegelstad.ogc.formats.documents import SCHEMAS, Address, Document, link, self_and_other
from spiegelstad.ogc.layers.layer import Layer
from spiegelstad.ogc.layers.tiling import MAX_FEATURES, MAX_PROPERTIES
from spiegelstad.ogc.queries.collections import Collection
from spiegelstad.ogc.rules.tiles import MAX_ZOOM, SIDE_M
from spiegelstad.ogc.vocabulary import CRS84, JSON, TILE, TILING_SCHEME, WEB_MERCATOR_QUAD

MAPS_ZOOM = 18
"""The zoom beyond which a map draws the tiles of this one larger."""
_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_KINDS = {"Point": 0, "MultiPoint": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2}


def tileset(address: Address, one: Collection, layer: Layer, *, is_html: bool) -> Document:
    """Describe the vector tiles of a collection."""
    path = f"/collections/{one.id}/tiles/WebMercatorQuad"
    dimensions = {_KINDS.get(kind, -1) for kind in layer.kinds}
    shape = {"geometryDimension": dimensions.pop()} if len(dimensions) == 1 and -1 not in dimensions else {}
    named = {column.name: dict(SCHEMAS[column.type]) for column in one.columns[:MAX_PROPERTIES]}
    box = {} if layer.bounds is None else {
        "boundingBox": {"lowerLeft": layer.bounds[:2], "upperRight": layer.bounds[2:], "crs": CRS84}
    }  # fmt: skip
    return {
        "title": in_language(one.dataset.title),
        "description": f"At most {MAX_FEATURES:,} features a tile: the largest, or a sample of points.",
        "dataType": "vector",
        "crs": _MERCATOR,
        "tileMatrixSetId": "WebMercatorQuad",
        "tileMatrixSetURI": WEB_MERCATOR_QUAD,
        "layers": [
            {"id": one.id, "dataType": "vector", **shape, "propertiesSchema": {"type": "object", "properties": named}}
        ],
        **box,
        "links": [
            *self_and_other(address, path, is_html),
            link(address("/tileMatrixSets/WebMercatorQuad"), TILING_SCHEME, JSON),
            {**link(_template(address, one), "item", TILE), "templated": True},
            link(address(f"{path}/tilejson"), "describedby", JSON, "TileJSON"),
        ],
    }


def tilejson(address: Address, one: Collection, layer: Layer) -> Document:
    """Describe the vector tiles of a collection for map libraries, which read the address of this."""
    tiles = _template(address, one).replace("{tileMatrix}", "{z}").replace("{tileRow}", "{y}")
    fields = {column.name: in_language(column.description) or column.name for column in one.columns[:MAX_PROPERTIES]}
    return {
        "tilejson": "3.0.0",
        "name": in_language(one.dataset.title),
        "description": in_language(one.dataset.description),
        "attribution": one.dataset.source.publisher,
        "version": f"{one.version.number}.0.0",
        "tiles": [f"{tiles.replace('{tileCol}', '{x}')}?version={one.version.number}"],
        "minzoom": 0,
        "maxzoom": MAPS_ZOOM,
        **({"bounds": layer.bounds} if layer.bounds else {}),
        "vector_layers": [{"id": one.id, "fields": fields}],
        "links": [],
    }


def _template(address: Address, one: Collection) -> str:
    return address(f"/collections/{one.id}/tiles/WebMercatorQuad") + "/{tileMatrix}/{tileRow}/{tileCol}"


def _matrix(zoom: int) -> dict[str, Any]:
    return {
        "id": str(zoom),
        "scaleDenominator": SIDE_M / 256 / 2**zoom / 0.00028,
        "cellSize": SIDE_M / 256 / 2**zoom,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-SIDE_M / 2, SIDE_M / 2],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


WEB_MERCATOR_QUAD_SET: Document = {
    "id": "WebMercatorQuad",
    "title": "Google Maps Compatible for the World",
    "uri": WEB_MERCATOR_QUAD,
    "crs": _MERCATOR,
    "orderedAxes": ["X", "Y"],
    "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
    "tileMatrices": [_matrix(zoom) for zoom in range(MAX_ZOOM + 1)],
}
"""WebMercatorQuad of OGC 17-083r4, annex D."""
