"""The calendar of an invented Flemish city: local time, Belgian holidays, school holidays, feasts and football.

Rules of the holidays: public holidays by Belgian law; school holidays by the decree on the organisation of school
time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.terrain import Floats

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Moments:
    """Local time of moments: day (days since 1970), hour with fraction, weekday (0 Monday), flags; all arrays (n,)."""

    second: Ints
    day: Ints
    hour: Floats
    weekday: Ints
    day_of_year: Floats
    holiday: NDArray[np.bool_]
    school_holiday: NDArray[np.bool_]
    feast: NDArray[np.bool_]
    football: NDArray[np.bool_]
    first_sunday: NDArray[np.bool_]
    winter_market: NDArray[np.bool_]


def moments(seconds: Ints) -> Moments:
    """What these moments (seconds since 1970, UTC) are in local time."""
    local = seconds + utc_offset_s(seconds)
    day = local // 86_400
    flags = {kind: _in_days(day, kind) for kind in ("holiday", "school", "feast", "football", "first_sunday", "winter")}
    year = (day.astype("datetime64[D]")).astype("datetime64[Y]")
    return Moments(
        second=seconds,
        day=day,
        hour=(local % 86_400) / 3_600,
        weekday=(day + 3) % 7,
        day_of_year=(day - year.astype("datetime64[D]").astype(np.int64)).astype(np.float64),
        holiday=flags["holiday"],
        school_holiday=flags["school"],
        feast=flags["feast"],
        football=flags["football"],
        first_sunday=flags["first_sunday"],
        winter_market=flags["winter"],
    )


def utc_offset_s(seconds: Ints) -> Ints:
    """Seconds that Brussels is ahead of UTC: 3600, or 7200 between the last Sundays of March and October, 01:00 UTC."""
    years = seconds.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
    known, place = np.unique(years, return_inverse=True)
    turns = np.array([[_last_sunday(int(year), month) for month in (3, 10)] for year in known]).reshape(-1, 2)[place]
    return np.where((seconds >= turns[:, 0]) & (seconds < turns[:, 1]), 7_200, 3_600).astype(np.int64)


@lru_cache(maxsize=256)
def _last_sunday(year: int, month: int) -> int:
    last = dt.date(year, month, 31)
    sunday = last - _DAY * ((last.weekday() + 1) % 7)
    return (sunday - dt.date(1970, 1, 1)).days * 86_400 + 3_600


def easter(year: int) -> dt.date:
    """Easter Sunday (Gregorian computus)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def public_holidays(year: int) -> set[dt.date]:
    """The ten legal holidays of Belgium."""
    fixed = {
        dt.date(year, month, day) for month, day in ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))
    }
    return fixed | {easter(year) + _DAY * days for days in (1, 39, 50)}


def school_holidays(year: int) -> set[dt.date]:
    """Days without school in Flanders that begin in this year: autumn, Christmas, spring, Easter and summer."""
    spring = easter(year) - _DAY * 48
    first_monday = _monday(dt.date(year, 4, 7))
    eastern = easter(year)
    start = first_monday
    if eastern.month == 3:
        start = eastern + _DAY
    elif eastern > dt.date(year, 4, 15):
        start = eastern - _DAY * 13
    autumn = dt.date(year, 11, 1)
    autumn = autumn + _DAY if autumn.weekday() == 6 else _monday(autumn)
    christmas = dt.date(year, 12, 25)
    christmas = _monday(christmas) + _DAY * (7 if christmas.weekday() >= 5 else 0)
    weeks = ((spring, 7), (start, 14), (dt.date(year, 7, 1), 62), (autumn, 7), (christmas, 14))
    return {first + _DAY * number for first, days in weeks for number in range(days)}


def feast_week(year: int) -> set[dt.date]:
    """The invented Spiegelfeesten: ten days from the Friday before 21 July."""
    national = dt.date(year, 7, 21)
    friday = national - _DAY * ((national.weekday() - 4) % 7)
    return {friday + _DAY * number for number in range(10)}


def football_days(year: int) -> set[dt.date]:
    """Home matches: every second Saturday from August to May, with a break in winter."""
    days = (dt.date(year, 1, 1) + _DAY * number for number in range(365))
    return {
        day for day in days if day.weekday() == 5 and day.isocalendar().week % 2 == 0 and day.month not in (1, 6, 7)
    }


def _monday(day: dt.date) -> dt.date:
    return day - _DAY * day.weekday()


def _in_days(day: Ints, kind: str) -> NDArray[np.bool_]:
    first, last = (dt.date(1970, 1, 1) + _DAY * int(edge) for edge in (day.min(), day.max()))
    special = np.array(sorted(_days_of(kind, first.year, last.year)), dtype=np.int64)
    return np.isin(day, special)


@lru_cache(maxsize=64)
def _days_of(kind: str, first_year: int, last_year: int) -> frozenset[int]:
    rules: dict[str, Callable[[int], set[dt.date]]] = {
        "holiday": public_holidays,
        "school": school_holidays,
        "feast": feast_week,
        "football": football_days,
        "first_sunday": _first_sundays,
        "winter": _winter_market,
    }
    years = range(first_year - 1, last_year + 1)
    return frozenset((day - dt.date(1970, 1, 1)).days for year in years for day in rules[kind](year))


def _winter_market(year: int) -> set[dt.date]:
    """26 days from Saint Nicholas to the end of the year."""
    return {dt.date(year, 12, 6) + _DAY * number for number in range(26)}


def _first_sundays(year: int) -> set[dt.date]:
    """Sundays on which the shops are open: the first of the month."""
    return {dt.date(year, month, 1) + _DAY * ((6 - dt.date(year, month, 1).weekday()) % 7) for month in range(1, 13)}
