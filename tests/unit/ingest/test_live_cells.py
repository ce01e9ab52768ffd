"""Cells of messages: what Python makes of a text agrees with what the pipeline's SQL makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spiegelstad.ingest.definition.columns import Column
from spiegelstad.ingest.live.cells import MAX_PATTERN_TEXT, WrongValue, constant_of, value_of
from tests.unit.ingest.test_values import read

JSON = {"type": "json"}
NEAR_NUMBERS = st.text(alphabet="0123456789.,-+eE _x", max_size=8) | st.integers().map(str) | st.floats().map(repr)
WORDS = st.sampled_from(["true", "False", "JA", "nee", "1", "0", "yes", "x", "", " on ", " t "])
TEXTS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=10)
DAYS = st.dates().map(str) | st.sampled_from(["2026-02-30", "2026-13-01", "vandaag"])


def by_python(column: dict[str, Any], text: str) -> Any:
    """Return the value, or `wrong`."""
    try:
        return value_of(text, Column.model_validate(column))
    except WrongValue:
        return "wrong"


def by_sql(column: dict[str, Any], text: str) -> Any:
    [value] = read(column, [text], JSON)
    return "wrong" if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(NEAR_NUMBERS)
@example("1e400")
@example("9223372036854775808")
@example("3.0")
@example("1_000")
def test_numbers_agree(text):
    for column in ({"type": "number"}, {"type": "integer"}, {"type": "number", "minimum": 0, "maximum": 9}):
        assert by_python(column, text) == by_sql(column, text), column


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_yes_and_no_agree(text):
    assert by_python({"type": "boolean"}, text) == by_sql({"type": "boolean"}, text)


@settings(max_examples=60, deadline=None)
@given(DAYS)
def test_days_agree(text):
    assert by_python({"type": "date"}, text) == by_sql({"type": "date"}, text)


@settings(max_examples=60, deadline=None)
@given(TEXTS.filter(lambda text: text == text.strip() or text.strip(" ") == text.strip()))
def test_texts_agree(text):
    for column in ({}, {"required": True}, {"pattern": "[a-z]*"}, {"values": ["a", "b"]}, {"default": "d"}):
        assert by_python(column, text) == by_sql(column, text), column


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001  a local time
    st.sampled_from(["reject", "first", "second"]),
)
@example(datetime(2026, 3, 29, 2, 30), "reject")  # noqa: DTZ001  the clock skips it
@example(datetime(2026, 10, 25, 2, 30), "reject")  # noqa: DTZ001  the clock shows it twice
@example(datetime(2026, 10, 25, 2, 30), "second")  # noqa: DTZ001
def test_local_times_agree(moment, ambiguous):
    column = {"type": "datetime", "zone": "Europe/Brussels", "ambiguous": ambiguous}
    assert by_python(column, moment.isoformat()) == by_sql(column, moment.isoformat())


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**9), 4 * 10**9))
def test_seconds_since_1970_agree(seconds):
    for column, text in (({"format": "unix"}, str(seconds)), ({"format": "unix-ms"}, str(seconds * 1000 + 500))):
        found = by_python({"type": "datetime", **column}, text)
        assert found == by_sql({"type": "datetime", **column}, text)
    assert by_python({"type": "datetime", "format": "unix"}, str(seconds)) == datetime(
        1970, 1, 1, tzinfo=UTC
    ) + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "  ", "soon", "1e300", "nan", "-1e12"])
def test_what_is_no_moment_since_1970_agrees(text):
    column = {"type": "datetime", "format": "unix", "required": True}
    assert by_python(column, text) == by_sql(column, text) == "wrong"


def test_time_without_zone_is_wrong():
    assert by_python({"type": "datetime"}, "2026-03-01T12:00:00") == "wrong"
    assert by_python({"type": "datetime"}, "2026-03-01T12:00:00.123456789Z") == datetime(
        2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC
    )


def test_long_text_is_not_tried_on_a_pattern():
    with pytest.raises(WrongValue, match="longer"):
        value_of("a" * (MAX_PATTERN_TEXT + 1), Column(pattern="(a+)+b"))


def test_constant_has_the_type_of_its_column():
    assert constant_of(Column.model_validate({"constant": True, "type": "boolean"})) is True
    assert constant_of(Column.model_validate({"constant": 3, "type": "number"})) == 3.0
