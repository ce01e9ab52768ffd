"""Append Attributes: clause 5.6.3, binding 6.6.3.1."""

from typing import Any

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
CAR = "entities/urn:ngsi-ld:Car:1"


def test_5_6_3_append_attributes_adds_new_ones_and_replaces_others(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH"})
    body = {"speed": {"type": "Property", "value": 2}, "colour": {"type": "Property", "value": "red"}}
    assert broker.post(f"{CAR}/attrs", body).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert shown["speed"] == body["speed"] and shown["colour"] == body["colour"]


def test_5_6_3_append_attributes_without_overwriting_leaves_those_there_are(broker: Any) -> None:
    broker.made(speed=1)
    answer = broker.post(f"{CAR}/attrs", {"speed": 2, "colour": "red"}, params={"options": "noOverwrite"})
    assert answer.status_code == 207
    told = answer.json()
    assert told["updated"] == [f"{DEFAULT}colour"]
    assert [one["attributeName"] for one in told["notUpdated"]] == [f"{DEFAULT}speed"]
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1


def test_5_6_3_append_attributes_by_dataset_id(broker: Any) -> None:
    gps = {"type": "Property", "value": 54, "datasetId": "urn:ngsi-ld:Dataset:gps"}
    broker.made(speed={"type": "Property", "value": 55})
    assert broker.post(f"{CAR}/attrs", {"speed": gps}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == [{"type": "Property", "value": 55}, gps]


def test_5_6_3_append_attributes_adds_types_and_scopes(broker: Any) -> None:
    broker.made(speed=1)
    assert broker.post(f"{CAR}/attrs", {"type": ["Car", "Taxi"], "scope": "/Gent"}).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert (shown["type"], shown["scope"]) == (["Car", "Taxi"], "/Gent")


def test_5_6_3_append_attributes_of_what_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    assert error_of(broker.post(f"{CAR}/attrs", {"speed": 1})) == (404, "ResourceNotFound")


def test_5_6_3_append_attributes_refuses_unknown_options(broker: Any, error_of: Any) -> None:
    broker.made()
    answer = broker.post(f"{CAR}/attrs", {"speed": 1}, params={"options": "replace"})
    assert error_of(answer) == (400, "InvalidRequest")


def test_5_6_3_append_attributes_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made()
    assert reader.post(f"{CAR}/attrs", {"speed": 2}).status_code == 401
    assert "speed" not in broker.shown("urn:ngsi-ld:Car:1")
