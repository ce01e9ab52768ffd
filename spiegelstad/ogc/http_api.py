"""`/ogc`: OGC API Features over every dataset that says where. Reads the address and calls one query."""

from functools import partial
from urllib.parse import quote

import numpy as np
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.busy import says_when_busy
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.ogc import http_records as records
from spiegelstad.ogc import http_requests as requests
from spiegelstad.ogc import pages
from spiegelstad.ogc.formats import documents, openapi
from spiegelstad.ogc.formats.crs import crs_of
from spiegelstad.ogc.formats.documents import Document, link
from spiegelstad.ogc.formats.geojson import features
from spiegelstad.ogc.http_requests import address, answer, require_known, version_asked, wants_html
from spiegelstad.ogc.queries import collections as queries
from spiegelstad.ogc.queries.features import page, position_of
from spiegelstad.ogc.vocabulary import CONFORMANCE, CRS84, GEOJSON, HTML, JSON, OPENAPI, RECORDS, SCHEMA, SYSTEMS


@require_safe
def landing(request: CityRequest) -> HttpResponse:
    """The landing page."""
    require_known(request)
    to = partial(address, request)
    links = [
        *documents.self_and_other(to, "", wants_html(request)),
        link(to("/api"), "service-desc", OPENAPI, _("How to ask, for programs")),
        link(to("/api", f="html"), "service-doc", HTML, _("How to ask")),
        link(to("/conformance"), "conformance", JSON, _("What we conform to")),
        link(to("/collections"), "data", JSON, _("Collections")),
    ]
    document = {
        "title": in_language(request.tenant.name),
        "description": _("Everything on the map that may be open, by the standards of OGC."),
        "links": links,
    }
    return answer(request, document, lambda: pages.landing(document))


@require_safe
def conformance(request: CityRequest) -> HttpResponse:
    """What we conform to."""
    require_known(request)
    document = {"conformsTo": list(CONFORMANCE)}
    return answer(request, document, lambda: pages.conformance(document))


@require_safe
def api(request: CityRequest) -> HttpResponse:
    """The description of the API: OpenAPI 3.0."""
    require_known(request)
    title = in_language(request.tenant.name)
    limits = {"default_limit": requests.DEFAULT_LIMIT, "max_limit": requests.MAX_LIMIT}
    document = openapi.api(address(request), f"{title}: OGC API", **limits)
    return answer(request, document, lambda: pages.api(document), content_type=OPENAPI)


@require_safe
@says_when_busy
def collections(request: CityRequest) -> HttpResponse:
    """All collections."""
    require_known(request)
    to, is_html = partial(address, request), wants_html(request)
    found = queries.collections(request.actor)
    listed = [records.about(request)]
    listed += [documents.collection_document(to, one, is_html, bounds=one.version.coverage.bbox) for one in found]
    document = {
        "links": documents.self_and_other(to, "/collections", is_html),
        "crs": list(SYSTEMS),
        "collections": listed,
    }
    return answer(request, document, lambda: pages.collections(document, found))


@require_safe
@says_when_busy
def collection(request: CityRequest, slug: str) -> HttpResponse:
    """One collection: of features, or the catalogue itself."""
    if slug == RECORDS:
        return records.collection(request)
    require_known(request)
    one = queries.collection(request.actor, slug)
    layer = one.layer()
    document = documents.collection_document(partial(address, request), one, wants_html(request), bounds=layer.bounds)
    return answer(request, document, lambda: pages.collection(document, one, layer.kinds))


@require_safe
@says_when_busy
def queryables(request: CityRequest, slug: str) -> HttpResponse:
    """What may stand in a filter."""
    require_known(request)
    one = queries.collection(request.actor, slug)
    document = documents.queryables_document(partial(address, request), one, one.layer().kinds)
    return answer(request, document, lambda: pages.queryables(document, one), content_type=SCHEMA)


@require_safe
@says_when_busy
def items(request: CityRequest, slug: str) -> HttpResponse:
    """A page of features, or of records."""
    if slug == RECORDS:
        return records.items(request)
    number = version_asked(request)
    one = queries.collection(request.actor, slug, number)
    asked = requests.asked(request, one)
    crs = crs_of(request.GET.get("crs") or CRS84, "crs")
    found = page(one, asked)
    document: Document = {
        "type": "FeatureCollection",
        "timeStamp": documents.moment(now()),
        "numberMatched": found.matched,
        "numberReturned": len(found.positions),
        "links": [
            *requests.page_links(request, asked.offset, asked.limit, found.matched, version=one.version.number),
            link(address(request, f"/collections/{one.id}"), "collection", JSON),
        ],
        "features": features(found.layer, found.positions, crs),
    }
    response = answer(request, document, lambda: pages.items(document, one), content_type=GEOJSON)
    response.headers["Content-Crs"] = f"<{crs.uri}>"
    return response


@require_safe
@says_when_busy
def item(request: CityRequest, slug: str, feature_id: str) -> HttpResponse:
    """One feature, or one record."""
    if slug == RECORDS:
        return records.item(request, feature_id)
    require_known(request, {"crs", "version"})
    one = queries.collection(request.actor, slug, version_asked(request))
    crs = crs_of(request.GET.get("crs") or CRS84, "crs")
    layer = one.layer()
    document = features(layer, np.array([position_of(layer, feature_id)]), crs)[0]
    path = f"/collections/{one.id}"
    document["links"] = [
        *documents.self_and_other(
            partial(address, request), f"{path}/items/{quote(feature_id, safe='')}", wants_html(request), GEOJSON
        ),
        link(address(request, path), "collection", JSON),
    ]
    response = answer(request, document, lambda: pages.item(document, one), content_type=GEOJSON)
    response.headers["Content-Crs"] = f"<{crs.uri}>"
    return response
