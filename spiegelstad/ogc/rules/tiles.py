"""The arithmetic of WebMercatorQuad: squares of a square world, halved at each zoom. Pure."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_ZOOM = 22
EXTENT = 4_096
BUFFER = 64
"""A tile is 4,096 units wide; what is drawn over its edge is there for another 64."""
SIDE_M = 2 * math.pi * 6_378_137
MAX_LATITUDE = 85.0511287798066


@dataclass(frozen=True, slots=True)
class TileAt:
    """A tile: column x from the west, row y from the north."""

    z: int
    x: int
    y: int

    @property
    def is_there(self) -> bool:
        """Whether there is such a tile."""
        return self.z <= MAX_ZOOM and self.x < 2**self.z and self.y < 2**self.z

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The corners in WGS84 degrees, with the buffer."""
        side, edge = 2.0**-self.z, BUFFER / EXTENT
        west, east = ((self.x - edge) * side, (self.x + 1 + edge) * side)
        north, south = ((self.y - edge) * side, (self.y + 1 + edge) * side)
        return (west * 360 - 180, _latitude(south), east * 360 - 180, _latitude(north))

    def units(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return longitudes and latitudes, a row each, in units of this tile from its north-west corner."""
        lat = np.radians(np.clip(points[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
        east = (points[:, 0] + 180) / 360
        south = 0.5 - np.log(np.tan(np.pi / 4 + lat / 2)) / (2 * np.pi)
        scale = 2.0**self.z
        return np.column_stack([(east * scale - self.x) * EXTENT, (south * scale - self.y) * EXTENT])

    def unit_degrees(self) -> float:
        """Return the width of a unit in degrees of longitude."""
        return 360 / 2.0**self.z / EXTENT


def _latitude(south: float) -> float:
    """Return the latitude of a share of the world from the north; beyond the square it is a pole."""
    if not 0 < south < 1:
        return 90.0 if south <= 0 else -90.0
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * south))))
