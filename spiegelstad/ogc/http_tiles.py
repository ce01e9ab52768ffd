"""`/ogc/collections/<slug>/tiles`: OGC API Tiles, vector tiles of every collection in WebMercatorQuad; TileJSON."""

from functools import partial

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.busy import says_when_busy
from spiegelstad.base.errors import NotFound
from spiegelstad.ogc import pages
from spiegelstad.ogc.formats import documents, tilesets
from spiegelstad.ogc.http_requests import address, answer, for_caches, require_known, version_asked, wants_html
from spiegelstad.ogc.layers.layer import layout_of
from spiegelstad.ogc.layers.tiling import tile_of
from spiegelstad.ogc.queries import collections as queries
from spiegelstad.ogc.rules.tiles import TileAt
from spiegelstad.ogc.vocabulary import JSON, TILE, TILING_SCHEME

_ENCODING = "mvt-1"
"""Part of a tile's ETag: another when tiles of the same content come to be written otherwise."""


class NoSuchTile(NotFound):
    """There is no such tile in the tile matrix set."""

    title = "No such tile"


@require_safe
@says_when_busy
def tilesets_of(request: CityRequest, slug: str) -> HttpResponse:
    """The tilesets of a collection: one."""
    require_known(request)
    one = queries.collection(request.actor, slug)
    to = partial(address, request)
    document = {
        "links": documents.self_and_other(to, f"/collections/{slug}/tiles", wants_html(request)),
        "tilesets": [tilesets.tileset(to, one, one.layer(), is_html=False)],
    }
    return answer(request, document, lambda: pages.tileset(document, one))


@require_safe
@says_when_busy
def tileset(request: CityRequest, slug: str) -> HttpResponse:
    """The description of the tileset."""
    require_known(request)
    one = queries.collection(request.actor, slug)
    document = tilesets.tileset(partial(address, request), one, one.layer(), is_html=wants_html(request))
    return answer(request, document, lambda: pages.tileset(document, one))


@require_safe
@says_when_busy
def tilejson(request: CityRequest, slug: str) -> HttpResponse:
    """The description of the tileset as TileJSON 3, whose tiles are those of the version of now."""
    require_known(request)
    one = queries.collection(request.actor, slug)
    document = tilesets.tilejson(partial(address, request), one, one.layer())
    return answer(request, document, lambda: pages.tileset(document, one))


@require_safe
@says_when_busy
def tile(request: CityRequest, slug: str, z: int, y: int, x: int) -> HttpResponse:
    """A vector tile; the headers OGC-NumberMatched and OGC-NumberReturned say how much of what lies there it shows."""
    require_known(request, {"version"})
    at = TileAt(z, x, y)
    if not at.is_there:
        raise NoSuchTile(f"There is no tile {z}/{y}/{x}.")
    number = version_asked(request)
    one = queries.collection(request.actor, slug, number)
    etag = f'"{one.version.content_hash[:32]}-{layout_of(one.version)}-{_ENCODING}-{z}-{y}-{x}"'
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        found = tile_of(one.layer(), slug, at)
        response = HttpResponse(found.content, content_type=TILE, status=200 if found.content else 204)
        response.headers["OGC-NumberMatched"] = str(found.matched)
        response.headers["OGC-NumberReturned"] = str(found.shown)
    response.headers["ETag"] = etag
    if number is not None and one.version.classification == "public":
        patch_cache_control(response, public=True, max_age=3_600, stale_while_revalidate=86_400)
        return response
    return for_caches(request, response)


@require_safe
def tiling_schemes(request: CityRequest) -> HttpResponse:
    """The tile matrix sets: one."""
    require_known(request)
    to = partial(address, request)
    one = documents.link(to("/tileMatrixSets/WebMercatorQuad"), TILING_SCHEME, JSON)
    document = {
        "links": documents.self_and_other(to, "/tileMatrixSets", wants_html(request)),
        "tileMatrixSets": [{"id": "WebMercatorQuad", "title": "WebMercatorQuad", "links": [one]}],
    }
    return answer(request, document, lambda: pages.tiling_scheme(document))


@require_safe
def tiling_scheme(request: CityRequest) -> HttpResponse:
    """WebMercatorQuad."""
    require_known(request)
    document = tilesets.WEB_MERCATOR_QUAD_SET | {
        "links": documents.self_and_other(
            partial(address, request), "/tileMatrixSets/WebMercatorQuad", wants_html(request)
        )
    }
    return answer(request, document, lambda: pages.tiling_scheme(document))
