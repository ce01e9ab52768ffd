"""Entities with plain values, as tables have them, made into documents and read from them. Pure."""

from collections.abc import Mapping
from typing import Any

from spiegelstad.context.rules.documents import LOCATION, VALUE_MEMBER, Attributes, Instance
from spiegelstad.context.rules.terms import CORE

NAME = CORE.expand("name")


def attributes_of(
    name: str, lon: float | None, lat: float | None, values: Mapping[str, Any]
) -> dict[str, Instance | None]:
    """Return the instance of each attribute given, by IRI, without times; None for one that has no value (any more)."""
    found: dict[str, Instance | None] = {
        CORE.expand(key): None if value is None else {"type": "Property", "value": value}
        for key, value in values.items()
    }
    if name:
        found[NAME] = {"type": "Property", "value": name}
    if lon is not None and lat is not None:
        found[LOCATION] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}
    return found


def same_value(instance: Instance, other: Instance) -> bool:
    """Whether two instances say the same, whenever they said it."""
    member = VALUE_MEMBER[other["type"]]
    return bool(instance["type"] == other["type"] and instance[member] == other[member])


def values_of(attributes: Attributes, hidden: frozenset[str]) -> dict[str, Any]:
    """Return the plain value of each attribute by its short name, without name, location and what is hidden."""
    found = {}
    for iri, instances in attributes.items():
        if iri in hidden or iri in {NAME, LOCATION}:
            continue
        instance = instances.get("") or next(iter(instances.values()))
        found[CORE.compact(iri)] = instance[VALUE_MEMBER[instance["type"]]]
    return found
