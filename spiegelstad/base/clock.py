"""Time: always aware, stored in UTC, shown in Brussels."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def in_brussels(moment: datetime) -> datetime:
    """Return a moment in Brussels time; one in the last hour of the year 9999, which has none there, as it is."""
    try:
        return moment.astimezone(BRUSSELS)
    except OverflowError:
        return moment
