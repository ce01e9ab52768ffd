"""Purge Entities: clause 5.6.21 of version 1.9.1, binding 6.4.3.3."""

from typing import Any


def cars(broker: Any) -> None:
    for n in range(3):
        broker.made(f"urn:ngsi-ld:Car:{n}", speed=n, colour="red", doors=5)
    broker.made("urn:ngsi-ld:Bus:1", "Bus", speed=9)


def there(broker: Any) -> set[str]:
    answer = broker.get("entities", params={"type": "Car,Bus", "limit": "100"})
    return {one["id"].removeprefix("urn:ngsi-ld:") for one in answer.json()}


def test_5_6_21_purge_deletes_what_matches(broker: Any) -> None:
    cars(broker)
    assert broker.delete("entities", params={"type": "Car", "q": "speed>0"}).status_code == 204
    assert there(broker) == {"Car:0", "Bus:1"}
    assert broker.delete("entities", params={"type": "Car", "q": "speed>0"}).status_code == 204


def test_5_6_21_purge_drops_or_keeps_attributes(broker: Any) -> None:
    cars(broker)
    assert broker.delete("entities", params={"type": "Car", "drop": "colour"}).status_code == 204
    assert set(broker.shown("urn:ngsi-ld:Car:1")) == {"id", "type", "speed", "doors"}
    assert (
        broker.delete("entities", params={"type": "Car", "id": "urn:ngsi-ld:Car:1", "keep": "speed"}).status_code == 204
    )
    assert set(broker.shown("urn:ngsi-ld:Car:1")) == {"id", "type", "speed"}
    assert set(broker.shown("urn:ngsi-ld:Car:2")) == {"id", "type", "speed", "doors"}


def test_5_6_21_purge_must_say_of_what(broker: Any, error_of: Any) -> None:
    cars(broker)
    for params in ({}, {"type": "Car", "drop": "a", "keep": "b"}, {"type": "no type"}):
        assert error_of(broker.delete("entities", params=params)) == (400, "BadRequestData"), params
    assert len(there(broker)) == 4


def test_5_6_21_purge_needs_a_key(broker: Any, reader: Any) -> None:
    cars(broker)
    assert reader.delete("entities", params={"type": "Car"}).status_code == 401
    assert len(there(broker)) == 4
