"""Local time in DuckDB: the hour that doesn't exist in spring and the hour that comes twice in autumn. Pure.

DuckDB's `timezone(zone, timestamp)` takes the second of two, and moves a time that doesn't exist; so both are looked
for, but only in the months, days and hours in which the zone's clock ever changes, since that costs a conversion.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1970, 2040


@lru_cache(maxsize=32)
def changes(zone: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give the months and the local hours in which the clock of `zone` changes, between 1970 and 2040."""
    info = ZoneInfo(zone)
    months: set[int] = set()
    hours: set[int] = set()
    moment = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    before = moment.astimezone(info).utcoffset()
    while moment < end:
        after_day = moment + timedelta(days=1)
        offset = after_day.astimezone(info).utcoffset()
        if offset != before:
            for hour in _changing_hours(moment, info):
                months.add(hour.month)
                hours.add(hour.hour)
            before = offset
        moment = after_day
    return tuple(sorted(months)), tuple(sorted(hours))


def _changing_hours(day: datetime, zone: ZoneInfo) -> list[datetime]:
    """Give the local hours around the change within the day after `day`."""
    found: list[datetime] = []
    for step in range(24):
        here, there = day + timedelta(hours=step), day + timedelta(hours=step + 1)
        old, new = here.astimezone(zone), there.astimezone(zone)
        if old.utcoffset() != new.utcoffset():
            shift = (new.utcoffset() or timedelta()) - (old.utcoffset() or timedelta())
            start = new.replace(tzinfo=None) - max(shift, timedelta())
            found.extend(start + timedelta(hours=extra) for extra in (-1, 0, 1))
    return found


def near_change(local: str, zone: str) -> str:
    """Give SQL that is true where the local timestamp `local` may not exist or come twice."""
    months, hours = changes(zone)
    if not months:
        return "false"
    listed = ", ".join(map(str, months)), ", ".join(map(str, hours))
    return f"(month({local}) IN ({listed[0]}) AND hour({local}) IN ({listed[1]}))"


def instant(local: str, zone: str, ambiguous: str) -> str:
    """Give SQL for the instant of a local timestamp: NULL where there is none, or two and `ambiguous` is `reject`."""
    moment = f"timezone('{zone}', {local})"
    twice = {"first": f"{moment} - INTERVAL 1 HOUR", "second": moment, "reject": "NULL"}[ambiguous]
    return (
        f"CASE WHEN NOT {near_change(local, zone)} THEN {moment} "
        f"WHEN timezone('{zone}', {moment}) <> {local} THEN NULL "
        f"WHEN timezone('{zone}', {moment} - INTERVAL 1 HOUR) = {local} THEN {twice} ELSE {moment} END"
    )
