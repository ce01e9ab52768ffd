"""Batch Entity Merge: clause 5.6.20, binding 6.31.3.1."""

from typing import Any

MERGE = "entityOperations/merge"


def car(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Car:{number}", "type": "Car", **attributes}


def test_5_6_20_batch_merge_merges_each(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH"}, colour="red")
    gone = {"type": "Property", "value": "urn:ngsi-ld:null"}
    assert broker.post(MERGE, [car(1, speed={"value": 2}, colour=gone)]).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1") == car(1, speed={"type": "Property", "value": 2, "unitCode": "KMH"})


def test_5_6_20_batch_merge_tells_what_became_of_each(broker: Any) -> None:
    broker.made(speed=1)
    answer = broker.post(MERGE, [car(1, speed=2), car(2, speed=2), {"type": "Car", "speed": 1}])
    assert answer.status_code == 207
    told = answer.json()
    assert told["success"] == ["urn:ngsi-ld:Car:1"]
    assert {(one["entityId"], one["error"]["status"]) for one in told["errors"]} == {
        ("urn:ngsi-ld:Car:2", 404),
        ("", 400),
    }


def test_5_6_20_batch_merge_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.post(MERGE, [car(1, speed=2)]).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
