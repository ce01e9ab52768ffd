"""The observedArea of a datastream: the rectangle round the features of its observations (OGC 18-088, clause 8.2.4)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely.geometry import box, mapping, shape

from spiegelstad.accounts.testing import make_key
from spiegelstad.mirror.testing import make_series
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.testing import PLACE, Api

AT = "2026-03-01T12:{:02}:00Z"


def feature_at(lon: float, lat: float) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"name": "Spot", "description": "", "encodingType": "application/geo+json", "feature": point}


def bounds(api: Api, stream: int) -> tuple[float, ...]:
    return tuple(shape(api.get(f"/Datastreams({stream})")["observedArea"]).bounds)


def test_it_is_where_the_thing_stands_and_grows_with_each_feature(api: Api, stream: int) -> None:
    post = f"/Datastreams({stream})/Observations"
    assert "observedArea" not in api.get(f"/Datastreams({stream})")
    api.post(post, {"phenomenonTime": AT.format(0), "result": 1})
    assert api.get(f"/Datastreams({stream})")["observedArea"] == PLACE["location"]
    api.post(post, {"phenomenonTime": AT.format(1), "result": 1, "FeatureOfInterest": feature_at(4, 51.0543)})
    assert bounds(api, stream) == (3.7219, 51.0543, 4, 51.0543)
    api.post(post, {"phenomenonTime": AT.format(2), "result": 1, "FeatureOfInterest": feature_at(3.8, 52)})
    assert bounds(api, stream) == (3.7219, 51.0543, 4, 52)
    within = "st_within(geography'POINT(3.9 51.5)', observedArea)"
    assert [one["@iot.id"] for one in api.get("/Datastreams", filter=within)["value"]] == [stream]


def test_many_observations_and_a_changed_one_widen_it(api: Api, stream: int) -> None:
    spots = [api.post("/FeaturesOfInterest", feature_at(number, 50 + number))["@iot.id"] for number in range(4)]
    rows = [[AT.format(number), number, spot] for number, spot in enumerate(spots[:3])]
    components = ["phenomenonTime", "result", "FeatureOfInterest/id"]
    body = [{"Datastream": {"@iot.id": stream}, "components": components, "dataArray": rows}]
    first = api.post("/CreateObservations", body)[0]
    assert bounds(api, stream) == (0, 50, 2, 52)
    assert api.call("PATCH", first, {"FeatureOfInterest": {"@iot.id": spots[3]}}).status_code == 200
    assert bounds(api, stream) == (0, 50, 3, 53)


def test_an_area_that_a_client_gave_stays_while_it_is_wide_enough(api: Api, stream: int) -> None:
    triangle = {"type": "Polygon", "coordinates": [[[3, 51], [4, 51], [4, 52], [3, 51]]]}
    assert api.call("PATCH", f"/Datastreams({stream})", {"observedArea": triangle}).status_code == 200
    api.post(f"/Datastreams({stream})/Observations", {"phenomenonTime": AT.format(0), "result": 1})
    assert api.get(f"/Datastreams({stream})")["observedArea"] == triangle
    outside = {"phenomenonTime": AT.format(1), "result": 1, "FeatureOfInterest": feature_at(5, 51.5)}
    api.post(f"/Datastreams({stream})/Observations", outside)
    assert shape(api.get(f"/Datastreams({stream})")["observedArea"]).equals(shape(mapping(box(3, 51, 5, 52))))


def test_it_costs_no_statement_while_it_is_wide_enough(api: Api, stream: int) -> None:
    spot = api.post("/FeaturesOfInterest", feature_at(4, 52))["@iot.id"]
    body = {"result": 1, "Datastream": {"@iot.id": stream}, "FeatureOfInterest": {"@iot.id": spot}}
    api.post("/Observations", {"phenomenonTime": AT.format(0), "result": 1, "Datastream": {"@iot.id": stream}})
    api.post("/Observations", {**body, "phenomenonTime": AT.format(1)})
    with CaptureQueriesContext(connection) as ran:
        api.post("/Observations", {**body, "phenomenonTime": AT.format(2)})
    assert not any("UPDATE" in one["sql"] and "sensorthings_datastream" in one["sql"] for one in ran.captured_queries)


@pytest.mark.parametrize("place", [{}, {"lon": 3.7, "lat": 51.0}], ids=["without a place", "with a place"])
def test_what_clients_observe_of_a_series_of_the_city_outlives_the_next_adopting(
    tenant: str, place: dict[str, Any]
) -> None:
    make_series(tenant, "s:1", **place)
    adopt_series(tenant)
    api = Api(make_key(tenant, ["context:write", "observations:write"])[0])
    (found,) = api.get("/Datastreams")["value"]
    assert found.get("observedArea") == ({"type": "Point", "coordinates": [3.7, 51.0]} if place else None)
    body = {"phenomenonTime": AT.format(0), "result": 1, "FeatureOfInterest": feature_at(4, 52)}
    made = api.post(f"/Datastreams({found['@iot.id']})/Observations", body)
    adopt_series(tenant)
    assert api.get(f"/Observations('{made['@iot.id']}')/FeatureOfInterest")["name"] == "Spot"
    assert bounds(api, found["@iot.id"]) == ((3.7, 51, 4, 52) if place else (4, 52, 4, 52))
