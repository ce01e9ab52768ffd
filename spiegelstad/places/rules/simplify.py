"""Simpler outlines for maps, such that neighbours keep sharing their borders."""

import numpy as np
import shapely
from numpy.typing import NDArray

_METRES_PER_DEGREE = 111_320.0


def simplify_together(geometries: NDArray[np.object_], tolerance_m: float) -> NDArray[np.object_]:
    """Polygons in degrees with fewer points, off by about `tolerance_m` at most; shared borders stay shared.

    The tolerance is in metres on the ground: longitudes are shrunk to the size of a degree at this latitude first.
    """
    present = ~shapely.is_missing(geometries)
    if tolerance_m <= 0 or not present.any():
        return geometries
    _, south, _, north = shapely.total_bounds(geometries)
    scale = np.array([_METRES_PER_DEGREE * np.cos(np.radians((south + north) / 2)), _METRES_PER_DEGREE])
    in_metres = shapely.transform(geometries[present], lambda xy: xy * scale)
    # GEOS takes the square root of the area of the triangle a point spans, not its distance: the same order of size.
    simple = shapely.coverage_simplify(in_metres, tolerance_m)
    kept = np.where(shapely.is_empty(simple) | ~shapely.is_valid(simple), in_metres, simple)
    result = geometries.copy()
    result[present] = shapely.transform(kept, lambda xy: xy / scale)
    return np.asarray(result)
