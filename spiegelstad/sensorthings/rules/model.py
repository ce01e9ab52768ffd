"""The data model of SensorThings Sensing (OGC 18-088, clause 8): entity types, their properties and relations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a property holds. TIME: a moment or a period. RESULT: a number mostly, else any JSON."""

    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    JSON = "json"
    GEOMETRY = "geometry"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Property:
    """A property; `required` when an entity is made."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to another type: `many`, or one which is then `required`; `back` is its name from the other side."""

    name: str
    target: str
    back: str
    many: bool = False
    required: bool = False


@dataclass(frozen=True)
class EntityType:
    """An entity type: `name` (Thing) and the name of its set (Things)."""

    name: str
    set: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)


def _type(name: str, set_: str, properties: list[Property], relations: list[Relation]) -> EntityType:
    return EntityType(name, set_, {item.name: item for item in properties}, {item.name: item for item in relations})


_NAME = Property("name", Kind.TEXT, required=True)
_DESCRIPTION = Property("description", Kind.TEXT, required=True)
_PROPERTIES = Property("properties", Kind.JSON)
_ENCODING = Property("encodingType", Kind.TEXT, required=True)

TYPES = {
    item.name: item
    for item in (
        _type(
            "Thing",
            "Things",
            [_NAME, _DESCRIPTION, _PROPERTIES],
            [
                Relation("Datastreams", "Datastream", "Thing", many=True),
                Relation("HistoricalLocations", "HistoricalLocation", "Thing", many=True),
                Relation("Locations", "Location", "Things", many=True),
            ],
        ),
        _type(
            "Location",
            "Locations",
            [_NAME, _DESCRIPTION, _ENCODING, Property("location", Kind.GEOMETRY, required=True), _PROPERTIES],
            [
                Relation("HistoricalLocations", "HistoricalLocation", "Locations", many=True),
                Relation("Things", "Thing", "Locations", many=True),
            ],
        ),
        _type(
            "HistoricalLocation",
            "HistoricalLocations",
            [Property("time", Kind.TIME, required=True)],
            [
                Relation("Locations", "Location", "HistoricalLocations", many=True),
                Relation("Thing", "Thing", "HistoricalLocations", required=True),
            ],
        ),
        _type(
            "Datastream",
            "Datastreams",
            [
                _NAME,
                _DESCRIPTION,
                Property("unitOfMeasurement", Kind.JSON, required=True),
                Property("observationType", Kind.TEXT, required=True),
                Property("observedArea", Kind.GEOMETRY),
                Property("phenomenonTime", Kind.TIME),
                Property("resultTime", Kind.TIME),
                _PROPERTIES,
            ],
            [
                Relation("ObservedProperty", "ObservedProperty", "Datastreams", required=True),
                Relation("Observations", "Observation", "Datastream", many=True),
                Relation("Sensor", "Sensor", "Datastreams", required=True),
                Relation("Thing", "Thing", "Datastreams", required=True),
            ],
        ),
        _type(
            "Sensor",
            "Sensors",
            [_NAME, _DESCRIPTION, _ENCODING, Property("metadata", Kind.JSON, required=True), _PROPERTIES],
            [Relation("Datastreams", "Datastream", "Sensor", many=True)],
        ),
        _type(
            "ObservedProperty",
            "ObservedProperties",
            [_NAME, Property("definition", Kind.TEXT, required=True), _DESCRIPTION, _PROPERTIES],
            [Relation("Datastreams", "Datastream", "ObservedProperty", many=True)],
        ),
        _type(
            "Observation",
            "Observations",
            [
                Property("phenomenonTime", Kind.TIME),
                Property("result", Kind.RESULT, required=True),
                Property("resultTime", Kind.TIME),
                Property("resultQuality", Kind.JSON),
                Property("validTime", Kind.TIME),
                Property("parameters", Kind.JSON),
            ],
            [
                Relation("Datastream", "Datastream", "Observations", required=True),
                Relation("FeatureOfInterest", "FeatureOfInterest", "Observations"),
            ],
        ),
        _type(
            "FeatureOfInterest",
            "FeaturesOfInterest",
            [_NAME, _DESCRIPTION, _ENCODING, Property("feature", Kind.GEOMETRY, required=True), _PROPERTIES],
            [Relation("Observations", "Observation", "FeatureOfInterest", many=True)],
        ),
    )
}
SETS = {item.set: item for item in TYPES.values()}


def target_of(relation: Relation) -> EntityType:
    """Return the type that a relation leads to."""
    return TYPES[relation.target]
