"""Acts on the temporal evolution of one entity (clauses 5.6.11 to 5.6.16).

All but the first raise ResourceNotFound when there is no such evolution, and all raise Forbidden when `by` may not
write it. Corrections and deletions are audited, additions are not: a batch of measurements is routine.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.actions.evolution import MONTHS, add
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.formats.temporal_reading import Fragment
from spiegelstad.context.rules.acts import DELETE_ENTITIES, WRITE_ENTITIES
from spiegelstad.context.rules.documents import Instance, time_of, time_text
from spiegelstad.context.rules.evolution import Addition, observation_of, stored
from spiegelstad.context.rules.policy import OPEN, Closure, closure_of, closures
from spiegelstad.context.rules.scope_history import SCOPE, scopes_of
from spiegelstad.governance.public import Act, Thing, record, require
from spiegelstad.mirror.public import Range, delete_values, forget_values, observed_at, observed_within


@dataclass(frozen=True, slots=True)
class _Held:
    """The evolution of an entity under lock; `present`: the entity exists now."""

    types: list[str]
    scopes: list[str]
    closure: Closure
    present: bool


@transaction.atomic
def upsert_evolution(*, by: Actor, fragment: Fragment) -> bool:
    """Make the evolution of an entity, or add instances to the one there is (5.6.11); return whether it was made."""
    _require(by, WRITE_ENTITIES, min(by.departments, default=""))
    held = _lock(by, fragment.id)
    if held is not None:
        _add(by, held, fragment)
        return False
    closure = closure_of(fragment.types, closures(tenant(by.tenant_id).settings)) or OPEN
    _require(by, WRITE_ENTITIES, closure.department, fragment.id)
    moment = now()
    row = {
        "id": fragment.id,
        "types": fragment.types,
        "scopes": _scopes(fragment),
        "created_at": time_text(moment),
        "modified_at": time_text(moment),
        **closure._asdict(),
    }
    _run(by, "keep_temporal_entities", rows=orjson.dumps([row]).decode())
    add(by.tenant_id, _additions(fragment, time_text(moment)), moment)
    return True


@transaction.atomic
def add_attributes(*, by: Actor, fragment: Fragment) -> None:
    """Add instances (5.6.12), and the types that the entity has not yet."""
    _add(by, _held(by, WRITE_ENTITIES, fragment.id), fragment)


@transaction.atomic
def delete_attribute(*, by: Actor, entity_id: str, attribute: str, dataset: str = "", delete_all: bool = False) -> None:
    """Delete the instances of an attribute in one dataset, or in all (5.6.13); ResourceNotFound when there are none.

    Here and below SCOPE is the attribute that holds the scopes.
    """
    _held(by, DELETE_ENTITIES, entity_id)
    if not _forget(by, entity_id, attribute, None if delete_all else dataset):
        raise ResourceNotFound(f"The evolution of {entity_id} has no such attribute.")
    _settle_scopes(by, entity_id, attribute)
    _audit(by, DELETE_ENTITIES, entity_id, attribute=attribute)


@transaction.atomic
def replace_instance(*, by: Actor, entity_id: str, attribute: str, instance_id: str, instance: Instance) -> None:
    """Replace one instance (5.6.14): it keeps its name and when it was made. ResourceNotFound when there is none."""
    _held(by, WRITE_ENTITIES, entity_id)
    moment = now()
    MONTHS.ensure_apart([moment.date().replace(day=1)])
    created_at = _take_out(by, entity_id, attribute, instance_id)
    instance = _dated(attribute, instance, time_text(moment))
    observed = instance.get("observedAt")
    _run(
        by,
        "insert_instance",
        id=entity_id,
        attribute=attribute,
        dataset=instance.get("datasetId", ""),
        instance=instance_id,
        observed_at=time_of(observed) if observed else None,
        created_at=created_at,
        at=moment,
        document=orjson.dumps(stored(instance)).decode(),
    )
    _settle_scopes(by, entity_id, attribute)
    _audit(by, WRITE_ENTITIES, entity_id, attribute=attribute, instance=instance_id)


@transaction.atomic
def delete_instance(*, by: Actor, entity_id: str, attribute: str, instance_id: str) -> None:
    """Delete one instance (5.6.15); ResourceNotFound when there is none."""
    _held(by, DELETE_ENTITIES, entity_id)
    _take_out(by, entity_id, attribute, instance_id)
    _settle_scopes(by, entity_id, attribute)
    _audit(by, DELETE_ENTITIES, entity_id, attribute=attribute, instance=instance_id)


@transaction.atomic
def delete_evolution(*, by: Actor, entity_id: str) -> None:
    """Delete the whole evolution (5.6.16). An entity that exists now stays as it is, and its history begins anew."""
    held = _held(by, DELETE_ENTITIES, entity_id)
    _forget(by, entity_id, None, None)
    if held.present:
        _settle_scopes(by, entity_id, SCOPE)
    else:
        _run(by, "delete_history", id=entity_id)
    _audit(by, DELETE_ENTITIES, entity_id)


def _add(by: Actor, held: _Held, fragment: Fragment) -> None:
    _require(by, WRITE_ENTITIES, held.closure.department, fragment.id)
    moment = now()
    types = list(dict.fromkeys([*held.types, *fragment.types]))
    scopes = list(dict.fromkeys([*held.scopes, *_scopes(fragment)]))
    _run(by, "touch_history", id=fragment.id, types=types, scopes=scopes, at=moment)
    add(by.tenant_id, _additions(fragment, time_text(moment)), moment)


def _additions(fragment: Fragment, stamp: str) -> list[Addition]:
    times = {"createdAt": stamp, "modifiedAt": stamp}
    return [
        Addition(fragment.id, attribute, {**_dated(attribute, instance, stamp), **times})
        for attribute, instance in fragment.instances
    ]


def _dated(attribute: str, instance: Instance, stamp: str) -> Instance:
    """Return an instance; a scope that has no time counts from when it is written."""
    return {"observedAt": stamp, **instance} if attribute == SCOPE else instance


def _scopes(fragment: Fragment) -> list[str]:
    found = (scope for iri, instance in fragment.instances if iri == SCOPE for scope in scopes_of(instance))
    return list(dict.fromkeys(found))


def _settle_scopes(by: Actor, entity_id: str, attribute: str) -> None:
    """Let the row name the scopes that are left in the history, after a correction of these."""
    if attribute == SCOPE:
        _run(by, "settle_scopes", id=entity_id, scope=SCOPE)


def _lock(by: Actor, entity_id: str) -> _Held | None:
    rows = _run(by, "lock_history", id=entity_id)
    return next((_Held(types, scopes, Closure(*closure), present) for types, scopes, *closure, present in rows), None)


def _held(by: Actor, act: Act, entity_id: str) -> _Held:
    _require(by, act, min(by.departments, default=""))
    held = _lock(by, entity_id)
    if held is None:
        raise ResourceNotFound(f"There is no evolution of an entity {entity_id}.")
    _require(by, act, held.closure.department, entity_id)
    return held


def _forget(by: Actor, entity_id: str, attribute: str | None, dataset: str | None) -> bool:
    """Delete rows, and observations of the series that are ours; return whether there were any."""
    which = {"id": entity_id, "attribute": attribute, "dataset": dataset}
    with sql.prepared() as cursor:
        cursor.execute(_statement("delete_instances"), {"tenant": by.tenant_id, **which})
        deleted = cursor.rowcount
    series = [row[0] for row in _run(by, "series_of_history", **which)]
    with_values = observed_within(by.tenant_id, series, Range())
    for one in series:
        forget_values(by.tenant_id, one)
        _run(by, "forget_late", series=one)
    return bool(deleted or with_values)


def _take_out(by: Actor, entity_id: str, attribute: str, instance_id: str) -> Any:
    """Delete an instance and return when it was made."""
    which = {"id": entity_id, "attribute": attribute}
    if rows := _run(by, "delete_instance", **which, instance=instance_id):
        return rows[0][0]
    named = observation_of(instance_id)
    ours = {row[0] for row in _run(by, "series_of_history", **which, dataset=None)}
    if named is None or named[0] not in ours or not observed_at(by.tenant_id, [named]):
        raise ResourceNotFound(f"The evolution of {entity_id} has no such instance.")
    series, at = named
    delete_values(by.tenant_id, series, [at])
    return at


def _require(by: Actor, act: Act, department: str, entity_id: str = "") -> None:
    require(by, act, Thing("entity", entity_id, by.tenant_id, department=department))


def _audit(by: Actor, act: Act, entity_id: str, **details: str) -> None:
    record(by, act, Thing("temporal_entity", entity_id, by.tenant_id), details=details)


def _run(by: Actor, name: str, **params: Any) -> list[tuple[Any, ...]]:
    with sql.prepared() as cursor:
        cursor.execute(_statement(name), {"tenant": by.tenant_id, **params})
        return cursor.fetchall() if cursor.description else []


@cache
def _statement(name: str) -> Any:
    return sql.load(Path(__file__).parent, name)
