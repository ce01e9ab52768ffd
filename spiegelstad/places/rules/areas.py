"""What makes a list of areas fit to import."""

from collections import Counter
from collections.abc import Sequence

import shapely

from spiegelstad.places.rules.validity import overlap
from spiegelstad.places.vocabulary import AreaIn

_POLYGONS = ("Polygon", "MultiPolygon")


def problems_with(areas: Sequence[AreaIn]) -> list[str]:
    """Everything that is wrong with the areas, one sentence each."""
    found = [f"Area {area.code or '(no code)'}: {problem}" for area in areas for problem in _own_problems(area)]
    return found + _overlaps(areas)


def _own_problems(area: AreaIn) -> list[str]:
    problems = []
    if not area.code or len(area.code) > 64:
        problems.append("a code has 1 to 64 characters.")
    if not area.name or len(area.name) > 200:
        problems.append("a name has 1 to 200 characters.")
    if area.valid_from and area.valid_to and area.valid_from > area.valid_to:
        problems.append(f"it ends ({area.valid_to}) before it begins ({area.valid_from}).")
    return problems + _geometry_problems(area)


def _geometry_problems(area: AreaIn) -> list[str]:
    geometry = area.geometry
    if geometry is None or geometry.geom_type not in _POLYGONS or geometry.is_empty:
        return ["its geometry is not a polygon or multipolygon."]
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return ["its coordinates are not degrees WGS84."]
    return [] if geometry.is_valid else [f"its geometry is invalid: {shapely.is_valid_reason(geometry)}."]


def _overlaps(areas: Sequence[AreaIn]) -> list[str]:
    repeated = {code for code, count in Counter(area.code for area in areas).items() if count > 1}
    problems = []
    for code in sorted(repeated):
        periods = [(area.valid_from, area.valid_to) for area in areas if area.code == code]
        pairs = ((one, other) for number, one in enumerate(periods) for other in periods[number + 1 :])
        if any(overlap(one, other) for one, other in pairs):
            problems.append(f"Area {code}: it occurs twice with overlapping periods.")
    return problems
