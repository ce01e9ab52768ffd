"""Names, URIs, times, scopes and geometries: what the standard takes and what not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import geojson, lexical
from spiegelstad.context.rules.documents import shown_time, time_of, time_text


@pytest.mark.parametrize(
    "name", ["a", "Straße", "a1_b", "Sensor.value", "ex:wind", "https://example.org/a#b-c", "urn:x:1", "温度"]
)
def test_name_takes_letters_digits_prefixes_and_iris(name: str) -> None:
    assert lexical.name(name, "a name") == name


@pytest.mark.parametrize(
    "name", ["", "1a", "_a", "²a", "a b", "a-b", "a.", ".a", "a..b", "a(b", "ex:", ":a", "http://a b", "a<b", None, 1]
)
def test_name_refuses_other_characters(name: Any) -> None:
    with pytest.raises(BadRequestData):
        lexical.name(name, "a name")


@pytest.mark.parametrize("uri", ["Sensor1", "urn:ngsi-ld:null", "", "a b:c", "1a:b", None, ["urn:x:1"]])
def test_uri_refuses_what_is_not_absolute_and_the_null(uri: Any) -> None:
    with pytest.raises(BadRequestData):
        lexical.uri(uri, "The id")


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_stored_with_six_decimals_and_shown_without_zeros(moment: datetime) -> None:
    stored = time_text(moment)
    assert len(stored) == len("2026-11-22T07:00:00.000000Z")
    assert time_of(stored) == moment
    shown = shown_time(stored)
    assert lexical.time(shown, "a time") == stored
    assert not shown.endswith("000Z") or shown.endswith(":00Z") or len(shown) == 20


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=2))
def test_stored_times_sort_as_texts(moments: list[datetime]) -> None:
    assert (time_text(moments[0]) < time_text(moments[1])) == (moments[0] < moments[1])


@pytest.mark.parametrize(
    ("given_time", "stored"),
    [
        ("2026-11-22T07:00:00Z", "2026-11-22T07:00:00.000000Z"),
        ("2026-11-22T07:00:00.12Z", "2026-11-22T07:00:00.120000Z"),
        ("2026-11-22T07:00:00,123456Z", "2026-11-22T07:00:00.123456Z"),
    ],
)
def test_time_takes_a_point_or_a_comma(given_time: str, stored: str) -> None:
    assert lexical.time(given_time, "a time") == stored


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T07:00:00",
        "2026-11-22T07:00:00+01:00",
        "2026-13-22T07:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T07:00Z",
        "2026-11-22T07:00:00.1234567Z",
        "20261122T070000Z",
        "٢٠٢٦-11-22T07:00:00Z",
        None,
        5,
    ],
)
def test_time_refuses_all_but_utc_in_full(text: Any) -> None:
    with pytest.raises(BadRequestData):
        lexical.time(text, "a time")


def test_scopes_are_kept_once_as_they_were_written() -> None:
    assert lexical.scopes(["/Gent/Centrum", "Brugge", "/Gent/Centrum"]) == ["/Gent/Centrum", "Brugge"]
    assert lexical.scopes("/Gent") == ["/Gent"]


@pytest.mark.parametrize("scope", ["", "/", "/Gent/", "//Gent", "/1", "/Gent-Zuid", None, [None], {"a": 1}])
def test_scopes_refuse_what_breaks_the_grammar(scope: Any) -> None:
    with pytest.raises(BadRequestData):
        lexical.scopes(scope)


SQUARE = [[3.0, 51.0], [4.0, 51.0], [4.0, 52.0], [3.0, 51.0]]
GOOD = [
    {"type": "Point", "coordinates": [3, 51.5]},
    {"type": "Point", "coordinates": [3, 51.5, 12]},
    {"type": "MultiPoint", "coordinates": [[3, 51]]},
    {"type": "LineString", "coordinates": [[3, 51], [4, 52]]},
    {"type": "MultiLineString", "coordinates": [[[3, 51], [4, 52]]]},
    {"type": "Polygon", "coordinates": [SQUARE]},
    {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE, SQUARE]]},
]


@pytest.mark.parametrize("geometry", GOOD)
def test_geometry_takes_all_kinds_of_rfc_7946_but_collections(geometry: dict[str, Any]) -> None:
    assert geojson.geometry(geometry, "location") == geometry
    assert geojson.is_geometry(geometry)


def test_geometry_takes_a_text_that_holds_one() -> None:
    assert geojson.geometry('{"type": "Point", "coordinates": [3, 51]}', "location") == {
        "type": "Point",
        "coordinates": [3, 51],
    }


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Point", "coordinates": [3]},
        {"type": "Point", "coordinates": [3, "51"]},
        {"type": "Point", "coordinates": [True, 51]},
        {"type": "Point", "coordinates": [3, 51, 1, 2]},
        {"type": "Point", "coordinates": [3, 51, 10**400]},
        {"type": "Point", "coordinates": [104_000.0, 193_000.0]},
        {"type": "Point", "coordinates": [[3, 51]]},
        {"type": "Point"},
        {"type": ["Point"], "coordinates": [3, 51]},
        {"type": "LineString", "coordinates": [[3, 51]]},
        {"type": "MultiPoint", "coordinates": []},
        {"type": "Polygon", "coordinates": [SQUARE[:3]]},
        {"type": "Polygon", "coordinates": [[*SQUARE[:3], [9, 9]]]},
        {"type": "Polygon", "coordinates": SQUARE},
        {"type": "MultiPolygon", "coordinates": [SQUARE]},
        {"type": "MultiLineString", "coordinates": [[3, 51], [4, 52]]},
        "POINT(3 51)",
        "[3, 51]",
        [3, 51],
        None,
    ],
)
def test_geometry_refuses_what_no_map_can_draw(geometry: Any) -> None:
    with pytest.raises(BadRequestData):
        geojson.geometry(geometry, "location")
    assert not geojson.is_geometry(geometry)
