"""Requirement class "request data" over the city's own series: sets, entities, properties, relations, options."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.testing import Api

ROOT = "/sensorthings/v1.1"
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def city(tenant: str) -> str:
    make_series(tenant, "bike:1", "bike:2", entity_id="urn:ngsi-ld:Counter:1", lon=3.7, lat=51.05)
    make_series(tenant, "no2:1", property="no2", unit="GQ")
    make_series(tenant, "secret:1", property="no2", unit="GQ", classification="internal")
    make_observations(tenant, [("bike:1", T0 + timedelta(minutes=n), float(n)) for n in range(5)])
    adopt_series(tenant)
    return tenant


def get(path: str, **params: Any) -> Any:
    answer = Client().get(ROOT + path, params, headers={"Host": "localhost"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_service_root_lists_the_sets(city: str) -> None:
    names = [item["name"] for item in get("")["value"]]
    assert {"Things", "Locations", "Datastreams", "Observations", "FeaturesOfInterest"} <= set(names)


def test_things_have_their_datastreams(city: str) -> None:
    things = get("/Things", **{"$expand": "Datastreams($orderby=name;$select=name),Locations", "$count": "true"})
    assert things["@iot.count"] == 2
    counter = next(item for item in things["value"] if item["Locations"])
    assert [item["name"] for item in counter["Datastreams"]] == ["Reeks bike:1", "Reeks bike:2"]
    assert counter["Locations"][0]["location"] == {"type": "Point", "coordinates": [3.7, 51.05]}


def test_observations_are_the_rows_of_the_mirror(city: str) -> None:
    (stream,) = get("/Datastreams", **{"$filter": "description eq 'bike:1'"})["value"]
    assert stream["phenomenonTime"] == "2026-03-01T12:00:00.000Z/2026-03-01T12:04:00.000Z"
    page = get(f"/Datastreams({stream['@iot.id']})/Observations", **{"$orderby": "phenomenonTime desc", "$top": 2})
    assert [item["result"] for item in page["value"]] == [4, 3]
    rest = Client().get(page["@iot.nextLink"]).json()
    assert [item["result"] for item in rest["value"]] == [2, 1]


def test_the_service_root_tells_of_the_broker_without_its_password(anonymous: Api, tenant: str, settings: Any) -> None:
    over_mqtt = "http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt/receive-updates"
    assert over_mqtt not in anonymous.get("")["serverSettings"]["conformance"]
    settings.PUBLISH_MQTT = {tenant: "mqtts://we:secret@broker.example:8883/gent"}
    told = anonymous.get("")["serverSettings"]
    assert over_mqtt in told["conformance"]
    assert told[over_mqtt] == {"endpoints": ["mqtts://broker.example:8883/gent"]}
