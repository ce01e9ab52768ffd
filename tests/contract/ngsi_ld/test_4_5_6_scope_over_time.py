"""Clauses 4.5.6 and 4.18: the scope of an entity over time, and 5.7.4 with C.5.16: scope queries over time."""

from datetime import timedelta

import pytest

from spiegelstad.base.clock import now
from spiegelstad.context.rules.documents import time_text

CAR = "urn:ngsi-ld:Car:1"
PATH = f"temporal/entities/{CAR}"
NULL = "urn:ngsi-ld:null"
B9211, A8311 = "urn:ngsi-ld:Vehicle:B9211", "urn:ngsi-ld:Vehicle:A8311"
HOUR = {"timerel": "between", "timeAt": "2018-08-01T12:00:00Z", "endTimeAt": "2018-08-01T13:00:00Z"}


def at(minute, hour=12):
    return f"2018-08-01T{hour}:{minute:02}:00Z"


def instance(value, time):
    return {"type": "Property", "value": value, "observedAt": time}


def evolution(id_, scope, speeds):
    speed = [instance(value, at(minute)) for minute, value in speeds.items()]
    return {"id": id_, "type": "Vehicle", "scope": scope, "speed": speed}


@pytest.fixture
def vehicles(broker):
    """The vehicles of the example: one in the scope before the hour began, one that enters it."""
    centre = [instance("/Madrid/Centro", at(0, 11))]
    other = [instance("/Madrid/Cortes", at(50, 11)), instance(["/Madrid/Centro", "/Company123/UnitA"], at(10))]
    for body in (
        evolution(B9211, centre, {3: 30, 5: 60, 7: 50}),
        evolution(A8311, other, {8: 90, 12: 40, 14: 60, 16: 50}),
        evolution("urn:ngsi-ld:Vehicle:C1", [instance("/Sevilla", at(0))], {9: 20}),
        {"id": "urn:ngsi-ld:Vehicle:D1", "type": "Vehicle", "speed": [instance(5, at(9))]},
    ):
        assert broker.post("temporal/entities", body).status_code == 201
    return broker


