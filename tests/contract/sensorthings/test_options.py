"""Addresses and query options (OGC 18-088, clauses 9.2 and 9.3), and that they cost few statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.sensorthings.queries import reading, scope
from spiegelstad.sensorthings.testing import PLACE, STREAM, Api


@pytest.fixture
def filled(api: Api, stream: int) -> int:
    rows = [[f"2026-03-01T12:{minute:02}:00Z", minute] for minute in range(30)]
    body = [{"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray": rows}]
    api.post("/CreateObservations", body)
    return stream


def test_resource_path_to_a_property_and_its_value(api: Api, filled: int) -> None:
    own = f"/Datastreams({filled})"
    assert api.get(f"{own}/name") == {"name": "Air temperature"}
    assert api.call("GET", f"{own}/name/$value").content == b"Air temperature"
    assert api.get(f"{own}/unitOfMeasurement/$value") == STREAM["unitOfMeasurement"]
    assert api.get(f"{own}/unitOfMeasurement/symbol") == {"symbol": "°C"}
    assert api.get(f"{own}/observedArea") == {"observedArea": PLACE["location"]}
    assert api.call("GET", f"{own}/resultTime").status_code == 204


def test_resource_path_over_relations(api: Api, filled: int) -> None:
    thing = api.get(f"/Datastreams({filled})/Thing")
    own = f"/Things({thing['@iot.id']})/Datastreams({filled})"
    assert api.get(f"{own}/Sensor/name") == {"name": "DHT22"}
    assert api.get(f"{own}/Observations", top=1, orderby="result desc")["value"][0]["result"] == 29
    assert api.call("GET", f"/Things({thing['@iot.id'] + 1})/Datastreams").status_code == 404
    assert api.call("GET", f"/Things({thing['@iot.id']})/Datastreams({filled + 1})").status_code == 404


def test_resource_path_to_references(api: Api, filled: int) -> None:
    thing = api.get(f"/Datastreams({filled})/Thing")
    found = api.get(f"/Things({thing['@iot.id']})/Datastreams/$ref")
    assert [set(item) for item in found["value"]] == [{"@iot.selfLink"}]
    assert api.get(f"/Datastreams({filled})/Thing/$ref") == {"@iot.selfLink": thing["@iot.selfLink"]}


def test_navigation_links_lead_where_they_say(api: Api, filled: int) -> None:
    found = api.get(f"/Datastreams({filled})")
    links = {name: value for name, value in found.items() if name.endswith("@iot.navigationLink")}
    assert set(links) == {
        f"{name}@iot.navigationLink" for name in ("Thing", "Sensor", "ObservedProperty", "Observations")
    }
    for link in links.values():
        assert api.call("GET", link).status_code == 200


def test_select_shows_only_what_is_named(api: Api, filled: int) -> None:
    (one,) = api.get("/Observations", select="result,phenomenonTime", top=1)["value"]
    assert set(one) == {"result", "phenomenonTime"}
    (one,) = api.get("/Observations", select="id,Datastream", top=1)["value"]
    assert set(one) == {"@iot.id", "Datastream@iot.navigationLink"}


def test_top_skip_and_next_link_walk_through_everything_once(api: Api, filled: int) -> None:
    page = api.get("/Observations", top=7, filter="result gt 1", orderby="result", count="true")
    assert page["@iot.count"] == 28
    seen = [item["result"] for item in page["value"]]
    while "@iot.nextLink" in page:
        page = api.get(page["@iot.nextLink"])
        seen += [item["result"] for item in page["value"]]
    assert seen == list(range(2, 30))
    assert [item["result"] for item in api.get("/Observations", skip=28, orderby="result")["value"]] == [28, 29]


def test_expand_takes_options_and_links_to_more(api: Api, filled: int) -> None:
    inner = "$filter=result ge 10;$orderby=result desc;$top=3;$select=result;$count=true;$skip=1"
    expand = f"Observations({inner}),Thing/Locations"
    (found,) = api.get("/Datastreams", expand=expand)["value"]
    assert found["Observations"] == [{"result": 28}, {"result": 27}, {"result": 26}]
    assert found["Observations@iot.count"] == 20
    assert found["Thing"]["Locations"][0]["name"] == PLACE["name"]
    following = api.get(found["Observations@iot.nextLink"])
    assert [item["result"] for item in following["value"]] == [25, 24, 23]


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ("result add 1 gt 29", 1),
        ("phenomenonTime lt 2026-03-01T12:10:00Z and not (result eq 3)", 9),
        ("Datastream/Thing/properties/height eq 12 and result mod 2 eq 0", 15),
        ("minute(phenomenonTime) eq 7", 1),
        ("st_within(FeatureOfInterest/feature, geography'POLYGON((3 51,4 51,4 52,3 52,3 51))')", 30),
        ("st_disjoint(FeatureOfInterest/feature, geography'POLYGON((3 51,4 51,4 52,3 52,3 51))')", 0),
        ("geo.distance(Datastream/Thing/Locations/location, geography'POINT(3.7219 51.0543)') eq 0", 30),
        ("phenomenonTime gt now() sub duration'P1D'", 0),
        ("result gt 27 eq true", 2),
        ("result gt 5 ne result gt 6", 1),
        ("time(phenomenonTime) ge 12:20", 10),
        ("Datastream/unitOfMeasurement/symbol eq '°C' and result le 2", 3),
    ],
)
def test_filter_compares_calculates_and_measures(api: Api, filled: int, filter_: str, count: int) -> None:
    assert api.get("/Observations", filter=filter_, count="true", top=0)["@iot.count"] == count


def test_orderby_puts_nothing_first(api: Api, filled: int) -> None:
    api.post(f"/Datastreams({filled})/Observations", {"phenomenonTime": "2026-03-01T13:00:00Z", "result": "text"})
    assert api.get("/Observations", orderby="result", top=1)["value"][0]["result"] == "text"
    assert api.get("/Observations", orderby="result desc", top=1)["value"][0]["result"] == 29


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/Observations", {"filter": "result gt"}),
        ("/Observations", {"filter": "nothing eq 1"}),
        ("/Observations", {"filter": "result eq 1 and"}),
        ("/Observations", {"filter": "foo(result)"}),
        ("/Observations", {"filter": "(" * 60 + "1 eq 1" + ")" * 60}),
        ("/Observations", {"top": "-1"}),
        ("/Observations", {"top": "x"}),
        ("/Observations", {"count": "maybe"}),
        ("/Observations", {"expand": "Nothing"}),
        ("/Observations", {"select": "nothing"}),
        ("/Observations", {"orderby": "nothing"}),
        ("/Things", {"orderby": "Datastreams/name"}),
        ("/Things", {"expand": "Datastreams($top=1),Datastreams($select=name)"}),
        ("/Things", {"resultFormat": "dataArray"}),
        ("/Observations", {"unknown": "1"}),
        ("/Observations", {"filter": "phenomenonTime eq 2026-13-01T00:00:00Z"}),
        ("/Locations", {"filter": "st_within(location, geography'POLYGON((0 0')"}),
        ("/Observations", {"filter": "result mul 1e308 mul 1e308 gt 1"}),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_get_problem_json(api: Api, filled: int, path: str, params: dict[str, str]) -> None:
    answer = api.call("GET", path, **{f"${name}": value for name, value in params.items()})
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/Nothing", "/Things(1)", "/Things('x')", "/Things(1)/x", "/Observations('1-2')", "/Things/1"]
)
def test_addresses_of_nothing_are_not_found(api: Api, path: str) -> None:
    answer = api.call("GET", path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


COSTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "a page": ("/Observations", {"top": 5}, 2),
    "one": ("/Things({thing})", {}, 2),
    "a page and its count": ("/Observations", {"top": 5, "count": "true"}, 5),
    "nested expands": (
        "/Things",
        {"expand": "Locations,Datastreams($expand=Observations($top=2),Sensor,ObservedProperty)"},
        10,
    ),
}


@pytest.mark.parametrize("name", COSTS)
def test_reading_costs_one_statement_for_each_set(
    name: str, api: Api, filled: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    thing = api.get(f"/Datastreams({filled})/Thing")["@iot.id"]
    for number in range(3):  # more things, as many statements
        api.post(
            "/Things", {"name": f"Thing {number}", "description": "", "Locations": [PLACE], "Datastreams": [STREAM]}
        )
    path, params, most = COSTS[name]
    with django_assert_max_num_queries(most):
        api.get(path.format(thing=thing), **params)


def test_posting_an_observation_costs_few_statements(
    api: Api, filled: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(13):
        api.post(f"/Datastreams({filled})/Observations", {"phenomenonTime": "2026-03-02T12:00:00Z", "result": 1})


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/Observations", {"count": "true"}),
        ("/Observations/$count", {}),
        ("/Observations", {"skip": "1000"}),
        ("/FeaturesOfInterest({feature})/Observations", {}),
    ],
)
def test_what_may_read_a_whole_table_is_stopped_after_a_time(
    api: Api, filled: int, path: str, params: dict[str, str]
) -> None:
    feature = api.get("/FeaturesOfInterest")["value"][0]["@iot.id"]
    with CaptureQueriesContext(connection) as ran:
        answer = api.call("GET", path.format(feature=feature), **{f"${name}": value for name, value in params.items()})
    assert answer.status_code == 200
    assert any("statement_timeout" in one["sql"] for one in ran.captured_queries)


def test_expand_reads_no_more_than_an_answer_may_hold(api: Api, filled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ENTITIES", 6)
    read: list[int] = []

    def counting(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(statement, params, many, context)
        read.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(counting):
        answer = api.call("GET", "/Datastreams", **{"$expand": "Observations"})
    assert answer.status_code == 403 and "6 entities" in answer.json()["detail"]
    assert max(read) < 10


def test_geometries_that_are_looked_at_are_counted_over_the_whole_filter(
    api: Api, filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        api.post("/Locations", {**PLACE, "name": f"Square {number}"})
    monkeypatch.setattr(scope, "MAX_GEOMETRIES", 10)
    disjoint = "st_disjoint(location, geography'POINT(0 0)')"
    assert len(api.get("/Locations", filter=f"{disjoint} and {disjoint}")["value"]) == 4
    answer = api.call("GET", "/Locations", **{"$filter": " and ".join([disjoint] * 3)})
    assert answer.status_code == 403 and "10 geometries" in answer.json()["detail"]


def test_what_an_expression_orders_by_is_one_for_each(api: Api, stream: int) -> None:
    thing = api.get(f"/Datastreams({stream})/Thing")["@iot.id"]
    api.post(f"/Things({thing})/Datastreams", {**STREAM, "name": "Another"})
    answer = api.call("GET", "/Things", **{"$orderby": "length(Datastreams/name)"})
    assert answer.status_code == 400 and "many" in answer.json()["detail"]


def test_expand_of_nothing_but_a_count_leads_to_no_next_page(api: Api, filled: int) -> None:
    (found,) = api.get("/Datastreams", expand="Observations($count=true;$top=0)")["value"]
    assert (found["Observations"], found["Observations@iot.count"]) == ([], 30)
    assert "Observations@iot.nextLink" not in found


def test_expands_along_one_relation_are_joined_also_on_the_next_page(api: Api, filled: int) -> None:
    expand = "Observations/FeatureOfInterest,Observations($top=1;$expand=Datastream)"
    (found,) = api.get("/Datastreams", expand=expand)["value"]
    for item in (found["Observations"][0], api.get(found["Observations@iot.nextLink"])["value"][0]):
        assert {"Datastream", "FeatureOfInterest"} <= set(item)


def test_single_entities_are_not_paged_or_filtered(api: Api, filled: int) -> None:
    for option, value in (("$filter", "true"), ("$top", "0"), ("$skip", "1"), ("$orderby", "name"), ("$count", "true")):
        assert api.call("GET", f"/Datastreams({filled})", **{option: value}).status_code == 400, option
