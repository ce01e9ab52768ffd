"""Geometry as SensorThings stores it (GeoJSON, also inside a Feature) and asks for it (st_* and geo.*)."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from shapely import from_geojson, relate_pattern
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

PREDICATES: dict[str, Callable[[BaseGeometry, BaseGeometry], bool]] = {
    "geo.intersects": lambda a, b: bool(a.intersects(b)),
    "st_intersects": lambda a, b: bool(a.intersects(b)),
    "st_equals": lambda a, b: bool(a.equals(b)),
    "st_disjoint": lambda a, b: bool(a.disjoint(b)),
    "st_touches": lambda a, b: bool(a.touches(b)),
    "st_within": lambda a, b: bool(a.within(b)),
    "st_overlaps": lambda a, b: bool(a.overlaps(b)),
    "st_crosses": lambda a, b: bool(a.crosses(b)),
    "st_contains": lambda a, b: bool(a.contains(b)),
}
# What holds only for geometries whose boxes touch: a box finds the candidates.
NEEDS_TOUCHING_BOXES = frozenset(PREDICATES) - {"st_disjoint"}


def read_geometry(given: Any) -> BaseGeometry | None:
    """Return the geometry of a GeoJSON geometry or Feature, None when it is none."""
    if isinstance(given, dict) and given.get("type") == "Feature":
        given = given.get("geometry")
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        return None
    try:
        found: BaseGeometry = from_geojson(orjson.dumps(given).decode())
    except (ShapelyError, ValueError, TypeError):
        return None
    return None if found is None or found.is_empty else found


def widened(area: Any, bounds: Sequence[float]) -> Any:
    """Return the rectangle round a GeoJSON area (or none) and bounds (min_x, min_y, max_x, max_y), as GeoJSON.

    It is a point or a line when it has no width or height, and the area itself when that reaches so far already.
    """
    before = read_geometry(area)
    held = before.bounds if before is not None else tuple(bounds)
    (x1, y1), (x2, y2) = map(min, held[:2], bounds[:2]), map(max, held[2:], bounds[2:])
    if before is not None and (x1, y1, x2, y2) == held:
        return area
    if x1 == x2 and y1 == y2:
        return {"type": "Point", "coordinates": [x1, y1]}
    if x1 == x2 or y1 == y2:
        return {"type": "LineString", "coordinates": [[x1, y1], [x2, y2]]}
    return {"type": "Polygon", "coordinates": [[[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]]}


def holds(function: str, first: BaseGeometry, second: BaseGeometry, pattern: str = "") -> bool:
    """Return whether a predicate holds; invalid geometries (a bow tie) hold none."""
    try:
        if function == "st_relate":
            return bool(relate_pattern(first, second, pattern))
        return PREDICATES[function](first, second)
    except ShapelyError:
        return False


def measure(function: str, first: BaseGeometry, second: BaseGeometry | None) -> float:
    """Return geo.distance or geo.length in degrees, the unit of the coordinates, as OData defines them."""
    return float(first.distance(second)) if second is not None else float(first.length)
