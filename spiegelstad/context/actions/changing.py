"""What every act on entities does round its rule: who may, which entities there are, who may read what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base.clock import now
from spiegelstad.context.actions.writing import Held, Written, lock, store
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.rules.documents import Document, time_text
from spiegelstad.context.rules.merging import Outcome, alive, create
from spiegelstad.context.rules.policy import Closure, closure_of, closures, strictest
from spiegelstad.context.rules.types import TypeExpr, has_types
from spiegelstad.governance.public import Act, Thing, require


@dataclass(frozen=True, slots=True)
class Result:
    """What an act did: the attributes (IRIs) that changed, and those that did not though it was asked, with why."""

    updated: Sequence[str]
    not_updated: Sequence[tuple[str, str]]


class Work:
    """The entities that one act works on, under lock; what becomes of them is written at the end, all at once.

    Use it inside a transaction (`writing.retried` where entities may come to be).
    """

    def __init__(self, by: Actor, act: Act, ids: Collection[str]) -> None:
        own = min(by.departments, default="")
        require(by, act, Thing("entity", "", by.tenant_id, department=own))  # before anything of the entities shows
        self.by = by
        self.act = act
        self._answered_for = {own}
        self.held = lock(by.tenant_id, ids)
        self.now = time_text(now())
        self.written: list[Written] = []
        self._documents = {id_: self._present(held) for id_, held in self.held.items()}
        self._closures: dict[str, Closure] = {}
        self._named: Mapping[str, Closure] | None = None

    def _present(self, held: Held) -> Document | None:
        document = held.document
        if document.expires_at is not None and document.expires_at <= self.now:
            self.written.append(Written(document.id, "entityDeleted", document, None))
            return None
        return alive(document, self.now)

    def find(self, entity_id: str) -> Document | None:
        """Return an entity as it is after what this act did so far; None when there is none."""
        return self._documents.get(entity_id)

    def one(self, entity_id: str, types: TypeExpr | None = None) -> Document:
        """Return an entity that this actor may write; ResourceNotFound when there is none (of these types)."""
        document = self.find(entity_id)
        if document is None or (types is not None and not has_types(document.types, types)):
            raise ResourceNotFound(f"There is no entity {entity_id}.")
        self._require(entity_id)
        return document

    def create(self, fragment: Document) -> None:
        """Make an entity that is not there."""
        outcome = create(fragment, self.now)
        self._close(fragment.id, fragment.types)
        self._require(fragment.id)
        self._note(Written(fragment.id, "entityCreated", None, outcome.document, outcome.changes))

    def change(self, before: Document, outcome: Outcome) -> Result:
        """Note what a rule made of an entity."""
        after = outcome.document
        if outcome.changes or after.modified_at == self.now:
            if after.types != before.types:
                self._close(after.id, after.types)
            self._note(Written(after.id, "entityUpdated", before, after, outcome.changes))
        return Result(outcome.updated, outcome.not_updated)

    def delete(self, document: Document) -> None:
        """Note that an entity goes."""
        self._note(Written(document.id, "entityDeleted", document, None))

    def finish(self) -> None:
        """Write everything. Raises Raced when another transaction made one of the entities that were not there."""
        store(self.by.tenant_id, self.written, self._closures)

    def _note(self, written: Written) -> None:
        self.written.append(written)
        self._documents[written.entity_id] = written.after

    def _close(self, entity_id: str, types: Collection[str]) -> None:
        """Let the row carry what the city says of its types; what it carries already is never loosened."""
        if self._named is None:
            self._named = closures(tenant(self.by.tenant_id).settings)
        said = closure_of(types, self._named)
        if said is not None:
            known = [self.held[entity_id].closure] if entity_id in self.held else []
            self._closures[entity_id] = strictest([said, *known]) or said

    def _require(self, entity_id: str) -> None:
        """Require the act on this entity: a steward answers for those of an own department only."""
        closure = self._closures.get(entity_id)
        if closure is None and entity_id in self.held:
            closure = self.held[entity_id].closure
        department = closure.department if closure else ""
        if department not in self._answered_for:
            require(self.by, self.act, Thing("entity", entity_id, self.by.tenant_id, department=department))
            self._answered_for.add(department)
