"""What was stored in a city and is still to be told."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from spiegelstad.base import sql

_OLDEST = sql.load(Path(__file__).parent, "oldest_news")


@dataclass(frozen=True, slots=True)
class Piece:
    """Observations that were stored or corrected together: a series and a moment for each."""

    number: int
    series: list[int]
    moments: list[datetime]


def news(tenant_id: str, limit: int) -> list[Piece]:
    """Return the oldest news of a city: whole pieces, until they hold `limit` observations."""
    with sql.prepared() as cursor:
        return [Piece(*row) for row in cursor.execute(_OLDEST, {"tenant": tenant_id, "limit": limit})]
