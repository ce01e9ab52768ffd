"""The slow, obvious truth about observations: a dictionary of values, and everything else recomputed from it.

Tests and `spiegelstad mirror verify` compare the tables with it; nothing fast may ever live here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.mirror.vocabulary import Quality

Key = tuple[str, datetime]  # series, observed_at
Value = tuple[float, int]  # value, quality


@dataclass(frozen=True, slots=True)
class Rollup:
    """What the counting values of one bucket add up to."""

    count: int
    sum: float
    minimum: float
    maximum: float

    def agrees(self, other: "Rollup") -> bool:
        """Whether both are the same, but for the last digits of a sum, which depend on the order of adding."""
        largest = max(abs(self.minimum), abs(self.maximum), 1e-300)
        return ((self.count, self.minimum, self.maximum) == (other.count, other.minimum, other.maximum)) and abs(
            self.sum - other.sum
        ) <= 1e-12 * self.count * largest


class Observations:
    """All observations of a city."""

    def __init__(self) -> None:
        self.values: dict[Key, Value] = {}

    def put(self, rows: Iterable[tuple[str, datetime, float, int]]) -> tuple[int, int, int]:
        """Take rows; return how many keys were (inserted, corrected, unchanged). A later row of a key wins."""
        given = {(series, at): (value, quality) for series, at, value, quality in rows}
        inserted = sum(key not in self.values for key in given)
        corrected = sum(key in self.values and self.values[key] != value for key, value in given.items())
        self.values |= given
        return inserted, corrected, len(given) - inserted - corrected

    def delete(self, series: str, from_: datetime, to: datetime) -> int:
        """Forget the observations of a series with from_ <= observed_at < to; return how many there were."""
        gone = [key for key in self.values if key[0] == series and from_ <= key[1] < to]
        for key in gone:
            del self.values[key]
        return len(gone)

    def hourly(self) -> Mapping[tuple[str, datetime], Rollup]:
        """Return the rollup of each hour that has counting values."""
        groups: dict[tuple[str, datetime], list[float]] = defaultdict(list)
        for (series, at), value in self._counting().items():
            groups[series, at.replace(minute=0, second=0, microsecond=0)].append(value)
        return {key: _rollup(values) for key, values in groups.items()}

    def daily(self) -> Mapping[tuple[str, date], Rollup]:
        """Return the rollup of each day in Brussels that has counting values."""
        groups: dict[tuple[str, date], list[float]] = defaultdict(list)
        for (series, at), value in self._counting().items():
            groups[series, at.astimezone(BRUSSELS).date()].append(value)
        return {key: _rollup(values) for key, values in groups.items()}

    def latest(self) -> Mapping[str, tuple[datetime, float, int]]:
        """Return for each series the newest observation that counts: moment, value, quality."""
        found: dict[str, tuple[datetime, float, int]] = {}
        for (series, at), (value, quality) in sorted(self.values.items()):
            if quality != Quality.BAD:
                found[series] = (at, value, quality)
        return found

    def newest(self) -> Mapping[str, datetime]:
        """Return the newest moment of each series, counting or not."""
        return dict(sorted(self.values))

    def _counting(self) -> dict[Key, float]:
        return {key: value for key, (value, quality) in self.values.items() if quality != Quality.BAD}


def _rollup(values: list[float]) -> Rollup:
    return Rollup(len(values), sum(values), min(values), max(values))
