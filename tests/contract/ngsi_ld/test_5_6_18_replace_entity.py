"""Replace Entity: clause 5.6.18, binding 6.5.3.3."""

from typing import Any

CAR = "entities/urn:ngsi-ld:Car:1"


def test_5_6_18_replace_entity_leaves_nothing_of_before_but_when_it_was_made(broker: Any) -> None:
    broker.made(speed=1, colour="red", scope="/Gent")
    before = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")
    body = {"id": "urn:ngsi-ld:Car:1", "type": "Car", "doors": {"type": "Property", "value": 5}}
    assert broker.put(CAR, body).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1") == body
    after = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")
    assert after["createdAt"] == before["createdAt"] and after["modifiedAt"] > before["modifiedAt"]


def test_5_6_18_replace_entity_that_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    assert error_of(broker.put(CAR, {"type": "Car", "speed": 1})) == (404, "ResourceNotFound")


def test_5_6_18_replace_entity_refuses_another_id(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    body = {"id": "urn:ngsi-ld:Car:2", "type": "Car", "speed": 2}
    assert error_of(broker.put(CAR, body)) == (400, "BadRequestData")
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1


def test_5_6_18_replace_entity_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.put(CAR, {"type": "Car", "speed": 2}).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
