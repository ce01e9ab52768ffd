"""What is changed here changes wherever the city shows it: series, entities, places and features."""

from typing import Any

import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.context.public import entities
from spiegelstad.mirror.public import series
from spiegelstad.mirror.testing import make_series
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.testing import PLACE, THING, Api


def elsewhere(lon: float, name: str = "Elsewhere") -> dict[str, Any]:
    return {**PLACE, "name": name, "location": {"type": "Point", "coordinates": [lon, 52]}}


def names(api: Api, path: str) -> set[str]:
    return {item["name"] for item in api.get(path)["value"]}


def test_the_series_of_a_datastream_has_its_name_unit_thing_and_property(api: Api, stream: int, tenant: str) -> None:
    thing = api.post("/Things", {"name": "Roof", "description": "", "Locations": [elsewhere(4)]})["@iot.id"]
    humidity = {"name": "humidity", "definition": "http://example.org/humidity", "description": "How moist"}
    change = {
        "name": "Air of the roof",
        "unitOfMeasurement": {"name": "percent", "symbol": "%", "definition": "ucum:%"},
        "Thing": {"@iot.id": thing},
        "ObservedProperty": {"@iot.id": api.post("/ObservedProperties", humidity)["@iot.id"]},
    }
    assert api.call("PATCH", f"/Datastreams({stream})", change).status_code == 200
    (found,) = series(Actor.system(tenant, "tests"))
    assert (found.name["nl"], found.unit, found.property) == ("Air of the roof", "P1", "humidity")
    assert (found.entity_id, found.lon) == (f"urn:ngsi-ld:Device:sensorthings:{thing}", 4)
    observed = change["ObservedProperty"]["@iot.id"]  # type: ignore[index]
    assert api.call("PATCH", f"/ObservedProperties({observed})", {"name": "moisture"}).status_code == 200
    (found,) = series(Actor.system(tenant, "tests"))
    assert found.property == "moisture"


def test_the_series_of_a_datastream_moves_with_it_to_another_thing(api: Api, stream: int, tenant: str) -> None:
    thing = api.post("/Things", {"name": "Roof", "description": "", "Locations": [elsewhere(4)]})["@iot.id"]
    link = {"Datastreams": [{"@iot.id": stream}]}
    assert api.call("PATCH", f"/Things({thing})", link).status_code == 200
    (found,) = series(Actor.system(tenant, "tests"))
    assert (found.entity_id, found.lon) == (f"urn:ngsi-ld:Device:sensorthings:{thing}", 4)


def test_observations_after_a_location_moved_are_of_a_feature_there(api: Api, stream: int) -> None:
    post = f"/Datastreams({stream})/Observations"
    first = api.post(post, {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1})["@iot.id"]
    location = api.get("/Locations")["value"][0]["@iot.id"]
    assert api.call("PATCH", f"/Locations({location})", {"description": "Busy"}).status_code == 200
    second = api.post(post, {"phenomenonTime": "2026-03-01T12:01:00Z", "result": 2})["@iot.id"]
    api.call("PATCH", f"/Locations({location})", {"location": {"type": "Point", "coordinates": [4, 52]}})
    third = api.post(post, {"phenomenonTime": "2026-03-01T12:02:00Z", "result": 3})["@iot.id"]
    places = [api.get(f"/Observations('{id_}')/FeatureOfInterest")["feature"] for id_ in (first, second, third)]
    assert [place["coordinates"][0] for place in places] == [3.7219, 3.7219, 4]
    assert api.get("/FeaturesOfInterest", count="true")["@iot.count"] == 2


def test_a_thing_of_which_the_location_is_deleted_stands_nowhere(api: Api, stream: int, tenant: str) -> None:
    location = api.get("/Locations")["value"][0]["@iot.id"]
    assert api.call("DELETE", f"/Locations({location})").status_code == 200
    (entity,) = entities(Actor.system(tenant, "tests"))
    (found,) = series(Actor.system(tenant, "tests"))
    assert (entity.lon, found.lon) == (None, None)


def test_a_historical_location_that_becomes_the_latest_moves_the_thing(api: Api) -> None:
    own = f"/Things({api.post('/Things', THING)['@iot.id']})"
    old = {"time": "2020-01-01T00:00:00Z", "Locations": [elsewhere(4, "Roof")]}
    history = f"/HistoricalLocations({api.post(f'{own}/HistoricalLocations', old)['@iot.id']})"
    assert names(api, f"{own}/Locations") == {"Korenmarkt"}
    assert api.call("PATCH", history, {"time": "2090-01-01T00:00:00Z"}).status_code == 200
    assert names(api, f"{own}/Locations") == {"Roof"}


def test_links_to_the_locations_of_a_historical_location_replace_those_there(api: Api) -> None:
    own = f"/Things({api.post('/Things', THING)['@iot.id']})"
    history = f"/HistoricalLocations({api.get(f'{own}/HistoricalLocations')['value'][0]['@iot.id']})"
    roof = api.post("/Locations", elsewhere(4, "Roof"))["@iot.id"]
    assert api.call("PATCH", history, {"Locations": [{"@iot.id": roof}]}).status_code == 200
    assert names(api, f"{history}/Locations") == names(api, f"{own}/Locations") == {"Roof"}


@pytest.fixture
def closed(tenant: str) -> Api:
    """Make a series of the city's own that only its people may read, and return one who may write too."""
    make_series(tenant, "closed:1", classification="internal")
    adopt_series(tenant)
    return Api(make_key(tenant, ["data:read", "context:write", "observations:write"])[0])


def test_where_an_adopted_thing_stands_is_said_by_its_source(closed: Api, anonymous: Api) -> None:
    thing = closed.get("/Things")["value"][0]["@iot.id"]
    place = closed.post("/Locations", elsewhere(4))["@iot.id"]
    for method, path, body in (
        ("POST", f"/Things({thing})/Locations", elsewhere(5)),
        ("PATCH", f"/Things({thing})", {"Locations": [{"@iot.id": place}]}),
        ("POST", "/HistoricalLocations", {"time": "2090-01-01T00:00:00Z", "Thing": {"@iot.id": thing},
                                          "Locations": [{"@iot.id": place}]}),
    ):  # fmt: skip
        assert closed.call(method, path, body).status_code == 409, (method, path)
    assert closed.get(f"/Things({thing})/Locations")["value"] == []
    assert anonymous.get("/Locations", count="true")["@iot.count"] == 1


def test_a_feature_of_a_closed_datastream_is_as_closed(closed: Api, anonymous: Api) -> None:
    stream = closed.get("/Datastreams")["value"][0]["@iot.id"]
    feature = {
        "name": "A home",
        "description": "",
        "encodingType": "application/geo+json",
        "feature": PLACE["location"],
    }
    closed.post(f"/Datastreams({stream})/Observations", {"result": 1, "FeatureOfInterest": feature})
    assert names(closed, "/FeaturesOfInterest") == {"A home"}
    assert names(anonymous, "/FeaturesOfInterest") == set()
