"""Grouping of whole columns agrees with the slow and obvious way."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.mirror.rules import blocks, days
from spiegelstad.mirror.rules.blocks import Block
from spiegelstad.mirror.rules.reference import Observations, Rollup


def between(first: str, last: str) -> st.SearchStrategy[datetime]:
    return st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last), timezones=st.just(UTC))


MOMENTS = between("1900-01-01", "2040-01-01")
AROUND_DST = between("2026-03-28T20:00", "2026-03-30T02:00") | between("2026-10-24T20:00", "2026-10-26T02:00")
VALUES = st.floats(-1e6, 1e6).map(lambda value: value + 0.0)
ROWS = st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), AROUND_DST | MOMENTS, VALUES, st.integers(0, 3)))


def to_block(rows: list[tuple[str, datetime, float, int]]) -> Block:
    series, at, value, quality = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Block(
        np.array([int(item) for item in series], np.int64),
        np.array([days.microseconds(item) for item in at], np.int64),
        np.array(value, np.float64),
        np.array(quality, np.int16),
    )


@given(MOMENTS)
def test_moments_survive_as_microseconds(at: datetime) -> None:
    assert days.moment(days.microseconds(at)) == at


@given(st.lists(MOMENTS | AROUND_DST, min_size=1))
def test_day_of_is_the_day_in_brussels(moments: list[datetime]) -> None:
    found = days.day_of(np.array([days.microseconds(at) for at in moments], np.int64))
    expected = [(at.astimezone(BRUSSELS).date() - date(1970, 1, 1)).days for at in moments]
    assert found.tolist() == expected


@given(MOMENTS | AROUND_DST)
def test_hours_lie_in_one_day(at: datetime) -> None:
    start = at.replace(minute=0, second=0, microsecond=0)
    last = start + timedelta(hours=1, microseconds=-1)
    assert start.astimezone(BRUSSELS).date() == last.astimezone(BRUSSELS).date()


@given(ROWS)
def test_rollups_agree_with_the_reference(rows: list[tuple[str, datetime, float, int]]) -> None:
    truth = Observations()
    truth.put(rows)
    block = blocks.in_order(to_block(rows))
    assert len(block) == len(truth.values)
    hours = blocks.hourly(block)
    _agree({(str(s), days.moment(b)): r for s, b, r in _rollups(hours)}, dict(truth.hourly()))
    on = {(str(s), date(1970, 1, 1) + timedelta(days=b)): r for s, b, r in _rollups(blocks.daily(hours))}
    _agree(on, dict(truth.daily()))
    newest = blocks.newest(block)
    assert {str(s): days.moment(a) for s, a in zip(newest.series.tolist(), newest.at.tolist(), strict=True)} == (
        truth.newest()
    )


def _rollups(groups: blocks.Groups) -> list[tuple[int, int, Rollup]]:
    columns = (groups.count, groups.sum, groups.minimum, groups.maximum)
    rollups = [Rollup(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    return list(zip(groups.series.tolist(), groups.bucket.tolist(), rollups, strict=True))


def _agree(found: dict[object, Rollup], expected: dict[object, Rollup]) -> None:
    assert found.keys() == expected.keys()
    assert [key for key in found if not found[key].agrees(expected[key])] == []


@given(st.lists(MOMENTS, min_size=1))
def test_months_cover_the_moments(moments: list[datetime]) -> None:
    months = days.months_of(np.array([days.microseconds(at) for at in moments], np.int64))
    assert months == sorted({at.date().replace(day=1) for at in moments})


@pytest.mark.parametrize(("month", "after"), [("2026-01-01", "2026-02-01"), ("2026-12-01", "2027-01-01")])
def test_next_month_is_the_month_after(month: str, after: str) -> None:
    assert days.next_month(date.fromisoformat(month)) == date.fromisoformat(after)
