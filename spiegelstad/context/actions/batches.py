"""Acts on many entities at once (clauses 5.6.7 to 5.6.10 and 5.6.20): each succeeds or fails by itself.

One transaction and a handful of statements, whatever the number of entities. An entity may stand in a batch more than
once: then its parts are done in their order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.changing import Work
from spiegelstad.context.actions.writing import retried
from spiegelstad.context.errors import AlreadyExists
from spiegelstad.context.rules import merging
from spiegelstad.context.rules.acts import DELETE_ENTITIES, WRITE_ENTITIES
from spiegelstad.context.rules.documents import Document
from spiegelstad.governance.public import Thing, record

MAX_IDS_IN_AUDIT = 100


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of each entity by id. `created` and `changed` (updated or deleted) are the successes."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    errors: list[tuple[str, SpiegelstadError]] = field(default_factory=list)

    @property
    def success(self) -> list[str]:
        """The entities that were treated, each once."""
        return list(dict.fromkeys([*self.created, *self.changed]))


Step = Callable[[Work, Document, BatchResult], None]


@retried
def batch_create(*, by: Actor, documents: Sequence[Document]) -> BatchResult:
    """Create entities (5.6.7); those that exist are errors."""
    return _batch(by, documents, _create)


@retried
def batch_upsert(*, by: Actor, documents: Sequence[Document], update: bool = False) -> BatchResult:
    """Create entities, and replace those that exist, or with `update` append to them (5.6.8)."""
    return _batch(by, documents, _update_or_create if update else _replace_or_create)


def batch_update(*, by: Actor, documents: Sequence[Document], overwrite: bool = True) -> BatchResult:
    """Append attributes to entities, leaving those that exist without `overwrite` (5.6.9); absent ones are errors."""

    def step(work: Work, fragment: Document, result: BatchResult) -> None:
        before = work.one(fragment.id)
        work.change(before, merging.append(before, fragment, work.now, overwrite=overwrite))
        result.changed.append(fragment.id)

    with transaction.atomic():
        return _batch(by, documents, step)


def batch_merge(*, by: Actor, documents: Sequence[Document]) -> BatchResult:
    """Merge fragments into entities (5.6.20); absent ones are errors."""
    with transaction.atomic():
        return _batch(by, documents, _merge)


def batch_delete(*, by: Actor, ids: Sequence[str]) -> BatchResult:
    """Delete entities (5.6.10); absent ones are errors."""
    result = BatchResult()
    with transaction.atomic():
        work = Work(by, DELETE_ENTITIES, set(ids))
        for entity_id in ids:
            try:
                work.delete(work.one(entity_id))
                result.changed.append(entity_id)
            except SpiegelstadError as error:
                result.errors.append((entity_id, error))
        work.finish()
        if result.changed:
            details = {"deleted": len(result.changed), "ids": result.changed[:MAX_IDS_IN_AUDIT]}
            record(by, DELETE_ENTITIES, Thing("entity", min(result.changed), by.tenant_id), details=details)
    return result


def _batch(by: Actor, documents: Sequence[Document], step: Step) -> BatchResult:
    work = Work(by, WRITE_ENTITIES, {document.id for document in documents})
    result = BatchResult()
    for document in documents:
        try:
            step(work, document, result)
        except SpiegelstadError as error:
            result.errors.append((document.id, error))
    work.finish()
    return result


def _create(work: Work, document: Document, result: BatchResult) -> None:
    if work.find(document.id) is not None:
        raise AlreadyExists(f"There is an entity {document.id} already.")
    work.create(document)
    result.created.append(document.id)


def _replace_or_create(work: Work, document: Document, result: BatchResult) -> None:
    if work.find(document.id) is None:
        return _create(work, document, result)
    before = work.one(document.id)
    work.change(before, merging.replace(before, document, work.now))
    result.changed.append(document.id)
    return None


def _update_or_create(work: Work, document: Document, result: BatchResult) -> None:
    if work.find(document.id) is None:
        return _create(work, document, result)
    before = work.one(document.id)
    work.change(before, merging.append(before, document, work.now))
    result.changed.append(document.id)
    return None


def _merge(work: Work, fragment: Document, result: BatchResult) -> None:
    before = work.one(fragment.id)
    work.change(before, merging.merge(before, fragment, work.now))
    result.changed.append(fragment.id)
