"""Batch Entity Update: clause 5.6.9, binding 6.16.3.1."""

from typing import Any

UPDATE = "entityOperations/update"


def car(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Car:{number}", "type": "Car", **attributes}


def test_5_6_9_batch_update_changes_what_is_given(broker: Any) -> None:
    broker.made(speed=1, colour="red")
    assert broker.post(UPDATE, [car(1, speed=2, doors=5)]).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1", options="keyValues")
    assert (shown["speed"], shown["doors"], shown["colour"]) == (2, 5, "red")


def test_5_6_9_batch_update_without_overwriting_leaves_what_there_is(broker: Any) -> None:
    broker.made(speed=1)
    broker.post(UPDATE, [car(1, speed=2, doors=5)], params={"options": "noOverwrite"})
    shown = broker.shown("urn:ngsi-ld:Car:1", options="keyValues")
    assert (shown["speed"], shown["doors"]) == (1, 5)


def test_5_6_9_batch_update_of_what_is_not_there_is_told(broker: Any) -> None:
    broker.made(speed=1)
    answer = broker.post(UPDATE, [car(1, speed=2), car(2, speed=2)])
    assert answer.status_code == 207
    told = answer.json()
    assert told["success"] == ["urn:ngsi-ld:Car:1"]
    assert [(one["entityId"], one["error"]["status"]) for one in told["errors"]] == [("urn:ngsi-ld:Car:2", 404)]


def test_5_6_9_batch_update_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.post(UPDATE, [car(1, speed=2)]).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
