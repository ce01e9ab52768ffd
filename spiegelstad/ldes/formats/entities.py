"""An entity as N-Triples: what it is and says at once, and how each value was observed beside it.

Each attribute gives its plain value; one with a time, a unit or attributes of its own gives a `sosa:Observation` as
well: a blank node, so that a member can be taken from its page whole. Names and values are those of the entity's own
address (`/id/…`; tests/spec/test_entities_say_the_same.py). Times that only say when something was written
are left out, for the member has its own.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import quote

import orjson
import shapely

from spiegelstad.base.rdf import is_iri
from spiegelstad.context.public import Document, Instance, names_of_attribute, names_of_type
from spiegelstad.ldes.formats.terms import iri, line, literal, typed, worded
from spiegelstad.ldes.formats.terms import number as whole
from spiegelstad.ldes.vocabulary import BASE, DCT, GEO, GEOMETRY, LABEL, NGSI_LD, RDF, SOSA, SUBJECT, XSD

_LOCATION = f"{NGSI_LD}location"
_WKT = f"^^<{GEO}wktLiteral>"
_RESULT, _TIME = iri(f"{SOSA}hasSimpleResult"), iri(f"{SOSA}resultTime")
_UNIT, _DATASET, _MOMENT = iri(f"{NGSI_LD}unitCode"), iri(f"{NGSI_LD}datasetId"), f"^^{iri(f'{XSD}dateTime')}"
_OBSERVATION = (
    line(SUBJECT, f"{SOSA}isFeatureOfInterestOf", "{node}")
    + typed("{node}", f"{SOSA}Observation")
    + line("{node}", f"{SOSA}observedProperty", "{attribute}")
)
_TEMPORAL = {"DateTime": "dateTime", "Date": "date", "Time": "time"}
_SAFE = "-._~!$&'()*+,;=:@/"
_PLAIN = re.compile(r"[A-Za-z0-9._~:/-]*")  # most ids, of which `quote` would make nothing else
Bounds = tuple[float, ...]
NOWHERE: Bounds = (math.nan,) * 4


def entity_iri(entity_id: str) -> str:
    """Return the address of an entity, which is its subject wherever this city tells of it as linked data."""
    written = entity_id if _PLAIN.fullmatch(entity_id) else quote(entity_id, safe=_SAFE)
    return f"{BASE}id/{written}"


def body_of(document: Document, closed: Collection[str]) -> tuple[str, Bounds]:
    """Return the triples of an entity without its attributes that are `closed` (IRIs), at whatever depth, and the box
    round where it is (degrees WGS84; nan when it does not say, or not to all).
    """
    parts = _what(document)
    parts += [line(SUBJECT, f"{NGSI_LD}scope", literal(scope)) for scope in document.scopes]
    labels = count()
    for attribute, instances in document.attributes.items():
        if attribute not in closed and is_iri(attribute):
            for instance in instances.values():
                parts += _attribute(attribute, instance, closed, labels)
    wkt, bounds = _place_of(document, closed)
    if wkt:
        parts.append(line(SUBJECT, GEOMETRY, wkt))
    return "".join(parts), bounds


def gone_of(document: Document) -> str:
    """Return what is still told of an entity that is gone: its types and its identifier."""
    return "".join(_what(document))


def _what(document: Document) -> list[str]:
    parts = [typed(SUBJECT, name) for type_ in document.types for name in names_of_type(type_) if is_iri(name)]
    return [*parts, line(SUBJECT, f"{DCT}identifier", literal(document.id))]


def bounds_of(document: Document, closed: Collection[str]) -> Bounds:
    """Return the box round where an entity is."""
    return _place_of(document, closed)[1]


def _place_of(document: Document, closed: Collection[str]) -> tuple[str, Bounds]:
    instances = {} if _LOCATION in closed else document.attributes.get(_LOCATION, {})
    first = instances.get("") or next(iter(instances.values()), None)
    return _geometry(first["value"]) if first and isinstance(first.get("value"), dict) else ("", NOWHERE)


def _geometry(value: Mapping[str, Any]) -> tuple[str, Bounds]:
    """Return a GeoJSON geometry as a literal, and its box; an empty text when it is none. Most are points."""
    if value.get("type") == "Point" and len(value["coordinates"]) == 2:
        lon, lat = value["coordinates"]
        return f'"POINT ({_degrees(lon)} {_degrees(lat)})"{_WKT}', (lon, lat, lon, lat)
    shape = shapely.from_geojson(orjson.dumps(value), on_invalid="ignore")
    if shape is None or shape.is_empty:
        return "", NOWHERE
    return f'"{shapely.to_wkt(shape, rounding_precision=-1)}"{_WKT}', shape.bounds


def _degrees(value: float) -> str:
    return repr(value).removesuffix(".0")


def _attribute(attribute: str, instance: Instance, closed: Collection[str], labels: Iterator[int]) -> list[str]:
    values = [value for value in _values(instance) if value]
    parts = [f"{SUBJECT} {name} {value} .\n" for name in _written(attribute) for value in values]
    about = _circumstances(instance, closed)
    if about:
        node = f"_:{LABEL}{next(labels)}"
        parts.append(_OBSERVATION.format(node=node, attribute=iri(attribute)))
        parts += [f"{node} {_RESULT} {value} .\n" for value in values]
        parts += [f"{node} {predicate} {value} .\n" for predicate, value in about]
    return parts


@lru_cache(maxsize=4096)
def _written(attribute: str) -> list[str]:
    return [iri(name) for name in names_of_attribute(attribute)]


def _circumstances(instance: Instance, closed: Collection[str]) -> list[tuple[str, str]]:
    """Return what an attribute says about itself: predicate (written) and value."""
    about = []
    if moment := instance.get("observedAt"):
        about.append((_TIME, f'"{moment}"{_MOMENT}'))
    if unit := instance.get("unitCode"):
        about.append((_UNIT, literal(unit)))
    if dataset := instance.get("datasetId"):
        about.append((_DATASET, _named(dataset)))
    for name, instances in instance.get("attributes", {}).items():
        if name not in closed and is_iri(name):
            about += [(iri(name), value) for one in instances.values() for value in _values(one) if value]
    return about


def _values(instance: Instance) -> Iterator[str]:
    """Yield the plain values of an attribute; empty where a value says nothing."""
    match instance["type"]:
        case "Property":
            yield from map(_scalar, _each(instance["value"]))
        case "GeoProperty":
            yield _geometry(instance["value"])[0]
        case "Relationship" | "VocabProperty":
            yield from (_linked(str(one)) for one in _each(instance.get("object", instance.get("vocab"))))
        case "ListRelationship":
            yield from (_linked(str(one)) for one in instance["objectList"])
        case "LanguageProperty":
            for language, words in instance["languageMap"].items():
                yield from (worded(str(one), language) for one in _each(words))
        case "JsonProperty":
            yield _json(instance["json"])
        case _:
            yield _json(instance.get("valueList"))


def _linked(value: str) -> str:
    """Write what a relationship names: an entity of the city at its address, else the IRI, else the text itself."""
    return f"<{entity_iri(value)}>" if value.startswith("urn:ngsi-ld:") else _named(value)


def _named(value: str) -> str:
    return iri(value) if is_iri(value) else literal(value)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return literal("true" if value else "false", f"{XSD}boolean")
        case int():
            return whole(value)
        case float():
            return literal(repr(value), f"{XSD}double")
        case str():
            return literal(value)
        case None:
            return ""
        case {"@type": str(kind), "@value": str(text)} if kind in _TEMPORAL:
            return literal(text, XSD + _TEMPORAL[kind])
    return _json(value)


def _json(value: Any) -> str:
    return literal(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), f"{RDF}JSON")
