"""Hours and days as integers. Moments are microseconds since 1970 in UTC; a day is a day in Brussels.

Hours of UTC and of Brussels begin together since 1892, so an hour lies in one day and a day is made of whole hours
(23, 24 or 25 of them).
"""

from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spiegelstad.base.clock import BRUSSELS

Ints: TypeAlias = NDArray[np.int64]

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def hour_of(at: Ints) -> Ints:
    """Return the beginning of the hour of each moment."""
    hours: Ints = at // HOUR_US * HOUR_US
    return hours


def midnight(day: int) -> int:
    """Return the moment at which `day` (since 1970) begins in Brussels."""
    return round(begin_of(date.fromordinal(day + _EPOCH_ORDINAL)).timestamp()) * SECOND_US


def begin_of(on: date) -> datetime:
    """Return the moment at which a day begins in Brussels."""
    return datetime(on.year, on.month, on.day, tzinfo=BRUSSELS)


def days_touched(from_: datetime, to: datetime) -> tuple[date, date]:
    """Return the first day in Brussels that from_ <= moment < to touches, and the day after the last."""
    last = (to.astimezone(UTC) - timedelta(microseconds=1)).astimezone(BRUSSELS).date()
    return from_.astimezone(BRUSSELS).date(), last + timedelta(days=1)


def midnights(days: Ints) -> Ints:
    """Return the beginning of each day, computing each different one once."""
    unique, place = np.unique(days, return_inverse=True)
    starts = np.array([midnight(int(day)) for day in unique], dtype=np.int64)
    result: Ints = starts[place]
    return result


def day_of(at: Ints) -> Ints:
    """Return the day in Brussels (days since 1970) of each moment: that of UTC, or already the next (never behind)."""
    utc_days = at // DAY_US
    days: Ints = utc_days + (at >= midnights(utc_days + 1))
    return days


def microseconds(moment: datetime) -> int:
    """Return an aware moment as microseconds since 1970."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND_US + since.microseconds


def moment(microseconds: int) -> datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def months_of(at: Ints) -> list[date]:
    """Return the first day of each month (UTC) that holds one of the moments, in order."""
    months = np.unique(at.astype("datetime64[us]").astype("datetime64[M]"))
    return [month.astype(date) for month in months]


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
