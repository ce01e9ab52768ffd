"""Write entities of which sources hold parts (clauses 4.3.6.2, 4.3.6.3 and 5.6).

What a proxied source has for itself goes there and nowhere else; the rest is written here, and passed on to inclusive
sources as well. Nothing is undone where something else fails: the answer tells what was done and what was not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

from django.http import HttpResponse

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.changing import Result
from spiegelstad.context.errors import ResourceNotFound, SourceConflict
from spiegelstad.context.federation.asking import Answer, Call, ask
from spiegelstad.context.federation.payloads import sending
from spiegelstad.context.federation.retrieving import types_text
from spiegelstad.context.federation.sources import Registry, Source, is_loop
from spiegelstad.context.http_api.answering import problem_details, respond
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.entities import get
from spiegelstad.context.rules.acts import DELETE_ENTITIES, WRITE_ENTITIES
from spiegelstad.context.rules.discovery import ANY_TIME, SourceQuery
from spiegelstad.context.rules.matching import Wanted
from spiegelstad.context.rules.registrations import PROXIED
from spiegelstad.context.rules.source_operations import METHODS, TEMPORAL
from spiegelstad.context.rules.terms import Context
from spiegelstad.context.rules.types import TypeExpr
from spiegelstad.governance.public import Thing, require

T = TypeVar("T")
_DELETES = frozenset(
    {"deleteEntity", "deleteBatch", "deleteTemporal", "deleteAttrsTemporal", "deleteAttrInstanceTemporal"}
)
_OF_ATTRIBUTES = frozenset({"appendAttrs", "updateEntity", "appendAttrsTemporal"})
_MAKES = frozenset({"createEntity", "upsertTemporal"})
_PASSED = ("datasetId", "deleteAll", "observedAt", "lang")


class LoopDetected(SpiegelstadError):
    """A request to write came back to the source that passed it on."""

    status = 508
    title = "The request goes round in a circle"


class SourceFailed(SpiegelstadError):
    """A source did not do its part of a request; it has the status that the source answered with."""

    title = "A context source did not do its part"

    def __init__(self, answer: Answer) -> None:
        told = answer.body if isinstance(answer.body, dict) else {}
        uri = answer.source.row.uri
        super().__init__(f"{uri}: {told.get('detail') or answer.failure}.", registrationId=uri)
        self.status = answer.status if answer.status >= 400 else 504
        self.type_uri = told["type"] if isinstance(told.get("type"), str) else None


@dataclass(frozen=True, slots=True)
class Write:
    """A request to write. `name`: its operation (clause 4.20); `attributes` (IRIs): what it is about.

    `types`: those the entity has, None when the request does not tell; `whole`: it is about the entity as such, and
    never in parts; `attribute` and `instance`: those that its address names; `payload`: makes what is sent, of the
    attributes of a share and an @context.
    """

    name: str
    entity_id: str
    attributes: frozenset[str] = frozenset()
    types: TypeExpr | None = None
    whole: bool = False
    attribute: str = ""
    instance: str = ""
    payload: Callable[[frozenset[str], Context], Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a part. `registration`: empty for what is kept here; `error`: None when it went well.

    `status`: what a source answered with, 0 here.
    """

    attributes: frozenset[str]
    registration: str = ""
    error: SpiegelstadError | None = None
    status: int = 0

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
    require_write(asked, write.name, write.entity_id)
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


def require_write(asked: NgsiRequest, operation: str, entity_id: str = "") -> None:
    """Refuse who may not write here: they cannot write elsewhere with the credentials of a registration."""
    act = DELETE_ENTITIES if operation in _DELETES else WRITE_ENTITIES
    department = min(asked.actor.departments, default="")
    require(asked.actor, act, Thing("entity", entity_id, asked.tenant_id, department=department))


def _sources(asked: NgsiRequest, write: Write) -> list[Source]:
    registry = Registry(asked)
    wanted = Wanted(write.types, (write.entity_id,), attributes=write.attributes)
    about = ANY_TIME if write.name in TEMPORAL else SourceQuery()
    sources = registry.sources([wanted], about)
    if sources and write.types is None:
        known = get(Actor.system(asked.tenant_id, "federation"), write.entity_id)
        if known is not None:  # what an entity is here tells which registrations are about it
            sources = registry.sources([replace(wanted, types=each(known.types))], about)
    return [one for one in sources if may_take(one, write.name)]


def each(types: Sequence[str]) -> TypeExpr:
    """Return the selection of what has any of these types."""
    return tuple(frozenset({iri}) for iri in types)


