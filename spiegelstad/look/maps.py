"""Maps as data: areas in classes of colour, drawn on the server as SVG, then live in the browser in the same box.

Both use the same projection (Web Mercator) and the same frame, so that nothing moves when the map becomes live.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import shapely
from django.utils.functional import Promise
from shapely.geometry import shape

from spiegelstad.look.tables import Table

Text = str | Promise
Bounds = tuple[float, float, float, float]

CLASSES = 5
VIEW_W, VIEW_H, VIEW_PAD = 800, 600, 18
LETTER_PX, LINE_PX = 8.4, 20.0  # of a label
LABEL_SHARE = 1.2  # a label may be this much wider than the root of its area
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class AreaValue:
    """What an area shows: its value in words, its class (1 to 5, 0 is no value), where it leads."""

    name: str
    words: str
    rank: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A device that measures now: its name, its value in words, its place in degrees, where it leads."""

    name: str
    words: str
    lon: float
    lat: float
    url: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer drawn for recognition: water, park or road. GeoJSON, and the address where the browser gets the same."""

    kind: str
    url: str
    geojson: bytes


@dataclass(frozen=True, slots=True)
class Map:
    """A map ready to be shown.

    `geojson_url` gives the same areas to the browser, `latest_url` answers the poll for live sensors (without it the
    live map shows `sensors` as they are), `legend` is (class, words), `here` the code of the page's own area, and
    `frames` hold by the name of a period the classes of all areas, a digit each in the order of `areas`, for a slider
    over time.
    """

    title: Text
    description: Text
    geojson: bytes
    areas: Mapping[str, AreaValue]
    legend: tuple[tuple[int, str], ...]
    table: Table
    geojson_url: str = ""
    latest_url: str = ""
    sensors: tuple[Sensor, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    attribution: Text = ""
    here: str = ""
    frames: Mapping[str, str] = field(default_factory=dict)


def legend(bounds: Sequence[float], lowest: float, write: Callable[[float], str]) -> tuple[tuple[int, str], ...]:
    """Return (class, from – to in words) for each class that `classes` made."""
    lows = [lowest, *bounds[:-1]]
    ranks = [class_of(bound, bounds) for bound in bounds]
    return tuple(
        (rank, write(high) if low == high else f"{write(low)} – {write(high)}")
        for rank, low, high in zip(ranks, lows, bounds, strict=True)
    )


def classes(values: Sequence[float | None], count: int = CLASSES) -> list[float]:
    """Return the upper bounds of at most `count` classes with as many areas in each (quantiles); ties share a class."""
    known = np.asarray([value for value in values if value is not None], dtype=float)
    if known.size == 0:
        return []
    bounds = np.quantile(known, np.arange(1, count + 1) / count)
    return [float(bound) for bound in np.unique(bounds)]


def class_of(value: float | None, bounds: Sequence[float], count: int = CLASSES) -> int:
    """Return the class of a value: 0 without one, else 1 to `count`; few classes are spread over the whole scale."""
    if value is None or not bounds:
        return 0
    position = min(bisect_left(bounds, value), len(bounds) - 1)
    return count if len(bounds) == 1 else 1 + round(position * (count - 1) / (len(bounds) - 1))


@dataclass(frozen=True, slots=True)
class Shape:
    """One area's path in the view box and a point inside it; `label` is its name where there is room to write it."""

    code: str
    name: str
    path: str
    x: float
    y: float
    degrees: tuple[float, float]
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All areas in a view box of 800 by 600, with the bounds in degrees that a live map must fit."""

    shapes: tuple[Shape, ...]
    bounds: Bounds


@lru_cache(maxsize=64)
def drawing(geojson: bytes) -> Drawing:
    """Return the areas of a feature collection (WGS84) as SVG paths, simplified to what a screen can show."""
    features: list[dict[str, Any]] = orjson.loads(geojson)["features"]
    if not features:
        return Drawing((), (0.0, 0.0, 0.0, 0.0))
    codes = [str(feature.get("id") or feature["properties"]["code"]) for feature in features]
    names = [str(feature["properties"].get("name", "")) for feature in features]
    degrees = [shape(feature["geometry"]) for feature in features]
    low_x, low_y, high_x, high_y = (float(v) for v in shapely.total_bounds(degrees))
    project = projection((low_x, low_y, high_x, high_y))
    flat = shapely.transform(np.asarray(degrees, dtype=object), project)
    thin = shapely.coverage_simplify(flat, 0.6) if len(flat) > 1 and shapely.coverage_is_valid(flat) else flat
    centres = shapely.point_on_surface(thin)
    points = shapely.point_on_surface(degrees)
    labels = labels_with_room(names, shapely.area(thin), shapely.get_coordinates(centres))
    shapes = tuple(
        Shape(code, name, path_of(area), round(at.x, 1), round(at.y, 1), (round(on.x, 5), round(on.y, 5)), label)
        for code, name, area, at, on, label in zip(codes, names, thin, centres, points, labels, strict=True)
    )
    return Drawing(shapes, (low_x, low_y, high_x, high_y))


def labels_with_room(names: Sequence[str], sizes: Floats, centres: Floats) -> list[str]:
    """Return each name where it fits, else an empty text: larger areas first, none over another or the edge."""
    labels = [""] * len(names)
    taken: list[Bounds] = []
    for position in np.argsort(-sizes):
        name, (x, y) = names[position], centres[position]
        half = LETTER_PX * len(name) / 2
        box = (x - half, y - LINE_PX / 2, x + half, y + LINE_PX / 2)
        fits = 2 * half <= LABEL_SHARE * sizes[position] ** 0.5 and box[0] > 0 and box[2] < VIEW_W
        if fits and not any(b[0] < box[2] and box[0] < b[2] and b[1] < box[3] and box[1] < b[3] for b in taken):
            taken.append(box)
            labels[position] = name
    return labels


def mercator(degrees: Floats) -> Floats:
    """Return (longitude, latitude) in degrees as Web Mercator in radians, x to the right and y up."""
    radians = np.radians(degrees)
    return np.column_stack([radians[:, 0], np.arctanh(np.sin(radians[:, 1]))])


def projection(bounds: Bounds) -> Any:
    """Return what turns degrees into the view box: whole bounds visible, centred, with a margin."""
    low, high = mercator(np.array([[bounds[0], bounds[1]], [bounds[2], bounds[3]]]))
    across, up = max(high[0] - low[0], 1e-12), max(high[1] - low[1], 1e-12)
    scale = min((VIEW_W - 2 * VIEW_PAD) / across, (VIEW_H - 2 * VIEW_PAD) / up)
    left, top = (VIEW_W - scale * across) / 2, (VIEW_H - scale * up) / 2

    def project(degrees: Floats) -> Floats:
        flat = mercator(degrees)
        return np.column_stack([left + (flat[:, 0] - low[0]) * scale, top + (high[1] - flat[:, 1]) * scale])

    return project


def place_sensors(bounds: Bounds, sensors: Sequence[Sensor]) -> list[tuple[Sensor, float, float]]:
    """Return each sensor with its place in the view box."""
    if not sensors:
        return []
    points = projection(bounds)(np.array([[sensor.lon, sensor.lat] for sensor in sensors]))
    return [(sensor, round(float(x), 1), round(float(y), 1)) for sensor, (x, y) in zip(sensors, points, strict=True)]


@lru_cache(maxsize=64)
def overlay_path(geojson: bytes, bounds: Bounds) -> str:
    """Return all shapes of an overlay as one path in the view box of these bounds."""
    shapes = np.asarray([shape(f["geometry"]) for f in orjson.loads(geojson)["features"]], dtype=object)
    flat = shapely.transform(shapes, projection(bounds))
    return "".join(path_of(one) for one in shapely.simplify(flat, 0.6))


def path_of(area: shapely.Geometry) -> str:
    """Return a polygon's or line's path; holes follow their ring."""
    parts: list[str] = []
    for part in shapely.get_parts(area):
        rings = [part] if part.geom_type == "LineString" else [part.exterior, *part.interiors]
        close = "" if part.geom_type == "LineString" else "Z"
        for ring in rings:
            points = shapely.get_coordinates(ring)
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + close)
    return "".join(parts)
