"""`/temporal`: the evolution of entities (clauses 6.18 to 6.22 and 6.24)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.actions import temporal as acts
from spiegelstad.context.errors import BadRequestData, InvalidRequest, ResourceNotFound
from spiegelstad.context.federation.evolutions import evolutions_of, sums_of
from spiegelstad.context.federation.histories import Found, found_all, found_one
from spiegelstad.context.federation.payloads import evolution_part
from spiegelstad.context.federation.writing import Write, each, partly_done, spread, spread_entity
from spiegelstad.context.formats.temporal_reading import Fragment, evolving_iri, read_evolution, read_instance
from spiegelstad.context.formats.temporal_rendering import render_evolution, render_sums, render_values
from spiegelstad.context.http_api.answering import NoContent, by_method, created, respond
from spiegelstad.context.http_api.paging import links
from spiegelstad.context.http_api.query_params import GEO, PAGING, SELECTION, query_of_body, query_of_params
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.http_api.temporal_params import SHOW, TIME, Asked, asked_of
from spiegelstad.context.queries.histories import with_history
from spiegelstad.context.queries.scopes import narrowed
from spiegelstad.context.queries.temporal import Evolutions
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.q import depth
from spiegelstad.context.rules.temporal import ALWAYS
from spiegelstad.context.rules.temporal_page import content_range

_LOCAL = frozenset({"local"})
_DELETE_ATTRIBUTE = _LOCAL | {"datasetId", "deleteAll"}


def upsert_evolution(request: HttpRequest) -> HttpResponse:
    """POST /temporal/entities (6.18.3.1)."""
    asked = read(request, body=True, params=_LOCAL)
    fragment = read_evolution(asked.body, asked.context)
    write = _write("upsertTemporal", fragment)

    def own(left: frozenset[str]) -> bool:
        return acts.upsert_evolution(by=asked.actor, fragment=_only(fragment, left))

    made, outcomes = spread(asked, write, own)
    is_new = made or any(one.status == 201 for one in outcomes)
    done = created("temporal", "entities", fragment.id) if is_new else NoContent()
    return partly_done(asked, write, outcomes) or done


def query_evolutions(request: HttpRequest) -> HttpResponse:
    """GET /temporal/entities (6.18.3.2)."""
    asked = read(request, params=SELECTION | GEO | PAGING | TIME | SHOW)
    return _query(asked, query_of_params(asked), asked_of(asked))


def query_evolutions_by_post(request: HttpRequest) -> HttpResponse:
    """POST /temporal/entityOperations/query (6.24.3.1)."""
    asked = read(request, body=True, types=("application/json", "application/ld+json"), params=PAGING | TIME | SHOW)
    return _query(asked, query_of_body(asked), asked_of(asked, asked.body))


def retrieve_evolution(request: HttpRequest, entity_id: str) -> HttpResponse:
    """GET /temporal/entities/{entityId} (6.19.3.1)."""
    asked = _read(request, entity_id, TIME | SHOW)
    how = asked_of(asked)
    found = found_one(asked, entity_id, how)
    payloads, part = _shown(asked, found, how)
    if how.form.attrs is not None and how.form.attrs.isdisjoint(map(asked.context.expand, payloads[0])):
        _require_attributes(asked, how, entity_id)
    return _respond(asked, payloads[0], part, how, found.pasts.headers)


def delete_evolution(request: HttpRequest, entity_id: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId} (6.19.3.2)."""
    asked = _read(request, entity_id, _LOCAL)

    def own(_: frozenset[str]) -> None:
        acts.delete_evolution(by=asked.actor, entity_id=entity_id)

    return spread_entity(asked, Write("deleteTemporal", entity_id, whole=True), own) or NoContent()


def add_attributes(request: HttpRequest, entity_id: str) -> HttpResponse:
    """POST /temporal/entities/{entityId}/attrs (6.20.3.1)."""
    asked = _read(request, entity_id, _LOCAL, body=True)
    fragment = read_evolution(asked.body, asked.context, entity_id=entity_id)

    def own(left: frozenset[str]) -> None:
        acts.add_attributes(by=asked.actor, fragment=_only(fragment, left))

    return spread_entity(asked, _write("appendAttrsTemporal", fragment), own) or NoContent()


def delete_attribute(request: HttpRequest, entity_id: str, name: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId} (6.21.3.1)."""
    asked = _read(request, entity_id, _DELETE_ATTRIBUTE)
    iri, given, delete_all = (
        evolving_iri(name, asked.context),
        asked.params.get("datasetId", "@none"),
        asked.flag("deleteAll"),
    )
    dataset = "" if given == "@none" else lexical.uri(given, "datasetId")

    def own(_: frozenset[str]) -> None:
        acts.delete_attribute(
            by=asked.actor, entity_id=entity_id, attribute=iri, dataset=dataset, delete_all=delete_all
        )

    write = Write("deleteAttrsTemporal", entity_id, frozenset({iri}), attribute=iri)
    return spread_entity(asked, write, own) or NoContent()


def replace_instance(request: HttpRequest, entity_id: str, name: str, instance_id: str) -> HttpResponse:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}/{instanceId} (6.22.3.1)."""
    asked = _read(request, entity_id, _LOCAL, body=True)
    iri, instance = evolving_iri(name, asked.context), read_instance(asked.body, name, asked.context)
    lexical.uri(instance_id, "The id of the instance")
    payload = partial(evolution_part, Fragment(entity_id, instances=[(iri, instance)]))

    def own(_: frozenset[str]) -> None:
        acts.replace_instance(
            by=asked.actor, entity_id=entity_id, attribute=iri, instance_id=instance_id, instance=instance
        )

    write = Write("updateAttrInstanceTemporal", entity_id, frozenset({iri}), None, False, iri, instance_id, payload)
    return spread_entity(asked, write, own) or NoContent()


