"""Delete Attribute: clause 5.6.5, binding 6.7.3.2."""

from typing import Any

SPEED = "entities/urn:ngsi-ld:Car:1/attrs/speed"
GPS = "urn:ngsi-ld:Dataset:gps"
BOTH = [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": GPS}]


def test_5_6_5_delete_attribute_takes_the_default_instance(broker: Any) -> None:
    broker.made(speed=BOTH, colour="red")
    assert broker.delete(SPEED).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == BOTH[1]


def test_5_6_5_delete_attribute_takes_the_instance_of_a_dataset(broker: Any) -> None:
    broker.made(speed=BOTH)
    assert broker.delete(SPEED, params={"datasetId": GPS}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == BOTH[0]


def test_5_6_5_delete_attribute_takes_all_instances_when_asked(broker: Any) -> None:
    broker.made(speed=BOTH, colour="red")
    assert broker.delete(SPEED, params={"deleteAll": "true"}).status_code == 204
    assert set(broker.shown("urn:ngsi-ld:Car:1")) == {"id", "type", "colour"}


def test_5_6_5_delete_attribute_that_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    assert error_of(broker.delete(SPEED)) == (404, "ResourceNotFound")
    broker.made(speed=1)
    assert error_of(broker.delete(SPEED, params={"datasetId": GPS})) == (404, "ResourceNotFound")
    assert broker.delete(SPEED).status_code == 204
    assert error_of(broker.delete(SPEED)) == (404, "ResourceNotFound")
    assert error_of(broker.delete(SPEED, params={"deleteAll": "true"})) == (404, "ResourceNotFound")


def test_5_6_5_delete_attribute_refuses_what_is_no_name_or_value(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    for name, params, kind in (
        ("no%20name", {}, "BadRequestData"),
        ("speed", {"datasetId": "no uri"}, "BadRequestData"),
        ("speed", {"deleteAll": "yes"}, "InvalidRequest"),
    ):
        answer = broker.delete(f"entities/urn:ngsi-ld:Car:1/attrs/{name}", params=params)
        assert error_of(answer) == (400, kind), (name, params)


def test_5_6_5_delete_attribute_takes_the_scope(broker: Any, error_of: Any) -> None:
    broker.made(scope="/Gent")
    assert broker.delete("entities/urn:ngsi-ld:Car:1/attrs/scope").status_code == 204
    assert "scope" not in broker.shown("urn:ngsi-ld:Car:1")
    assert error_of(broker.delete("entities/urn:ngsi-ld:Car:1/attrs/scope")) == (404, "ResourceNotFound")


def test_5_6_5_delete_attribute_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.delete(SPEED).status_code == 401
    assert "speed" in broker.shown("urn:ngsi-ld:Car:1")
