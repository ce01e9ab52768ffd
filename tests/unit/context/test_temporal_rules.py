"""Durations, periods and pages of histories."""

from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.periods import periods_json, shown_moments, spans_of
from spiegelstad.context.rules.documents import shown_time, time_text
from spiegelstad.context.rules.evolution import (
    Addition,
    key_of,
    number_of,
    observation_id,
    observation_of,
    shown_number,
)
from spiegelstad.context.rules.temporal import ALWAYS, EPOCH, Duration, TemporalQuery, duration, grid, microseconds
from spiegelstad.context.rules.temporal_page import content_range, cut_of

START = datetime(2020, 1, 31, tzinfo=UTC)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text, months, fixed",
    [
        ("P3Y6M4DT12H30M5S", 42, timedelta(days=4, hours=12, minutes=30, seconds=5)),
        ("P2W", 0, timedelta(weeks=2)),
        ("PT4M", 0, timedelta(minutes=4)),
        ("PT0.5S", 0, timedelta(milliseconds=500)),
        ("P0D", 0, timedelta()),
        ("0", 0, timedelta()),
    ],
)
def test_durations_are_read(text, months, fixed):
    assert duration(text) == Duration(months, fixed)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "1D", "P-1D", "PT1D", "P1DT", "P0003-06-04T12:30:05", "P999999W", 1]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(BadRequestData):
        duration(text)


durations = st.builds(
    Duration, st.integers(0, 14), st.integers(0, 60 * 24 * 40).map(lambda minutes: timedelta(minutes=minutes))
).filter(bool)


def end_of(cut, begin, whole):
    """Return the end of one period."""
    [end] = cut.ends_of(np.array([microseconds(begin)]), whole).tolist()
    return EPOCH + timedelta(microseconds=end)


@given(from_=moments, inside=st.integers(0, 10**8), period=durations)
def test_every_moment_lies_in_its_period(from_, inside, period):
    at = from_ + timedelta(seconds=inside)
    cut = grid(TemporalQuery("after", time_text(from_)), period, at, at)
    begin = cut.begin_of(at)
    assert from_ <= begin <= at < end_of(cut, begin, at + timedelta(days=10**4))


@given(at=moments, period=durations)
def test_periods_without_a_beginning_hold_every_moment(at, period):
    cut = grid(ALWAYS, period, at, at)
    assert cut.begin_of(at) <= at < end_of(cut, cut.begin_of(at), at)


def test_months_end_on_their_last_day_where_they_are_short():
    cut = grid(TemporalQuery("after", time_text(START)), Duration(1), START, START + timedelta(days=70))
    assert cut.bounds is not None
    assert [bound.day for bound in cut.bounds[:4]] == [31, 29, 31, 30]


@pytest.mark.parametrize("period", [Duration(12 * 9000), Duration(0, timedelta(days=390_000))])
def test_periods_outside_the_calendar_are_refused(period):
    late = datetime(9998, 1, 1, tzinfo=UTC)
    with pytest.raises(BadRequestData):
        grid(TemporalQuery("after", time_text(late)), period, late, late)


@given(st.lists(moments | moments.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)), max_size=5))
def test_many_moments_are_shown_as_one_is(several):
    found = shown_moments(np.array([microseconds(at) for at in several], np.int64))
    assert found == [shown_time(time_text(at)) for at in several]


numbers = st.floats() | st.integers(-9, 9).map(float) | st.sampled_from([1e300, 2.0**53, -(2.0**60), -0.0])


def said(periods):
    """Return periods as a reader of the JSON has them, numbers with their type as far as it tells them apart."""
    read = orjson.loads(orjson.dumps(periods))
    return [[repr(float(value) if abs(value or 0) >= 2**53 else value), *span] for value, *span in read]


@given(st.lists(numbers, min_size=1), st.integers(0, 3))
def test_numbers_of_many_periods_are_shown_as_each_is(values, gap):
    begins = np.arange(len(values)) * (10**6 + gap)
    spans = zip(shown_moments(begins), shown_moments(begins + 10**6), strict=True)
    expected = [[shown_number(value), *span] for value, span in zip(values, spans, strict=True)]
    assert said(periods_json(np.array(values), spans_of(begins, begins + 10**6))) == said(expected)


def test_periods_for_which_a_method_gives_nothing_are_left_out():
    begins = np.arange(3) * 10**6
    found = orjson.loads(orjson.dumps(periods_json([{"a": "é"}, None, 2], spans_of(begins, begins + 10**6))))
    assert found == [
        [{"a": "é"}, "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"],
        [2, "1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z"],
    ]


steps = st.lists(st.integers(0, 30), max_size=12).map(sorted)


@given(lists=st.lists(steps, max_size=4), limit=st.integers(1, 5), backwards=st.booleans())
def test_what_a_page_keeps_is_whole_up_to_its_cut(lists, limit, backwards):
    histories = [[START + timedelta(days=n) for n in (reversed(one) if backwards else one)] for one in lists]
    fetched = [one[: limit + 1] for one in histories]
    cut = cut_of(fetched, limit, backwards=backwards)
    if cut is None:
        assert all(len(one) <= limit for one in histories)
        return
    kept = [[at for at in one if cut.keeps(at)] for one in fetched]
    assert any(kept)
    if not any(len(set(one)) < len(one) for one in fetched):  # no ties: nothing is left out before the cut
        assert kept == [[at for at in one if cut.keeps(at)] for one in histories]


def test_content_range_goes_from_the_query_to_the_end_of_the_part():
    times = [START, START + timedelta(days=2)]
    assert content_range(ALWAYS, times, None) == "date-time 2020-01-31T00:00:00Z-2020-02-02T00:00:00Z/*"
    assert content_range(ALWAYS, times, 5) == "date-time 2020-02-02T00:00:00Z-2020-01-31T00:00:00Z/5"


@given(series=st.integers(1, 2**40), at=moments)
def test_names_of_observations_say_which_they_are(series, at):
    assert observation_of(observation_id(series, at)) == (series, at)


@pytest.mark.parametrize(
    "name", ["urn:x:1", "urn:ngsi-ld:instance:1", "observation:1:2", "urn:ngsi-ld:instance:observation:a:b"]
)
def test_other_names_are_no_observations(name):
    assert observation_of(name) is None


parts = st.text(max_size=250)


@given(one=st.tuples(parts, parts, parts, parts), other=st.tuples(parts, parts, parts, parts))
def test_keys_of_series_are_short_and_differ(one, other):
    assert len(key_of(*one)) <= 200
    assert (key_of(*one) == key_of(*other)) is (one == other)


@given(value=st.integers() | st.floats() | st.booleans() | st.text(max_size=3))
def test_numbers_that_a_series_can_hold_come_back_as_they_are(value):
    instance = {"type": "Property", "value": value, "observedAt": time_text(START)}
    number = number_of(Addition("urn:x:1", "a", instance))
    assert number is None or (number == value and not isinstance(value, bool))
