"""Types and attributes of two cities: clauses 5.7.5 to 5.7.11 where sources are registered, over a live server."""

from __future__ import annotations

from typing import Any

from spiegelstad.accounts.models import Tenant
from spiegelstad.context.testing import make_entity
from tests.contract.ngsi_ld.test_4_3_6_distributed_reading import BUS, CAR, dead, region  # noqa: F401  fixtures


def told(region: Any, path: str, **params: str) -> Any:  # noqa: F811
    answer = region.broker.get(path, params=params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_5_7_5_types_are_those_of_all(region):  # noqa: F811
    region.broker.made("urn:ngsi-ld:Tram:1", "Tram", speed=30)
    region.there(fuel="gas")
    region.there(BUS, "Bus")
    region.register()
    assert told(region, "types")["typeList"] == ["Car", "Tram"]
    assert told(region, "types", local="true")["typeList"] == ["Tram"]
    assert told(region, "attributes")["attributeList"] == ["fuel", "speed"]  # the source does not say whose they are


def test_5_7_6_types_with_their_attributes(region):  # noqa: F811
    region.broker.made(speed=30)
    region.there(fuel="gas", colour="red")
    region.register(information=[{"entities": [{"type": "Car"}], "propertyNames": ["fuel"]}])
    [car] = told(region, "types", details="true")
    assert (car["typeName"], car["attributeNames"]) == ("Car", ["fuel", "speed"])


def test_5_7_7_a_type_counts_what_all_have(region, error_of):  # noqa: F811
    region.broker.made(speed=30)
    region.there("urn:ngsi-ld:Car:2", speed={"type": "Relationship", "object": "urn:x:1"}, fuel="gas")
    region.register()
    car = told(region, "types/Car")
    assert car["entityCount"] == 2
    details = {one["attributeName"]: one["attributeTypes"] for one in car["attributeDetails"]}
    assert details == {"fuel": ["Property"], "speed": ["Property", "Relationship"]}
    region.there(BUS, "Bus")
    assert error_of(region.broker.get("types/Bus")) == (404, "ResourceNotFound")


def test_5_7_9_and_5_7_10_attributes_of_all(region):  # noqa: F811
    region.broker.made("urn:ngsi-ld:Tram:1", "Tram", speed=30)
    region.there(speed=20)
    region.there(BUS, "Bus", speed=20)
    region.register()
    [speed] = told(region, "attributes", details="true")
    assert (speed["attributeName"], speed["typeNames"]) == ("speed", ["Car", "Tram"])
    assert told(region, "attributes/speed")["typeNames"] == ["Car", "Tram"]


def test_5_7_5_names_are_those_of_the_request(region):  # noqa: F811
    make_entity(region.city, id=CAR, type="https://example.org/Car", **{"https://example.org/speed": 30})
    region.register(information=[{"entities": [{"type": "https://example.org/Car"}]}])
    made = region.broker.post("jsonldContexts", {"@context": {"Auto": "https://example.org/Car"}})
    link = f'<{region.url}{made.headers["Location"]}>; rel="http://www.w3.org/ns/json-ld#context"'
    answer = region.broker.get("types/Auto", headers={"Link": link})
    assert answer.json()["typeName"] == "Auto" and answer.json()["entityCount"] == 1


def test_5_7_11_only_who_offers_it_is_asked_and_a_dead_one_is_a_warning(region, dead):  # noqa: F811
    region.there()
    region.register("other", operations=["retrieveOps"])
    name = region.register("dead", endpoint=dead())
    answer = region.broker.get("types")
    assert answer.json()["typeList"] == [] and name in answer.headers["NGSILD-Warning"]


def test_policy_what_is_closed_here_is_not_told_of_others(region, reader, tenant):  # noqa: F811
    Tenant.objects.filter(pk=tenant).update(
        settings={"context": {"classifications": {"fuel": {"classification": "personal"}}}}
    )
    region.there(speed=30, fuel="gas")
    region.register()
    assert reader.get("attributes").json()["attributeList"] == ["speed"]
    assert reader.get("types?details=true").json()[0]["attributeNames"] == ["speed"]
