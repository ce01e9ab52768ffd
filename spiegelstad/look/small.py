"""Drawings small enough to write by hand: a spark line, a gauge against a target, a strip for a place in a range.

A page holds dozens of them; at 0.02 ms each they cost nothing, where a chart engine would take a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SPARK_W, SPARK_H, SPARK_PAD = 104.0, 40.0, 4.0


@dataclass(frozen=True, slots=True)
class Spark:
    """Paths of a spark line in a box of 104 by 40, and its last point."""

    line: str
    area: str
    x: float
    y: float


def spark(values: Sequence[float | None]) -> Spark | None:
    """Return the course of the values, None where there are fewer than two; gaps are bridged."""
    known = [(position, value) for position, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    low, high = min(v for _p, v in known), max(v for _p, v in known)
    across = (SPARK_W - 2 * SPARK_PAD) / (len(values) - 1)
    up = (SPARK_H - 2 * SPARK_PAD) / ((high - low) or 1.0)
    middle = 0.0 if high > low else (SPARK_H - 2 * SPARK_PAD) / 2
    points = [(SPARK_PAD + p * across, SPARK_H - SPARK_PAD - middle - (v - low) * up) for p, v in known]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    (first, _y), (last, end) = points[0], points[-1]
    return Spark(line, f"{line}L{last:.1f} {SPARK_H}L{first:.1f} {SPARK_H}Z", round(last, 1), round(end, 1))


@dataclass(frozen=True, slots=True)
class Gauge:
    """Lengths in percent of the track: the value's bar and the target's mark."""

    value: float
    target: float


def gauge(value: float | None, target: float | None) -> Gauge | None:
    """Return value and target on one track that starts at zero; None when one is missing or below zero."""
    if value is None or target is None or value < 0 or target <= 0:
        return None
    top = max(value, target) * 1.15
    return Gauge(round(100 * value / top, 1), round(100 * target / top, 1))


@dataclass(frozen=True, slots=True)
class Strip:
    """Places in percent between the lowest and the highest value of a kind."""

    here: float
    city: float | None
    alike: float | None


def strip(
    here: float | None, city: float | None, alike: float | None, *, low: float | None, high: float | None
) -> Strip | None:
    """Return where `here`, the city and the average of similar places stand between `low` and `high`.

    What lies outside is left out: a city's number of people is no place among those of its areas.
    """
    if here is None or low is None or high is None or high <= low:
        return None

    def place(value: float | None) -> float | None:
        return None if value is None or not low <= value <= high else round(100 * (value - low) / (high - low), 1)

    at = place(here)
    return None if at is None else Strip(at, place(city), place(alike))
