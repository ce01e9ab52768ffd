"""Batches of which sources hold entities, or parts of them (clauses 5.6.7 to 5.6.10 and 5.6.20).

A source that offers the batch gets its part as one; another gets entity by entity, if it offers that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.batches import BatchResult
from spiegelstad.context.federation.asking import Answer, Call, ask
from spiegelstad.context.federation.payloads import entity_part, only, sending
from spiegelstad.context.federation.sources import Registry, Source, is_loop
from spiegelstad.context.federation.writing import (
    LoopDetected,
    SourceFailed,
    Write,
    call_of,
    each,
    may_take,
    not_offered,
    require_write,
    shares_of,
)
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.entities import by_ids
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.matching import Wanted

Own = Callable[[Sequence[Document]], BatchResult]
_PARTLY, _ABSENT, _CONFLICT = 207, 404, 409


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as sources know it. `singles`: operations that do the same to one entity, the next where there is one."""

    name: str
    path: str
    singles: tuple[str, ...]
    options: str = ""
    creates: bool = False
    whole: bool = False


@dataclass(slots=True)
class _Share:
    """What of a batch goes to a source: entities with the attributes that it gets."""

    source: Source
    items: list[tuple[Write, frozenset[str], Document]] = field(default_factory=list)


def spread_batch(asked: NgsiRequest, batch: Batch, documents: Sequence[Document], own: Own) -> BatchResult:
    """Do a batch here, by `own`, and at the sources; return what became of each entity."""
    if is_loop(asked):
        raise LoopDetected("This broker passed the request on, and got it back.")
    registry = Registry(asked)
    if not registry:
        return own(documents)
    require_write(asked, batch.name)
    shares, left = _parted(asked, registry, batch, documents)
    results = list(_at_sources(asked, batch, shares))
    results.append(own(left) if left else BatchResult())
    return _together(results)


def _parted(
    asked: NgsiRequest, registry: Registry, batch: Batch, documents: Sequence[Document]
) -> tuple[list[_Share], list[Document]]:
    """Return what goes to each source, and what is left for here."""
    shares: dict[int, _Share] = {}
    left = []
    known = _known(asked, registry, documents)
    for document in documents:
        types = document.types or known.get(document.id)
        write = Write(
            batch.singles[0],
            document.id,
            frozenset(document.attributes),
            each(types) if types else None,
            whole=batch.whole,
            payload=None if batch.whole else partial(entity_part, document),
        )
        sources = [one for one in registry.sources([_wanted(write)]) if may_take(one, batch.name, *batch.singles)]
        parts, rest = shares_of(write, sources)
        for source, share in parts:
            shares.setdefault(source.row.pk, _Share(source)).items.append((write, share, document))
        if rest is not None:
            left.append(only(document, rest) if parts else document)
    return list(shares.values()), left


def _wanted(write: Write) -> Wanted:
    return Wanted(write.types, (write.entity_id,), attributes=write.attributes)


def _known(asked: NgsiRequest, registry: Registry, documents: Sequence[Document]) -> dict[str, list[str]]:
    """Return the types that entities have here, of those that come without and that some source may have."""
    unknown = [
        one.id
        for one in documents
        if not one.types and registry.sources([Wanted(None, (one.id,), attributes=frozenset(one.attributes))])
    ]
    return (
        {one.id: one.types for one in by_ids(Actor.system(asked.tenant_id, "federation"), unknown)} if unknown else {}
    )


def _at_sources(asked: NgsiRequest, batch: Batch, shares: Sequence[_Share]) -> Iterator[BatchResult]:
    """Pass the shares on, all at once; those who have an entity already are asked again to change it."""
    calls: list[tuple[Call, _Share, int]] = []
    for share in shares:
        offered = [name for name in batch.singles if share.source.offers(name)]
        if share.source.offers(batch.name):
            calls.append((_batch_call(batch, share), share, -1))
        elif offered:
            calls += [(_single_call(asked, share, at, offered[0]), share, at) for at in range(len(share.items))]
        else:
            yield BatchResult(errors=[(one, not_offered(share.source, batch.name)) for one in _ids(share)])
    again: list[tuple[Call, _Share, int]] = []
    for answer, (_, share, at) in zip(ask([call for call, _, _ in calls]), calls, strict=True):
        rest = batch.singles[1:] if at >= 0 and answer.status == _CONFLICT else ()
        second = next((name for name in rest if share.source.offers(name)), "")
        if second:
            again.append((_single_call(asked, share, at, second), share, at))
        else:
            yield _result(batch, share, at, answer)
    for answer, (_, share, at) in zip(ask([call for call, _, _ in again]), again, strict=True):
        yield _result(batch, share, at, answer, changes=True)


