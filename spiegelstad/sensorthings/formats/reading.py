"""What clients send as entities: checked, and taken apart into values, links and new entities."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from spiegelstad.base.limits import MAX_JSON_DEPTH
from spiegelstad.sensorthings.errors import InvalidAddress, InvalidEntity
from spiegelstad.sensorthings.rules.addresses import Id, read_id
from spiegelstad.sensorthings.rules.expressions import ID
from spiegelstad.sensorthings.rules.geometries import read_geometry
from spiegelstad.sensorthings.rules.model import EntityType, Kind, Property, Relation, target_of
from spiegelstad.sensorthings.rules.times import Period, read_period
from spiegelstad.sensorthings.vocabulary import GEOJSON_ENCODINGS

MAX_NESTED = 5_000
MAX_TEXT = 100_000
_MOMENTS = {"time", "resultTime"}
_COMPUTED = {"phenomenonTime", "resultTime"}  # of a datastream: told by its observations


@dataclass
class Given:
    """An entity as given. `links`: relations to what is there; `nested`: to entities that are to be made."""

    type: EntityType
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[Id]] = field(default_factory=dict)
    nested: dict[str, list["Given"]] = field(default_factory=dict)


def read_json(body: bytes) -> Any:
    """Return what a body holds; raises InvalidEntity for what is no JSON or no database could keep."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidEntity(f"The body is not JSON: {error}.") from None
    _check(found, MAX_JSON_DEPTH)
    return found


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise InvalidEntity("The body is nested too deeply.")
    if isinstance(value, str) and "\0" in value:
        raise InvalidEntity("The body holds a NUL character.")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidEntity("The body holds a number that is too large.")
    if isinstance(value, dict):
        _check("".join(value), depth - 1)
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, depth - 1)


def read_entity(given: Any, entity_type: EntityType, *, leaving_out: str = "") -> Given:
    """Return a new entity with all it needs; `leaving_out`: the relation that its address already gives."""
    found = _read(given, entity_type, [MAX_NESTED], leaving_out)
    return found


def read_change(given: Any, entity_type: EntityType, *, whole: bool) -> Given:
    """Return what a PATCH changes, or a PUT (`whole`) says: values and links, no new entities inside."""
    found = _parts(given, entity_type, [MAX_NESTED])
    if found.nested:
        raise InvalidEntity("An update holds links to entities, not new entities.", remedy='Use {"@iot.id": …}.')
    _require_properties(found, whole=whole)
    if whole:
        for item in entity_type.properties.values():
            if not (entity_type.name == "Datastream" and item.name in {*_COMPUTED, "observedArea"}):
                found.values.setdefault(item.name, None)
        if found.values.get("phenomenonTime", 0) is None:
            del found.values["phenomenonTime"]
    return found


def _read(given: Any, entity_type: EntityType, budget: list[int], leaving_out: str) -> Given:
    budget[0] -= 1
    if budget[0] < 0:
        raise InvalidEntity(f"The body holds more than {MAX_NESTED:,} entities.")
    found = _parts(given, entity_type, budget)
    _require_properties(found, whole=True)
    for relation in entity_type.relations.values():
        there = relation.name in found.links or relation.name in found.nested
        if relation.required and relation.name != leaving_out and not there:
            raise InvalidEntity(f"A {entity_type.name} needs a {relation.name}.")
    return found


def _require_properties(found: Given, *, whole: bool) -> None:
    """Refuse what lacks what its type needs; a change may leave it out, and not take it away."""
    for item in found.type.properties.values():
        if not (whole or item.name in found.values):
            continue
        if item.required and (item.name not in found.values or _is_missing(item, found.values[item.name])):
            raise InvalidEntity(f"A {found.type.name} needs {item.name}.")


def _is_missing(item: Property, value: Any) -> bool:
    return value is None and item.kind is not Kind.RESULT


def _parts(given: Any, entity_type: EntityType, budget: list[int]) -> Given:
    if not isinstance(given, dict):
        raise InvalidEntity(f"A {entity_type.name} is a JSON object.")
    found = Given(entity_type)
    for name, value in given.items():
        if "@iot." in name:
            continue  # control information, which the service gives
        if name in entity_type.relations:
            _relate(found, entity_type.relations[name], value, budget)
        elif name not in entity_type.properties:
            raise InvalidEntity(f"A {entity_type.name} has no property {name[:60]!r}.")
        elif not (entity_type.name == "Datastream" and name in _COMPUTED):
            found.values[name] = _value(entity_type.properties[name], value)
    check_places(found.values)
    return found


def _relate(found: Given, relation: Relation, value: Any, budget: list[int]) -> None:
    items = value if relation.many and isinstance(value, list) else [value]
    target = target_of(relation)
    for item in items:
        if not isinstance(item, dict):
            raise InvalidEntity(f"{relation.name} is an entity or a link to one.")
        if ID in item and not set(item) & {*target.properties}:
            found.links.setdefault(relation.name, []).append(_link(target, item[ID]))
        else:
            nested = _read(item, target, budget, relation.back)
            found.nested.setdefault(relation.name, []).append(nested)


def _link(target: EntityType, value: Any) -> Id:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidEntity("@iot.id is a number or a text.")
    try:
        return read_id(target, str(value))
    except InvalidAddress as error:
        raise InvalidEntity(error.detail) from None


def _value(item: Property, value: Any) -> Any:
    if value is None:
        return None
    if item.kind is Kind.TEXT:
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise InvalidEntity(f"{item.name} is a text of at most {MAX_TEXT:,} characters.")
        return value
    if item.kind is Kind.TIME:
        return _time(item, value)
    if item.name in {"properties", "unitOfMeasurement", "parameters"} and not isinstance(value, dict):
        raise InvalidEntity(f"{item.name} is a JSON object.")
    return value


def _time(item: Property, value: Any) -> Period:
    if not isinstance(value, str):
        raise InvalidEntity(f"{item.name} is a text like 2026-03-01T12:00:00Z.")
    try:
        period = read_period(value)
    except ValueError as error:
        raise InvalidEntity(f"{item.name}: {error}") from None
    if item.name in _MOMENTS and period.start != period.end:
        raise InvalidEntity(f"{item.name} is one moment, not a period.")
    return period


def check_places(values: Mapping[str, Any]) -> None:
    """Raise InvalidEntity for a place that is not what its encodingType says."""
    for name in ("location", "feature", "observedArea"):
        value = values.get(name)
        geojson = name == "observedArea" or values.get("encodingType") in GEOJSON_ENCODINGS
        if value is not None and geojson and read_geometry(value) is None:
            raise InvalidEntity(f"{name} is not GeoJSON.")