def evolved(broker, path=PATH, **params):
    answer = broker.get(path, params=params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def values(broker, **params):
    return [one["value"] for one in evolved(broker, **params).get("scope", [])]


def test_4_5_6_the_scope_is_told_as_a_property_over_time(broker):
    broker.made(speed=1, scope="/Gent")
    [shown] = evolved(broker, options="sysAttrs")["scope"]
    assert shown.keys() == {"type", "value", "observedAt", "createdAt", "modifiedAt", "instanceId"}
    assert (shown["type"], shown["value"]) == ("Property", "/Gent")
    assert shown["observedAt"] == shown["modifiedAt"] == shown["createdAt"]
    assert evolved(broker)["scope"][0].keys() == {"type", "value", "observedAt", "instanceId"}


CHANGES = {
    "5.6.3 append": ("post", f"entities/{CAR}/attrs", {"scope": "/B"}),
    "5.6.2 update": ("patch", f"entities/{CAR}/attrs", {"scope": "/B"}),
    "5.6.17 merge": ("patch", f"entities/{CAR}", {"scope": "/B"}),
    "5.6.18 replace": ("put", f"entities/{CAR}", {"id": CAR, "type": "Car", "scope": "/B"}),
    "5.6.8 batch upsert": ("post", "entityOperations/upsert", [{"id": CAR, "type": "Car", "scope": "/B"}]),
    "5.6.9 batch update": ("post", "entityOperations/update", [{"id": CAR, "type": "Car", "scope": "/B"}]),
    "5.6.20 batch merge": ("post", "entityOperations/merge", [{"id": CAR, "type": "Car", "scope": "/B"}]),
}


@pytest.mark.parametrize("act", CHANGES)
def test_4_5_6_every_change_of_scope_is_kept(broker, act):
    broker.made(speed=1, scope="/A")
    method, path, body = CHANGES[act]
    for _ in range(2):  # the second time it stays what it is
        assert getattr(broker, method)(path, body).status_code in (201, 204)
    assert values(broker) == ["/A", "/B"]


DELETIONS = {
    "5.6.5 delete attribute": ("delete", f"entities/{CAR}/attrs/scope"),
    "5.6.2 update": ("patch", f"entities/{CAR}/attrs", {"scope": NULL}),
    "5.6.17 merge": ("patch", f"entities/{CAR}", {"scope": NULL}),
    "5.6.18 replace": ("put", f"entities/{CAR}", {"id": CAR, "type": "Car", "speed": 2}),
    "5.6.6 delete entity": ("delete", f"entities/{CAR}"),
    "5.6.10 batch delete": ("post", "entityOperations/delete", [CAR]),
}


@pytest.mark.parametrize("act", DELETIONS)
def test_4_5_7_a_scope_that_is_deleted_becomes_null(broker, act):
    broker.made(speed=1, scope=["/A", "/B"])
    method, path, *body = DELETIONS[act]
    assert getattr(broker, method)(path, *body).status_code == 204
    first, last = evolved(broker, options="sysAttrs")["scope"]
    assert (first["value"], last["value"]) == (["/A", "/B"], NULL)
    assert last["deletedAt"] == last["observedAt"] == last["modifiedAt"] > first["observedAt"]


def test_4_5_6_an_entity_that_expired_and_comes_back_has_the_scope_of_now(broker):
    broker.made(scope="/A", expiresAt=time_text(now() + timedelta(milliseconds=1)))
    broker.made(scope="/B")
    assert values(broker) == ["/A", "/B"]


def test_4_5_6_an_entity_without_scope_has_none_in_its_history(broker):
    broker.made(speed=1)
    assert broker.patch(f"entities/{CAR}", {"speed": 2}).status_code == 204
    assert "scope" not in evolved(broker)


def test_4_5_9_and_4_5_19_the_scope_is_shown_in_all_representations(vehicles):
    path = f"temporal/entities/{A8311}"
    both = ["/Madrid/Centro", "/Company123/UnitA"]
    concise = evolved(vehicles, path, format="concise")["scope"]
    assert [one["value"] for one in concise] == ["/Madrid/Cortes", both] and "type" not in concise[0]
    simplified = evolved(vehicles, path, format="temporalValues")["scope"]
    assert simplified == {"type": "Property", "values": [["/Madrid/Cortes", at(50, 11)], [both, at(10)]]}
    sums = evolved(vehicles, path, format="aggregatedValues", aggrMethods="totalCount", aggrPeriodDuration="P1D")
    assert [value for value, *_ in sums["scope"]["totalCount"]] == [2]


def test_4_21_the_scope_is_shown_where_it_is_asked_for(vehicles):
    path = f"temporal/entities/{A8311}"
    assert evolved(vehicles, path, attrs="speed").keys() == {"id", "type", "speed"}
    assert evolved(vehicles, path, attrs="speed,scope").keys() == {"id", "type", "speed", "scope"}
    assert evolved(vehicles, path, attrs="scope").keys() == {"id", "type", "scope"}
    assert evolved(vehicles, path, pick="id,scope").keys() == {"id", "type", "scope"} - {"type"}
    assert evolved(vehicles, path, omit="scope").keys() == {"id", "type", "speed"}
    last = evolved(vehicles, path, lastN="1", attrs="scope", format="temporalValues")
    assert last["scope"]["values"] == [[["/Madrid/Centro", "/Company123/UnitA"], at(10)]]


def test_4_18_a_scope_stands_until_it_changes(vehicles):
    path = f"temporal/entities/{A8311}"
    after = {"timerel": "after", "format": "temporalValues"}
    assert evolved(vehicles, path, timeAt=at(5), **after)["scope"]["values"][0] == ["/Madrid/Cortes", at(50, 11)]
    assert len(evolved(vehicles, path, timeAt=at(5), **after)["scope"]["values"]) == 2
    assert len(evolved(vehicles, path, timeAt=at(10), **after)["scope"]["values"]) == 1
    assert evolved(vehicles, path, timeAt=at(11), **after)["scope"]["values"][0][1] == at(10)


def test_4_18_a_scope_that_was_deleted_stands_no_longer(broker):
    broker.made(scope="/A")
    assert broker.delete(f"entities/{CAR}/attrs/scope").status_code == 204
    assert values(broker, timerel="after", timeAt=time_text(now())) == []


def test_c_5_16_temporal_scope_queries(vehicles):
    asked = {**HOUR, "type": "Vehicle", "attrs": "speed,scope", "format": "temporalValues"}
    entered, was = evolved(vehicles, "temporal/entities", scopeQ="/Madrid/Centro", **asked)
    assert was["id"] == B9211 and was["scope"]["values"] == [["/Madrid/Centro", at(0, 11)]]
    assert was["speed"]["values"] == [[30, at(3)], [60, at(5)], [50, at(7)]]
    assert entered["id"] == A8311
    assert entered["scope"]["values"] == [[["/Madrid/Centro", "/Company123/UnitA"], at(10)]]
    assert entered["speed"]["values"] == [[40, at(12)], [60, at(14)], [50, at(16)]]
    [before] = evolved(vehicles, "temporal/entities", scopeQ="/Madrid/Cortes", **asked)
    assert before["speed"]["values"] == [[90, at(8)]]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"scopeQ": "/Madrid/#"}, [A8311, B9211]),
        ({"scopeQ": "/Company123/#"}, [A8311]),
        ({"scopeQ": "/Company123/#", "endTimeAt": at(10)}, []),
        ({"scopeQ": "/Madrid/Cortes", "timeAt": at(10)}, []),
        ({"scopeQ": "(/Madrid/Cortes;/Company123/UnitA)"}, []),
        ({"scopeQ": "/Sevilla|/Madrid/Centro"}, [A8311, B9211, "urn:ngsi-ld:Vehicle:C1"]),
        ({"scopeQ": "/#"}, [A8311, B9211, "urn:ngsi-ld:Vehicle:C1"]),
    ],
)
def test_5_7_4_entities_are_found_by_the_scopes_they_had_in_that_time(vehicles, params, expected):
    found = evolved(vehicles, "temporal/entities", **{**HOUR, "type": "Vehicle", "count": "true", **params})
    assert [one["id"] for one in found] == expected


