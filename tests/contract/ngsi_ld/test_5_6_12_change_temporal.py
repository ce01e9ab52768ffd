"""Clauses 5.6.12 to 5.6.16: add to, correct and delete what is in the temporal evolution of an entity."""

from urllib.parse import unquote

import pytest

ID = "urn:ngsi-ld:Vehicle:B9211"
PATH = f"temporal/entities/{ID}"
ROOF = "urn:ngsi-ld:Dataset:roof"
STATE = [
    {"type": "Property", "value": "moving", "observedAt": "2018-08-01T12:03:00Z"},
    {"type": "Property", "value": "parked", "observedAt": "2018-08-01T12:05:00Z"},
]
SPEED = [
    {"type": "Property", "value": 120, "unitCode": "KMH", "observedAt": "2018-08-01T12:03:00Z"},
    {"type": "Property", "value": 80, "unitCode": "KMH", "observedAt": "2018-08-01T12:05:00Z"},
    {"type": "Property", "value": 60, "observedAt": "2018-08-01T12:05:00Z", "datasetId": ROOF},
]


@pytest.fixture
def evolution(broker):
    answer = broker.post("temporal/entities", {"id": ID, "type": "Vehicle", "state": STATE, "speed": SPEED})
    assert answer.status_code == 201
    return broker


def values(broker, attribute):
    return [one["value"] for one in broker.get(PATH).json().get(attribute, [])]


def instance_id(broker, attribute, value):
    return next(one["instanceId"] for one in broker.get(PATH).json()[attribute] if one["value"] == value)


def test_5_6_12_add_attributes_adds_instances(evolution):
    more = {"speed": [{"type": "Property", "value": 50, "unitCode": "KMH", "observedAt": "2018-08-01T12:09:00Z"}]}
    assert evolution.post(f"{PATH}/attrs", {**more, "colour": {"value": "red"}}).status_code == 204
    assert values(evolution, "speed") == [120, 80, 60, 50]
    assert values(evolution, "colour") == ["red"]


def test_5_6_12_add_attributes_needs_an_evolution(broker, error_of):
    answer = broker.post(f"{PATH}/attrs", {"speed": SPEED})
    assert error_of(answer) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    "method, path", [("post", "temporal/entities/nothing/attrs"), ("delete", "temporal/entities/x")]
)
def test_5_6_12_what_is_no_uri_is_refused(broker, error_of, method, path):
    body = ({"speed": SPEED},) if method == "post" else ()
    assert error_of(getattr(broker, method)(path, *body)) == (400, "BadRequestData")


def test_5_6_13_delete_attribute_deletes_the_default_instances(evolution):
    assert evolution.delete(f"{PATH}/attrs/speed").status_code == 204
    assert values(evolution, "speed") == [60]


def test_5_6_13_delete_attribute_deletes_those_of_a_dataset(evolution):
    assert evolution.delete(f"{PATH}/attrs/speed", params={"datasetId": ROOF}).status_code == 204
    assert values(evolution, "speed") == [120, 80]


def test_5_6_13_delete_attribute_deletes_all(evolution):
    assert evolution.delete(f"{PATH}/attrs/speed", params={"deleteAll": "true"}).status_code == 204
    assert values(evolution, "speed") == []
    assert values(evolution, "state") == ["moving", "parked"]


def test_5_6_13_delete_attribute_that_is_not_there_is_not_found(evolution, error_of):
    assert error_of(evolution.delete(f"{PATH}/attrs/colour")) == (404, "ResourceNotFound")
    assert error_of(evolution.delete("temporal/entities/urn:none:1/attrs/speed")) == (404, "ResourceNotFound")


@pytest.mark.parametrize("attribute, old, new", [("state", "moving", "stopped"), ("speed", 120, 90)])
def test_5_6_14_modify_instance_corrects_one(evolution, attribute, old, new):
    before = {one["value"]: one for one in evolution.get(PATH, params={"options": "sysAttrs"}).json()[attribute]}
    name = before[old]["instanceId"]
    fragment = {attribute: [{"type": "Property", "value": new, "observedAt": "2018-08-01T12:03:00Z"}]}
    assert evolution.patch(f"{PATH}/attrs/{attribute}/{name}", fragment).status_code == 204
    after = {one["value"]: one for one in evolution.get(PATH, params={"options": "sysAttrs"}).json()[attribute]}
    assert old not in after
    assert after[new]["instanceId"] == name
    assert after[new]["modifiedAt"] > before[old]["modifiedAt"]
    assert len(after) == len(before)


