"""Shapes from and to the coordinate systems that may be asked for."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from spiegelstad.base.errors import InvalidInput
from spiegelstad.ogc.cql2.nodes import Interval, InvalidFilter, Node, Op, Shape, Values
from spiegelstad.ogc.vocabulary import CRS84, SYSTEMS, Crs
from spiegelstad.places.public import CoordinateSystem, transform_points

Coordinates = NDArray[np.float64]
_SIDE_PIECES = 32


class UnknownCrs(InvalidInput):
    """A coordinate system that the collection does not offer."""

    title = "Unknown coordinate system"


def crs_of(uri: str, parameter: str) -> Crs:
    """Return the coordinate system with this URI; also as `[EPSG:31370]` or in its https or urn form."""
    text = uri.strip("[]").replace("https://www.opengis.net/", "http://www.opengis.net/")
    if text.startswith("EPSG:"):
        text = f"http://www.opengis.net/def/crs/EPSG/0/{text.removeprefix('EPSG:')}"
    if text.startswith("urn:ogc:def:crs:EPSG::"):
        text = f"http://www.opengis.net/def/crs/EPSG/0/{text.rpartition(':')[2]}"
    if text not in SYSTEMS:
        raise UnknownCrs(
            f"{parameter}: the coordinate system {uri[:80]!r} is not offered.",
            remedy=f"Use one of {', '.join(SYSTEMS)}.",
            parameter=parameter,
        )
    return SYSTEMS[text]


def outward(points: Coordinates, crs: Crs) -> Coordinates:
    """Return WGS84 longitudes and latitudes, a row each, in a coordinate system and the order of its axes."""
    east, north = transform_points(points[:, 0], points[:, 1], CoordinateSystem.WGS84, crs.system)
    points = np.column_stack((north, east) if crs.north_first else (east, north))
    return np.asarray(np.round(points, crs.decimals), dtype=np.float64)


def inward(points: Coordinates, crs: Crs) -> Coordinates:
    """Return coordinates in a coordinate system as WGS84 longitudes and latitudes."""
    first, second = points[:, 0], points[:, 1]
    east, north = (second, first) if crs.north_first else (first, second)
    return np.column_stack(transform_points(east, north, crs.system, CoordinateSystem.WGS84))


def shapes_in(shapes: NDArray[np.object_], crs: Crs) -> NDArray[np.object_]:
    """Return flat shapes of WGS84 in another coordinate system."""
    return _moved(shapes, lambda points: outward(points, crs))


def _moved(shapes: NDArray[np.object_], move: Callable[[Coordinates], Coordinates]) -> NDArray[np.object_]:
    return np.asarray(shapely.transform(np.asarray(shapes, dtype=object), move))


def placed(node: Node, crs: Crs) -> Node:
    """Return a filter with its shapes, written in a coordinate system, in WGS84."""
    if crs.uri == CRS84:
        return node
    match node:
        case Shape(geometry=geometry):
            if crs.system is not CoordinateSystem.WGS84 and geometry.area:  # a straight side there is none here
                geometry = shapely.segmentize(geometry, max(geometry.length / _SIDE_PIECES, 1.0))
            moved = shapely.transform(geometry, lambda points: inward(points, crs))
            if not np.isfinite(shapely.get_coordinates(moved)).all():
                raise InvalidFilter("A shape lies outside what its coordinate system can say.")
            return Shape(moved)
        case Op(name=name, args=args):
            return Op(name, tuple(placed(one, crs) for one in args))
        case Values(items=items):
            return Values(tuple(placed(one, crs) for one in items))
        case Interval():
            return node
    return node
