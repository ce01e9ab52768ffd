"""Clause 5.6.11: create or update the temporal evolution of an entity."""

from random import Random

import pytest

ID = "urn:ngsi-ld:Vehicle:B9211"
SPEED = [
    {"type": "Property", "value": 120, "observedAt": "2018-08-01T12:03:00Z"},
    {"type": "Property", "value": 80, "observedAt": "2018-08-01T12:05:00Z"},
    {"type": "Property", "value": 100, "observedAt": "2018-08-01T12:07:00Z"},
]
EVOLUTION = {
    "id": ID,
    "type": "Vehicle",
    "brandName": [{"type": "Property", "value": "Volvo", "observedAt": "2018-08-01T12:04:00Z"}],
    "speed": SPEED,
}


def speeds(broker, **params):
    answer = broker.get(f"temporal/entities/{ID}", params={"attrs": "speed", **params})
    assert answer.status_code == 200, answer.content
    return [one["value"] for one in answer.json()["speed"]]


def test_5_6_11_upsert_temporal_creates_and_says_where(broker):
    answer = broker.post("temporal/entities", EVOLUTION)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/ngsi-ld/v1/temporal/entities/{ID}"
    assert answer.content == b""
    assert speeds(broker) == [120, 80, 100]


def test_5_6_11_upsert_temporal_adds_instances_and_types_to_what_is_there(broker):
    broker.post("temporal/entities", EVOLUTION)
    more = {"id": ID, "type": ["Vehicle", "Bus"], "speed": [{"value": 90, "observedAt": "2018-08-01T12:09:00Z"}]}
    assert broker.post("temporal/entities", more).status_code == 204
    assert speeds(broker) == [120, 80, 100, 90]
    assert broker.get(f"temporal/entities/{ID}").json()["type"] == ["Vehicle", "Bus"]


def test_5_6_11_upsert_temporal_takes_the_simplified_representation(broker):
    simplified = {
        "id": ID,
        "type": "Vehicle",
        "speed": {"type": "Property", "values": [[120, "2018-08-01T12:03:00Z"], [80, "2018-08-01T12:05:00Z"]]},
        "owner": {"type": "Relationship", "objects": [["urn:ngsi-ld:Person:1", "2018-08-01T12:03:00Z"]]},
        "says": {"type": "LanguageProperty", "languageMaps": [[{"languageMap": {"nl": "ja"}}, "2018-08-01T12:03:00Z"]]},
    }
    assert broker.post("temporal/entities", simplified).status_code == 201
    shown = broker.get(f"temporal/entities/{ID}", params={"options": "temporalValues"}).json()
    assert shown == simplified


def test_5_6_11_upsert_temporal_takes_what_was_deleted_as_a_history_shows_it(broker):
    """So that a history can be moved: clause 5.5.4 allows the null where an evolution tells of a deletion."""
    car = {
        "speed": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:x:roof"}],
        "owner": {"type": "Relationship", "object": "urn:x:owner"},
        "says": {"type": "LanguageProperty", "languageMap": {"nl": "ja"}},
        "wheels": {"type": "ListProperty", "valueList": [1, 2]},
        "extra": {"type": "JsonProperty", "json": {"a": 1}},
        "place": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3, 51]}},
    }
    broker.made(ID, "Vehicle", **car)
    assert broker.delete(f"entities/{ID}").status_code == 204
    told = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z", "timeproperty": "deletedAt"}

    def shown(**params):
        found = broker.get(f"temporal/entities/{ID}", params={"options": "sysAttrs", **params}).json()
        return {name: [(one["type"], one["deletedAt"]) for one in found[name] if "deletedAt" in one] for name in car}

    history = broker.get(f"temporal/entities/{ID}", params={"options": "sysAttrs"}).json()
    before = shown(**told)
    assert all(before.values())
    assert broker.delete(f"temporal/entities/{ID}").status_code == 204
    assert broker.post("temporal/entities", history).status_code == 201
    assert shown(**told) == before == shown()


def test_5_6_11_upsert_temporal_leaves_the_entity_as_it_is_now_alone(broker):
    broker.post("temporal/entities", EVOLUTION)
    assert broker.get(f"entities/{ID}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "no uri", "type": "Vehicle"},
        {"type": "Vehicle"},
        {"id": ID},
        {"id": ID, "type": "Vehicle", "speed": [{"type": "Property"}]},
        {"id": ID, "type": "Vehicle", "speed": [{"type": "Property", "value": 1, "observedAt": "yesterday"}]},
        {"id": ID, "type": "Vehicle", "speed": {"type": "Property", "values": [[1]]}},
        {"id": ID, "type": "Vehicle", "speed": [{"type": "Property", "value": "urn:ngsi-ld:null"}]},
        {"id": ID, "type": "Vehicle", "speed": [{"type": "Property", "value": "urn:ngsi-ld:null", "deletedAt": "now"}]},
    ],
)
def test_5_6_11_upsert_temporal_refuses_what_is_no_evolution(broker, error_of, wrong):
    assert error_of(broker.post("temporal/entities", wrong)) == (400, "BadRequestData")


LONG = Random(1).randbytes(4_000).hex()  # what can be compressed would fit into an index


@pytest.mark.parametrize("path", ["temporal/entities", "entities"])
@pytest.mark.parametrize(
    "long",
    [
        {"id": f"urn:x:{LONG}"},
        {"type": f"https://example.org/{LONG}"},
        {f"https://example.org/{LONG}": {"type": "Property", "value": "fast"}},
        {"speed": {"type": "Property", "value": "fast", "datasetId": f"urn:x:{LONG}"}},
    ],
    ids=["id", "type", "attribute", "dataset"],
)
def test_5_6_11_what_is_too_long_to_be_kept_is_not_said_to_be_so_for_a_while(broker, error_of, path, long):
    assert error_of(broker.post(path, {"id": ID, "type": "Vehicle", **long})) == (400, "BadRequestData")


def test_5_6_11_upsert_temporal_is_for_who_may_write(reader):
    assert reader.post("temporal/entities", EVOLUTION).status_code in (401, 403)
