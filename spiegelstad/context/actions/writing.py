"""How entities are written: rows, events and history together, in the caller's transaction.

An act locks first (`lock`), decides in memory what becomes of each entity, and gives the whole batch to `store`, which
needs one statement for the new rows, one for the changed and one for those that go, whatever the size of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import orjson
from django.db import transaction

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Unavailable
from spiegelstad.context.actions import event_log, history
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.placing import name_of, place_of
from spiegelstad.context.rules.policy import Closure

if TYPE_CHECKING:
    from spiegelstad.context.rules.changes import Change

Kind = Literal["entityCreated", "entityUpdated", "entityDeleted"]
P = ParamSpec("P")
T = TypeVar("T")
_HERE = Path(__file__).parent
_LOCK = sql.load(_HERE, "lock_entities")
_INSERT = sql.load(_HERE, "insert_entities")
_UPDATE = sql.load(_HERE, "update_entities")
_CHANGE = sql.load(_HERE, "change_entities")
_DELETE = sql.load(_HERE, "delete_entities")
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Written:
    """What becomes of one entity: the document before and after (None: absent), and the changes in its attributes."""

    entity_id: str
    kind: Kind
    before: Document | None
    after: Document | None
    changes: Sequence[Change] = field(default=())


@dataclass(frozen=True, slots=True)
class Held:
    """An entity under lock, with who may read it."""

    document: Document
    closure: Closure


class Raced(Exception):
    """Another transaction made an entity between our look and our write; nothing of ours is kept."""


class Contended(Unavailable):
    """The same entities are being made by others all the time."""


def retried(act: Callable[P, T]) -> Callable[P, T]:
    """Run an act in a transaction, again when it raced: then it sees what the other made."""

    @wraps(act)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_ATTEMPTS):
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except Raced:
                continue
        raise Contended("Others are making the same entities.", remedy="Try again.", retry_after_s=1)

    return attempt


def lock(tenant_id: str, ids: Collection[str]) -> dict[str, Held]:
    """Lock the rows of these entities in the order of their ids and return those there are, expired ones included."""
    with sql.prepared() as cursor:
        cursor.execute(_LOCK, {"tenant": tenant_id, "ids": list(ids)})
        return {row[0]: _held(row) for row in cursor}


def _held(row: tuple[Any, ...]) -> Held:
    id_, types, scopes, attributes, created_at, modified_at, expires_at, *closure = row
    document = Document(id_, types, scopes, orjson.loads(attributes), created_at, modified_at, expires_at)
    return Held(document, Closure(*closure))


def store(tenant_id: str, written: Sequence[Written], closures: Mapping[str, Closure] | None = None) -> None:
    """Write rows, events and history. The rows have been locked in this transaction; `closures`: by entity id, where
    the row's own shall change. An entity may stand several times in `written`: its last state is the row's.

    Raises Raced when an entity that was absent has been made by another transaction.
    """
    if not written:
        return
    last = {one.entity_id: one.after for one in written}
    if len(last) == len(written) and all(one.kind == "entityUpdated" for one in written):
        _change(tenant_id, written, closures)
    else:
        _store(tenant_id, written, last, closures)
    history.keep(tenant_id, written)


def _change(tenant_id: str, written: Sequence[Written], closures: Mapping[str, Closure] | None) -> None:
    """Write the rows and the events of entities that each change once: what devices do all day, in one statement."""
    rows = [
        {**_row(one.after, closures), "changes": one.changes, "place": place}
        for place, one in enumerate(written)
        if one.after is not None
    ]
    with sql.prepared() as cursor:
        cursor.execute(_CHANGE, {**_params(tenant_id, rows), "lock": event_log.APPENDING, "at": now()})


def _store(
    tenant_id: str,
    written: Sequence[Written],
    last: Mapping[str, Document | None],
    closures: Mapping[str, Closure] | None,
) -> None:
    existed = {one.entity_id: one.before is not None for one in reversed(written)}
    rows = [(existed[id_], _row(after, closures)) for id_, after in last.items() if after is not None]
    gone = [id_ for id_, after in last.items() if after is None and existed[id_]]
    with sql.prepared() as cursor:
        if new := [row for known, row in rows if not known]:
            cursor.execute(_INSERT, _params(tenant_id, new))
            if cursor.rowcount < len(new):
                raise Raced
        if changed := [row for known, row in rows if known]:
            cursor.execute(_UPDATE, _params(tenant_id, changed))
        event_log.append(tenant_id, written)  # before rows go: an event keeps the classification of its entity
        if gone:
            cursor.execute(_DELETE, {"tenant": tenant_id, "ids": gone})


def _params(tenant_id: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"tenant": tenant_id, "rows": orjson.dumps(rows).decode()}


def _row(document: Document, closures: Mapping[str, Closure] | None) -> dict[str, Any]:
    place = place_of(document.attributes)
    closure = closures.get(document.id) if closures else None
    return {
        "id": document.id,
        "types": document.types,
        "scopes": document.scopes,
        "attributes": document.attributes,
        "name": name_of(document.attributes),
        "lon": place.lon,
        "lat": place.lat,
        "box": "(({!r},{!r}),({!r},{!r}))".format(*place.box) if place.box else None,
        "created_at": document.created_at,
        "modified_at": document.modified_at,
        "expires_at": document.expires_at,
        "classification": closure.classification if closure else None,
        "department": closure.department if closure else None,
    }