def delete_instance(request: HttpRequest, entity_id: str, name: str, instance_id: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}/{instanceId} (6.22.3.2)."""
    asked = _read(request, entity_id, _LOCAL)
    iri = evolving_iri(name, asked.context)
    lexical.uri(instance_id, "The id of the instance")

    def own(_: frozenset[str]) -> None:
        acts.delete_instance(by=asked.actor, entity_id=entity_id, attribute=iri, instance_id=instance_id)

    write = Write("deleteAttrInstanceTemporal", entity_id, frozenset({iri}), attribute=iri, instance=instance_id)
    return spread_entity(asked, write, own) or NoContent()


def _read(request: HttpRequest, entity_id: str, params: frozenset[str], *, body: bool = False) -> NgsiRequest:
    asked = read(request, body=body, params=params)
    lexical.uri(entity_id, "The id in the address")
    asked.flag("local")
    return asked


def _write(name: str, fragment: Fragment) -> Write:
    attributes = frozenset(iri for iri, _ in fragment.instances)
    types = each(fragment.types) if fragment.types else None
    return Write(name, fragment.id, attributes, types, payload=partial(evolution_part, fragment))


def _only(fragment: Fragment, attributes: frozenset[str]) -> Fragment:
    return replace(fragment, instances=[one for one in fragment.instances if one[0] in attributes])


def _query(asked: NgsiRequest, query: EntityQuery, how: Asked) -> HttpResponse:
    if not how.query.timerel:
        raise BadRequestData("A query through time needs timerel and timeAt.")
    if query.q is not None and depth(query.q):
        raise BadRequestData("A query through time cannot follow relationships.")
    found = found_all(asked, query, how)
    if query.scope_q is not None:
        own = [one.document.id for one in found.heads if one.document.id in found.own]
        how = replace(how, wanted=narrowed(asked.actor, own, how.wanted, query.scope_q))
    payloads, part = _shown(asked, found, how)
    headers = links(asked, query, found.page) if found.page else {}
    return _respond(asked, payloads, part, how, {**headers, **found.pasts.headers})


def _require_attributes(asked: NgsiRequest, how: Asked, entity_id: str) -> None:
    """Refuse to show an entity that never had any of the attributes named in attrs."""
    if not with_history(asked.actor, [entity_id], replace(how.wanted, query=ALWAYS)):
        raise ResourceNotFound(f"The evolution of {entity_id} has none of these attributes.")


def _shown(asked: NgsiRequest, found: Found, how: Asked) -> tuple[list[dict[str, Any]], Evolutions | None]:
    """Return the entities as they stand in the answer, and what was read of them when that is but a part."""
    if how.aggregation is not None:
        sums = sums_of(asked.actor, found, how, how.aggregation)
        _require_eligible(how, sums)
        return [render_sums(one, sums.get(one.document.id, {}), asked.context, how.form) for one in found.heads], None
    shown = evolutions_of(asked.actor, found, how)
    part = shown if shown.cut else None
    if how.style == "temporalValues":
        by = how.query.timeproperty
        return [render_values(one, asked.context, how.form, by) for one in shown.found], part
    return [render_evolution(one, asked.context, how.form) for one in shown.found], part


def _require_eligible(how: Asked, sums: dict[str, Any]) -> None:
    """Refuse when for an attribute that was named none of the methods gives anything (5.7.4.4)."""
    named = how.form.attrs or frozenset()
    for of_entity in sums.values():
        for attribute, several in of_entity.items():
            if attribute in named and not any(one.values for one in several):
                raise InvalidRequest(f"None of the aggregation methods can be applied to {attribute}.")


def _respond(
    asked: NgsiRequest, payload: Any, part: Evolutions | None, how: Asked, headers: dict[str, str] | None = None
) -> HttpResponse:
    if part is None:
        return respond(asked, payload, headers=headers)
    times = part.times()
    where = {"Content-Range": content_range(how.query, times, how.last_n)}
    return respond(asked, payload, status=206, headers={**(headers or {}), **where})


urlpatterns = [
    re_path(r"^temporal/entities/?$", by_method(POST=upsert_evolution, GET=query_evolutions)),
    re_path(r"^temporal/entityOperations/query/?$", by_method(POST=query_evolutions_by_post)),
    re_path(r"^temporal/entities/(?P<entity_id>.+?)/attrs/?$", by_method(POST=add_attributes)),
    re_path(  # whatever follows a name that has no "/" itself; after an IRI, a URN
        r"^temporal/entities/(?P<entity_id>.+?)/attrs/(?P<name>(?=[^/]*[^/:]/)[^/]+|.+(?=/urn:[^/]+$))/(?P<instance_id>.+)$",
        by_method(PATCH=replace_instance, DELETE=delete_instance),
    ),
    re_path(r"^temporal/entities/(?P<entity_id>.+?)/attrs/(?P<name>.+)$", by_method(DELETE=delete_attribute)),
    re_path(r"^temporal/entities/(?P<entity_id>.+)$", by_method(GET=retrieve_evolution, DELETE=delete_evolution)),
]
