"""Periods of validity."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.places.rules.validity import breakpoints, is_valid_on, overlap, stretch

days = st.dates(date(2020, 1, 1), date(2020, 2, 10))
periods = st.tuples(st.none() | days, st.none() | days)


@given(st.lists(periods, max_size=6), days, days)
def test_days_in_one_stretch_have_the_same_areas(
    some: list[tuple[date | None, date | None]], one: date, other: date
) -> None:
    points = breakpoints(some)
    if stretch(points, one) == stretch(points, other):
        assert [is_valid_on(period, one) for period in some] == [is_valid_on(period, other) for period in some]


@given(periods, periods)
def test_overlap_means_a_day_in_both(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None]
) -> None:
    calendar = [date(2019, 12, 31) + timedelta(days=number) for number in range(50)]
    shared = any(is_valid_on(one, day) and is_valid_on(other, day) for day in calendar)
    well_formed = all(first is None or last is None or first <= last for first, last in (one, other))
    if well_formed:
        assert overlap(one, other) == shared
