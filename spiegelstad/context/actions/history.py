"""The history of entities as their writes leave it: which instances came, which went, which entities there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.actions.attribute_series import follow_owners
from spiegelstad.context.actions.evolution import add
from spiegelstad.context.rules.changes import deleted
from spiegelstad.context.rules.documents import Document, Instance, time_text
from spiegelstad.context.rules.evolution import Addition
from spiegelstad.context.rules.placing import name_of, place_of
from spiegelstad.context.rules.scope_history import scope_change

if TYPE_CHECKING:
    from spiegelstad.context.actions.writing import Written

_HERE = Path(__file__).parent


def keep(tenant_id: str, written: Sequence[Written]) -> None:
    """Keep the instances that came, changed or went, in the caller's transaction.

    Series of the mirror are locked here, after the entities; so nothing is audited in this transaction before.
    """
    moment = now()
    stamp = time_text(moment)
    if made := _made_or_retyped(written):
        _run(tenant_id, "keep_temporal_entities", rows=orjson.dumps(made).decode())
    first = {one.entity_id: one.before for one in reversed(written)}
    last = {one.entity_id: one.after for one in written}
    additions = [addition for one in written for addition in _additions(one, stamp)]
    additions += [addition for id_, after in last.items() for addition in scope_change(id_, first[id_], after, stamp)]
    if additions:
        add(tenant_id, additions, moment)
    if moved := [one.entity_id for one in written if one.before is not None and _moved(one)]:
        follow_owners(tenant_id, moved)
    if gone := [id_ for id_, after in last.items() if after is None]:
        _run(tenant_id, "mark_deleted", ids=gone, at=moment)


def _made_or_retyped(written: Sequence[Written]) -> list[dict[str, Any]]:
    """Return the rows of entities that are new in their history, or whose types or scopes changed, as they are last."""
    rows: dict[str, dict[str, Any]] = {}
    for one in written:
        before, after = one.before, one.after
        if after is not None and (
            before is None or (before.types, before.scopes) != (after.types, after.scopes) or one.entity_id in rows
        ):
            rows[one.entity_id] = _row(after)
    return list(rows.values())


def _row(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "types": document.types,
        "scopes": document.scopes,
        "created_at": document.created_at,
        "modified_at": document.modified_at,
    }


def _additions(one: Written, stamp: str) -> Iterator[Addition]:
    if one.after is None:
        assert one.before is not None
        for attribute, instances in one.before.attributes.items():
            for instance in instances.values():
                yield Addition(one.entity_id, attribute, _gone(instance, stamp))
        return
    for change in one.changes:
        if change.kind == "attributeDeleted":
            if change.previous is not None:
                yield Addition(one.entity_id, change.attribute, _gone(change.previous, stamp))
        else:
            made = one.after.attributes.get(change.attribute, {}).get(change.dataset)
            if made is not None:
                yield Addition(one.entity_id, change.attribute, made)


def _gone(previous: Instance, stamp: str) -> Instance:
    """Return the instance that says that an attribute was deleted (clause 4.5.7)."""
    return {**deleted(previous, stamp), "createdAt": previous["createdAt"], "modifiedAt": stamp}


def _moved(one: Written) -> bool:
    """Say whether anything changed that its series take over: a batch may give the same place and name again."""
    if one.after is None or one.before is None:
        return False
    return _owner(one.after) != _owner(one.before)


def _owner(document: Document) -> tuple[Any, ...]:
    return document.types, place_of(document.attributes), name_of(document.attributes)


def _run(tenant_id: str, name: str, **params: Any) -> None:
    with sql.prepared() as cursor:
        cursor.execute(_statement(name), {"tenant": tenant_id, **params})


@cache
def _statement(name: str) -> Any:
    return sql.load(_HERE, name)
