"""The HTTP API of places."""

from typing import TYPE_CHECKING

import pytest
import shapely

from spiegelstad.places.testing import make_addresses, make_area, make_areas, make_squares

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(tenant: str) -> str:
    make_squares(tenant)
    make_addresses(tenant, [("Veldstraat", "12", "9000")])
    return tenant


def test_api_lists_area_types_and_one_area(client: "Client", city: str) -> None:
    assert [kind["slug"] for kind in client.get("/api/places/area-types").json()] == ["municipality", "wijk", "sector"]
    area = client.get("/api/places/areas/wijk/W2").json()
    assert (area["code"], area["parent_code"], area["valid_from"]) == ("W2", "M", None)


def test_api_areas_are_geojson_that_a_client_may_keep(client: "Client", city: str) -> None:
    response = client.get("/api/places/areas/sector?simplify=20")
    assert response["Content-Type"] == "application/geo+json"
    assert len(response.json()["features"]) == 8
    assert "max-age" in response["Cache-Control"]
    again = client.get("/api/places/areas/sector?simplify=20", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_areas(city, "sector", [make_area("W9Z", shapely.box(3.9, 51.0, 3.95, 51.05))])
    changed = client.get("/api/places/areas/sector?simplify=20", headers={"If-None-Match": response["ETag"]})
    assert (changed.status_code, len(changed.json()["features"])) == (200, 9)


def test_api_areas_come_in_lambert(client: "Client", city: str) -> None:
    document = client.get("/api/places/areas/wijk?crs=EPSG:3812").json()
    assert document["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::3812"
    east, north = document["features"][0]["geometry"]["coordinates"][0][0]
    assert 590_000 < east < 610_000
    assert 680_000 < north < 700_000


def test_api_point_gives_areas_from_large_to_small(client: "Client", city: str) -> None:
    found = client.get("/api/places/at?lon=3.61&lat=51.01").json()
    assert [area["code"] for area in found] == ["M", "W1", "W1A"]
    assert client.get("/api/places/at?lon=5&lat=51").json() == []


def test_api_finds_addresses(client: "Client", city: str) -> None:
    (hit,) = client.get("/api/places/addresses", {"text": "veldstraat 12", "limit": 3}).json()
    assert hit["label"] == "Veldstraat 12, 9000 Gent"


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("areas/postcode", 404, "unknown-area-type"),
        ("areas/wijk/W99", 404, "unknown-area"),
        ("areas/wijk?crs=EPSG:28992", 400, "unknown-coordinate-system"),
        ("areas/wijk?on=yesterday", 400, "invalid-parameter"),
        ("areas/wijk?simplify=-1", 400, "invalid-parameter"),
        ("areas/wijk?simplify=nan", 400, "invalid-parameter"),
        ("at?lon=3.7", 400, "invalid-parameter"),
        ("at?lon=1e999&lat=51", 400, "invalid-parameter"),
        ("addresses", 400, "invalid-parameter"),
        ("addresses?text=veldstraat&limit=1000", 400, "invalid-parameter"),
    ],
)
def test_api_answers_with_problems(client: "Client", city: str, path: str, status: int, kind: str) -> None:
    response = client.get(f"/api/places/{path}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert kind in response.json()["type"]


def test_api_only_reads(client: "Client", city: str) -> None:
    assert client.post("/api/places/areas/wijk").status_code == 405


def test_api_takes_any_text(client: "Client", city: str) -> None:
    for text in ("'; DROP TABLE places_street; --", "%", "\\", "x" * 5_000, "12", "🏛"):
        assert client.get("/api/places/addresses", {"text": text}).status_code == 200
    assert client.get("/api/places/addresses", {"text": "\u0000"}).status_code == 400


def test_api_of_another_city_shows_nothing_of_this_one(client: "Client", city: str, other_tenant: str) -> None:
    elsewhere = {"host": "anderstad.localhost"}
    assert client.get("/api/places/area-types", headers=elsewhere).json() == []
    assert client.get("/api/places/areas/wijk", headers=elsewhere).status_code == 404
    assert client.get("/api/places/areas/wijk/W1", headers=elsewhere).status_code == 404
    assert client.get("/api/places/at?lon=3.61&lat=51.01", headers=elsewhere).json() == []
    assert client.get("/api/places/addresses?text=veldstraat 12", headers=elsewhere).json() == []
