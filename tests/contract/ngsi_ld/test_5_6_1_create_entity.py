"""Create Entity: clause 5.6.1, binding 6.4.3.1."""

from typing import Any

CAR = {
    "id": "urn:ngsi-ld:Car:1",
    "type": "Car",
    "speed": {"type": "Property", "value": 30, "unitCode": "KMH", "observedAt": "2026-11-22T07:00:00Z"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.72, 51.05]}},
    "owner": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"},
}


def test_5_6_1_create_entity_answers_201_with_its_place_and_it_is_there(broker: Any) -> None:
    answer = broker.post("entities", CAR)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"] == "/ngsi-ld/v1/entities/urn:ngsi-ld:Car:1"
    assert broker.shown("urn:ngsi-ld:Car:1") == CAR


def test_5_6_1_create_entity_a_second_time_is_already_exists(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    assert error_of(broker.post("entities", CAR)) == (409, "AlreadyExists")
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1


def test_5_6_1_create_entity_keeps_its_times(broker: Any) -> None:
    broker.post("entities", CAR)
    shown = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")
    assert shown["createdAt"] == shown["modifiedAt"] == shown["speed"]["createdAt"] == shown["speed"]["modifiedAt"]


def test_5_6_1_create_entity_of_several_types_and_scopes(broker: Any) -> None:
    body = {**CAR, "type": ["Car", "Taxi"], "scope": ["/Gent/Noord", "/Fleet"]}
    assert broker.post("entities", body).status_code == 201
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert (shown["type"], shown["scope"]) == (["Car", "Taxi"], ["/Gent/Noord", "/Fleet"])


def test_5_6_1_create_entity_without_id_type_or_valid_uri_is_bad_request(broker: Any, error_of: Any) -> None:
    for change in (
        {"id": None},
        {"type": None},
        {"id": "no uri"},
        {"type": "no name"},
        {"speed": {"type": "Property"}},
        {"type": "urn:ngsi-ld:null"},
        {"owner": {**CAR["owner"], "objectType": "urn:ngsi-ld:null"}},  # type: ignore[dict-item]
        {"kind": {"type": "VocabProperty", "vocab": ["urn:ngsi-ld:null"]}},
    ):
        body = {key: value for key, value in {**CAR, **change}.items() if value is not None}
        assert error_of(broker.post("entities", body)) == (400, "BadRequestData"), change
    assert error_of(broker.post("entities", b"{")) == (400, "InvalidRequest")
    assert error_of(broker.post("entities", [CAR])) == (400, "BadRequestData")


def test_5_6_1_create_entity_that_has_expired_is_as_if_the_old_one_was_gone(broker: Any, error_of: Any) -> None:
    assert broker.post("entities", {**CAR, "expiresAt": "2020-01-01T00:00:00Z"}).status_code == 201
    assert error_of(broker.get("entities/urn:ngsi-ld:Car:1")) == (404, "ResourceNotFound")
    assert broker.post("entities", {**CAR, "speed": 2}).status_code == 201
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 2


def test_5_6_1_create_entity_with_an_id_that_holds_slashes(broker: Any) -> None:
    answer = broker.post("entities", {**CAR, "id": "https://data.example/cars/1?a=b"})
    assert answer.headers["Location"] == "/ngsi-ld/v1/entities/https:%2F%2Fdata.example%2Fcars%2F1%3Fa%3Db"
    found = broker.get("entities/https:%2F%2Fdata.example%2Fcars%2F1%3Fa%3Db")
    assert found.json()["id"] == "https://data.example/cars/1?a=b"


def test_6_4_3_1_create_entity_needs_a_key(reader: Any, people: Any) -> None:
    answer = reader.post("entities", CAR)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert reader.get("entities/urn:ngsi-ld:Car:1").status_code == 404
