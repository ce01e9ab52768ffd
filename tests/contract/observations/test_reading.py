"""GET /api/latest and /api/series…: shapes, conditional requests, filters, policy, wrong parameters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from spiegelstad.accounts.testing import make_key
from spiegelstad.governance.public import Classification
from spiegelstad.mirror.testing import make_observations, make_series

START = datetime(2026, 3, 28, 22, tzinfo=UTC)


@pytest.fixture
def city(tenant: str) -> str:
    make_series(tenant, "parking:P1/north", property="occupancy", unit="P1", lon=3.72, lat=51.05)
    make_series(tenant, "secret", classification=Classification.INTERNAL)
    rows = [
        (key, START + timedelta(minutes=30 * n), float(n)) for key in ("parking:P1/north", "secret") for n in range(8)
    ]
    make_observations(tenant, rows)
    return tenant


def get(path: str, params: dict[str, str] | None = None, **headers: str) -> Any:
    return Client().get(path, params or {}, headers=headers)


def test_latest_is_geojson_of_what_is_open(city: str) -> None:
    answer = get("/api/latest")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert answer.json() == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "parking:P1/north",
                "geometry": {"type": "Point", "coordinates": [3.72, 51.05]},
                "properties": {
                    "key": "parking:P1/north",
                    "property": "occupancy",
                    "name": {"nl": "Reeks parking:P1/north", "en": "Series parking:P1/north"},
                    "unit": "P1",
                    "entity": "",
                    "observed_at": "2026-03-29T01:30:00+00:00",
                    "value": 7,
                    "quality": 0,
                },
            }
        ],
    }


def test_latest_answers_304_by_one_query(city: str, django_assert_num_queries: Any) -> None:
    tag = get("/api/latest").headers["ETag"]
    with django_assert_num_queries(1):  # the tag; whose city is asked past Django, which counts the others
        assert get("/api/latest", **{"If-None-Match": tag}).status_code == 304
    make_observations(city, [("parking:P1/north", START + timedelta(hours=5), 1.0)])
    answer = get("/api/latest", **{"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag


def test_latest_shows_internal_values_to_a_key_that_may_read(city: str) -> None:
    key, _ = make_key(city, ["data:read"])
    answer = get("/api/latest", Authorization=f"Bearer {key}")
    assert [feature["id"] for feature in answer.json()["features"]] == ["parking:P1/north", "secret"]
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["ETag"] != get("/api/latest").headers["ETag"]


def test_latest_filters(city: str) -> None:
    assert len(get("/api/latest", {"bbox": "3.7,51,3.8,51.1"}).json()["features"]) == 1
    assert get("/api/latest", {"bbox": "3,50,3.1,51"}).json()["features"] == []
    assert get("/api/latest", {"type": "Garage"}).json()["features"] == []
    assert len(get("/api/latest", {"property": "occupancy"}).json()["features"]) == 1


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "nan,0,1,1", "4,51,3,52", "0,0,0,inf"])
def test_latest_refuses_a_wrong_box(city: str, bbox: str) -> None:
    answer = get("/api/latest", {"bbox": bbox})
    assert answer.status_code == 400
    assert "bbox" in answer.json()["detail"]


def test_series_are_listed(city: str) -> None:
    found = get("/api/series").json()
    assert [(item["key"], item["unit"]) for item in found] == [("parking:P1/north", "P1")]


def test_history_by_hour_and_day_and_raw(city: str) -> None:
    period = {"from": "2026-03-28", "to": "2026-03-30"}
    hours = get("/api/series/parking:P1/north/hourly", period).json()
    assert hours["unit"] == "P1"
    assert hours["bucket"][:2] == ["2026-03-28T22:00:00Z", "2026-03-28T23:00:00Z"]
    assert hours["average"] == [0.5, 2.5, 4.5, 6.5]
    days = get("/api/series/parking:P1/north/daily", period).json()
    assert (days["bucket"], days["count"]) == (["2026-03-28", "2026-03-29"], [2, 6])
    moments = {"from": "2026-03-28T23:30:00Z", "to": "2026-03-29T12:00:00Z"}  # both on the 29th in Brussels
    assert get("/api/series/parking:P1/north/daily", moments).json()["bucket"] == ["2026-03-29"]
    values = get("/api/series/parking:P1/north/raw", {"from": "2026-03-28T22:00:00Z", "to": "2026-03-28T23:00:00Z"})
    assert values.json()["value"] == [0, 1]


@pytest.mark.parametrize(
    "period",
    [
        {"from": "yesterday"},
        {"from": "2026-13-01"},
        {"from": "2026-03-01T00:00:00"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "1900-01-01", "to": "2026-03-01"},
    ],
)
def test_history_refuses_a_wrong_period(city: str, period: dict[str, str]) -> None:
    assert get("/api/series/parking:P1/north/hourly", period).status_code == 400


def test_history_of_what_may_not_be_read_is_404(city: str, other_tenant: str) -> None:
    assert get("/api/series/secret/hourly").status_code == 404
    assert get("/api/series/unknown/hourly").status_code == 404
    key, _ = make_key(other_tenant, ["data:read"])
    assert get("/api/series/parking:P1/north/hourly", Authorization=f"Bearer {key}").status_code == 404
    assert get("/api/latest", Authorization=f"Bearer {key}").json()["features"] == []


def test_reading_is_by_get(city: str) -> None:
    assert Client().post("/api/latest").status_code == 405
    assert Client().get("/api/observations").status_code == 405
