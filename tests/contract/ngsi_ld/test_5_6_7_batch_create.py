"""Batch Entity Creation: clause 5.6.7, binding 6.14.3.1."""

from typing import Any

import pytest

CREATE = "entityOperations/create"


def car(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Car:{number}", "type": "Car", **attributes}


def test_5_6_7_batch_create_answers_201_with_the_ids(broker: Any) -> None:
    answer = broker.post(CREATE, [car(1, speed=1), car(2, speed=2)])
    assert answer.status_code == 201
    assert sorted(answer.json()) == ["urn:ngsi-ld:Car:1", "urn:ngsi-ld:Car:2"]
    assert broker.shown("urn:ngsi-ld:Car:2", options="keyValues")["speed"] == 2


def test_5_6_7_batch_create_tells_what_became_of_each(broker: Any) -> None:
    broker.made(speed=1)
    body = [car(1, speed=9), car(2), {"id": "urn:ngsi-ld:Car:3"}, car(4, speed={"type": "Property"}), car(2)]
    answer = broker.post(CREATE, body)
    assert answer.status_code == 207
    told = answer.json()
    assert told["success"] == ["urn:ngsi-ld:Car:2"]
    kinds = {(one["entityId"], one["error"]["status"], one["error"]["type"].rsplit("/")[-1]) for one in told["errors"]}
    assert kinds == {
        ("urn:ngsi-ld:Car:1", 409, "AlreadyExists"),
        ("urn:ngsi-ld:Car:2", 409, "AlreadyExists"),
        ("urn:ngsi-ld:Car:3", 400, "BadRequestData"),
        ("urn:ngsi-ld:Car:4", 400, "BadRequestData"),
    }
    assert all(one["error"]["title"] and one["error"]["detail"] for one in told["errors"])
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1


def test_5_6_7_batch_create_refuses_what_is_no_batch(broker: Any, error_of: Any) -> None:
    for body in ([], car(1)):
        assert error_of(broker.post(CREATE, body)) == (400, "BadRequestData"), body
    assert error_of(broker.post(CREATE, b"[")) == (400, "InvalidRequest")


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
def test_5_6_7_batch_with_a_null_or_another_value_among_the_entities_is_bad_data(
    broker: Any, error_of: Any, operation: str
) -> None:
    for strange in (None, "x", [car(2)]):
        answer = broker.post(f"entityOperations/{operation}", [car(1, speed=1), strange])
        assert error_of(answer) == (400, "BadRequestData"), strange
    assert broker.get("entities/urn:ngsi-ld:Car:1").status_code == 404


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
def test_6_3_5_batch_with_its_context_in_the_wrong_place_is_bad_data(
    broker: Any, error_of: Any, operation: str
) -> None:
    path, ld = f"entityOperations/{operation}", "application/ld+json"
    assert error_of(broker.post(path, [car(1), {**car(2), "@context": {}}])) == (400, "BadRequestData")
    assert error_of(broker.post(path, [car(1), car(2)], type=ld)) == (400, "BadRequestData")
    assert broker.get("entities/urn:ngsi-ld:Car:1").status_code == 404


def test_6_3_5_batch_entity_without_a_context_fails_by_itself_where_others_have_one(broker: Any) -> None:
    answer = broker.post(CREATE, [car(1), {**car(2), "@context": {}}], type="application/ld+json")
    assert answer.status_code == 207
    assert answer.json()["success"] == ["urn:ngsi-ld:Car:2"]
    assert [one["entityId"] for one in answer.json()["errors"]] == ["urn:ngsi-ld:Car:1"]


def test_5_6_7_batch_create_with_a_context_in_each_entity(broker: Any) -> None:
    own = {"speed": "https://example.org/velocity"}
    body = [{**car(1, speed=1), "@context": own}, {**car(2, speed=2), "@context": {}}]
    answer = broker.post(CREATE, body, type="application/ld+json")
    assert answer.status_code == 201
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["https://example.org/velocity"] == 1
    assert broker.shown("urn:ngsi-ld:Car:2", options="keyValues")["speed"] == 2


def test_5_6_7_batch_create_needs_a_key(reader: Any) -> None:
    assert reader.post(CREATE, [car(1)]).status_code == 401
    assert reader.get("entities/urn:ngsi-ld:Car:1").status_code == 404
