"""Write entities of which sources hold parts (clauses 4.3.6.2, 4.3.6.3 and 5.6).

What a proxied source has for itself goes there and nowhere else; the rest is written here, and passed on to inclusive
sources as well. Nothing is undone where something else fails: the answer tells what was done and what was not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

import orjson
from django.http import HttpResponse

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.changing import Result
from spiegelstad.context.errors import ResourceNotFound, SourceConflict
from spiegelstad.context.federation.asking import Answer, Call, ask
from spiegelstad.context.federation.sources import Source, is_loop, sources_for
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.http_api.answering import context_url, problem_details, respond, source_of
from spiegelstad.context.http_api.media import JSON, LD_JSON, link_to
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.entities import get
from spiegelstad.context.rules.acts import DELETE_ENTITIES, WRITE_ENTITIES
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.matching import Wanted
from spiegelstad.context.rules.registrations import PROXIED
from spiegelstad.context.rules.types import TypeExpr
from spiegelstad.governance.public import Thing, require

T = TypeVar("T")
_ENTITY_MEMBERS = frozenset({"id", "@id", "type", "@type", "scope", "expiresAt"})
_DELETES = frozenset({"deleteEntity"})
_OF_ATTRIBUTES = frozenset({"appendAttrs", "updateEntity"})


class LoopDetected(SpiegelstadError):
    """A request to write came back to the source that passed it on."""

    status = 508
    title = "The request goes round in a circle"


class SourceFailed(SpiegelstadError):
    """A source did not do its part of a request; it has the status that the source answered with."""

    title = "A context source did not do its part"

    def __init__(self, answer: Answer) -> None:
        told = answer.body if isinstance(answer.body, dict) else {}
        super().__init__(f"{answer.source.row.uri}: {told.get('detail') or answer.failure}.")
        self.status = answer.status if answer.status >= 400 else 504
        self.type_uri = told["type"] if isinstance(told.get("type"), str) else None


@dataclass(frozen=True, slots=True)
class Write:
    """A request to write. `name`: its operation (clause 4.20); `attributes` (IRIs): what it is about.

    `types`: those the entity has, None when the request does not tell; `whole`: it is about the entity as such, and
    never in parts; `attribute`: the one that its address names.
    """

    name: str
    entity_id: str
    attributes: frozenset[str] = frozenset()
    types: TypeExpr | None = None
    whole: bool = False
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a part. `registration`: empty for what is kept here; `error`: None when it went well."""

    attributes: frozenset[str]
    registration: str = ""
    error: SpiegelstadError | None = None

    @property
    def is_absent(self) -> bool:
        """Whether there was nothing to write to."""
        return self.error is not None and self.error.status == 404


def spread(asked: NgsiRequest, write: Write, own: Callable[[frozenset[str]], T]) -> tuple[T | None, list[Outcome]]:
    """Do a write here, by `own`, and at the sources; return what `own` gives, and what became of each part.

    `own` takes the attributes that are to be written here. Raises when nothing at all went well.
    """
    if is_loop(asked):
        raise LoopDetected("This broker passed the request on, and got it back.")
    sources = _sources(asked, write)
    if not sources:
        return own(write.attributes), []
    act = DELETE_ENTITIES if write.name in _DELETES else WRITE_ENTITIES
    department = min(asked.actor.departments, default="")
    require(asked.actor, act, Thing("entity", write.entity_id, asked.tenant_id, department=department))
    outcomes, left = _at_sources(asked, write, sources)
    result = None
    if left is not None:
        try:
            result = own(left)
            outcomes.append(Outcome(left))
        except SpiegelstadError as error:
            outcomes.append(Outcome(left, error=error))
    return result, _judged(write, outcomes)


def _judged(write: Write, outcomes: list[Outcome]) -> list[Outcome]:
    """Return what counts: who has no such entity is passed over when another has; raise when nothing went well."""
    if any(one.error is None for one in outcomes):
        return [one for one in outcomes if not one.is_absent]
    failed = [one.error for one in reversed(outcomes) if one.error is not None and not one.is_absent]
    raise failed[0] if failed else ResourceNotFound(f"There is no entity {write.entity_id}.")


def _sources(asked: NgsiRequest, write: Write) -> list[Source]:
    wanted = Wanted(write.types, (write.entity_id,), attributes=write.attributes)
    sources = sources_for(asked, [wanted])
    if sources and write.types is None:
        known = get(Actor.system(asked.tenant_id, "federation"), write.entity_id)
        if known is not None:  # what an entity is here tells which registrations are about it
            sources = sources_for(asked, [replace(wanted, types=tuple(frozenset({iri}) for iri in known.types))])
    return [one for one in sources if one.mode in PROXIED or (one.mode == "inclusive" and one.offers(write.name))]


