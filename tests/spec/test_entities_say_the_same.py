"""An entity says the same in its event stream as at its own address: the same names for types and attributes, the same
values. Only how an observation and a place are hung on it differs, for a member must be taken from its page whole."""

import warnings
from typing import Any

import pytest
from django.test import Client

from spiegelstad.context.testing import make_entity
from spiegelstad.ldes.actions.entities import follow
from spiegelstad.sparql.building import refresh_all

URN = "urn:ngsi-ld:OffStreetParking:P1"
PARKING = {
    "id": URN, "type": "OffStreetParking", "scope": "/gent/centrum",
    "name": {"type": "Property", "value": 'Parking "Vrijdagmarkt"\n(verzonnen)'},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.721234567891, 51.05, 8.5]}},
    "area": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[[3, 51], [4, 51], [4, 9], [3, 51]]]}},
    "availableSpotNumber": {
        "type": "Property", "value": 121, "unitCode": "C62", "observedAt": "2026-11-22T10:00:00Z",
        "reliability": {"type": "Property", "value": 0.9},
        "measuredBy": {"type": "Relationship", "object": "urn:ngsi-ld:Device:L7"},
    },
    "totalSpotNumber": {"type": "Property", "value": 600},
    "parkingOccupation": {"type": "Property", "value": 1e-7, "datasetId": "urn:ngsi-ld:dataset:estimate"},
    "isOpen": {"type": "Property", "value": True},
    "since": {"type": "Property", "value": {"@type": "Date", "@value": "2002-06-01"}},
    "refRoad": {"type": "Relationship", "object": ["urn:ngsi-ld:Road:R4", "https://example.org/road/b"]},
    "nearby": {"type": "ListRelationship", "objectList": ["urn:ngsi-ld:Shop:S1"]},
    "category": {"type": "VocabProperty", "vocab": "underground"},
    "title": {"type": "LanguageProperty", "languageMap": {"nl": "Parking", "en": ["Car park", "Garage"], "@none": "P"}},
    "layout": {"type": "JsonProperty", "json": {"floors": [1, 2], "a": None}},
    "hours": {"type": "ListProperty", "valueList": [8, "late"]},
}  # fmt: skip


@pytest.mark.django_db
def test_stream_and_address_say_the_same_of_an_entity(tenant: str, client: Client) -> None:
    make_entity(tenant, **PARKING)
    assert follow() == 1
    address = f"http://testserver/id/{URN}"
    linked = _read(client, address, "text/turtle", "turtle")
    branch = _links(_read(client, "/streams/types/OffStreetParking/time", "application/n-triples", "nt"))
    page = _links(_read(client, branch, "application/n-triples", "nt"))
    stream = _read(client, page, "application/n-triples", "nt")
    [member] = [str(one) for one in stream.objects(None, _iri("https://w3id.org/tree#member"))]
    assert _said(stream, member) == _said(linked, address)
    assert ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://schema.mobivoc.org/#ParkingLot") in [
        (name, str(value)) for name, value in _said(stream, member)
    ]
    assert _observed(stream) == _observed(linked) and len(_observed(stream)) == 2


ODD = {
    "id": "urn:ngsi-ld:OffStreetParking:100%", "type": ["OffStreetParking", "urn:kind:%zz"],
    "free": {
        "type": "Property", "value": 1, "datasetId": "urn:data:[1]", "urn:sub:%zz": {"type": "Property", "value": 2},
    },
    "refRoad": {"type": "Relationship", "object": "urn:road#a#b"},
    "urn:attribute:%zz": {"type": "Property", "value": 3},
    "title": {"type": "LanguageProperty", "languageMap": {"nl": "Parking", "nl-1": "P"}},
}  # fmt: skip


@pytest.mark.django_db
def test_what_rdf_cannot_name_stops_no_reader(tenant: str, client: Client) -> None:
    """NGSI-LD takes more for a URI and for a language than RDF does: one such entity, and nothing could be read."""
    make_entity(tenant, **ODD)
    make_entity(tenant, **PARKING)
    assert follow() == 3 and refresh_all()[tenant] >= 2
    address = "http://testserver/id/urn:ngsi-ld:OffStreetParking:100%25"
    linked = _read(client, address, "text/turtle", "turtle")
    branch = _links(_read(client, "/streams/types/OffStreetParking/time", "text/turtle", "turtle"))
    stream = _read(client, _links(_read(client, branch, "text/turtle", "turtle")), "text/turtle", "turtle")
    [member] = [str(one) for one in stream.subjects(None, _iri(address)) if "version" in str(one)]
    assert _said(stream, member) == _said(linked, address)
    assert ("https://uri.etsi.org/ngsi-ld/default-context/refRoad", "urn:road#a#b") in [
        (name, str(value)) for name, value in _said(stream, member)
    ]


def _said(graph: Any, subject: str) -> set[tuple[str, Any]]:
    """Return what is said of the entity itself, but for what a version or a description has of its own."""
    own = ("isVersionOf", "issued", "generatedAtTime", "isFeatureOfInterestOf", "geometry", "hasGeometry", "sameAs",
           "created", "modified", "lat", "long")  # fmt: skip
    found = {(str(name), value) for name, value in graph.predicate_objects(_iri(subject))}
    return {(name, value) for name, value in found if not name.endswith(own)}


def _observed(graph: Any) -> list[set[tuple[str, Any]]]:
    """Return what each observation says, but for the entity it is about and its own name."""
    kind = _iri("http://www.w3.org/ns/sosa/Observation")
    found = [
        {(str(name), value) for name, value in graph.predicate_objects(one) if "FeatureOfInterest" not in name}
        for one in graph.subjects(None, kind)
    ]
    return sorted(found, key=lambda facts: str(sorted(facts)))


def _links(graph: Any) -> str:
    [link] = set(graph.objects(None, _iri("https://w3id.org/tree#node")))
    return str(link)


def _iri(text: str) -> Any:
    from rdflib import URIRef

    return URIRef(text)


def _read(client: Client, address: str, accept: str, form: str) -> Any:
    from rdflib import Graph

    answer = client.get(address.removeprefix("http://testserver"), headers={"accept": accept})
    assert answer.status_code == 200, address
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Graph().parse(data=answer.content, format=form)
