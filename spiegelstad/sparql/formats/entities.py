"""Entities as RDF: what they are and say at once, and how it was observed beside it. Pure.

The subject is `<base>id/<id of the entity>`. Each attribute gives its plain value; one with a time, a unit or
attributes of its own gives a `sosa:Observation` as well. Names come from the entity's own @context, and those of
`context.names_of_type` and `names_of_attribute` beside them. Times are UTC, geometry is WKT in WGS84.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson
import shapely
from pyoxigraph import Literal, NamedNode, Quad
from shapely.geometry import shape

from spiegelstad.base.rdf import is_iri
from spiegelstad.context.public import Document, names_of_attribute, names_of_type
from spiegelstad.sparql.vocabulary import BASE, PREFIXES

Term = NamedNode | Literal
_XSD, _RDF, _GEO = PREFIXES["xsd"], PREFIXES["rdf"], PREFIXES["geo"]
_A = NamedNode(f"{_RDF}type")
_LOCATION = "https://uri.etsi.org/ngsi-ld/location"
_TEMPORAL = {"DateTime": "dateTime", "Date": "date", "Time": "time"}
_SAFE = "-._~!$&'()*+,;=:@/"


def _named(name: str) -> NamedNode:
    prefix, _colon, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def address_of(entity_id: str) -> str:
    """Return the address of an entity, below the city's own: `id/urn:ngsi-ld:Device:demo:F01`."""
    return f"id/{quote(entity_id, safe=_SAFE)}"


def node_of(entity_id: str) -> NamedNode:
    """Return the subject that stands for an entity."""
    return NamedNode(BASE + address_of(entity_id))


def quads_of(document: Document) -> Iterator[Quad]:
    """Yield an entity as quads, in a graph with the name of the entity."""
    subject = node_of(document.id)
    for predicate, term in _facts(document):
        yield Quad(subject, predicate, term, subject)
    for iri, instances in document.attributes.items():
        for key, instance in instances.items():
            yield from (Quad(*triple, subject) for triple in _attribute(subject, iri, key, instance))


def _facts(document: Document) -> Iterator[tuple[NamedNode, Term]]:
    for iri in document.types:
        yield from ((_A, NamedNode(name)) for name in names_of_type(iri) if is_iri(name))
    yield _named("dct:identifier"), Literal(document.id)
    if is_iri(document.id):
        yield _named("owl:sameAs"), NamedNode(document.id)
    yield _named("dct:created"), _moment(document.created_at)
    yield _named("dct:modified"), _moment(document.modified_at)
    for scope in document.scopes:
        yield _named("ngsi-ld:scope"), Literal(scope)


def _attribute(
    subject: NamedNode, iri: str, key: str, instance: Mapping[str, Any]
) -> Iterator[tuple[NamedNode, NamedNode, Term]]:
    if not is_iri(iri):
        return
    values = list(_values(instance))
    for name in names_of_attribute(iri):
        yield from ((subject, NamedNode(name), value) for value in values)
    if instance["type"] == "GeoProperty" and iri == _LOCATION:
        yield from _place(subject, instance["value"])
    about = list(_circumstances(instance))
    if about:
        fragment = quote(iri.rpartition("/")[2].rpartition("#")[2] + (f".{key}" if key else ""), safe="")
        observation = NamedNode(f"{subject.value}#{fragment}")
        yield observation, _A, _named("sosa:Observation")
        yield observation, _named("sosa:hasFeatureOfInterest"), subject
        yield observation, _named("sosa:observedProperty"), NamedNode(iri)
        yield from ((observation, _named("sosa:hasSimpleResult"), value) for value in values)
        yield from ((observation, predicate, term) for predicate, term in about)


def _circumstances(instance: Mapping[str, Any]) -> Iterator[tuple[NamedNode, Term]]:
    """Yield what an attribute says about itself."""
    if moment := instance.get("observedAt"):
        yield _named("sosa:resultTime"), _moment(moment)
    if unit := instance.get("unitCode"):
        yield _named("ngsi-ld:unitCode"), Literal(unit)
    if dataset := instance.get("datasetId"):
        yield _named("ngsi-ld:datasetId"), _iri_or_text(dataset)
    for iri, instances in instance.get("attributes", {}).items():
        if is_iri(iri):
            yield from ((NamedNode(iri), value) for one in instances.values() for value in _values(one))


def _values(instance: Mapping[str, Any]) -> Iterator[Term]:
    """Yield the plain values of an attribute."""
    match instance["type"]:
        case "Property":
            given = instance["value"]
            yield from (_literal(one) for one in (given if isinstance(given, list) else [given]))
        case "GeoProperty":
            yield _geometry(instance["value"])
        case "Relationship" | "ListRelationship":
            given = instance.get("object", instance.get("objectList"))
            yield from (_linked(one) for one in (given if isinstance(given, list) else [given]))
        case "LanguageProperty":
            for language, texts in instance["languageMap"].items():
                yield from (_text(one, language) for one in (texts if isinstance(texts, list) else [texts]))
        case "VocabProperty":
            given = instance["vocab"]
            yield from (_linked(one) for one in (given if isinstance(given, list) else [given]))
        case "JsonProperty":
            yield _json(instance["json"])
        case _:
            yield _json(instance.get("valueList"))


def _literal(value: Any) -> Term:
    if isinstance(value, bool):
        return Literal(value)
    if isinstance(value, int):
        return Literal(str(value), datatype=NamedNode(f"{_XSD}integer"))
    if isinstance(value, float):
        return Literal(value)
    if isinstance(value, str):
        return Literal(value)
    kind = _TEMPORAL.get(str(value.get("@type"))) if isinstance(value, dict) else None
    if kind and isinstance(value.get("@value"), str):
        return Literal(value["@value"], datatype=NamedNode(_XSD + kind))
    return _json(value)


def _linked(value: str) -> Term:
    """Return what a relationship names: an entity of the city at its address, else the IRI, else the text itself."""
    if value.startswith("urn:ngsi-ld:"):
        return node_of(value)
    return _iri_or_text(value)


def _iri_or_text(value: str) -> Term:
    """Return an IRI, or the text where it is none: NGSI-LD takes more for a URI than RDF does, `urn:%zz` for one."""
    return NamedNode(value) if is_iri(value) else Literal(value)


def _text(value: str, language: str) -> Term:
    try:
        return Literal(value, language=language)
    except ValueError:  # "@none", or no tag of BCP 47
        return Literal(value)


def _json(value: Any) -> Literal:
    return Literal(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), datatype=NamedNode(f"{_RDF}JSON"))


def _moment(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(f"{_XSD}dateTime"))


def _geometry(value: Mapping[str, Any]) -> Literal:
    return Literal(shapely.to_wkt(shape(dict(value)), rounding_precision=-1), datatype=NamedNode(f"{_GEO}wktLiteral"))


def _place(subject: NamedNode, value: Mapping[str, Any]) -> Iterator[tuple[NamedNode, NamedNode, Term]]:
    """Yield where an entity is, as GeoSPARQL has it, and for a point as latitude and longitude too."""
    geometry = NamedNode(f"{subject.value}#geometry")
    yield subject, _named("geo:hasGeometry"), geometry
    yield geometry, _A, _named("geo:Geometry")
    yield geometry, _named("geo:asWKT"), _geometry(value)
    if value["type"] == "Point":
        lon, lat, *_height = value["coordinates"]
        yield subject, _named("wgs84:long"), Literal(float(lon))
        yield subject, _named("wgs84:lat"), Literal(float(lat))
