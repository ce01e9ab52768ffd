"""One file of one department: its columns, how it is written, and the dirt in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiegelstad.demo.city.blocks import Shapes
from spiegelstad.demo.city.city import City
from spiegelstad.demo.city.dirt import Cells, Recipe, Spoil
from spiegelstad.demo.city.names import sector_code, sector_name, wijk_code

#: Writes the (dirty) columns and the shapes that go with the rows; the shapes are empty where there are none.
Writer = Callable[[Mapping[str, Cells], Shapes], bytes]
#: A code that no sector has, where another belongs.
UNKNOWN_SECTOR = Spoil("unknown sector", "sector", "99001Z99-", 0.0008)
NO_SHAPES: Shapes = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Export:
    """A file that a source reads."""

    source: str
    path: str
    columns: Mapping[str, Cells]
    writer: Writer
    recipe: Recipe = field(default_factory=Recipe)
    shapes: Shapes = field(default_factory=lambda: NO_SHAPES)


def cells(values: NDArray[Any] | Sequence[object]) -> Cells:
    """Any values as cells (Python objects)."""
    found = np.empty(len(values), dtype=object)
    found[:] = values.tolist() if isinstance(values, np.ndarray) else values
    return found


def sector_codes(city: City) -> Cells:
    """Codes of all sectors, in order."""
    return cells([sector_code(wijk, place) for wijk, place in _places(city)])


def sector_names(city: City) -> Cells:
    """Names of all sectors, in order."""
    return cells([sector_name(wijk, place) for wijk, place in _places(city)])


def wijk_codes(city: City) -> Cells:
    """Codes of all wijken, in order."""
    return cells([wijk_code(number) for number in range(len(city.areas.wijken))])


def _places(city: City) -> list[tuple[int, int]]:
    """Wijk and number within the wijk of every sector."""
    seen: dict[int, int] = {}
    places = []
    for wijk in city.areas.wijk_of_sector.tolist():
        places.append((wijk, seen.get(wijk, 0)))
        seen[wijk] = seen.get(wijk, 0) + 1
    return places


def by_sector_and_year(city: City) -> tuple[Cells, NDArray[np.int64]]:
    """Sector code and year for rows that run through the years within each sector."""
    years = city.statistics.years
    return np.repeat(sector_codes(city), len(years)), np.tile(years, len(city.areas.sectors))
