"""Partial Attribute Update: clause 5.6.4, binding 6.7.3.1."""

from typing import Any

SPEED = "entities/urn:ngsi-ld:Car:1/attrs/speed"


def test_5_6_4_partial_update_changes_only_the_members_given(broker: Any) -> None:
    source = {"type": "Property", "value": "gps"}
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH", "source": source})
    assert broker.patch(SPEED, {"value": 2, "observedAt": "2026-11-22T07:00:00Z"}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == {
        "type": "Property", "value": 2, "unitCode": "KMH", "observedAt": "2026-11-22T07:00:00Z", "source": source,
    }  # fmt: skip


def test_5_6_4_partial_update_deletes_members_that_are_null(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH", "source": {"type": "Property", "value": 1}})
    body = {"unitCode": "urn:ngsi-ld:null", "source": {"type": "Property", "value": "urn:ngsi-ld:null"}}
    assert broker.patch(SPEED, body).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == {"type": "Property", "value": 1}


def test_5_6_4_partial_update_of_one_dataset(broker: Any) -> None:
    dataset = "urn:ngsi-ld:Dataset:gps"
    broker.made(speed=[{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": dataset}])
    assert broker.patch(SPEED, {"value": 3, "datasetId": dataset}).status_code == 204
    assert [one["value"] for one in broker.shown("urn:ngsi-ld:Car:1")["speed"]] == [1, 3]


def test_5_6_4_partial_update_of_a_part_of_one_dataset_among_several(broker: Any) -> None:
    other = {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Dataset:gps"}
    broker.made(speed=[{"type": "Property", "value": 1}, other])
    assert broker.patch(SPEED, [{"datasetId": other["datasetId"], "unitCode": "KMH"}]).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == [
        {"type": "Property", "value": 1},
        {**other, "unitCode": "KMH"},
    ]


def test_5_6_4_partial_update_of_what_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    assert error_of(broker.patch(SPEED, {"value": 1})) == (404, "ResourceNotFound")
    broker.made(colour="red")
    assert error_of(broker.patch(SPEED, {"value": 1})) == (404, "ResourceNotFound")
    broker.post("entities/urn:ngsi-ld:Car:1/attrs", {"speed": 1})
    other = {"value": 1, "datasetId": "urn:ngsi-ld:Dataset:none"}
    assert error_of(broker.patch(SPEED, other)) == (404, "ResourceNotFound")


def test_5_6_4_partial_update_neither_deletes_an_attribute_nor_changes_its_type(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    for body in ({"value": "urn:ngsi-ld:null"}, {"type": "Relationship", "object": "urn:x:1"}):
        assert error_of(broker.patch(SPEED, body)) == (400, "BadRequestData"), body
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1


def test_5_6_4_partial_update_finds_the_attribute_by_any_of_its_names(broker: Any) -> None:
    broker.made(speed=1)
    iri = "https:%2F%2Furi.etsi.org%2Fngsi-ld%2Fdefault-context%2Fspeed"
    assert broker.patch(f"entities/urn:ngsi-ld:Car:1/attrs/{iri}", {"value": 2}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 2


def test_5_6_4_partial_update_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.patch(SPEED, {"value": 2}).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
