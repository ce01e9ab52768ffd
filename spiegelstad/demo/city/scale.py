"""How large everything is for a number of inhabitants: the only place where sizes are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

#: Smallest and largest city that can be made.
SMALLEST, LARGEST = 1_000, 1_000_000
#: Years of yearly statistics; the last one is the last complete year before `until`.
YEARS_OF_STATISTICS = 10
#: Days of hourly observations, and the days at the end of them that have a value every quarter of an hour.
DAYS_OF_HISTORY, DAYS_OF_QUARTERS = 730, 31
#: Years between the circulation plan and `until`.
PLAN_YEARS_AGO = 4


@dataclass(frozen=True)
class Scale:
    """Numbers of things in the city; lengths in metres."""

    inhabitants: int
    wijken: int
    sectors: int
    cells: int
    radius_m: float
    sensors: int

    @property
    def investments_a_year(self) -> int:
        """Number of investment projects in one year."""
        return max(10, self.wijken * 4)


def scale_for(inhabitants: int) -> Scale:
    """Sizes for a city of so many inhabitants; raises ValueError outside 1,000 … 1,000,000.

    250,000 inhabitants give 25 wijken and 200 sectors on about 150 km²; larger cities are a little denser.
    """
    if not SMALLEST <= inhabitants <= LARGEST:
        raise ValueError(f"a demo city has {SMALLEST:,} to {LARGEST:,} inhabitants, not {inhabitants:,}")
    share = inhabitants / 250_000
    wijken = int(np.clip(round(25 * sqrt(share)), 4, 50))
    sectors = int(np.clip(round(200 * share**0.6), 8, 500))
    area_m2 = 150e6 * share**0.85
    return Scale(
        inhabitants=inhabitants,
        wijken=wijken,
        sectors=sectors,
        cells=40 * sectors,
        radius_m=sqrt(area_m2 / pi),
        sensors=int(np.clip(round(60 * sqrt(share)), 12, 60)),
    )


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one part of the city: a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, *name.encode()])
