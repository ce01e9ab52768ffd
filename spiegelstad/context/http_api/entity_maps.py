"""`/entityMap/{entityMapId}` (clause 6.32), and entity maps in queries. 1.9 writes `entityMaps`: taken as well."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.entity_maps import LIFETIME, create_map, delete_map, prolong_map
from spiegelstad.context.errors import BadRequestData, ResourceNotFound
from spiegelstad.context.http_api.answering import ROOT, NoContent, by_method, respond
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.models import EntityMap
from spiegelstad.context.queries.entities import ids
from spiegelstad.context.queries.entity_maps import get_map
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import shown_time, time_of, time_text
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.temporal import duration

HEADER = "NGSILD-EntityMap"
LOCAL = "@none"
_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MapUse:
    """Whether a query goes by an entity map: that with `uri`, or a new one that lives for `lifetime`."""

    uri: str
    wanted: bool
    lifetime: timedelta


def map_use(asked: NgsiRequest, wanted: bool, lifetime: str | None) -> MapUse:
    """Return what a request says of entity maps, in its header and by `entityMap` and `entityMapLifetime`."""
    given = asked.http.META.get("HTTP_NGSILD_ENTITYMAP", "")
    uri = unquote(given.strip().rstrip("/").rpartition("/")[2])
    if uri:
        lexical.uri(uri, HEADER)
    return MapUse(uri, wanted or bool(uri), _lifetime(lifetime))


def _lifetime(text: str | None) -> timedelta:
    if text is None:
        return LIFETIME
    try:
        given = duration(text)
    except BadRequestData:
        given = None
    if not given:
        raise BadRequestData(f"entityMapLifetime is not a duration like PT1H: {lexical.shortly(text)}.")
    return given.fixed + given.months * _MONTH


def map_of(actor: Actor, use: MapUse, query: EntityQuery, closed: frozenset[str]) -> EntityMap | None:
    """Return the map that a query goes by: the one named, when it is still there, else a new one."""
    if not use.wanted:
        return None
    if use.uri:
        try:
            return get_map(actor, use.uri)
        except ResourceNotFound:
            pass
    entities = {id_: [LOCAL] for id_ in ids(actor, query, closed)}
    return create_map(by=actor, entities=entities, lifetime=use.lifetime)


def map_headers(entity_map: EntityMap | None) -> dict[str, str]:
    """Return the header that tells where the map is."""
    return {HEADER: f"{ROOT}/entityMap/{quote(entity_map.uri, safe=':')}"} if entity_map else {}


def retrieve(request: HttpRequest, uri: str) -> HttpResponse:
    """GET (clause 5.14.1)."""
    asked = read(request, params=())
    found = get_map(asked.actor, lexical.uri(uri, "The id in the address"))
    return respond(asked, _shown(found))


def update(request: HttpRequest, uri: str) -> HttpResponse:
    """PATCH (clause 5.14.2): how long it lives. The rest is output only, and so ignored."""
    asked = read(request, body=True, params=())
    lexical.uri(uri, "The id in the address")
    body = asked.body
    if not isinstance(body, dict) or body.get("type", "EntityMap") != "EntityMap" or body.get("id", uri) != uri:
        raise BadRequestData("The body is not this EntityMap.")
    if "expiresAt" in body:
        prolong_map(by=asked.actor, uri=uri, expires_at=time_of(lexical.time(body["expiresAt"], "expiresAt")))
    else:
        get_map(asked.actor, uri)
    return NoContent()


def delete(request: HttpRequest, uri: str) -> HttpResponse:
    """DELETE (clause 5.14.3)."""
    asked = read(request, params=())
    delete_map(by=asked.actor, uri=lexical.uri(uri, "The id in the address"))
    return NoContent()


def _shown(found: EntityMap) -> dict[str, Any]:
    return {
        "id": found.uri,
        "type": "EntityMap",
        "expiresAt": shown_time(time_text(found.expires_at)),
        "entityMap": found.entities,
        "linkedMaps": found.linked_maps,
    }


urlpatterns = [
    re_path(r"^entityMaps?/(?P<uri>[^/]+)/?$", by_method(GET=retrieve, PATCH=update, DELETE=delete)),
]
