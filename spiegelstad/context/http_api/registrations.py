"""`/csourceRegistrations` and `/csourceRegistrations/{id}` (clauses 6.8 and 6.9)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.actions.registrations import create_registration, delete_registration, update_registration
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.registrations import shown_registration
from spiegelstad.context.http_api.answering import NoContent, by_method, context_url, created, respond
from spiegelstad.context.http_api.paging import list_headers, page_asked
from spiegelstad.context.http_api.query_params import GEO, SELECTION, query_of_params
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.models import Registration
from spiegelstad.context.queries import registrations as queries
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.discovery import SourceQuery
from spiegelstad.context.rules.matching import wanted_of
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.temporal import TemporalQuery, temporal_query

_OPTIONS = frozenset({"sysAttrs"})
_TIME = ("timerel", "timeAt", "endTimeAt", "timeproperty")
_SHOW = frozenset({"options", "sysAttrs"})
_LIST = SELECTION | GEO | frozenset(_TIME) | _SHOW | {"limit", "offset", "count", "geometryProperty", "lang"}


def create(request: HttpRequest) -> HttpResponse:
    """Register a context source (6.8.3.1)."""
    asked = read(request, body=True, params=())
    uri = create_registration(
        by=asked.actor, given=_object(asked.body), context=asked.context, context_url=context_url(asked)
    )
    return created("csourceRegistrations", uri)


def list_matching(request: HttpRequest) -> HttpResponse:
    """Find the registrations of sources that may know of entities (6.8.3.2)."""
    asked = read(request, params=_LIST)
    limit, offset = page_asked(asked)
    found = queries.found_by(asked.actor, _query(asked))
    count = len(found) if asked.flag("count") else None
    headers = list_headers(asked, limit, offset, more=offset + limit < len(found), count=count)
    return respond(asked, [_shown(asked, row) for row in found[offset : offset + limit]], headers=headers)


def retrieve(request: HttpRequest, uri: str) -> HttpResponse:
    """Show one registration (6.9.3.1)."""
    asked = read(request, params=_SHOW)
    return respond(asked, _shown(asked, queries.one(asked.actor, _checked(uri))))


def update(request: HttpRequest, uri: str) -> HttpResponse:
    """Change a registration (6.9.3.2)."""
    asked = read(request, body=True, params=())
    update_registration(by=asked.actor, uri=_checked(uri), fragment=_object(asked.body), context=asked.context)
    return NoContent()


def delete(request: HttpRequest, uri: str) -> HttpResponse:
    """End a registration (6.9.3.3)."""
    asked = read(request, params=())
    delete_registration(by=asked.actor, uri=_checked(uri))
    return NoContent()


def _query(asked: NgsiRequest) -> SourceQuery:
    query = query_of_params(asked)
    csf = asked.params.get("csf")
    return SourceQuery(
        wanted_of(query),
        query.geo,
        query.scope_q,
        parse_q(csf, asked.context) if csf is not None else None,
        _temporal(asked),
    )


def _temporal(asked: NgsiRequest) -> TemporalQuery | None:
    given = [asked.params.get(name) for name in _TIME]
    return temporal_query(*given) if any(one is not None for one in given) else None


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or not body:
        raise BadRequestData("The body is one registration: an object with something in it.")
    return body


def _checked(uri: str) -> str:
    return lexical.uri(uri, "The id of a registration")


def _shown(asked: NgsiRequest, row: Registration) -> dict[str, Any]:
    sys_attrs = "sysAttrs" in asked.options(_OPTIONS) or asked.flag("sysAttrs")
    return shown_registration(row, asked.context, sys_attrs=sys_attrs)


urlpatterns = [
    re_path(r"^csourceRegistrations/?$", by_method(GET=list_matching, POST=create)),
    re_path(r"^csourceRegistrations/(?P<uri>.+?)/?$", by_method(GET=retrieve, PATCH=update, DELETE=delete)),
]
