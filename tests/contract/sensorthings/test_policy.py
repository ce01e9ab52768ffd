"""Who reads and who writes: classification, scopes, tenants."""

from datetime import UTC, datetime

import pytest

from spiegelstad.accounts.testing import make_key
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.rules.model import SETS
from spiegelstad.sensorthings.testing import PLACE, STREAM, THING, Api

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def closed(tenant: str, other_tenant: str) -> str:
    """Make a series that only people of the city may read, and give it its datastream."""
    make_series(tenant, "closed:1", classification="internal", lon=3.7, lat=51.0)
    make_observations(tenant, [("closed:1", AT, 1.0)])
    adopt_series(tenant)
    return tenant


@pytest.mark.parametrize("name", ["Things", "Datastreams", "Observations", "Locations", "HistoricalLocations"])
def test_what_is_not_public_is_for_those_who_may_read_it(closed: str, anonymous: Api, name: str) -> None:
    reader = Api(make_key(closed, ["data:read"])[0])
    assert reader.get(f"/{name}", count="true")["@iot.count"] == 1
    assert anonymous.get(f"/{name}", count="true")["@iot.count"] == 0
    link = reader.get(f"/{name}")["value"][0]["@iot.selfLink"]
    assert (
        anonymous.call("GET", link[link.index("/sensorthings/v1.1") + len("/sensorthings/v1.1") :]).status_code == 404
    )


def test_what_is_not_public_shows_in_no_filter_and_no_expand(closed: str, anonymous: Api) -> None:
    found = anonymous.get("/ObservedProperties", expand="Datastreams($expand=Observations)")["value"]
    assert [item["Datastreams"] for item in found] == [[]]
    assert anonymous.get("/ObservedProperties", filter="Datastreams/Observations/result eq 1")["value"] == []


def test_another_city_sees_and_changes_nothing(api: Api, stream: int, foreigner: Api) -> None:
    api.post(f"/Datastreams({stream})/Observations", {"result": 1})
    for name in SETS:
        assert foreigner.get(f"/{name}", count="true")["@iot.count"] == 0, name
    thing = api.get("/Things")["value"][0]["@iot.id"]
    assert foreigner.call("PATCH", f"/Things({thing})", {"name": "Mine"}).status_code == 404
    assert foreigner.call("DELETE", f"/Things({thing})").status_code == 404
    assert foreigner.call("POST", f"/Datastreams({stream})/Observations", {"result": 1}).status_code == 404
    assert foreigner.call("POST", "/Datastreams", {**STREAM, "Thing": {"@iot.id": thing}}).status_code == 400


def test_nobody_writes_without_a_key(anonymous: Api, stream: int) -> None:
    for method, path, body in (
        ("POST", "/Things", THING),
        ("POST", f"/Datastreams({stream})/Observations", {"result": 1}),
        ("PATCH", f"/Datastreams({stream})", {"name": "x"}),
        ("DELETE", f"/Datastreams({stream})", None),
    ):
        assert anonymous.call(method, path, body).status_code == 401, (method, path)


def test_each_scope_writes_its_own(tenant: str, stream: int) -> None:
    observer, maker = Api(make_key(tenant, ["observations:write"])[0]), Api(make_key(tenant, ["context:write"])[0])
    observation = {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1}
    observer.post(f"/Datastreams({stream})/Observations", observation)
    assert maker.call("POST", f"/Datastreams({stream})/Observations", observation).status_code == 403
    maker.post("/Locations", PLACE)
    assert observer.call("POST", "/Locations", PLACE).status_code == 403


def test_what_the_sources_define_is_changed_there(closed: str, api: Api) -> None:
    reader = Api(make_key(closed, ["data:read", "context:write"])[0])
    stream = reader.get("/Datastreams")["value"][0]["@iot.id"]
    assert reader.call("DELETE", f"/Datastreams({stream})").status_code == 409
    assert reader.call("PATCH", f"/Datastreams({stream})", {"name": "Other"}).status_code == 409
    assert reader.call("PATCH", f"/Datastreams({stream})", {"properties": {"a": 1}}).status_code == 200
    adopt_series(closed)
    assert reader.get(f"/Datastreams({stream})")["properties"] == {"a": 1}
