"""Values: what DuckDB makes of a text agrees with a slow, obvious reading in Python; the hour that comes twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.formats.rows import InputFile, Rows
from spiegelstad.ingest.pipeline.select import Select
from spiegelstad.ingest.pipeline.stage import Stage
from spiegelstad.ingest.testing import definition

BRUSSELS = ZoneInfo("Europe/Brussels")


@cache
def session() -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect(config={"threads": "1"})
    duck.execute("SET TimeZone = 'UTC'")
    return duck


def read(column: dict[str, Any], texts: Sequence[str | None], form: dict[str, Any] | None = None) -> list[Any]:
    """Read texts as one column; give the value of each, or the names of the rules that it breaks."""
    whole = SourceDefinition.model_validate(
        definition(columns={"x": column}, unique=None, format={"type": "csv", **(form or {})})
    )
    duck = session()
    duck.register("texts", pa.table({"x": pa.array([t or None for t in texts], pa.string())}))
    select = Select(whole, whole.format, {"x": "VARCHAR"}, ["file"])
    read_ = select.sql("SELECT x, 0 AS __file FROM texts")
    sql = f"SELECT CASE WHEN __reasons IS NULL THEN x END AS x, __reasons FROM ({read_})"
    found = duck.sql(sql).to_arrow_table().to_pylist()
    return [
        row["x"] if row["__reasons"] is None else [check.rule for check in select.checks.named(row["__reasons"])]
        for row in found
    ]


NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def slow_number(text: str) -> float | list[str] | None:
    if not text.strip(" "):
        return None
    if not NUMBER.fullmatch(text) or not text.isascii():
        return ["type"]
    value = float(text)
    return value if abs(value) != float("inf") else ["type"]


WRITTEN = st.one_of(
    st.text("0123456789.,-+eE_x' ", max_size=12),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-(10**12), 10**12).map(str),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=30))
@example(["inf", "nan", "1_000", "0x1f", "1e400", " 3 ", "", "  ", "5.", ".5", "+5", "1e3", "--1", "infinity"])
def test_number_agrees_with_python(texts: list[str]) -> None:
    assert read({"type": "number"}, texts) == [slow_number(text) for text in texts]


@settings(max_examples=30, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=30))
@example(["3.7", "3.0", "3.", "0x1f", "1_000", "1e3", "-0", "007", "9223372036854775807", "9223372036854775808"])
def test_integer_agrees_with_python(texts: list[str]) -> None:
    def slow(text: str) -> int | list[str] | None:
        if not text.strip(" "):
            return None
        match = re.fullmatch(r"\s*([+-]?[0-9]+)(\.0*)?\s*", text)
        return int(match[1]) if match and -(2**63) <= int(match[1]) < 2**63 else ["type"]

    assert read({"type": "integer"}, texts) == [slow(text) for text in texts]


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ({"decimal": ","}, "3,7", 3.7),
        ({"decimal": ","}, "1.234,5", ["type"]),
        ({"decimal": ",", "thousands": "."}, "1.234,5", 1234.5),
        ({"decimal": ",", "thousands": "."}, "1.23,5", ["type"]),
        ({"decimal": ",", "thousands": " "}, "1\u00a0234\u202f567,5", 1234567.5),
        ({"thousands": ","}, "1,234.5", 1234.5),
        ({}, "1,5", ["type"]),
    ],
)
def test_number_follows_the_signs_of_the_file(form: dict[str, str], text: str, value: Any) -> None:
    assert read({"type": "number"}, [text], form) == [value]


def test_boolean_is_read_in_three_languages() -> None:
    assert read({"type": "boolean"}, ["Ja", "nee", "true", "0", "oui", " no ", "misschien", ""]) == [
        True, False, True, False, True, False, ["type"], None,
    ]  # fmt: skip


def test_text_is_trimmed_and_blanks_are_no_value() -> None:
    assert read({}, [" Gent ", "   ", None]) == ["Gent", None, None]


def test_rules_give_each_their_reason() -> None:
    column = {"type": "number", "required": True, "minimum": 0, "maximum": 10, "missing": ["NB"]}
    assert read(column, ["5", "-1", "11", "NB", "", "x"]) == [
        5.0, ["minimum"], ["maximum"], ["required"], ["required"], ["type"],
    ]  # fmt: skip
    assert read({"values": ["D", "FT"]}, ["D", "ft", ""]) == ["D", ["values"], None]
    assert read({"pattern": "[A-Z]{3}"}, ["COU", "COUP", "xCOU"]) == ["COU", ["pattern"], ["pattern"]]
    assert read({"type": "integer", "default": 7}, ["", "3"]) == [7, 3]
    assert read({"constant": "vast"}, ["a"]) == ["vast"]


def test_date_is_read_as_the_definition_says() -> None:
    wrong = ["2026-02-29", "infinity", "20260-02-28", "0044-03-15 (BC)"]
    assert [str(one) for one in read({"type": "date"}, ["2026-02-28", *wrong])] == ["2026-02-28", *["['type']"] * 4]
    assert [one.year for one in read({"type": "date"}, ["0001-01-01", "9999-12-31"])] == [1, 9999]
    assert str(read({"type": "date", "format": "%d/%m/%Y"}, ["28/02/2026"])[0]) == "2026-02-28"


@pytest.mark.parametrize(
    ("column", "text", "utc"),
    [
        ({}, "2022-01-01T00:00:00+01:00", "2021-12-31T23:00:00"),
        ({}, "2022-01-01 00:00:00Z", "2022-01-01T00:00:00"),
        ({}, "2022-01-01T00:00:00-0500", "2022-01-01T05:00:00"),
        ({}, "2022-01-01T00:00:00", None),
        ({"zone": "Europe/Brussels"}, "2022-07-01T00:00:00", "2022-06-30T22:00:00"),
        ({"zone": "Europe/Brussels"}, "2022-07-01T00:00:00Z", "2022-07-01T00:00:00"),
        ({"format": "%Y%m%d%H%M%S", "zone": "Europe/Brussels"}, "20221130084001", "2022-11-30T07:40:01"),
        ({"format": "%Y-%m-%dT%H:%M:%S%z"}, "2022-01-01T00:00:00+01:00", "2021-12-31T23:00:00"),
        ({"format": "%Y-%m-%dT%H:%M:%S%z"}, "2022-01-01T00:00:00Z", "2022-01-01T00:00:00"),
        ({"zone": "Europe/Brussels"}, "2022-03-27T02:30:00", None),  # does not exist
        ({"zone": "Europe/Brussels"}, "2022-10-30T02:30:00", None),  # comes twice
        ({"zone": "Europe/Brussels", "ambiguous": "first"}, "2022-10-30T02:30:00", "2022-10-30T00:30:00"),
        ({"zone": "Europe/Brussels", "ambiguous": "second"}, "2022-10-30T02:30:00", "2022-10-30T01:30:00"),
        ({"zone": "Europe/Brussels"}, "yesterday", None),
        ({"zone": "Europe/Brussels"}, "infinity", None),
        ({"zone": "Europe/Brussels"}, "20260-01-05T08:00:00", None),
        ({}, "20260-01-05T08:00:00Z", None),
        ({}, "0044-03-15 (BC) 12:00:00Z", None),
    ],
)
def test_time_is_an_instant(column: dict[str, str], text: str, utc: str | None) -> None:
    found = read({"type": "datetime", **column}, [text])[0]
    assert found == (["type"] if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC))


def slow_instant(local: datetime, zone: ZoneInfo, ambiguous: str) -> datetime | list[str]:
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        return ["type"]
    if first != second and ambiguous == "reject":
        return ["type"]
    return second if ambiguous == "second" else first


@settings(max_examples=30, deadline=None)
@given(
    zone=st.sampled_from(["Europe/Brussels", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"]),
    ambiguous=st.sampled_from(["reject", "first", "second"]),
    year=st.integers(2015, 2030),
    minutes=st.lists(st.integers(0, 365 * 1440 - 1), min_size=1, max_size=20),
)
def test_local_time_agrees_with_zoneinfo(zone: str, ambiguous: str, year: int, minutes: list[int]) -> None:
    locals_ = [datetime(year, 1, 1) + timedelta(minutes=minute) for minute in minutes]  # noqa: DTZ001
    locals_ += [change + timedelta(minutes=step) for change in _changes(zone, year) for step in range(-150, 151, 30)]
    found = read({"type": "datetime", "zone": zone, "ambiguous": ambiguous}, [one.isoformat() for one in locals_])
    assert found == [slow_instant(one, ZoneInfo(zone), ambiguous) for one in locals_]


@cache
def _changes(zone: str, year: int) -> list[datetime]:
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(365 * 24)]
    shown = [hour.astimezone(ZoneInfo(zone)) for hour in hours]
    return [b.replace(tzinfo=None) for a, b in pairwise(shown) if a.utcoffset() != b.utcoffset()]


def test_json_inside_a_cell_is_reached(tmp_path: Path) -> None:
    whole = SourceDefinition.model_validate(
        definition(columns={"lon": {"from": "geo.point.1", "type": "number"}}, unique=None)
    )
    duck = pa.table({"geo": ['{"point": [51.05, 3.72]}', "no json", None]})
    rows = Rows("SELECT geo, 0 AS __file FROM cells", {"geo": "VARCHAR"}, [InputFile(tmp_path, "x")])
    with Stage(rows, Select(whole, whole.format, rows.columns, ["x"]), tmp_path) as stage:
        stage.duck.register("cells", duck)
        stage.fill()
        assert stage.do("SELECT lon FROM stage") == [(3.72,), (None,), (None,)]