def test_5_6_14_modify_instance_refuses_what_is_not_one_instance(evolution, error_of):
    path = f"{PATH}/attrs/state/{instance_id(evolution, 'state', 'moving')}"
    assert error_of(evolution.patch(path, {"state": STATE})) == (400, "BadRequestData")
    assert error_of(evolution.patch(path, {"colour": STATE[:1]})) == (400, "BadRequestData")
    assert error_of(evolution.patch(path, {})) == (400, "BadRequestData")


@pytest.mark.parametrize("name", ["urn:ngsi-ld:instance:none", "urn:ngsi-ld:instance:observation:1:0"])
def test_5_6_14_modify_instance_that_is_not_there_is_not_found(evolution, error_of, name):
    assert error_of(evolution.patch(f"{PATH}/attrs/state/{name}", {"state": STATE[:1]})) == (404, "ResourceNotFound")


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_5_6_14_instance_is_named_by_a_uri(evolution, error_of, method):
    body = ({"state": STATE[:1]},) if method == "patch" else ()
    answer = getattr(evolution, method)(f"{PATH}/attrs/state/first", *body)
    assert error_of(answer) == (400, "BadRequestData")
    assert "instance" in answer.json()["detail"]
    answer = getattr(evolution, method)(f"{PATH}/attrs/state/https://example.org/instances/1", *body)
    assert error_of(answer) == (404, "ResourceNotFound")


@pytest.mark.parametrize("attribute", ["https://example.org/state", "http%3A%2F%2Fexample.org%2Fstate"])
def test_5_6_15_delete_instance_of_an_attribute_that_is_an_iri(evolution, attribute):
    iri = unquote(attribute)
    assert evolution.post(f"{PATH}/attrs", {iri: STATE}).status_code == 204
    path = f"{PATH}/attrs/{attribute}/{instance_id(evolution, iri, 'moving')}"
    assert evolution.delete(path).status_code == 204
    assert values(evolution, iri) == ["parked"]


@pytest.mark.parametrize("attribute, gone, left", [("state", "moving", ["parked"]), ("speed", 120, [80, 60])])
def test_5_6_15_delete_instance_deletes_one(evolution, error_of, attribute, gone, left):
    path = f"{PATH}/attrs/{attribute}/{instance_id(evolution, attribute, gone)}"
    assert evolution.delete(path).status_code == 204
    assert values(evolution, attribute) == left
    assert error_of(evolution.delete(path)) == (404, "ResourceNotFound")


def test_5_6_15_delete_instance_of_another_attribute_is_not_found(evolution, error_of):
    path = f"{PATH}/attrs/state/{instance_id(evolution, 'speed', 120)}"
    assert error_of(evolution.delete(path)) == (404, "ResourceNotFound")


def test_5_6_16_delete_evolution_deletes_it(evolution, error_of):
    assert evolution.delete(PATH).status_code == 204
    assert error_of(evolution.get(PATH)) == (404, "ResourceNotFound")
    assert error_of(evolution.delete(PATH)) == (404, "ResourceNotFound")


def test_5_6_16_delete_evolution_begins_anew(evolution):
    evolution.delete(PATH)
    evolution.post("temporal/entities", {"id": ID, "type": "Vehicle", "state": STATE[:1]})
    assert values(evolution, "speed") == []
    assert values(evolution, "state") == ["moving"]


@pytest.mark.parametrize(
    "method, path",
    [("delete", PATH), ("delete", f"{PATH}/attrs/speed"), ("delete", f"{PATH}/attrs/speed/urn:ngsi-ld:instance:1")],
)
def test_5_6_16_changes_are_for_who_may_write(evolution, reader, method, path):
    assert getattr(reader, method)(path).status_code in (401, 403)
    assert values(evolution, "speed") == [120, 80, 60]
