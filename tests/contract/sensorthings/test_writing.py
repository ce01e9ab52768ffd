"""Requirement class "create-update-delete" (OGC 18-088, clause 10)."""

from typing import Any

import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.public import latest, series
from spiegelstad.sensorthings.testing import PLACE, STREAM, THING, Api


def test_create_entity_returns_its_address(api: Api) -> None:
    answer = api.call("POST", "/Things", {"name": "Lamp", "description": "A lamp"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == answer.json()["@iot.selfLink"]
    assert api.get(answer.headers["Location"])["name"] == "Lamp"


def test_deep_insert_makes_everything_at_once(api: Api, tenant: str) -> None:
    thing = api.post("/Things", THING)
    found = api.get(
        f"/Things({thing['@iot.id']})",
        expand="Locations,HistoricalLocations($expand=Locations),Datastreams($expand=Sensor,ObservedProperty)",
    )
    assert found["Locations"][0]["name"] == "Korenmarkt"
    assert found["HistoricalLocations"][0]["Locations"][0]["name"] == "Korenmarkt"
    assert found["Datastreams"][0]["Sensor"]["name"] == "DHT22"
    (made,) = series(Actor.system(tenant, "tests"))
    assert (made.property, made.unit, made.lon) == ("airTemperature", "CEL", 3.7219)


def test_deep_insert_of_which_a_part_is_wrong_makes_nothing(api: Api) -> None:
    answer = api.call("POST", "/Things", {**THING, "Datastreams": [{**STREAM, "Sensor": {"name": "no more"}}]})
    assert answer.status_code == 400
    assert api.get("/Things", count="true")["@iot.count"] == 0
    assert api.get("/Locations", count="true")["@iot.count"] == 0


@pytest.mark.parametrize("missing", ["unitOfMeasurement", "Sensor", "ObservedProperty", "name"])
def test_create_entity_without_what_it_needs_is_refused(api: Api, missing: str) -> None:
    thing = api.post("/Things", {"name": "Lamp", "description": "A lamp"})
    body = {name: value for name, value in STREAM.items() if name != missing}
    answer = api.call("POST", f"/Things({thing['@iot.id']})/Datastreams", body)
    assert answer.status_code == 400
    assert missing in answer.json()["detail"]


def test_link_to_existing_entities(api: Api) -> None:
    thing, sensor = api.post("/Things", {"name": "L", "description": "L"}), api.post("/Sensors", STREAM["Sensor"])
    body = {**STREAM, "Thing": {"@iot.id": thing["@iot.id"]}, "Sensor": {"@iot.id": sensor["@iot.id"]}}
    stream = api.post("/Datastreams", body)
    assert api.get(f"/Sensors({sensor['@iot.id']})/Datastreams")["value"][0]["@iot.id"] == stream["@iot.id"]
    assert api.call("POST", "/Datastreams", {**body, "Sensor": {"@iot.id": 99999}}).status_code == 400


def test_observation_is_a_row_of_the_mirror(api: Api, stream: int, tenant: str) -> None:
    made = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 21.5})
    assert made["result"] == 21.5
    assert made["phenomenonTime"] == "2026-03-01T12:00:00.000Z"
    assert made["resultTime"] is None
    (row,) = latest(Actor.system(tenant, "tests"))
    assert (row.value, row.observed_at.isoformat()) == (21.5, "2026-03-01T12:00:00+00:00")  # type: ignore[union-attr]
    feature = api.get(f"/Observations('{made['@iot.id']}')/FeatureOfInterest")
    assert feature["feature"] == PLACE["location"]
    assert api.get(f"/Datastreams({stream})")["phenomenonTime"] == "2026-03-01T12:00:00.000Z"


def test_observation_without_phenomenon_time_is_of_now(api: Api, stream: int) -> None:
    made = api.post("/Observations", {"result": 1, "Datastream": {"@iot.id": stream}})
    assert made["phenomenonTime"].startswith("20")


def test_observations_of_one_moment_stay_apart_and_the_same_is_one(api: Api, stream: int) -> None:
    body = {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1}
    first = api.post(f"/Datastreams({stream})/Observations", body)
    second = api.post(f"/Datastreams({stream})/Observations", {**body, "result": 2})
    again = api.post(f"/Datastreams({stream})/Observations", {**body, "result": 2})
    assert first["@iot.id"] != second["@iot.id"] == again["@iot.id"]
    assert first["phenomenonTime"] == second["phenomenonTime"]
    found = api.get("/Observations", filter="phenomenonTime eq 2026-03-01T12:00:00Z", orderby="id")["value"]
    assert [item["result"] for item in found] == [1, 2]


