"""`GET /entities` (6.4.3.2) and `POST /entityOperations/query` (6.23.3.1): query entities (clause 5.7.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.federation.querying import Queried, is_local, queried
from spiegelstad.context.federation.versions import warnings_header
from spiegelstad.context.formats.form import Form
from spiegelstad.context.http_api.answering import by_method, respond
from spiegelstad.context.http_api.entity_maps import MapUse, map_headers, map_of, map_use
from spiegelstad.context.http_api.forms import FORM_OPTIONS, FORM_PARAMS, form_of, make_form, representation_of
from spiegelstad.context.http_api.linking import JOINING, Join, answer_of, check_depth, join_from, shown
from spiegelstad.context.http_api.media import ENTITY_TYPES, GEO_JSON
from spiegelstad.context.http_api.paging import links
from spiegelstad.context.http_api.query_params import (
    GEO,
    ORDERING,
    PAGING,
    SELECTION,
    query_of_body,
    query_of_params,
    text_of,
    texts_of,
)
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.queries.entities import find
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.q import depth

_MAPS = frozenset({"entityMap", "entityMapLifetime", "splitEntities"})
QUERY_PARAMS = SELECTION | GEO | PAGING | ORDERING | FORM_PARAMS | JOINING | _MAPS
POST_PARAMS = PAGING | FORM_PARAMS | {"local", "splitEntities"}
PURGE_PARAMS = SELECTION | GEO | {"drop", "keep", "geometryProperty"}


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it was asked: what, in which form, with which linked entities, by which entity map."""

    asked: NgsiRequest
    query: EntityQuery
    form: Form
    join: Join
    map_use: MapUse


def query_entities_view(request: HttpRequest) -> HttpResponse:
    """Query entities by the parameters of a GET."""
    asked = read(request, types=ENTITY_TYPES, params=QUERY_PARAMS)
    asked.flag("splitEntities")
    join = join_from({name: asked.params.get(name) for name in JOINING})
    use = map_use(asked, asked.flag("entityMap"), asked.params.get("entityMapLifetime"))
    return answer(Question(asked, query_of_params(asked), form_of(asked), join, use))


def query_by_body_view(request: HttpRequest) -> HttpResponse:
    """Query entities by the Query in the body of a POST."""
    asked = read(request, body=True, types=ENTITY_TYPES, params=POST_PARAMS)
    query = query_of_body(asked)
    wants_map = asked.body.get("entityMap", False)
    if not isinstance(wants_map, bool):
        raise BadRequestData("entityMap is neither true nor false.")
    use = map_use(asked, wants_map, text_of(asked.body, "entityMapLifetime"))
    return answer(Question(asked, query, _form_of_body(asked), _join_of_body(asked.body), use))


def answer(question: Question) -> HttpResponse:
    """Find the page of entities and answer with it, its neighbours and, if asked for, the count."""
    asked, query = question.asked, question.query
    check_depth(question.join, question.form, depth(query.q) if query.q else 0)
    closed = closed_attributes(asked.actor, asked.tenant.settings)
    found = queried(asked, query, question.map_use, closed, question.form.dataset_ids) or _own(question, closed)
    reach = replace(asked, has_sources=False) if is_local(query) else asked
    entities, warnings = shown(reach, found.page.documents, question.form.without(closed), question.join)
    told = warnings_header([*found.warnings, *warnings])
    headers = {**links(asked, query, found.page), **map_headers(found.entity_map), **told}
    return respond(asked, answer_of(asked, entities), headers=headers)


def _own(question: Question, closed: frozenset[str]) -> Queried:
    """Find the page among what is kept here."""
    actor, query = question.asked.actor, question.query
    entity_map = map_of(actor, question.map_use, query, closed)
    if entity_map is not None:
        query = replace(query, only=frozenset(entity_map.entities))
    return Queried(find(actor, query, closed), entity_map)


def purge_query(asked: NgsiRequest) -> EntityQuery:
    """Return which entities a purge is about (clause 5.6.21); it follows no relationships."""
    query = query_of_params(asked)
    if query.q is not None and depth(query.q):
        raise BadRequestData("A purge cannot ask about linked entities.")
    return query


def _form_of_body(asked: NgsiRequest) -> Form:
    """Return the form: representation by parameters, the rest by the body."""
    body, options = asked.body, asked.options(FORM_OPTIONS)
    geometry_property = asked.params.get("geometryProperty", "")
    if geometry_property and asked.accept != GEO_JSON:
        raise BadRequestData("geometryProperty goes with Accept: application/geo+json only.")
    return make_form(
        asked.context,
        representation=representation_of(asked.params.get("format", ""), options),
        sys_attrs="sysAttrs" in options,
        language=text_of(body, "lang") or asked.params.get("lang", ""),
        attrs=texts_of(body, "attrs"),
        pick=_members(body, "pick"),
        omit=_members(body, "omit"),
        dataset_ids=_members(body, "datasetId"),
        geometry_property=geometry_property,
    )


def _members(body: dict[str, Any], name: str) -> list[str] | None:
    """Return a list of texts, given as one or as a text with commas."""
    given = body.get(name)
    return [part.strip() for part in given.split(",")] if isinstance(given, str) else texts_of(body, name)


def _join_of_body(body: dict[str, Any]) -> Join:
    level = body.get("joinLevel")
    if level is not None and (not isinstance(level, int) or isinstance(level, bool)):
        raise BadRequestData("joinLevel is not a number.")
    given: Mapping[str, str | None] = {
        "join": text_of(body, "join"),
        "joinLevel": None if level is None else str(level),
        "containedBy": ",".join(_members(body, "containedBy") or []) or None,
    }
    return join_from(given)


urlpatterns = [re_path(r"^entityOperations/query/?$", by_method(POST=query_by_body_view))]