def test_5_7_4_sums_are_of_the_time_in_the_scope(vehicles):
    asked = {**HOUR, "type": "Vehicle", "attrs": "speed", "format": "aggregatedValues", "aggrMethods": "max"}
    found = evolved(vehicles, "temporal/entities", scopeQ="/Madrid/Centro", aggrPeriodDuration="PT1H", **asked)
    assert [one["speed"]["max"][0][0] for one in found] == [60, 60]


def test_5_7_4_the_last_of_a_scope_are_the_last_in_it(vehicles):
    asked = {**HOUR, "type": "Vehicle", "lastN": "2", "format": "temporalValues", "scopeQ": "/Madrid/Cortes"}
    [found] = evolved(vehicles, "temporal/entities", **asked)
    assert found["speed"]["values"] == [[90, at(8)]]


def test_6_3_10_a_scope_that_stood_is_no_part_of_where_an_answer_ends(broker):
    state = [{"type": "Property", "value": f"{number}", "observedAt": at(5)} for number in range(1_001)]
    body = {"id": CAR, "type": "Car", "scope": [instance("/A", at(0, 11))], "state": state}
    assert broker.post("temporal/entities", body).status_code == 201
    answer = broker.get(PATH, params={"timerel": "after", "timeAt": at(0)})
    assert answer.status_code == 206 and answer.headers["Content-Range"] == f"date-time {at(0)}-{at(5)}/*"
    assert answer.json()["scope"][0]["value"] == "/A" and len(answer.json()["state"]) == 1_001