def _batch_call(batch: Batch, share: _Share) -> Call:
    context = share.source.context
    body: list[Any] = (
        _ids(share) if batch.whole else [entity_part(document, part, context) for _, part, document in share.items]
    )
    params = {"options": batch.options} if batch.options else {}
    return sending(share.source, "POST", batch.path, params, body)


def _single_call(asked: NgsiRequest, share: _Share, at: int, operation: str) -> Call:
    write, part, _ = share.items[at]
    return call_of(asked, replace(write, name=operation), share.source, part)


def _ids(share: _Share) -> list[str]:
    return list(dict.fromkeys(write.entity_id for write, _, _ in share.items))


def _result(batch: Batch, share: _Share, at: int, answer: Answer, *, changes: bool = False) -> BatchResult:
    """Return what an answer says of the entities that were sent; `at`: of that one alone (-1: of all)."""
    sent = _ids(share) if at < 0 else [share.items[at][0].entity_id]
    if answer.failure:
        return BatchResult(errors=[(one, SourceFailed(answer)) for one in sent])
    left = answer.body.get("notUpdated") if isinstance(answer.body, dict) else None
    if left and not batch.options:  # with noOverwrite it was to be left
        return BatchResult(errors=[(sent[0], _error(answer.source, {"detail": f"not updated: {_reasons(left)}"}))])
    if left or (at >= 0 and answer.status != _PARTLY):
        makes = batch.creates and not changes
        return BatchResult(created=sent) if makes else BatchResult(changed=sent)
    if answer.status == _PARTLY and isinstance(answer.body, dict):
        return _partly(batch, share.source, sent, answer.body)
    made = [one for one in sent if one in answer.body] if isinstance(answer.body, list) else []
    return BatchResult(created=made, changed=[one for one in sent if one not in made])


def _reasons(left: Any) -> str:
    several = left if isinstance(left, list) else [left]
    return ", ".join(str(one.get("attributeName") if isinstance(one, dict) else one) for one in several)[:300]


def _partly(batch: Batch, source: Source, sent: Sequence[str], body: dict[str, Any]) -> BatchResult:
    """Read a BatchOperationResult (5.2.16); what it does not name went wrong as well."""
    listed = body.get("success")
    done = [one for one in sent if isinstance(listed, list) and one in listed]
    told = [one for one in body.get("errors") or () if isinstance(one, dict) and one.get("entityId") in sent]
    errors = [(str(one["entityId"]), _error(source, one.get("error"))) for one in told]
    named = {*done, *(id_ for id_, _ in errors)}
    errors += [(one, _error(source, None)) for one in sent if one not in named]
    return BatchResult(created=done, errors=errors) if batch.name == "createBatch" else BatchResult([], done, errors)


def _error(source: Source, told: Any) -> SpiegelstadError:
    details = told if isinstance(told, dict) else {}
    text = details.get("detail") or details.get("title") or "it does not say what went wrong"
    error = SpiegelstadError(f"{source.row.uri}: {text}.", registrationId=source.row.uri)
    status = details.get("status")
    error.status = status if isinstance(status, int) and 400 <= status < 600 else 502
    error.title = str(details.get("title") or "A context source did not do its part")
    if isinstance(details.get("type"), str):
        vars(error)["type_uri"] = details["type"]
    return error


def _together(results: Sequence[BatchResult]) -> BatchResult:
    """Return what became of each entity at all: who has no such entity is passed over when another has."""
    created = list(dict.fromkeys(id_ for one in results for id_ in one.created))
    changed = list(dict.fromkeys(id_ for one in results for id_ in one.changed if id_ not in created))
    done, seen, errors = {*created, *changed}, set[str](), []
    for entity_id, error in (pair for one in results for pair in one.errors):
        if error.status != _ABSENT:
            errors.append((entity_id, error))
        elif entity_id not in done and entity_id not in seen:
            seen.add(entity_id)
            errors.append((entity_id, error))
    return BatchResult(created, changed, errors)