@pytest.mark.parametrize("result", ["open", True, {"a": [1]}, [1, 2], None, 2**60 + 1, 7])
def test_results_of_any_kind_come_back_as_they_were(api: Api, stream: int, result: Any) -> None:
    made = api.post(
        f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": result}
    )
    assert made["result"] == result
    assert api.get(f"/Observations('{made['@iot.id']}')")["result"] == result


def test_observation_keeps_what_a_number_does_not_say(api: Api, stream: int) -> None:
    body = {
        "phenomenonTime": "2026-03-01T12:00:00.000Z/2026-03-01T13:00:00.000Z",
        "result": 3,
        "resultTime": "2026-03-01T13:05:00.000Z",
        "validTime": "2026-03-01T12:00:00.000Z/2026-03-02T12:00:00.000Z",
        "resultQuality": {"accuracy": 0.1},
        "parameters": {"tilt": 30},
        "FeatureOfInterest": {**PLACE, "feature": PLACE["location"], "name": "Elsewhere"},
    }
    del body["FeatureOfInterest"]["location"]  # type: ignore[attr-defined]
    made = api.post(f"/Datastreams({stream})/Observations", body)
    for name in ("phenomenonTime", "result", "resultTime", "validTime", "resultQuality", "parameters"):
        assert made[name] == body[name]
    assert api.get(f"/Observations('{made['@iot.id']}')/FeatureOfInterest")["name"] == "Elsewhere"
    assert api.get(f"/Datastreams({stream})")["phenomenonTime"] == body["phenomenonTime"]


def test_update_entity_changes_only_what_is_given(api: Api) -> None:
    thing = api.post("/Things", THING)
    answer = api.call("PATCH", f"/Things({thing['@iot.id']})", {"description": "Moved"})
    assert answer.status_code == 200
    found = api.get(f"/Things({thing['@iot.id']})")
    assert (found["name"], found["description"]) == ("Weather station", "Moved")
    assert found["properties"] == THING["properties"]


def test_update_that_takes_a_needed_name_away_is_refused(api: Api, stream: int) -> None:
    for path in (f"/Datastreams({stream})", f"/Things({api.post('/Things', THING)['@iot.id']})"):
        answer = api.call("PATCH", path, {"name": None})
        assert answer.status_code == 400 and "name" in answer.content.decode()


def test_update_entity_put_replaces_the_whole(api: Api) -> None:
    thing = api.post("/Things", THING)
    answer = api.call("PUT", f"/Things({thing['@iot.id']})", {"name": "Other", "description": "New"})
    assert answer.status_code == 200
    assert "properties" not in api.get(f"/Things({thing['@iot.id']})")
    assert api.call("PUT", f"/Things({thing['@iot.id']})", {"name": "Other"}).status_code == 400


def test_update_entity_with_a_new_entity_inside_is_refused(api: Api) -> None:
    thing = api.post("/Things", THING)
    assert api.call("PATCH", f"/Things({thing['@iot.id']})", {"Locations": [PLACE]}).status_code == 400


def test_update_observation_keeps_its_id_even_at_another_time(api: Api, stream: int, tenant: str) -> None:
    made = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})
    own = f"/Observations('{made['@iot.id']}')"
    assert api.call("PATCH", own, {"result": 5}).status_code == 200
    assert api.call("PATCH", own, {"phenomenonTime": "2026-03-02T12:00:00Z"}).status_code == 200
    found = api.get(own)
    assert (found["@iot.id"], found["result"]) == (made["@iot.id"], 5)
    assert found["phenomenonTime"] == "2026-03-02T12:00:00.000Z"
    (row,) = latest(Actor.system(tenant, "tests"))
    assert (row.value, row.observed_at.isoformat()) == (5, "2026-03-02T12:00:00+00:00")  # type: ignore[union-attr]
    other = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})
    assert other["@iot.id"] != made["@iot.id"]
    assert api.get("/Observations", filter=f"id eq '{made['@iot.id']}'")["value"][0]["result"] == 5


def test_historical_location_is_made_when_a_thing_moves(api: Api) -> None:
    thing = api.post("/Things", THING)
    own = f"/Things({thing['@iot.id']})"
    api.post(f"{own}/Locations", {**PLACE, "name": "Vrijdagmarkt"})
    assert [item["name"] for item in api.get(f"{own}/Locations")["value"]] == ["Vrijdagmarkt"]
    history = api.get(f"{own}/HistoricalLocations", expand="Locations", orderby="time desc")["value"]
    assert [item["Locations"][0]["name"] for item in history] == ["Vrijdagmarkt", "Korenmarkt"]


