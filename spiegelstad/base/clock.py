"""Time: always aware, stored in UTC, shown in Brussels."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
