"""Places of any shape on a map: points, lines and areas, drawn on the server, then live in the same frame.

The drawing shows the shapes it is given; the live map shows vector tiles where there are, else the same shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import shapely

from spiegelstad.look.maps import VIEW_H, VIEW_W, Bounds, Overlay, Text, overlay_path, path_of, projection
from spiegelstad.look.tables import Table

_SMALLEST_DEGREES = 0.002  # some 200 m: one place is shown with what is around it
_COORDINATES_LIVE = 200_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """One place in the view box: a point as (x, y), anything else as a path; `is_area` when it has an inside."""

    name: str
    path: str = ""
    x: float = 0.0
    y: float = 0.0
    is_area: bool = False


@dataclass(frozen=True)
class PlaceMap:
    """A map of places, with its table. `layer` is their layer's name in the tiles; `bounds` are degrees.

    `backdrop`: areas to know one's way by; GeoJSON, and the address where the browser gets the same.
    """

    title: Text
    drawn: Sequence[Drawn]
    bounds: Bounds
    table: Table
    tiles_url: str
    layer: str
    shapes: Sequence[shapely.Geometry]
    names: Sequence[str]
    backdrop: Overlay | None

    @property
    def backdrop_path(self) -> str:
        """Areas that readers know, as one path behind the places; empty without a backdrop."""
        return overlay_path(self.backdrop.geojson, self.bounds) if self.backdrop else ""

    def geojson(self) -> dict[str, object]:
        """Return the shapes for a live map without tiles; nothing when they are too many corners for a page."""
        small = int(np.sum(shapely.get_num_coordinates(self.shapes))) <= _COORDINATES_LIVE
        return {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"name": name}, "geometry": orjson.loads(shapely.to_geojson(shape))}
                for shape, name in zip(self.shapes if small else (), self.names if small else (), strict=True)
            ],
        }


def places(
    title: Text,
    shapes: Sequence[shapely.Geometry],
    names: Sequence[str],
    *,
    table: Table,
    tiles_url: str = "",
    layer: str = "",
    backdrop: Overlay | None = None,
) -> PlaceMap:
    """Return a map of shapes in degrees (WGS84, at least one), each with a name or an empty text."""
    low_x, low_y, high_x, high_y = (float(value) for value in shapely.total_bounds(list(shapes)))
    bounds = _widened(low_x, low_y, high_x, high_y)
    project = projection(bounds)
    flat = shapely.simplify(shapely.transform(np.asarray(shapes, dtype=object), project), 0.6)
    drawn = [one for shape, name in zip(flat, names, strict=True) for one in _drawn(shape, name)]
    drawn.sort(key=lambda one: not one.is_area)  # points and lines lie on top
    return PlaceMap(title, drawn, bounds, table, tiles_url, layer, shapes, names, backdrop)


def _widened(low_x: float, low_y: float, high_x: float, high_y: float) -> Bounds:
    more_x = max(0.0, _SMALLEST_DEGREES - (high_x - low_x)) / 2
    more_y = max(0.0, _SMALLEST_DEGREES - (high_y - low_y)) / 2
    return low_x - more_x, low_y - more_y, high_x + more_x, high_y + more_y


def _drawn(shape: shapely.Geometry, name: str) -> list[Drawn]:
    found = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "GeometryCollection":
            found += _drawn(part, name)
        elif part.geom_type == "Point":
            if not part.is_empty and 0 <= part.x <= VIEW_W and 0 <= part.y <= VIEW_H:
                found.append(Drawn(name, x=round(part.x, 1), y=round(part.y, 1)))
        elif not part.is_empty:
            found.append(Drawn(name, path=path_of(part), is_area=part.geom_type == "Polygon"))
    return found
