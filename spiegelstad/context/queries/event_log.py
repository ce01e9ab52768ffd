"""Reading the event log: each consumer keeps its own place, and none skips anything (sql/event_log.sql says how)."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.actions.event_log import APPENDING
from spiegelstad.context.models import EventConsumer
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.documents import Document

_HERE = Path(__file__).parent
_LAST = sql.load(_HERE, "last_number")
_APPENDING = sql.load(_HERE, "appending")
_READ = sql.load(_HERE, "read_events")
_MOVE = sql.load(_HERE, "move_consumer")
_REPLAY = sql.load(_HERE, "replay")
_CLOSED = sql.load(_HERE, "closed_entities")
_TYPES = sql.load(_HERE, "open_types")
_SETTLED = sql.load(_HERE, "settled_entities")
_TIME_FORM = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one entity. `before` only where it was deleted; events with one `transaction` came together."""

    sequence: int
    transaction: int
    at: datetime
    tenant_id: str
    entity_id: str
    kind: str
    changes: Sequence[Change]
    after: Document | None
    before: Document | None
    classification: str
    department: str


class LogReader:
    """Reads the log for the consumer `name`, from where it was. Not for several threads or processes at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = _place_of(name)
        self._settled = 0
        self._marks: deque[tuple[int, frozenset[str]]] = deque()

    def read(self, limit: int) -> list[Event]:
        """Return the next events; none when there are none, or when those that write them have not ended yet."""
        until = self._settle()
        if until <= self.place:
            return []
        params = {"after": self.place, "until": until, "limit": limit}
        found = [_event(row) for row in sql.rows(_READ, params)]
        if not found:
            self.place = until  # numbers that were drawn for nothing
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether there is more, of those that have not ended yet."""
        return bool(self._marks)

    def move(self, sequence: int) -> None:
        """Note, in the caller's transaction, that all is dealt with up to here; `read` goes on after it."""
        with sql.cursor() as cursor:
            cursor.execute(_MOVE, {"name": self.name, "sequence": sequence, "at": now()})
        self.place = sequence

    def rewind(self) -> None:
        """Go back to the place that was committed: after a transaction that failed."""
        self.place = _place_of(self.name)

    def _settle(self) -> int:
        """Return the number up to which everything there will be can be seen."""
        ((last,),) = sql.rows(_LAST)
        if last <= self._settled:
            return self._settled
        holders = frozenset(row[0] for row in sql.rows(_APPENDING, {"lock": APPENDING}))
        if not self._marks or self._marks[-1][0] < last:
            self._marks.append((last, holders))
        while self._marks and not self._marks[0][1] & holders:
            self._settled = self._marks.popleft()[0]
        return self._settled


def _place_of(name: str) -> int:
    return EventConsumer.objects.filter(name=name).values_list("sequence", flat=True).first() or 0


def settled_entities(tenant_id: str, type_iri: str, after: int, size: int = 1_000) -> Iterator[list[Document]]:
    """Yield the open entities of a type (IRI) of which the log tells nothing later than the number `after`, by id.

    For a consumer that has come to `after`: what it will not be told of any more, because the events were forgotten or
    are older than the log. A list of at most `size` at a time, each from one snapshot of rows and log.
    """
    last = ""
    while found := sql.rows(
        _SETTLED,
        {"tenant": tenant_id, "type": type_iri, "after": after, "last": last, "limit": size, "form": _TIME_FORM},
    ):
        last = found[-1][0]
        yield [Document.from_json(orjson.loads(document)) for _, document in found]


def closed_entities(tenant_id: str) -> list[str]:
    """Return the ids of the entities of a city that are not open to all."""
    return [id_ for (id_,) in sql.rows(_CLOSED, {"tenant": tenant_id})]


def open_types(tenant_id: str) -> list[str]:
    """Return the types (IRIs) of which a city has an open entity."""
    return [type_ for (type_,) in sql.rows(_TYPES, {"tenant": tenant_id})]


@dataclass(frozen=True, slots=True)
class Difference:
    """An entity whose present state the log tells differently."""

    entity_id: str
    difference: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What the log tells of the present: how many entities it knows, how many are older than it, what differs."""

    entities: int
    older: int
    differences: Sequence[Difference]


def replay(tenant_id: str) -> Replay:
    """Rebuild the present state of a city's entities from the log and compare it with the rows, in one snapshot."""
    found = sql.dicts(_REPLAY, {"tenant": tenant_id, "form": _TIME_FORM})
    differences = [Difference(row["entity_id"], row["difference"]) for row in found if row["entity_id"] is not None]
    return Replay(found[0]["told"], found[0]["older"], differences)


def _event(row: tuple[Any, ...]) -> Event:
    sequence, transaction, at, tenant_id, entity_id, kind, changes, after, before, classification, department = row
    return Event(
        sequence=sequence,
        transaction=transaction,
        at=at,
        tenant_id=tenant_id,
        entity_id=entity_id,
        kind=kind,
        changes=[Change.from_json(change) for change in orjson.loads(changes)],
        after=_document(after),
        before=_document(before),
        classification=classification,
        department=department,
    )


def _document(text: str | None) -> Document | None:
    return Document.from_json(orjson.loads(text)) if text is not None else None
