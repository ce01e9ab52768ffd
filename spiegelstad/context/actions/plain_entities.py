"""Entities from tables: made and brought up to date by definition, any number of times with the same result."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.actions.attribute_series import follow_owners
from spiegelstad.context.actions.writing import Held, Written, lock, retried, store
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules.acts import WRITE_ENTITIES
from spiegelstad.context.rules.changes import Change, ChangeKind
from spiegelstad.context.rules.documents import Attributes, Document, Instance, time_text
from spiegelstad.context.rules.plain import attributes_of, same_value
from spiegelstad.context.rules.policy import OPEN, Closure, closures, strictest
from spiegelstad.context.rules.terms import CORE
from spiegelstad.governance.public import Classification, Thing, require

_CLOSE_HISTORIES = sql.load(Path(__file__).parent, "close_histories")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityIn:
    """An entity as a table gives it: `id` is a URN, `type` a short name, lon and lat in degrees WGS84."""

    id: str
    type: str
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    classification: Classification = Classification.PUBLIC
    department: str = ""


@retried
def upsert_entities(*, by: Actor, entities: Sequence[EntityIn]) -> int:
    """Make these entities or bring them up to date; return how many changed.

    An attribute given replaces its default instance, one without value (None) is deleted, and what others wrote stays.
    Raises BadRequestData when an id is no URI, Forbidden when `by` may not write entities of a department named.
    """
    given = {item.id: item for item in entities}
    if wrong := next((id_ for id_ in given if ":" not in id_), None):
        raise BadRequestData(f"{wrong!r} is not a URI.", remedy="Use a URN like urn:ngsi-ld:OffStreetParking:P1.")
    _require(by, {item.department for item in given.values()})
    held = lock(by.tenant_id, given)
    _require(by, {one.closure.department for one in held.values()})
    closed = _closures(by, given.values())
    stamp = time_text(now())
    written = [one for item in given.values() for one in _written(item, held.get(item.id), closed[item.id], stamp)]
    store(by.tenant_id, written, closed)
    if reclosed := [id_ for id_, one in held.items() if one.closure != closed[id_]]:
        _close_histories(by.tenant_id, reclosed)
    return len({one.entity_id for one in written})


def _close_histories(tenant_id: str, entity_ids: Sequence[str]) -> None:
    """Let the histories and series of these entities be as closed as those are now."""
    with sql.prepared() as cursor:
        cursor.execute(_CLOSE_HISTORIES, {"tenant": tenant_id, "ids": entity_ids})
    follow_owners(tenant_id, entity_ids)


def _require(by: Actor, departments: set[str]) -> None:
    for department in sorted(departments):
        require(by, WRITE_ENTITIES, Thing("entity", "", by.tenant_id, department=department))


def _closures(by: Actor, given: Iterable[EntityIn]) -> dict[str, Closure]:
    """Return who may read each entity: what its table says, or what the city says of its type when that is stricter."""
    named = closures(tenant(by.tenant_id).settings)
    own = {item.id: (Closure(item.classification, item.department), CORE.expand(item.type)) for item in given}
    return {id_: strictest([closure, named.get(type_, OPEN)]) or closure for id_, (closure, type_) in own.items()}


def _written(item: EntityIn, held: Held | None, closure: Closure, stamp: str) -> Iterator[Written]:
    """Yield what becomes of one entity; nothing when it is so already."""
    before = held.document if held else None
    if before and before.expires_at and before.expires_at <= stamp:
        yield Written(item.id, "entityDeleted", before, None, ())
        before = None
    attributes, changes = _merged(before.attributes if before else {}, item, stamp)
    type_ = CORE.expand(item.type)
    if before is None:
        after = Document(item.id, [type_], [], attributes, stamp, stamp, None)
        yield Written(item.id, "entityCreated", None, after, changes)
    elif changes or type_ not in before.types or (held and held.closure != closure):
        types = before.types if type_ in before.types else [*before.types, type_]
        after = Document(item.id, types, before.scopes, attributes, before.created_at, stamp, before.expires_at)
        yield Written(item.id, "entityUpdated", before, after, changes)


def _merged(known: Attributes, item: EntityIn, stamp: str) -> tuple[Attributes, list[Change]]:
    attributes, changes = dict(known), []
    for iri, instance in attributes_of(item.name, item.lon, item.lat, item.attributes).items():
        previous = known.get(iri, {}).get("")
        if instance is None:
            if previous is not None:
                attributes[iri] = {dataset: one for dataset, one in known[iri].items() if dataset}
                if not attributes[iri]:
                    del attributes[iri]
                changes.append(Change(iri, "", "attributeDeleted", previous))
        elif previous is None or not same_value(previous, instance):
            kind: ChangeKind = "attributeCreated" if previous is None else "attributeUpdated"
            attributes[iri] = {**known.get(iri, {}), "": _stamped(instance, previous, stamp)}
            changes.append(Change(iri, "", kind, previous))
    return attributes, changes


def _stamped(instance: Instance, previous: Instance | None, stamp: str) -> Instance:
    return {**instance, "createdAt": previous["createdAt"] if previous else stamp, "modifiedAt": stamp}
