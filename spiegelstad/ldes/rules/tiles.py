"""Tiles of the Web Mercator grid, in three sizes: the whole world, 24 km and 1.5 km wide at our latitude. Pure.

A member belongs to the smallest tile that contains it whole, for so it is with tree:GeospatiallyContainsRelation.
"""

import math
from typing import Any

import numpy as np

ZOOMS = (0, 10, 14)
WORLD = "0/0/0"
NOWHERE = "nowhere"
"""In the place of a tile, for what has no place."""
_EDGE = 85.0511287798066  # degrees, where the square ends


def tiles_of(bounds: Any) -> list[str]:
    """Return the tile of each box (array of n × min lon, min lat, max lon, max lat; WGS84); `NOWHERE` for nan."""
    boxes = np.asarray(bounds, dtype=float).reshape(-1, 4)
    known = ~np.isnan(boxes).any(axis=1)
    west, south, east, north = np.where(known[:, None], boxes, 0.0).T
    (left, right), (bottom, top) = (_columns(west), _columns(east)), (_rows(south), _rows(north))
    found = np.full(len(boxes), WORLD, dtype=object)
    for zoom in ZOOMS[1:]:
        shift = ZOOMS[-1] - zoom
        same = (left >> shift == right >> shift) & (bottom >> shift == top >> shift)
        for place in np.flatnonzero(same):
            found[place] = f"{zoom}/{left[place] >> shift}/{top[place] >> shift}"
    found[~known] = NOWHERE
    return list(found)


def _columns(lon: Any) -> Any:
    side = 1 << ZOOMS[-1]
    return np.clip(np.floor((lon + 180) / 360 * side), 0, side - 1).astype(np.int64)


def _rows(lat: Any) -> Any:
    side = 1 << ZOOMS[-1]
    radians = np.radians(np.clip(lat, -_EDGE, _EDGE))
    return np.clip(np.floor((1 - np.arcsinh(np.tan(radians)) / math.pi) / 2 * side), 0, side - 1).astype(np.int64)


def is_place(branch: str) -> bool:
    """Whether a branch is one of the view by place."""
    return "/" in branch or branch == NOWHERE


def parent_of(tile: str) -> str:
    """Return the next larger tile; that of the world is its own."""
    zoom, x, y = (int(part) for part in tile.split("/"))
    larger = max((one for one in ZOOMS if one < zoom), default=0)
    return f"{larger}/{x >> (zoom - larger)}/{y >> (zoom - larger)}"


def polygon_of(tile: str) -> str:
    """Return the outline of a tile as WKT, in WGS84 (longitude, latitude)."""
    zoom, x, y = (int(part) for part in tile.split("/"))
    west, east = (_lon(column, zoom) for column in (x, x + 1))
    north, south = (_lat(row, zoom) for row in (y, y + 1))
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{lon!r} {lat!r}' for lon, lat in corners)}))"


def _lon(column: int, zoom: int) -> float:
    return column / (1 << zoom) * 360 - 180


def _lat(row: int, zoom: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / (1 << zoom)))))