def may_take(source: Source, *operations: str) -> bool:
    """Say whether a source has something to do with a write: a proxied one also when it does not offer it."""
    return source.mode in PROXIED or (source.mode == "inclusive" and any(source.offers(one) for one in operations))


def _at_sources(
    asked: NgsiRequest, write: Write, sources: Sequence[Source]
) -> tuple[list[Outcome], frozenset[str] | None]:
    """Pass on the parts of the sources; return what became of them, and what is left for here (None: nothing)."""
    outcomes, calls = list[Outcome](), list[tuple[Call, frozenset[str]]]()
    shares, left = shares_of(write, sources)
    for source, share in shares:
        if source.offers(write.name):
            calls.append((call_of(asked, write, source, share), share))
        else:
            outcomes.append(Outcome(share, source.row.uri, not_offered(source, write.name)))
    answers = ask([call for call, _ in calls])
    outcomes += [_outcome(answer, share) for answer, (_, share) in zip(answers, calls, strict=True)]
    return outcomes, left


def not_offered(source: Source, operation: str) -> SpiegelstadError:
    """Return the error of what a proxied source has for itself and does not do."""
    uri = source.row.uri
    return SourceConflict(f"{uri} has this for itself, and does not offer {operation}.", registrationId=uri)


def shares_of(
    write: Write, sources: Sequence[Source]
) -> tuple[list[tuple[Source, frozenset[str]]], frozenset[str] | None]:
    """Return which attributes each source gets, and which are left for here (None: not even the entity as such)."""
    shares, left = [], write.attributes
    is_open = write.whole or not any(one.mode in PROXIED and _has_all(one) for one in sources)
    for source in sorted(sources, key=lambda one: one.mode not in PROXIED):
        is_proxied = source.mode in PROXIED
        share = _share(source, write.attributes if is_proxied else left)
        if not (share or write.whole or (_has_all(source) and not write.attributes and (is_proxied or is_open))):
            continue
        if is_proxied:
            left -= share
        shares.append((source, share))
    return shares, left if left or write.whole or (is_open and not write.attributes) else None


def _has_all(source: Source) -> bool:
    return any(not part.registered for part in source.parts)


def _share(source: Source, attributes: frozenset[str]) -> frozenset[str]:
    """Return what of these attributes a source is registered for."""
    if _has_all(source):
        return attributes
    return attributes & frozenset[str]().union(*(part.registered for part in source.parts))


def _outcome(answer: Answer, attributes: frozenset[str]) -> Outcome:
    return Outcome(attributes, answer.source.row.uri, SourceFailed(answer) if answer.failure else None, answer.status)


def call_of(asked: NgsiRequest, write: Write, source: Source, share: frozenset[str]) -> Call:
    """Return the request that passes a share of a write on."""
    params = {name: asked.params.get(name, "") for name in _PASSED if name in asked.params}
    if "noOverwrite" in asked.params.get("options", ""):
        params["options"] = "noOverwrite"
    if "type" in asked.params and write.types is not None:
        params["type"] = types_text(source, write.types)
    payload = None if write.payload is None else write.payload(share, source.context)
    return sending(source, METHODS[write.name], _path(write, source.context), params, payload)


def _path(write: Write, context: Context) -> str:
    root = "temporal/entities" if write.name in TEMPORAL else "entities"
    if write.name in _MAKES:
        return root
    parts = [root, quote(write.entity_id, safe=":")]
    if write.attribute:
        parts += ["attrs", quote(context.compact(write.attribute), safe=":")]
    elif write.name in _OF_ATTRIBUTES:
        parts.append("attrs")
    return "/".join([*parts, quote(write.instance, safe=":")] if write.instance else parts)


def spread_entity(asked: NgsiRequest, write: Write, own: Callable[[frozenset[str]], object]) -> HttpResponse | None:
    """Do a write to an entity; return the answer when it is done in part, None when it is done (5.2.16)."""
    _, outcomes = spread(asked, write, own)
    return partly_done(asked, write, outcomes)


def partly_done(asked: NgsiRequest, write: Write, outcomes: Sequence[Outcome]) -> HttpResponse | None:
    """Return the answer that tells what was not done of a write to an entity; None when all was."""
    errors = [entity_error(write.entity_id, one.error) for one in outcomes if one.error is not None]
    return respond(asked, {"success": [write.entity_id], "errors": errors}, status=207) if errors else None


def entity_error(entity_id: str, error: SpiegelstadError) -> dict[str, Any]:
    """Return what tells of an error with an entity (5.2.17), and at which source."""
    details = problem_details(error)
    told = {"registrationId": details.pop("registrationId")} if "registrationId" in details else {}
    return {"entityId": entity_id, "error": details, **told}


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
