"""`/entities` and what is below it (clauses 6.4 to 6.7): one entity and its attributes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.actions import entities as acts
from spiegelstad.context.actions.changing import Result
from spiegelstad.context.actions.purging import purge
from spiegelstad.context.errors import BadRequestData, ResourceNotFound
from spiegelstad.context.federation.payloads import attribute_part, entity_part, only
from spiegelstad.context.federation.purging import spread_purge
from spiegelstad.context.federation.retrieving import Retrieved, retrieved
from spiegelstad.context.federation.versions import warnings_header
from spiegelstad.context.federation.writing import Write, spread_attributes, spread_entity
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.formats.reading import (
    CREATE,
    FRAGMENT,
    MERGE,
    MERGE_SIMPLIFIED,
    PATCH,
    UPDATE,
    read_attribute,
    read_entity,
)
from spiegelstad.context.http_api.answering import NoContent, by_method, created, respond
from spiegelstad.context.http_api.entity_maps import map_headers, map_of, map_use
from spiegelstad.context.http_api.forms import FORM_OPTIONS, FORM_PARAMS, form_of, representation_of
from spiegelstad.context.http_api.linking import JOINING, answer_of, check_depth, join_from, shown
from spiegelstad.context.http_api.media import ENTITY_TYPES
from spiegelstad.context.http_api.queries import PURGE_PARAMS, purge_query, query_entities_view
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.queries.entities import opened
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import Document, Instance
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.types import TypeExpr, has_types, parse_types

_TARGET = frozenset({"type", "local"})
_MERGE = _TARGET | {"options", "format", "observedAt", "lang"}
_DELETE_ATTRIBUTE = _TARGET | {"datasetId", "deleteAll"}
_RETRIEVE = FORM_PARAMS | JOINING | {"type", "local", "entityMap"}


def create_entity(request: HttpRequest) -> HttpResponse:
    """POST /entities (6.4.3.1)."""
    asked = read(request, body=True, params={"local"})
    asked.flag("local")
    document = read_entity(asked.body, asked.context, purpose=CREATE)
    write = _write("createEntity", document.id, document, _each(document.types))

    def own(left: frozenset[str]) -> None:
        acts.create_entity(by=asked.actor, document=only(document, left))

    return spread_entity(asked, write, own) or created("entities", document.id)


def retrieve_entity(request: HttpRequest, entity_id: str) -> HttpResponse:
    """GET /entities/{entityId} (6.5.3.1)."""
    asked = read(request, types=ENTITY_TYPES, params=_RETRIEVE, entity_id=entity_id)
    types = _target(asked, entity_id)
    form = form_of(asked)
    join = join_from(asked.params)
    check_depth(join, form)
    closed = closed_attributes(asked.actor, asked.tenant.settings)
    found = Retrieved(opened(asked.actor, asked.entity, closed))
    if asked.has_sources:
        found = retrieved(asked, entity_id, found.document, types=types, attributes=form.attrs, closed=closed)
    document = found.document
    if document is None or (types is not None and not has_types(document.types, types)):
        raise ResourceNotFound(f"There is no entity {entity_id}.")
    if form.attrs is not None and form.attrs.isdisjoint(document.attributes):
        raise ResourceNotFound(f"The entity {entity_id} has none of these attributes.")
    entities, warnings = shown(asked, [document], form.without(closed), join)
    use = map_use(asked, asked.flag("entityMap"), None)
    entity_map = map_of(asked.actor, use, EntityQuery(only=frozenset({entity_id})), closed) if use.wanted else None
    told = warnings_header([*found.warnings, *warnings])
    payload = answer_of(asked, entities) if join.kind == "flat" else entities[0]
    return respond(asked, payload, headers={**map_headers(entity_map), **told})


def replace_entity(request: HttpRequest, entity_id: str) -> HttpResponse:
    """PUT /entities/{entityId} (6.5.3.3)."""
    asked, types = _read_for(request, entity_id)
    fragment = _fragment(asked, entity_id, FRAGMENT)

    def own(left: frozenset[str]) -> None:
        acts.replace_entity(by=asked.actor, entity_id=entity_id, fragment=only(fragment, left), types=types)

    return spread_entity(asked, _write("replaceEntity", entity_id, fragment, types), own) or NoContent()


def merge_entity(request: HttpRequest, entity_id: str) -> HttpResponse:
    """PATCH /entities/{entityId} (6.5.3.4)."""
    asked, types = _read_for(request, entity_id, _MERGE)
    representation = representation_of(asked.params.get("format", ""), asked.options(FORM_OPTIONS))
    observed_at = asked.params.get("observedAt")
    observed_at = lexical.time(observed_at, "observedAt") if observed_at is not None else ""
    language = asked.params.get("lang", "")
    if language and not lexical.is_language(language):
        raise BadRequestData(f"lang={lexical.shortly(language)} is not a language tag.")
    fragment = _fragment(asked, entity_id, MERGE_SIMPLIFIED if representation == "simplified" else MERGE)

    def own(left: frozenset[str]) -> None:
        acts.merge_entity(
            by=asked.actor,
            entity_id=entity_id,
            fragment=only(fragment, left),
            observed_at=observed_at,
            language=language,
            types=types,
        )

    return spread_entity(asked, _write("mergeEntity", entity_id, fragment, types), own) or NoContent()


def delete_entity(request: HttpRequest, entity_id: str) -> HttpResponse:
    """DELETE /entities/{entityId} (6.5.3.2)."""
    asked = read(request, params=_TARGET)
    types = _target(asked, entity_id)

    def own(_: frozenset[str]) -> None:
        acts.delete_entity(by=asked.actor, entity_id=entity_id, types=types)

    return spread_entity(asked, Write("deleteEntity", entity_id, types=types, whole=True), own) or NoContent()


def purge_entities(request: HttpRequest) -> HttpResponse:
    """DELETE /entities (6.4.3.3 of version 1.9.1)."""
    asked = read(request, params=PURGE_PARAMS)
    drop, keep = ({attribute_iri(name, asked.context) for name in asked.listed(part)} for part in ("drop", "keep"))
    query = purge_query(asked)

    def own() -> None:
        purge(by=asked.actor, query=query, drop=drop, keep=keep)

    return spread_purge(asked, query, drop, keep, own) or NoContent()


def append_attributes(request: HttpRequest, entity_id: str) -> HttpResponse:
    """POST /entities/{entityId}/attrs (6.6.3.1)."""
    asked, types = _read_for(request, entity_id, _TARGET | {"options"})
    overwrite = "noOverwrite" not in asked.options({"noOverwrite"})
    fragment = _fragment(asked, entity_id, FRAGMENT)

    def own(left: frozenset[str]) -> Result:
        part = only(fragment, left)
        return acts.append_attributes(
            by=asked.actor, entity_id=entity_id, fragment=part, overwrite=overwrite, types=types
        )

    return _updated(asked, spread_attributes(asked, _write("appendAttrs", entity_id, fragment, types), own))


def update_attributes(request: HttpRequest, entity_id: str) -> HttpResponse:
    """PATCH /entities/{entityId}/attrs (6.6.3.2)."""
    asked, types = _read_for(request, entity_id)
    fragment = _fragment(asked, entity_id, UPDATE)

    def own(left: frozenset[str]) -> Result:
        return acts.update_attributes(by=asked.actor, entity_id=entity_id, fragment=only(fragment, left), types=types)

    return _updated(asked, spread_attributes(asked, _write("updateEntity", entity_id, fragment, types), own))


def update_attribute(request: HttpRequest, entity_id: str, name: str) -> HttpResponse:
    """PATCH /entities/{entityId}/attrs/{attrId} (6.7.3.1)."""
    asked, types = _read_for(request, entity_id)
    iri, instances = read_attribute(asked.body, name, asked.context, purpose=PATCH)

    def own(_: frozenset[str]) -> None:
        acts.update_attribute(by=asked.actor, entity_id=entity_id, iri=iri, instances=instances, types=types)

    return spread_entity(asked, _to_one("updateAttrs", entity_id, iri, types, instances), own) or NoContent()


def replace_attribute(request: HttpRequest, entity_id: str, name: str) -> HttpResponse:
    """PUT /entities/{entityId}/attrs/{attrId} (6.7.3.3)."""
    asked, types = _read_for(request, entity_id)
    iri, instances = read_attribute(asked.body, name, asked.context, purpose=FRAGMENT)

    def own(_: frozenset[str]) -> None:
        acts.replace_attribute(by=asked.actor, entity_id=entity_id, iri=iri, instances=instances, types=types)

    return spread_entity(asked, _to_one("replaceAttrs", entity_id, iri, types, instances), own) or NoContent()


def delete_attribute(request: HttpRequest, entity_id: str, name: str) -> HttpResponse:
    """DELETE /entities/{entityId}/attrs/{attrId} (6.7.3.2)."""
    asked = read(request, params=_DELETE_ATTRIBUTE)
    types = _target(asked, entity_id)
    if name == "scope":
        acts.delete_scope(by=asked.actor, entity_id=entity_id, types=types)
        return NoContent()
    iri = attribute_iri(name, asked.context)
    given = asked.params.get("datasetId", "@none")
    dataset = "" if given == "@none" else lexical.uri(given, "datasetId")
    delete_all = asked.flag("deleteAll")

    def own(_: frozenset[str]) -> None:
        acts.delete_attribute(
            by=asked.actor, entity_id=entity_id, iri=iri, dataset=dataset, delete_all=delete_all, types=types
        )

    return spread_entity(asked, _to_one("deleteAttrs", entity_id, iri, types), own) or NoContent()


def _read_for(
    request: HttpRequest, entity_id: str, params: frozenset[str] = _TARGET
) -> tuple[NgsiRequest, TypeExpr | None]:
    asked = read(request, body=True, params=params)
    return asked, _target(asked, entity_id)


def _target(asked: NgsiRequest, entity_id: str) -> TypeExpr | None:
    """Check the entity named in the address; return the types that it must have, None when any will do."""
    lexical.uri(entity_id, "The id in the address")
    asked.flag("local")
    types = asked.params.get("type")
    return parse_types(types, asked.context) if types is not None else None


def _fragment(asked: NgsiRequest, entity_id: str, purpose: Any) -> Document:
    fragment = read_entity(asked.body, asked.context, purpose=purpose, entity_id=entity_id)
    if not (fragment.attributes or fragment.types or fragment.scopes or fragment.expires_at):
        raise BadRequestData("The fragment holds nothing.")
    return fragment


def _write(name: str, entity_id: str, fragment: Document, types: TypeExpr | None) -> Write:
    """Return the write of a fragment; types that it adds do not tell which the entity has."""
    return Write(name, entity_id, frozenset(fragment.attributes), types, payload=partial(entity_part, fragment))


def _to_one(
    name: str, entity_id: str, iri: str, types: TypeExpr | None, instances: dict[str, Instance] | None = None
) -> Write:
    payload = None if instances is None else partial(attribute_part, instances)
    return Write(name, entity_id, frozenset({iri}), types, attribute=iri, payload=payload)


def _each(types: list[str]) -> TypeExpr:
    return tuple(frozenset({iri}) for iri in types)


def _updated(asked: NgsiRequest, result: Result) -> HttpResponse:
    """Answer 204 when all was done, else 207 with what was not (5.2.18); names are whole IRIs there (6.3.6)."""
    if not result.not_updated:
        return NoContent()
    left = [{"attributeName": iri, "reason": reason} for iri, reason in result.not_updated]
    return respond(asked, {"updated": list(result.updated), "notUpdated": left}, status=207)


urlpatterns = [
    re_path(r"^entities/?$", by_method(GET=query_entities_view, POST=create_entity, DELETE=purge_entities)),
    re_path(r"^entities/(?P<entity_id>.+?)/attrs/?$", by_method(POST=append_attributes, PATCH=update_attributes)),
    re_path(
        r"^entities/(?P<entity_id>.+?)/attrs/(?P<name>.+)$",
        by_method(PATCH=update_attribute, PUT=replace_attribute, DELETE=delete_attribute),
    ),
    re_path(
        r"^entities/(?P<entity_id>.+)$",
        by_method(GET=retrieve_entity, PUT=replace_entity, PATCH=merge_entity, DELETE=delete_entity),
    ),
]
