"""Batch Entity Creation or Update (Upsert): clause 5.6.8, binding 6.15.3.1."""

from typing import Any

UPSERT = "entityOperations/upsert"


def car(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Car:{number}", "type": "Car", **attributes}


def test_5_6_8_batch_upsert_answers_201_with_the_ids_of_new_entities_only(broker: Any) -> None:
    broker.made(speed=1)
    answer = broker.post(UPSERT, [car(1, speed=2), car(2, speed=3)])
    assert (answer.status_code, answer.json()) == (201, ["urn:ngsi-ld:Car:2"])
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 2


def test_5_6_8_batch_upsert_of_known_entities_answers_204(broker: Any) -> None:
    broker.made(speed=1)
    answer = broker.post(UPSERT, [car(1, speed=2)])
    assert (answer.status_code, answer.content) == (204, b"")


def test_5_6_8_batch_upsert_replaces_unless_told_to_update(broker: Any) -> None:
    broker.made(speed=1, colour="red")
    created_at = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")["createdAt"]
    assert broker.post(UPSERT, [car(1, doors=5)], params={"options": "update"}).status_code == 204
    assert set(broker.shown("urn:ngsi-ld:Car:1")) == {"id", "type", "speed", "colour", "doors"}
    assert broker.post(UPSERT, [car(1, doors=3)], params={"options": "replace"}).status_code == 204
    assert set(broker.shown("urn:ngsi-ld:Car:1")) == {"id", "type", "doors"}
    assert broker.post(UPSERT, [car(1, speed=3)]).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1", options="sysAttrs")
    assert set(shown) == {"id", "type", "speed", "createdAt", "modifiedAt"} and shown["createdAt"] == created_at


def test_5_6_8_batch_upsert_of_one_entity_twice_does_both_in_order(broker: Any) -> None:
    answer = broker.post(UPSERT, [car(1, speed=1), car(1, doors=5)], params={"options": "update"})
    assert (answer.status_code, answer.json()) == (201, ["urn:ngsi-ld:Car:1"])
    shown = broker.shown("urn:ngsi-ld:Car:1", options="keyValues")
    assert (shown["speed"], shown["doors"]) == (1, 5)


def test_5_6_8_batch_upsert_tells_what_became_of_each(broker: Any) -> None:
    broker.made(speed=1)
    answer = broker.post(UPSERT, [car(1, speed=2), car(2, speed=1), {"type": "Car"}])
    assert answer.status_code == 207
    told = answer.json()
    assert sorted(told["success"]) == ["urn:ngsi-ld:Car:1", "urn:ngsi-ld:Car:2"] and len(told["errors"]) == 1


def test_5_6_8_batch_upsert_refuses_both_ways_at_once(broker: Any, error_of: Any) -> None:
    answer = broker.post(UPSERT, [car(1)], params={"options": "update,replace"})
    assert error_of(answer) == (400, "InvalidRequest")


def test_5_6_8_batch_upsert_needs_a_key(reader: Any) -> None:
    assert reader.post(UPSERT, [car(1)]).status_code == 401
    assert reader.get("entities/urn:ngsi-ld:Car:1").status_code == 404
