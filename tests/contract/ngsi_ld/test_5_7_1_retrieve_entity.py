"""Retrieve Entity: clause 5.7.1, binding 6.5.3.1."""

from typing import Any

CAR = "entities/urn:ngsi-ld:Car:1"
PLACE = {"type": "Point", "coordinates": [3.72, 51.05]}


def test_5_7_1_retrieve_entity_in_its_representations(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH"})
    head = {"id": "urn:ngsi-ld:Car:1", "type": "Car"}
    normalized = {**head, "speed": {"type": "Property", "value": 1, "unitCode": "KMH"}}
    concise = {**head, "speed": {"value": 1, "unitCode": "KMH"}}
    assert broker.shown("urn:ngsi-ld:Car:1") == broker.shown("urn:ngsi-ld:Car:1", format="normalized") == normalized
    assert broker.shown("urn:ngsi-ld:Car:1", options="concise") == concise
    assert broker.shown("urn:ngsi-ld:Car:1", format="simplified") == {**head, "speed": 1}


def test_5_7_1_retrieve_entity_with_some_attributes(broker: Any, error_of: Any) -> None:
    broker.made(speed=1, colour="red", doors=5)
    assert set(broker.shown("urn:ngsi-ld:Car:1", attrs="speed,doors,none")) == {"id", "type", "speed", "doors"}
    assert set(broker.shown("urn:ngsi-ld:Car:1", pick="id,speed")) == {"id", "speed"}
    assert set(broker.shown("urn:ngsi-ld:Car:1", omit="type,speed")) == {"id", "colour", "doors"}
    assert error_of(broker.get(CAR, params={"attrs": "none"})) == (404, "ResourceNotFound")


def test_5_7_1_retrieve_entity_as_json_ld_and_geojson(broker: Any) -> None:
    broker.made(location={"type": "GeoProperty", "value": PLACE})
    plain = broker.get(CAR)
    assert plain.headers["Content-Type"] == "application/json" and "@context" not in plain.json()
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in plain.headers["Link"]
    linked = broker.get(CAR, headers={"Accept": "application/ld+json"})
    assert linked.headers["Content-Type"] == "application/ld+json" and linked.json()["@context"]
    feature = broker.get(CAR, headers={"Accept": "application/geo+json"}).json()
    assert (feature["type"], feature["id"], feature["geometry"]) == ("Feature", "urn:ngsi-ld:Car:1", PLACE)


def test_5_7_1_retrieve_entity_that_is_not_there_or_of_another_type(broker: Any, error_of: Any) -> None:
    assert error_of(broker.get(CAR)) == (404, "ResourceNotFound")
    broker.made()
    assert error_of(broker.get(CAR, params={"type": "Bus"})) == (404, "ResourceNotFound")
    assert broker.shown("urn:ngsi-ld:Car:1", type="Bus|Car")["type"] == "Car"


def test_5_7_1_retrieve_entity_refuses_what_it_does_not_know(broker: Any, error_of: Any) -> None:
    broker.made()
    assert error_of(broker.get("entities/car")) == (400, "BadRequestData")
    assert error_of(broker.get(CAR, params={"options": "pretty"})) == (400, "InvalidRequest")
    assert broker.post(CAR, {}).status_code == 405
