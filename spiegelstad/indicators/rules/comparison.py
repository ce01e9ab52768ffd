"""Which areas are alike: distance over a few indicators that describe an area, each on its own scale. Pure.

Every indicator is first expressed in standard deviations from the mean of all areas of the type (z-scores), so that
euros don't outweigh percentages. The distance of two areas is the root of the mean squared difference over the
indicators both have. An area that shares fewer than half of the indicators with ours isn't compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Similar:
    """An area like ours: `distance` 0 is the same, 1 is one standard deviation apart on average."""

    area_code: str
    distance: float


def similar_areas(values: Mapping[str, Mapping[str, float]], area_code: str, count: int = 5) -> list[Similar]:
    """Give the areas most like this one, nearest first; `values` holds for each indicator the value by area code."""
    scores = [score for score in map(z_scores, values.values()) if area_code in score]
    codes = {code for score in scores for code in score} - {area_code}
    found = []
    for code in sorted(codes):
        shared = [(score[area_code] - score[code]) ** 2 for score in scores if code in score]
        if len(shared) * 2 >= len(scores):
            found.append(Similar(code, math.sqrt(math.fsum(shared) / len(shared))))
    return sorted(found, key=lambda similar: (similar.distance, similar.area_code))[:count]


def z_scores(values: Mapping[str, float]) -> dict[str, float]:
    """Express values in standard deviations from their mean; all zero when they are all the same."""
    if not values:
        return {}
    mean = math.fsum(values.values()) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values.values()) / len(values))
    return {code: (value - mean) / deviation if deviation else 0.0 for code, value in values.items()}


def mean_of(values: list[float]) -> float | None:
    """Give the plain mean, None of nothing."""
    return math.fsum(values) / len(values) if values else None
