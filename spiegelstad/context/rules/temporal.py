"""Temporal queries (clause 4.11) and the periods over which histories are aggregated (clause 4.5.19). Pure.

Every range is half open: `after` and the lower end of `between` are included, `before` and the upper end are not.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import time_of

TimeProperty = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
TIME_PROPERTIES: Final[dict[str, TimeProperty]] = {
    "observedAt": "observedAt",
    "createdAt": "createdAt",
    "modifiedAt": "modifiedAt",
    "deletedAt": "deletedAt",
}
METHODS: Final = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,8})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(days=400_000)
_DELTAS = ("weeks", "days", "hours", "minutes")
_END = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """Which instances: those whose `timeproperty` is in [from_at, to_at); empty: no end. Without `timerel` all."""

    timerel: Literal["before", "after", "between", ""] = ""
    time_at: str = ""
    end_time_at: str = ""
    timeproperty: TimeProperty = "observedAt"

    @property
    def from_at(self) -> str:
        """The stored time from which instances match."""
        return "" if self.timerel == "before" else self.time_at

    @property
    def to_at(self) -> str:
        """The stored time before which instances match."""
        return self.time_at if self.timerel == "before" else self.end_time_at

    def covers(self, at: str | None) -> bool:
        """Say whether an instance with this time matches; one without matches only where nothing is asked."""
        if not self.timerel:
            return True
        return at is not None and self.from_at <= at and (not self.to_at or at < self.to_at)


ALWAYS: Final = TemporalQuery()


def temporal_query(
    timerel: object = None, time_at: object = None, end_time_at: object = None, timeproperty: object = None
) -> TemporalQuery:
    """Read a temporal query as parameters or a TemporalQuery give it; None: not given. BadRequestData when wrong."""
    if timeproperty is None:
        timeproperty = "observedAt"
    if not isinstance(timeproperty, str) or timeproperty not in TIME_PROPERTIES:
        raise BadRequestData(f"timeproperty is none of {', '.join(TIME_PROPERTIES)}.")
    found = TIME_PROPERTIES[timeproperty]
    if timerel is None:
        if time_at is not None or end_time_at is not None:
            raise BadRequestData("There is a timeAt or endTimeAt, but no timerel.")
        return TemporalQuery(timeproperty=found)
    if time_at is None:
        raise BadRequestData("timerel needs timeAt.")
    at = lexical.time(time_at, "timeAt")
    match timerel:
        case "before":
            return TemporalQuery("before", at, "", found)
        case "after":
            return TemporalQuery("after", at, "", found)
        case "between" if end_time_at is not None:
            return TemporalQuery("between", at, lexical.time(end_time_at, "endTimeAt"), found)
        case "between":
            raise BadRequestData("timerel=between needs endTimeAt.")
    raise BadRequestData("timerel is none of before, after, between.")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar months, and a fixed part."""

    months: int = 0
    fixed: timedelta = timedelta()

    def __bool__(self) -> bool:
        return bool(self.months or self.fixed)


def duration(text: object) -> Duration:
    """Read an ISO 8601 duration, `P1DT12H`; `0` is that of a whole range. BadRequestData when it is none."""
    if text == "0":
        return Duration()
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadRequestData(f"aggrPeriodDuration is not a duration like PT1H or P1D: {lexical.shortly(text)}.")
    parts = {name: float(value) for name, value in found.groupdict().items() if value is not None}
    try:
        fixed = timedelta(seconds=parts.get("seconds", 0), **{name: parts.get(name, 0) for name in _DELTAS})
    except OverflowError:
        raise BadRequestData("aggrPeriodDuration is too long.") from None
    if fixed > _LONGEST:
        raise BadRequestData("aggrPeriodDuration is too long.")
    return Duration(int(parts.get("years", 0)) * 12 + int(parts.get("months", 0)), fixed)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What is asked of the values in each period; a period of no length is the whole range."""

    methods: tuple[str, ...]
    period: Duration = Duration()


def aggregation(methods: Sequence[object], period: object = None) -> Aggregation:
    """Read aggrMethods and aggrPeriodDuration. BadRequestData when there is no method, or one is not known."""
    if not methods:
        raise BadRequestData(f"aggregatedValues needs aggrMethods: one or more of {', '.join(METHODS)}.")
    unknown = next((one for one in methods if one not in METHODS), None)
    if unknown is not None:
        raise BadRequestData(f"There is no aggregation method {lexical.shortly(unknown)}.")
    asked = tuple(dict.fromkeys(str(one) for one in methods))
    return Aggregation(asked, Duration() if period is None else duration(period))


@dataclass(frozen=True, slots=True)
class Grid:
    """How a range is cut: into periods of `step` from `anchor`, into those that begin at `bounds`, or not."""

    anchor: datetime
    step: timedelta | None = None
    bounds: tuple[datetime, ...] | None = None

    def begin_of(self, at: datetime) -> datetime:
        """Return the beginning of the period of a moment."""
        if self.bounds is not None:
            return self.bounds[bisect_right(self.bounds, at) - 1]
        if self.step is None:
            return self.anchor
        return self.anchor + (at - self.anchor) // self.step * self.step

    def ends_of(self, begins: NDArray[np.int64], whole: datetime) -> NDArray[np.int64]:
        """Return the ends of the periods with these beginnings, in microseconds since 1970; `whole`: of the range."""
        if self.step is not None:
            return begins + self.step // _MICROSECOND
        ends = np.array([*map(microseconds, self.bounds or (self.anchor,)), microseconds(whole)])
        found: NDArray[np.int64] = ends[np.searchsorted(ends[:-1], begins, side="right")]
        return found


def microseconds(at: datetime) -> int:
    """Return a moment in microseconds since 1970."""
    return (at - EPOCH) // _MICROSECOND


def grid(query: TemporalQuery, period: Duration, first_at: datetime, last_at: datetime) -> Grid:
    """Return the periods of a query; `first_at` and `last_at`: the times of the first and last instance there is.

    Periods begin at timeAt; where the range has no beginning, fixed ones at whole multiples of their length since 1970
    and calendar ones with that of 1970. The last one is as long as the others and may end after the range.
    """
    begin = time_of(query.from_at) if query.from_at else None
    if not period:
        return Grid(begin or first_at)
    anchor = begin or EPOCH
    if not period.months:
        if max(anchor, last_at) > _END - period.fixed:
            raise _outside()
        return Grid(anchor, step=period.fixed)
    bounds = [anchor]
    for times in count(-1, -1):
        if bounds[0] <= first_at:
            break
        bounds.insert(0, _shifted(anchor, period, times))
    for times in count(1):
        if bounds[-1] > last_at:
            break
        bounds.append(_shifted(anchor, period, times))
    return Grid(anchor, bounds=tuple(bounds))


def _shifted(anchor: datetime, period: Duration, times: int) -> datetime:
    """Return the anchor so many periods on; a day that a month lacks is its last."""
    months = anchor.year * 12 + anchor.month - 1 + period.months * times
    year, month = divmod(months, 12)
    if not 1 <= year <= 9998:
        raise _outside()
    day = anchor.day
    while True:
        try:
            return anchor.replace(year=year, month=month + 1, day=day) + period.fixed * times
        except ValueError:
            day -= 1
        except OverflowError:
            raise _outside() from None


def _outside() -> BadRequestData:
    return BadRequestData("A period lies outside the calendar.")
