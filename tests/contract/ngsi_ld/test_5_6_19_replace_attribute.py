"""Replace Attribute: clause 5.6.19, binding 6.7.3.3."""

from typing import Any

SPEED = "entities/urn:ngsi-ld:Car:1/attrs/speed"


def test_5_6_19_replace_attribute_leaves_nothing_of_before(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH"}, colour="red")
    assert broker.put(SPEED, {"type": "Property", "value": 2}).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert shown["speed"] == {"type": "Property", "value": 2} and shown["colour"]["value"] == "red"


def test_5_6_19_replace_attribute_of_one_dataset(broker: Any) -> None:
    gps = {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Dataset:gps"}
    broker.made(speed=[{"type": "Property", "value": 1}, gps])
    assert broker.put(SPEED, {**gps, "value": 3}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == [{"type": "Property", "value": 1}, {**gps, "value": 3}]


def test_5_6_19_replace_attribute_that_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    body = {"type": "Property", "value": 2}
    assert error_of(broker.put(SPEED, body)) == (404, "ResourceNotFound")
    broker.made(colour="red")
    assert error_of(broker.put(SPEED, body)) == (404, "ResourceNotFound")


def test_5_6_19_replace_attribute_refuses_what_is_not_whole(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    assert error_of(broker.put(SPEED, {"type": "Property"})) == (400, "BadRequestData")


def test_5_6_19_replace_attribute_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.put(SPEED, {"type": "Property", "value": 2}).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
