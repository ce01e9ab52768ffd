"""Time in places: an area code may have several periods, and a day has exactly one set of areas."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta

Period = tuple[date | None, date | None]
"""First and last day, both included; None is without beginning or end."""


def is_valid_on(period: Period, on: date) -> bool:
    """Whether the day lies in the period."""
    first, last = period
    return (first is None or first <= on) and (last is None or on <= last)


def overlap(one: Period, other: Period) -> bool:
    """Whether two periods share a day."""
    starts = max(one[0] or date.min, other[0] or date.min)
    return starts <= min(one[1] or date.max, other[1] or date.max)


def breakpoints(periods: Iterable[Period]) -> list[date]:
    """The days on which the set of valid areas may change, in order."""
    days: set[date] = set()
    for first, last in periods:
        if first is not None:
            days.add(first)
        if last is not None and last < date.max:
            days.add(last + timedelta(days=1))
    return sorted(days)


def stretch(days: list[date], on: date) -> int:
    """The number of the stretch between breakpoints in which `on` lies: all its days have the same areas."""
    return bisect_right(days, on)
