"""Batch Entity Delete: clause 5.6.10, binding 6.17.3.1."""

from typing import Any

DELETE = "entityOperations/delete"
IDS = ["urn:ngsi-ld:Car:1", "urn:ngsi-ld:Car:2"]


def test_5_6_10_batch_delete_answers_204_and_they_are_gone(broker: Any) -> None:
    for entity_id in IDS:
        broker.made(entity_id)
    assert broker.post(DELETE, IDS).status_code == 204
    assert [broker.get(f"entities/{entity_id}").status_code for entity_id in IDS] == [404, 404]


def test_5_6_10_batch_delete_tells_what_was_not_there(broker: Any) -> None:
    broker.made(IDS[0])
    answer = broker.post(DELETE, IDS)
    assert answer.status_code == 207
    told = answer.json()
    assert told["success"] == IDS[:1]
    assert [(one["entityId"], one["error"]["status"]) for one in told["errors"]] == [(IDS[1], 404)]


def test_5_6_10_batch_delete_refuses_what_are_no_ids(broker: Any, error_of: Any) -> None:
    broker.made(IDS[0])
    for body in ([], {"ids": IDS}, ["car"], [7]):
        assert error_of(broker.post(DELETE, body)) == (400, "BadRequestData"), body
    assert broker.get(f"entities/{IDS[0]}").status_code == 200


def test_5_6_10_batch_delete_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(IDS[0])
    assert reader.post(DELETE, IDS).status_code == 401
    assert broker.get(f"entities/{IDS[0]}").status_code == 200
