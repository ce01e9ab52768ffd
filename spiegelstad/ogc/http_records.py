"""`/ogc/collections/catalogue`: OGC API Records, every dataset that the actor may read as a record."""

from datetime import date, datetime
from functools import partial

import shapely
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.ogc import http_requests as requests
from spiegelstad.ogc import pages
from spiegelstad.ogc.cql2.nodes import Shape, walk
from spiegelstad.ogc.cql2.values import read_instant
from spiegelstad.ogc.formats import documents
from spiegelstad.ogc.formats.documents import Document, link
from spiegelstad.ogc.formats.records import catalogue_document, record_document
from spiegelstad.ogc.http_requests import BadParameter, address, answer, require_known, wants_html
from spiegelstad.ogc.queries import records as queries
from spiegelstad.ogc.queries.records import RecordsAsked
from spiegelstad.ogc.vocabulary import GEOJSON, JSON, RECORDS

MAX_RECORDS = 1_000
MAX_LISTED = 100
_PARAMETERS = frozenset(
    {"limit", "offset", "q", "type", "ids", "externalIds", "bbox", "bbox-crs", "datetime"}
)  # fmt: skip


def about(request: CityRequest) -> Document:
    """Describe the collection of records."""
    words = _("Every dataset of the city as a record: what it is, what it covers and where it can be had.")
    return catalogue_document(partial(address, request), wants_html(request), _("Catalogue"), words)


def collection(request: CityRequest) -> HttpResponse:
    """The collection of records."""
    require_known(request)
    document = about(request)
    return answer(request, document, lambda: pages.catalogue(document))


def items(request: CityRequest) -> HttpResponse:
    """A page of records."""
    require_known(request, _PARAMETERS)
    limit = requests.whole_number(request, "limit", requests.DEFAULT_LIMIT, 1, MAX_RECORDS)
    offset = requests.whole_number(request, "offset", 0, 0, requests.MAX_OFFSET)
    found = queries.records(request.actor, _asked(request))
    to, language = partial(address, request), get_language() or "nl"
    shown = [record_document(to, one, language) for one in found[offset : offset + limit]]
    document: Document = {
        "type": "FeatureCollection",
        "timeStamp": documents.moment(now()),
        "numberMatched": len(found),
        "numberReturned": len(shown),
        "links": [
            *requests.page_links(request, offset, limit, len(found)),
            link(to(f"/collections/{RECORDS}"), "collection", JSON),
        ],
        "features": shown,
    }
    return answer(request, document, lambda: pages.records(document), content_type=GEOJSON)


def item(request: CityRequest, slug: str) -> HttpResponse:
    """One record."""
    require_known(request)
    document = record_document(partial(address, request), queries.record(request.actor, slug), get_language() or "nl")
    return answer(request, document, lambda: pages.record(document), content_type=GEOJSON)


def _asked(request: CityRequest) -> RecordsAsked:
    box = requests.box_asked(request, "geometry")
    shapes = [one.geometry for one in walk(box) if isinstance(one, Shape)] if box is not None else []
    start, end = _time(request.GET.get("datetime", ""))
    return RecordsAsked(
        words=[" ".join(word.split()).casefold() for word in _listed(request, "q")],
        types=_listed(request, "type"),
        ids=_listed(request, "ids"),
        external_ids=_listed(request, "externalIds"),
        boxes=[shapely.bounds(shape).tolist() for shape in shapes],
        start=start,
        end=end,
    )


def _listed(request: CityRequest, name: str) -> list[str]:
    found = [part.strip() for part in request.GET.get(name, "").split(",") if part.strip()]
    if len(found) > MAX_LISTED:
        raise BadParameter(f"{name} holds more than {MAX_LISTED} values.", parameter=name)
    return found


def _time(text: str) -> tuple[datetime | None, datetime | None]:
    """Read datetime; a day is from its midnight to its end in Brussels."""
    ends = text.split("/")
    if len(ends) > 2:
        raise BadParameter("datetime is a moment, or two with a / between them.", parameter="datetime")
    is_open = [end in {"", ".."} for end in ends]
    start = None if is_open[0] else _moment(ends[0], is_end=False)
    return start, None if is_open[-1] else _moment(ends[-1], is_end=True)


def _moment(text: str, *, is_end: bool) -> datetime:
    value = read_instant(text).value
    if isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return datetime.combine(value, datetime.max.time() if is_end else datetime.min.time(), BRUSSELS)
