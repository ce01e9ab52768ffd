"""Moments, periods and durations as SensorThings writes them (ISO 8601). Told and compared in milliseconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MOMENT = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)"
MOMENT = re.compile(_MOMENT)
PERIOD = re.compile(f"{_MOMENT}(?:/{_MOMENT})?")
_PARTS = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)"
)
_DURATION = re.compile(r"([+-])?P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`; a moment is a period whose ends are the same."""

    start: datetime
    end: datetime


def read_moment(text: str) -> datetime:
    """Return the moment in UTC, cut to milliseconds; raises ValueError."""
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no moment like 2026-03-01T12:00:00Z.")
    year, month, day, hour, minute, second, fraction, zulu, sign, hours, minutes = match.groups()
    milliseconds = int(((fraction or "") + "000")[:3])
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), milliseconds * 1000, UTC
        )
        if zulu:
            return local
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return local - offset if sign == "+" else local + offset
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no moment that there is.") from None


def read_period(text: str) -> Period:
    """Return the moment or period `start/end`; raises ValueError."""
    start, slash, end = text.partition("/")
    first = read_moment(start)
    last = read_moment(end) if slash else first
    if last < first:
        raise ValueError(f"{text[:80]!r} ends before it begins.")
    return Period(first, last)


def read_duration(text: str) -> timedelta:
    """Return a duration of days, hours, minutes and seconds (`P1DT2H`); raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError(f"{text[:40]!r} is no duration of days, hours, minutes and seconds like P1DT2H.")
    sign, days, hours, minutes, seconds = match.groups()
    try:
        length = timedelta(
            days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=float(seconds or 0)
        )
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is too long.") from None
    return -length if sign == "-" else length


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def in_milliseconds(moment: datetime) -> datetime:
    """Return the moment cut to milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def write_moment(moment: datetime) -> str:
    """Return `2026-03-01T12:00:00.000Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z".rjust(24, "0")


def write_period(start: datetime, end: datetime) -> str:
    """Return `start/end`, or one moment when they are the same."""
    first, last = write_moment(start), write_moment(end)
    return first if first == last else f"{first}/{last}"
