"""Coordinate systems in and out: WGS84, Belgian Lambert 72, Belgian Lambert 2008 and web mercator.

Order is always x = east, y = north, whatever a register says about its axes: that is what GeoJSON and practice do.

Accuracy. There and back gives the same point within a millimetre. Against the ground, Lambert 72 goes through the
published seven-parameter shift "BD72 to WGS 84 (3)", stated at 1 m; against the city of Ghent's own pairs of
coordinates it differs a few centimetres. Lambert 2008 rests on ETRS89, which is taken to be WGS84 (less than 1 m).
PROJ fetches no correction grids unless PROJ_NETWORK=ON, which we leave off.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from spiegelstad.base.errors import InvalidInput
from spiegelstad.places.vocabulary import CoordinateSystem

Geometries = NDArray[np.object_]

_CODES = {
    "CRS84": CoordinateSystem.WGS84,
    "CRS84H": CoordinateSystem.WGS84,
    "4326": CoordinateSystem.WGS84,
    "4979": CoordinateSystem.WGS84,
    "4258": CoordinateSystem.WGS84,
    "31370": CoordinateSystem.LAMBERT_72,
    "3812": CoordinateSystem.LAMBERT_2008,
    "3857": CoordinateSystem.WEB_MERCATOR,
    "900913": CoordinateSystem.WEB_MERCATOR,
}
_NAMES = {"WGS84": CoordinateSystem.WGS84, "WGS 84": CoordinateSystem.WGS84}
DECIMALS = {
    CoordinateSystem.WGS84: 7,
    CoordinateSystem.LAMBERT_72: 3,
    CoordinateSystem.LAMBERT_2008: 3,
    CoordinateSystem.WEB_MERCATOR: 3,
}
"""Decimals that keep a coordinate better than a centimetre."""


class UnknownCoordinateSystem(InvalidInput):
    """A coordinate system that this program does not read or write."""

    title = "Unknown coordinate system"


def coordinate_system(name: str) -> CoordinateSystem:
    """The system meant by `EPSG:31370`, `urn:ogc:def:crs:EPSG::3812`, `OGC:CRS84`, an OGC address or a bare code."""
    text = name.strip()
    found = _NAMES.get(text.upper()) or _CODES.get(re.split(r"[:/#]", text.upper())[-1])
    if found is None:
        known = ", ".join(system.value for system in CoordinateSystem)
        raise UnknownCoordinateSystem(f"Coordinate system {name!r} is not known.", remedy=f"Use one of {known}.")
    return found


def named_in(collection: Mapping[str, object]) -> CoordinateSystem | None:
    """The system in the `crs` member of older GeoJSON, or None when there is none."""
    member = collection.get("crs")
    if not isinstance(member, Mapping):
        return None
    properties = member.get("properties")
    name = properties.get("name") if isinstance(properties, Mapping) else None
    return coordinate_system(name) if isinstance(name, str) else None


@lru_cache(maxsize=32)
def _transformer(source: CoordinateSystem, target: CoordinateSystem) -> Transformer:
    return Transformer.from_crs(source.value, target.value, always_xy=True)


def transform_points(
    x: NDArray[np.float64], y: NDArray[np.float64], source: CoordinateSystem, target: CoordinateSystem
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates in `target`; what lies outside its domain becomes infinite."""
    if source is target:
        return x, y
    east, north = _transformer(source, target).transform(x, y)
    return np.asarray(east), np.asarray(north)


def transform(geometries: Geometries, source: CoordinateSystem, target: CoordinateSystem) -> Geometries:
    """Flat (two-dimensional) copies of the geometries in `target`; None stays None."""
    flat = shapely.force_2d(geometries)
    if source is target:
        return np.asarray(flat)

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transform_points(xy[:, 0], xy[:, 1], source, target))

    return np.asarray(shapely.transform(flat, move))


def area_m2(geometries: Geometries) -> NDArray[np.float64]:
    """Surface in m² of geometries in WGS84, measured in Lambert 72 as Belgian registers do."""
    return np.asarray(shapely.area(transform(geometries, CoordinateSystem.WGS84, CoordinateSystem.LAMBERT_72)))


def length_m(geometries: Geometries) -> NDArray[np.float64]:
    """Length (of a polygon: its border) in m of geometries in WGS84, measured in Lambert 72."""
    return np.asarray(shapely.length(transform(geometries, CoordinateSystem.WGS84, CoordinateSystem.LAMBERT_72)))