def _at_sources(
    asked: NgsiRequest, write: Write, sources: Sequence[Source]
) -> tuple[list[Outcome], frozenset[str] | None]:
    """Pass on the parts of the sources; return what became of them, and what is left for here (None: nothing)."""
    outcomes, calls, left = [], list[tuple[Call, frozenset[str]]](), write.attributes
    is_open = write.whole or not any(one.mode in PROXIED and _has_all(one) for one in sources)
    for source in sorted(sources, key=lambda one: one.mode not in PROXIED):
        is_proxied = source.mode in PROXIED
        share = _share(source, write.attributes if is_proxied else left)
        if not (share or write.whole or (_has_all(source) and not write.attributes and (is_proxied or is_open))):
            continue
        if is_proxied:
            left -= share
        if source.offers(write.name):
            calls.append((_call(asked, write, source, share), share))
        else:
            error = SourceConflict(f"{source.row.uri} has this for itself, and does not offer {write.name}.")
            outcomes.append(Outcome(share, source.row.uri, error))
    answers = ask([call for call, _ in calls])
    outcomes += [_outcome(answer, share) for answer, (_, share) in zip(answers, calls, strict=True)]
    return outcomes, left if left or write.whole or (is_open and not write.attributes) else None


def _has_all(source: Source) -> bool:
    return any(not part.registered for part in source.parts)


def _share(source: Source, attributes: frozenset[str]) -> frozenset[str]:
    """Return what of these attributes a source is registered for."""
    if _has_all(source):
        return attributes
    return attributes & frozenset[str]().union(*(part.registered for part in source.parts))


def _outcome(answer: Answer, attributes: frozenset[str]) -> Outcome:
    return Outcome(attributes, answer.source.row.uri, SourceFailed(answer) if answer.failure else None)


def _call(asked: NgsiRequest, write: Write, source: Source, share: frozenset[str]) -> Call:
    path = "entities" if write.name == "createEntity" else f"entities/{quote(write.entity_id, safe=':')}"
    if write.attribute:
        path += f"/attrs/{quote(source.context.compact(write.attribute), safe=':')}"
    elif write.name in _OF_ATTRIBUTES:
        path += "/attrs"
    passed = asked.params.items() if source.passes_names else ()
    params = {name: str(value) for name, value in passed if name != "local"}
    if asked.body is None:
        return Call(source, asked.http.method or "", path, params)
    body = asked.body if write.attribute else _body(asked, share)
    if source.passes_names:
        return Call(source, asked.http.method or "", path, params, orjson.dumps(body), {"Content-Type": JSON})
    headers = {"Content-Type": LD_JSON, "Link": ""}
    if isinstance(body, dict):
        body = {**body, "@context": source_of(asked)}
    else:  # an array has no place for an @context
        headers = {"Content-Type": JSON, "Link": link_to(context_url(asked))}
    return Call(source, asked.http.method or "", path, params, orjson.dumps(body), headers)


def _body(asked: NgsiRequest, share: frozenset[str]) -> dict[str, Any]:
    """Return what was sent, with the attributes of a share only."""
    given: Mapping[str, Any] = asked.body
    return {
        name: value
        for name, value in given.items()
        if name in _ENTITY_MEMBERS or attribute_iri(name, asked.context) in share
    }


def spread_entity(asked: NgsiRequest, write: Write, own: Callable[[frozenset[str]], object]) -> HttpResponse | None:
    """Do a write to an entity; return the answer when it is done in part, None when it is done (5.2.16)."""
    _, outcomes = spread(asked, write, own)
    errors = [_entity_error(write.entity_id, one) for one in outcomes if one.error is not None]
    return respond(asked, {"success": [write.entity_id], "errors": errors}, status=207) if errors else None


def _entity_error(entity_id: str, outcome: Outcome) -> dict[str, Any]:
    assert outcome.error is not None
    told = {"registrationId": outcome.registration} if outcome.registration else {}
    return {"entityId": entity_id, "error": problem_details(outcome.error), **told}


def spread_attributes(asked: NgsiRequest, write: Write, own: Callable[[frozenset[str]], Result]) -> Result:
    """Do a write to attributes of an entity; return those that were written and those that were not (5.2.18)."""
    result, outcomes = spread(asked, write, own)
    updated = list(result.updated) if result else []
    not_updated = list(result.not_updated) if result else []
    for one in outcomes:
        if one.error is not None:
            not_updated += [(iri, one.error.detail) for iri in sorted(one.attributes)]
        elif one.registration:
            updated += sorted(one.attributes)
    return Result(list(dict.fromkeys(updated)), not_updated)


def only(document: Document, attributes: frozenset[str]) -> Document:
    """Return a document with these attributes only."""
    return replace(
        document, attributes={iri: document.attributes[iri] for iri in document.attributes if iri in attributes}
    )
