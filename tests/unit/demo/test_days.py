"""The calendar against what is known of it."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.demo.city.days import easter, feast_week, moments, public_holidays, school_holidays, utc_offset_s


@given(st.integers(852_076_800, 4_102_358_400))  # 1997 to 2099
def test_offset_is_that_of_brussels(second: int) -> None:
    aware = dt.datetime.fromtimestamp(second, dt.UTC)
    known = aware.astimezone(ZoneInfo("Europe/Brussels")).utcoffset()
    assert known is not None
    assert utc_offset_s(np.array([second]))[0] == known.total_seconds()


@pytest.mark.parametrize(
    ("year", "day"),
    [(2000, (4, 23)), (2008, (3, 23)), (2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))],
)
def test_easter_is_on_the_known_day(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == dt.date(year, *day)


def test_public_holidays_are_the_ten_of_belgian_law() -> None:
    assert len(public_holidays(2025)) == 10
    assert {dt.date(2025, 4, 21), dt.date(2025, 5, 29), dt.date(2025, 6, 9)} < public_holidays(2025)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2025, 3, 3), dt.date(2025, 3, 9)),  # spring
        (dt.date(2025, 4, 7), dt.date(2025, 4, 20)),  # Easter, late
        (dt.date(2024, 4, 1), dt.date(2024, 4, 14)),  # Easter, in March
        (dt.date(2026, 4, 6), dt.date(2026, 4, 19)),  # Easter, first Monday of April
        (dt.date(2025, 7, 1), dt.date(2025, 8, 31)),
        (dt.date(2025, 10, 27), dt.date(2025, 11, 2)),
        (dt.date(2025, 12, 22), dt.date(2026, 1, 4)),
    ],
)
def test_school_holidays_are_those_of_flanders(first: dt.date, last: dt.date) -> None:
    days = school_holidays(first.year)
    inside = {first + dt.timedelta(days=number) for number in range((last - first).days + 1)}
    assert inside <= days
    assert first - dt.timedelta(days=3) not in days
    assert last + dt.timedelta(days=1) not in days


def test_feast_week_is_ten_days_around_the_national_holiday() -> None:
    for year in range(2020, 2031):
        days = feast_week(year)
        assert len(days) == 10
        assert dt.date(year, 7, 21) in days
        assert min(days).weekday() == 4


def test_moments_know_local_time() -> None:
    summer = int(dt.datetime(2025, 7, 21, 18, 30, tzinfo=dt.UTC).timestamp())
    at = moments(np.array([summer]))
    assert at.hour[0] == 20.5
    assert at.weekday[0] == 0
    assert at.holiday[0]
    assert at.feast[0]
    assert at.school_holiday[0]