def test_historical_location_of_before_moves_nothing_and_of_later_does(api: Api) -> None:
    thing = api.post("/Things", THING)
    own, place = f"/Things({thing['@iot.id']})", api.post("/Locations", {**PLACE, "name": "Sint-Pieters"})
    link = [{"@iot.id": place["@iot.id"]}]
    api.post(f"{own}/HistoricalLocations", {"time": "2020-01-01T00:00:00Z", "Locations": link})
    assert api.get(f"{own}/Locations")["value"][0]["name"] == "Korenmarkt"
    api.post(f"{own}/HistoricalLocations", {"time": "2090-01-01T00:00:00Z", "Locations": link})
    assert api.get(f"{own}/Locations")["value"][0]["name"] == "Sint-Pieters"


def test_delete_entity_takes_what_cannot_be_without_it(api: Api, stream: int, tenant: str) -> None:
    api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})
    thing = api.get(f"/Datastreams({stream})/Thing")
    assert api.call("DELETE", f"/Things({thing['@iot.id']})").status_code == 200
    for name in ("Things", "Datastreams", "Observations", "HistoricalLocations"):
        assert api.get(f"/{name}", count="true")["@iot.count"] == 0, name
    for name in ("Locations", "Sensors", "ObservedProperties", "FeaturesOfInterest"):
        assert api.get(f"/{name}", count="true")["@iot.count"] == 1, name
    assert [row.value for row in latest(Actor.system(tenant, "tests"))] in ([], [None])
    assert api.call("GET", f"/Datastreams({stream})").status_code == 404


def test_delete_feature_takes_its_observations(api: Api, stream: int) -> None:
    made = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})
    feature = api.get(f"/Observations('{made['@iot.id']}')/FeatureOfInterest")
    assert api.call("DELETE", f"/FeaturesOfInterest({feature['@iot.id']})").status_code == 200
    assert api.call("GET", f"/Observations('{made['@iot.id']}')").status_code == 404


def test_delete_observation(api: Api, stream: int, tenant: str) -> None:
    made = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": "x"})
    assert api.call("DELETE", f"/Observations('{made['@iot.id']}')").status_code == 200
    assert api.call("DELETE", f"/Observations('{made['@iot.id']}')").status_code == 404
    assert api.get(f"/Datastreams({stream})/Observations")["value"] == []


def test_create_observations_in_arrays(api: Api, stream: int) -> None:
    body = [
        {
            "Datastream": {"@iot.id": stream},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 3,
            "dataArray": [["2026-03-01T12:00:00Z", 1], ["2026-03-01T12:01:00Z", 2], ["no time", 3], ["short"]],
        },
        {"Datastream": {"@iot.id": 9999}, "components": ["result"], "dataArray": [[1]]},
    ]
    told = api.post("/CreateObservations", body)
    assert [item.startswith("error") for item in told] == [False, False, True, True, True]
    assert api.get(told[1])["result"] == 2
    page = api.get(f"/Datastreams({stream})/Observations", resultFormat="dataArray", select="phenomenonTime,result")
    (group,) = page["value"]
    assert group["components"] == ["phenomenonTime", "result"]
    assert group["dataArray"] == [["2026-03-01T12:00:00.000Z", 1], ["2026-03-01T12:01:00.000Z", 2]]
    assert group["Datastream@iot.navigationLink"].endswith(f"/Datastreams({stream})")


def test_a_moment_that_is_the_name_of_a_moved_observation_stays_taken(api: Api, stream: int) -> None:
    first = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})
    moved = api.call("PATCH", f"/Observations('{first['@iot.id']}')", {"phenomenonTime": "2026-03-01T11:00:00Z"})
    assert moved.status_code == 200  # and now no observation stands at noon or after
    second = api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})
    assert second["@iot.id"] != first["@iot.id"]
    found = api.get(f"/Datastreams({stream})/Observations", orderby="phenomenonTime", select="id,phenomenonTime")[
        "value"
    ]
    assert [one["phenomenonTime"] for one in found] == ["2026-03-01T11:00:00.000Z", "2026-03-01T12:00:00.000Z"]


def test_a_place_is_and_stays_what_its_encoding_says(api: Api) -> None:
    own = f"/Locations({api.post('/Locations', PLACE)['@iot.id']})"
    assert api.call("PATCH", own, {"location": "on the corner"}).status_code == 400
    assert api.call("PATCH", own, {"encodingType": "text/plain", "location": "on the corner"}).status_code == 200
    assert api.call("PATCH", own, {"encodingType": PLACE["encodingType"]}).status_code == 400
    assert api.call("PATCH", own, {"location": PLACE["location"]}).status_code == 200  # as text/plain: any JSON
    here = "st_equals(location, geography'POINT(3.7219 51.0543)')"
    assert api.get("/Locations", filter=here)["value"] == []
    assert api.call("PATCH", own, {"encodingType": PLACE["encodingType"]}).status_code == 200
    assert len(api.get("/Locations", filter=here)["value"]) == 1
