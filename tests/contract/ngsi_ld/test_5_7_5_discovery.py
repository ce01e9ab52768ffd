"""Discovery of types and attributes (clauses 5.7.5 to 5.7.10)."""

from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
LD = "application/ld+json"


@pytest.fixture
def city(broker: Any) -> Any:
    """Two cars, of which one is a taxi too, and a bicycle."""
    broker.made("urn:ngsi-ld:Car:1", "Car", speed=30, owner={"type": "Relationship", "object": "urn:ngsi-ld:P:1"})
    broker.made("urn:ngsi-ld:Car:2", ["Car", "Taxi"], speed={"vocab": "fast"})
    broker.made("urn:ngsi-ld:Bike:1", "Bike", speed=[{"value": 1}, {"value": 2, "datasetId": "urn:gps"}])
    return broker


def test_5_7_5_available_types(city: Any) -> None:
    body = city.get("types").json()
    assert body["type"] == "EntityTypeList" and body["typeList"] == ["Bike", "Car", "Taxi"]
    assert "@context" in city.get("types", headers={"Accept": LD}).json()


def test_5_7_6_details_of_types(city: Any) -> None:
    bike, car, taxi = city.get("types", params={"details": "true"}).json()
    assert car == {
        "id": DEFAULT + "Car", "type": "EntityType", "typeName": "Car", "attributeNames": ["owner", "speed"]
    }  # fmt: skip
    assert (bike["attributeNames"], taxi["attributeNames"]) == (["speed"], ["speed"])


def test_5_7_7_type_information(city: Any, error_of: Any) -> None:
    body = city.get("types/Car").json()
    assert (body["id"], body["type"], body["typeName"], body["entityCount"]) == (
        DEFAULT + "Car", "EntityTypeInfo", "Car", 2,
    )  # fmt: skip
    assert body["attributeDetails"] == [
        {"id": DEFAULT + "owner", "type": "Attribute", "attributeName": "owner", "attributeTypes": ["Relationship"]},
        {
            "id": DEFAULT + "speed", "type": "Attribute", "attributeName": "speed",
            "attributeTypes": ["Property", "VocabProperty"],
        },
    ]  # fmt: skip
    assert city.get(f"types/{DEFAULT}Car").json()["entityCount"] == 2
    assert error_of(city.get("types/Boat")) == (404, "ResourceNotFound")
    assert error_of(city.get("types/a b")) == (400, "BadRequestData")


def test_5_7_8_available_attributes(city: Any) -> None:
    body = city.get("attributes").json()
    assert body["type"] == "AttributeList" and body["attributeList"] == ["owner", "speed"]


def test_5_7_9_details_of_attributes(city: Any) -> None:
    owner, speed = city.get("attributes", params={"details": "true"}).json()
    assert owner == {"id": DEFAULT + "owner", "type": "Attribute", "attributeName": "owner", "typeNames": ["Car"]}
    assert speed["typeNames"] == ["Bike", "Car", "Taxi"]


def test_5_7_10_attribute_information(city: Any, error_of: Any) -> None:
    assert city.get("attributes/speed").json() == {
        "id": DEFAULT + "speed", "type": "Attribute", "attributeName": "speed", "attributeCount": 4,
        "attributeTypes": ["Property", "VocabProperty"], "typeNames": ["Bike", "Car", "Taxi"],
    }  # fmt: skip
    assert error_of(city.get("attributes/height")) == (404, "ResourceNotFound")
    assert error_of(city.get("attributes?details=maybe"))[0] == 400


def test_5_7_5_what_is_closed_is_not_named(city: Any, tenant: str, error_of: Any) -> None:
    closed = {DEFAULT + "owner": {"classification": "internal", "department": ""}}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
    reader = type(city)()
    assert reader.get("attributes").json()["attributeList"] == ["speed"]
    assert error_of(reader.get("attributes/owner")) == (404, "ResourceNotFound")
    assert [one["attributeName"] for one in reader.get("types/Car").json()["attributeDetails"]] == ["speed"]
    assert reader.get("entities", params={"q": "owner"}).json() == []
    assert reader.get("entities", params={"attrs": "owner"}).json() == []
    assert "owner" not in reader.get("entities", params={"type": "Car"}).json()[0]


def test_5_7_5_another_city_has_its_own(city: Any, other_tenant: str) -> None:
    assert type(city)(headers={"NGSILD-Tenant": other_tenant}).get("types").json()["typeList"] == []