def test_5_6_12_scopes_are_added_and_count_for_queries(vehicles):
    more = {"scope": [instance("/Toledo", at(20))]}
    assert vehicles.post(f"temporal/entities/{B9211}/attrs", more).status_code == 204
    [found] = evolved(vehicles, "temporal/entities", type="Vehicle", scopeQ="/Toledo", **HOUR)
    assert [one["value"] for one in found["scope"]] == ["/Toledo"] and "speed" not in found


def test_5_6_11_scopes_come_in_all_representations(broker):
    forms = [
        instance("/A", at(1)),
        {"value": "/A", "observedAt": at(1)},
        [instance("/A", at(1))],
        {"type": "Property", "values": [["/A", at(1)]]},
        "/A",
        ["/A"],
    ]
    for number, scope in enumerate(forms):
        id_ = f"urn:ngsi-ld:Vehicle:{number}"
        assert broker.post("temporal/entities", evolution(id_, scope, {1: 10, 2: 20})).status_code == 201
        [shown] = evolved(broker, f"temporal/entities/{id_}")["scope"]
        assert (shown["value"], shown["observedAt"]) == ("/A", at(1)), scope


def test_5_6_11_an_empty_list_of_scopes_is_none(broker):
    assert broker.post("temporal/entities", evolution(CAR, [], {1: 1})).status_code == 201
    assert "scope" not in evolved(broker)


def test_5_6_11_a_scope_without_any_time_counts_from_its_writing(broker):
    assert broker.post("temporal/entities", {"id": CAR, "type": "Car", "scope": {"value": "/A"}}).status_code == 201
    [shown] = evolved(broker, options="sysAttrs")["scope"]
    assert shown["observedAt"] == shown["modifiedAt"]


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "Relationship", "object": "urn:x:1"},
        {"type": "Property", "value": "/A", "unitCode": "CEL"},
        {"type": "Property", "value": "/A", "datasetId": "urn:x:1"},
        {"type": "Property", "value": "/A", "about": 1},
        {"type": "Property", "value": 5},
        {"type": "Property", "value": ["/A", 5]},
        [instance("/A", at(1)), "/B"],
        {"value": {"a": 1}},
        5,
        None,
        {"value": []},
    ],
)
def test_4_5_6_a_scope_has_only_its_times(broker, error_of, scope):
    answer = broker.post("temporal/entities", evolution(CAR, scope, {1: 1}))
    assert error_of(answer) == (400, "BadRequestData")


def test_5_6_13_to_5_6_15_instances_of_the_scope_are_corrected_and_deleted(vehicles, error_of):
    path = f"temporal/entities/{A8311}"
    first, second = (one["instanceId"] for one in evolved(vehicles, path)["scope"])
    change = {"scope": [instance("/Toledo", at(50, 11))]}
    assert vehicles.patch(f"{path}/attrs/scope/{first}", change).status_code == 204
    found = {"type": "Vehicle", **HOUR}
    assert evolved(vehicles, "temporal/entities", scopeQ="/Madrid/Cortes", **found) == []
    assert [one["id"] for one in evolved(vehicles, "temporal/entities", scopeQ="/Toledo", **found)] == [A8311]
    assert vehicles.delete(f"{path}/attrs/scope/{second}").status_code == 204
    assert [one["value"] for one in evolved(vehicles, path)["scope"]] == ["/Toledo"]
    assert vehicles.delete(f"{path}/attrs/scope").status_code == 204
    assert "scope" not in evolved(vehicles, path)
    assert error_of(vehicles.delete(f"{path}/attrs/scope")) == (404, "ResourceNotFound")


def test_5_6_16_the_history_of_the_scope_goes_with_the_evolution(broker):
    broker.made(speed=1, scope="/A")
    assert broker.delete(PATH).status_code == 204
    assert "scope" not in evolved(broker)
    assert broker.patch(f"entities/{CAR}", {"scope": "/B"}).status_code == 204
    assert values(broker) == ["/B"]
