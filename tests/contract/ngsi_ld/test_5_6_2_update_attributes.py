"""Update Attributes: clause 5.6.2, binding 6.6.3.2."""

from typing import Any

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
CAR = "entities/urn:ngsi-ld:Car:1"


def test_5_6_2_update_attributes_replaces_those_given_and_leaves_the_rest(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH"}, colour="red")
    before = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")
    assert broker.patch(f"{CAR}/attrs", {"speed": {"type": "Property", "value": 2}}).status_code == 204
    after = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")
    assert after["speed"]["value"] == 2 and "unitCode" not in after["speed"]
    assert after["colour"] == before["colour"]
    assert after["createdAt"] == before["createdAt"] and after["modifiedAt"] > before["modifiedAt"]
    assert after["speed"]["createdAt"] == before["speed"]["createdAt"]
    assert after["speed"]["modifiedAt"] == after["modifiedAt"]


def test_5_6_2_update_attributes_deletes_what_is_null(broker: Any) -> None:
    broker.made(speed=1, colour="red")
    body = {"speed": {"type": "Property", "value": "urn:ngsi-ld:null"}}
    assert broker.patch(f"{CAR}/attrs", body).status_code == 204
    assert set(broker.shown("urn:ngsi-ld:Car:1")) == {"id", "type", "colour"}


def test_5_6_2_update_attributes_tells_with_207_what_was_not_done(broker: Any) -> None:
    broker.made(speed=1)
    body = {"speed": {"type": "Property", "value": 3}, "colour": {"type": "Property", "value": "urn:ngsi-ld:null"}}
    answer = broker.patch(f"{CAR}/attrs", body)
    assert answer.status_code == 207
    told = answer.json()
    assert told["updated"] == [f"{DEFAULT}speed"]
    assert [one["attributeName"] for one in told["notUpdated"]] == [f"{DEFAULT}colour"] and told["notUpdated"][0][
        "reason"
    ]


def test_5_6_2_update_attributes_adds_a_type_and_takes_none_away(broker: Any) -> None:
    broker.made(speed=1)
    assert broker.patch(f"{CAR}/attrs", {"type": "Taxi", "speed": 2}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["type"] == ["Car", "Taxi"]


def test_5_6_2_update_attributes_of_what_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    assert error_of(broker.patch(f"{CAR}/attrs", {"speed": 1})) == (404, "ResourceNotFound")
    broker.made(speed=1)
    other = broker.patch(f"{CAR}/attrs", {"speed": 1}, params={"type": "Bus"})
    assert error_of(other) == (404, "ResourceNotFound")


def test_5_6_2_update_attributes_refuses_wrong_fragments(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    for body in ({}, {"speed": {"type": "Property"}}, {"id": "urn:ngsi-ld:Car:2", "speed": 1}, {"no name": 1}, []):
        assert error_of(broker.patch(f"{CAR}/attrs", body)) == (400, "BadRequestData"), body
    assert error_of(broker.patch("entities/car/attrs", {"speed": 1})) == (400, "BadRequestData")


def test_5_6_2_update_attributes_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.patch(f"{CAR}/attrs", {"speed": 2}).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
