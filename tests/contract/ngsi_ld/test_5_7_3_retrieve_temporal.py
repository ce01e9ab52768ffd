"""Clause 5.7.3: retrieve the temporal evolution of an entity, in every representation (4.5.7 to 4.5.9)."""

import pytest

ID = "urn:ngsi-ld:Vehicle:B9211"
PATH = f"temporal/entities/{ID}"
ROOF = "urn:ngsi-ld:Dataset:roof"


def at(minute):
    return f"2018-08-01T12:{minute:02}:00Z"


@pytest.fixture(autouse=True)
def evolution(broker):
    answer = broker.post(
        "temporal/entities",
        {
            "id": ID,
            "type": "Vehicle",
            "speed": [{"type": "Property", "value": 10 * n, "unitCode": "KMH", "observedAt": at(n)} for n in range(6)],
            "state": [{"type": "Property", "value": f"s{n}", "observedAt": at(n)} for n in range(3)],
            "tyre": [
                {"type": "Property", "value": 2.5, "observedAt": at(1)},
                {"type": "Property", "value": 2.4, "observedAt": at(2), "datasetId": ROOF},
            ],
            "says": [{"type": "LanguageProperty", "languageMap": {"nl": "ja", "en": "yes"}, "observedAt": at(1)}],
            "colour": [{"type": "Property", "value": "red"}],
        },
    )
    assert answer.status_code == 201


def shown(broker, **params):
    answer = broker.get(PATH, params=params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def speeds(broker, **params):
    return [one["value"] for one in shown(broker, attrs="speed", **params).get("speed", [])]


def test_5_7_3_retrieve_gives_every_instance_with_its_name(reader):
    found = shown(reader)
    assert (found["id"], found["type"]) == (ID, "Vehicle")
    assert [one["observedAt"] for one in found["speed"]] == [at(n) for n in range(6)]
    assert set(found["speed"][0]) == {"type", "value", "unitCode", "observedAt", "instanceId"}
    names = [one["instanceId"] for name in ("speed", "state", "tyre", "says", "colour") for one in found[name]]
    assert len(set(names)) == 13 and all(name.startswith("urn:") for name in names)


@pytest.mark.parametrize(
    "timerel, ends, expected",
    [
        ("before", (2, None), [0, 10]),
        ("after", (4, None), [40, 50]),
        ("between", (1, 3), [10, 20]),
    ],
)
def test_5_7_3_retrieve_takes_the_lower_end_of_a_time_and_not_the_upper(reader, timerel, ends, expected):
    params = {"timerel": timerel, "timeAt": at(ends[0])} | ({"endTimeAt": at(ends[1])} if ends[1] else {})
    assert speeds(reader, **params) == expected


def test_5_7_3_retrieve_outside_the_time_shows_no_attributes(reader):
    assert shown(reader, timerel="after", timeAt="2030-01-01T00:00:00Z") == {"id": ID, "type": "Vehicle"}


@pytest.mark.parametrize("timeproperty", ["createdAt", "modifiedAt"])
def test_5_7_3_retrieve_by_when_instances_were_recorded(reader, timeproperty):
    assert speeds(reader, timerel="after", timeAt="2020-01-01T00:00:00Z", timeproperty=timeproperty) == [
        10 * n for n in range(6)
    ]
    assert speeds(reader, timerel="before", timeAt="2020-01-01T00:00:00Z", timeproperty=timeproperty) == []


def test_5_7_3_retrieve_last_n_gives_the_newest_first(reader):
    assert speeds(reader, lastN="2") == [50, 40]
    assert speeds(reader, lastN="2", timerel="before", timeAt=at(3)) == [20, 10]


def test_5_7_3_retrieve_temporal_values_gives_pairs(reader):
    found = shown(reader, format="temporalValues")
    assert found["speed"] == {"type": "Property", "values": [[10 * n, at(n)] for n in range(6)]}
    assert found["tyre"] == [
        {"type": "Property", "values": [[2.5, at(1)]]},
        {"type": "Property", "datasetId": ROOF, "values": [[2.4, at(2)]]},
    ]
    assert found["says"]["languageMaps"] == [[{"languageMap": {"nl": "ja", "en": "yes"}}, at(1)]]
    assert "colour" not in found


def test_5_7_3_retrieve_options_and_format_say_the_same(reader):
    assert shown(reader, options="temporalValues") == shown(reader, format="temporalValues")
    assert shown(reader, options="aggregatedValues", format="temporalValues") == shown(reader, format="temporalValues")


def test_5_7_3_retrieve_concise_leaves_types_out(reader):
    assert set(shown(reader, format="concise")["speed"][0]) == {"value", "unitCode", "observedAt", "instanceId"}


def test_5_7_3_retrieve_sys_attrs_shows_the_times_of_instances(reader):
    found = shown(reader, options="sysAttrs")
    assert {"createdAt", "modifiedAt"} <= set(found)
    for name in ("speed", "state"):
        assert found[name][0]["createdAt"] > "2020" and found[name][0]["modifiedAt"] > "2020"


def test_5_7_3_retrieve_in_a_language(reader):
    [says] = shown(reader, lang="nl")["says"]
    assert (says["type"], says["value"], says["lang"]) == ("Property", "ja", "nl")
    assert shown(reader, lang="nl", format="temporalValues")["says"] == {"type": "Property", "values": [["ja", at(1)]]}


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"attrs": "speed,state"}, {"id", "type", "speed", "state"}),
        ({"pick": "id,speed"}, {"id", "speed"}),
        ({"omit": "type,speed,state,tyre"}, {"id", "says", "colour"}),
        ({"datasetId": ROOF}, {"id", "type", "tyre"}),
        ({"datasetId": f"@none,{ROOF}", "attrs": "tyre"}, {"id", "type", "tyre"}),
    ],
)
def test_5_7_3_retrieve_shows_the_members_asked_for(reader, params, expected):
    assert set(shown(reader, **params)) == expected


