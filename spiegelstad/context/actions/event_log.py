"""The event log: one row for each change of an entity, written in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.context.rules.event_acts import FORGET_EVENTS
from spiegelstad.governance.public import Thing, record, require

if TYPE_CHECKING:
    from spiegelstad.context.actions.writing import Written
    from spiegelstad.context.rules.documents import Document

APPENDING = 0x6C6F67  # the number of the advisory lock that those who append share
_HERE = Path(__file__).parent
_APPEND = sql.load(_HERE, "append_events")
_PIECE = 10_000


def append(tenant_id: str, written: Sequence[Written]) -> None:
    """Write one event for each change, all in one statement, in the caller's transaction.

    The rows of these entities are locked and hold the last state of each; those to be deleted are still there.
    """
    if not written:
        return
    last = {one.entity_id: one for one in written}
    rows = [_event(one, kept=one is last[one.entity_id] and one.after is not None) for one in written]
    params = {"lock": APPENDING, "tenant": tenant_id, "at": now(), "rows": orjson.dumps(rows).decode()}
    with sql.prepared() as cursor:
        cursor.execute(_APPEND, params)


def _event(one: Written, *, kept: bool) -> dict[str, Any]:
    """Return an event; `kept`: the row of the entity says what it is after it."""
    return {
        "entity_id": one.entity_id,
        "kind": one.kind,
        "changes": one.changes,
        "kept": kept,
        "after": None if kept else _document(one.after),
        "before": _document(one.before) if one.after is None else None,
    }


def forget_events(*, by: Actor, older_than_days: int, reason: str) -> int:
    """Remove the events of a city that are older and that every consumer has dealt with; return how many."""
    if not reason.strip():
        raise InvalidInput("Retention needs a reason.")
    thing = Thing("event log", "", by.tenant_id)
    require(by, FORGET_EVENTS, thing)
    before = now() - timedelta(days=older_than_days)
    total = 0
    while removed := _forget_piece(by.tenant_id, before):
        total += removed
    if total:
        with transaction.atomic():
            record(by, FORGET_EVENTS, thing, details={"events": total, "before": before}, reason=reason)
    return total


def _forget_piece(tenant_id: str, before: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.load(_HERE, "forget_events"), {"tenant": tenant_id, "before": before, "limit": _PIECE})
        removed: int = cursor.rowcount
        return removed


def _document(document: Document | None) -> dict[str, Any] | None:
    return document.to_json() if document is not None else None
