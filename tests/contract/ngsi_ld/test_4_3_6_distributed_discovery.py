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


def test_5_7_5_to_5_7_10_types_and_attributes_are_those_of_all(region, error_of):  # noqa: F811
    region.broker.made("urn:ngsi-ld:Tram:1", "Tram", speed=30)
    region.broker.made("urn:ngsi-ld:Car:2", speed={"type": "Relationship", "object": "urn:x:1"})
    region.there(speed=20, fuel="gas", colour="red")
    region.there(BUS, "Bus", speed=20)
    region.register(information=[{"entities": [{"type": "Car"}], "propertyNames": ["speed", "fuel"]}])
    assert told(region, "types")["typeList"] == ["Car", "Tram"]
    assert told(region, "attributes")["attributeList"] == ["fuel", "speed"]
    assert told(region, "attributes", local="true")["attributeList"] == ["speed"]
    types = {one["typeName"]: one["attributeNames"] for one in told(region, "types", details="true")}
    assert types == {"Car": ["fuel", "speed"], "Tram": ["speed"]}
    attributes = {one["attributeName"]: one["typeNames"] for one in told(region, "attributes", details="true")}
    assert attributes == {"fuel": ["Car"], "speed": ["Car", "Tram"]}
    car = told(region, "types/Car")
    assert car["entityCount"] == 2
    details = {one["attributeName"]: one["attributeTypes"] for one in car["attributeDetails"]}
    assert details == {"fuel": ["Property"], "speed": ["Property", "Relationship"]}
    assert told(region, "attributes/speed")["typeNames"] == ["Car", "Tram"]
    for path in ("types/Bus", "attributes/colour"):
        assert error_of(region.broker.get(path)) == (404, "ResourceNotFound")


def test_5_7_11_names_closure_and_who_is_asked(region, reader, tenant, dead):  # noqa: F811
    """Names are those of the request; what is closed here is not told of others; only who offers it is asked."""
    closed = {"fuel": {"classification": "personal"}}
    Tenant.objects.filter(pk=tenant).update(settings={"context": {"classifications": closed}})
    make_entity(region.city, id=CAR, type="https://example.org/Car", speed=30, fuel="gas")
    region.there(BUS, "Bus")
    region.register(information=[{"entities": [{"type": "https://example.org/Car"}]}])
    region.register("other", information=[{"entities": [{"type": "Bus"}]}], operations=["retrieveOps"])
    name = region.register("dead", endpoint=dead())
    made = region.broker.post("jsonldContexts", {"@context": {"Auto": "https://example.org/Car"}})
    link = f'<{region.url}{made.headers["Location"]}>; rel="http://www.w3.org/ns/json-ld#context"'
    answer = region.broker.get("types/Auto", headers={"Link": link})
    assert answer.json()["typeName"] == "Auto" and answer.json()["entityCount"] == 1
    answer = reader.get("types?details=true", headers={"Link": link})
    assert [(one["typeName"], one["attributeNames"]) for one in answer.json()] == [("Auto", ["speed"])]
    assert name in answer.headers["NGSILD-Warning"]
    assert reader.get("attributes").json()["attributeList"] == ["speed"]
