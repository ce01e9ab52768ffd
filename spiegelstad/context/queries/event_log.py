"""Reading the event log: each consumer keeps its own place, and none skips anything (sql/event_log.sql says how)."""

from collections import deque
from collections.abc import Sequence
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