def test_5_7_3_retrieve_is_not_found_without_the_entity_or_its_attributes(reader, error_of):
    assert error_of(reader.get("temporal/entities/urn:none:1")) == (404, "ResourceNotFound")
    assert error_of(reader.get(PATH, params={"attrs": "smell"})) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    "params",
    [
        {"timerel": "around", "timeAt": at(1)},
        {"timerel": "before"},
        {"timeAt": at(1)},
        {"timerel": "before", "timeAt": "noon"},
        {"timerel": "between", "timeAt": at(1)},
        {"timeproperty": "diedAt"},
        {"lastN": "0"},
        {"lastN": "many"},
        {"format": "aggregatedValues"},
        {"format": "aggregatedValues", "aggrMethods": "median"},
        {"format": "aggregatedValues", "aggrMethods": "max", "aggrPeriodDuration": "an hour"},
        {"options": "temporalValues,aggregatedValues"},
        {"pick": "owner{name}"},
    ],
)
def test_5_7_3_retrieve_refuses_what_is_wrong(reader, error_of, params):
    assert error_of(reader.get(PATH, params=params)) == (400, "BadRequestData")


def test_4_5_7_deleted_attributes_leave_an_instance_that_says_so(broker, reader):
    broker.made("urn:ngsi-ld:Car:1", state={"type": "Property", "value": "open"})
    assert broker.delete("entities/urn:ngsi-ld:Car:1/attrs/state").status_code == 204
    params = {"options": "sysAttrs", "timerel": "after", "timeAt": "2020-01-01T00:00:00Z", "timeproperty": "deletedAt"}
    [gone] = reader.get("temporal/entities/urn:ngsi-ld:Car:1", params=params).json()["state"]
    assert gone["value"] == "urn:ngsi-ld:null" and gone["deletedAt"] > "2020"


def test_4_8_a_deleted_entity_says_when(broker, reader):
    broker.made("urn:ngsi-ld:Car:1", state={"type": "Property", "value": "open"})
    assert broker.delete("entities/urn:ngsi-ld:Car:1").status_code == 204
    found = reader.get("temporal/entities/urn:ngsi-ld:Car:1", params={"options": "sysAttrs"}).json()
    assert found["deletedAt"] >= found["createdAt"]


def test_5_7_3_entities_have_a_history_as_they_change(broker, reader):
    broker.made("urn:ngsi-ld:Car:1", speed={"type": "Property", "value": 1, "observedAt": at(1)})
    for n in (2, 3):
        broker.patch("entities/urn:ngsi-ld:Car:1/attrs/speed", {"value": n, "observedAt": at(n)})
    found = reader.get("temporal/entities/urn:ngsi-ld:Car:1", params={"format": "temporalValues"}).json()
    assert found["speed"]["values"] == [[1, at(1)], [2, at(2)], [3, at(3)]]
