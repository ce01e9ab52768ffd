"""The geoquery language (clause 4.10): relations of a geometry of an entity to a reference geometry, in WGS 84.

Topology is that of OGC Simple Features on longitude and latitude as they stand. Distance is along the great circle
between the two points of the geometries that are nearest on a map true to scale at the reference geometry.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from spiegelstad.base.fields import Box
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules.documents import Attributes
from spiegelstad.context.rules.geojson import geometry
from spiegelstad.context.rules.terms import Context
from spiegelstad.context.vocabulary import LOCATION

EARTH_RADIUS_M = 6_371_008.8
_NEAR = re.compile(r"near;(max|min)Distance==(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "within": shapely.within,
    "contains": shapely.contains,
    "intersects": shapely.intersects,
    "equals": shapely.equals,
    "disjoint": shapely.disjoint,
    "overlaps": shapely.overlaps,
}
# Not "<@" for within: the box is round all the instances of the target, of which one has to be within.
_BOX_OPERATORS = {"within": "&&", "contains": "@>", "intersects": "&&", "equals": "&&", "overlaps": "&&"}
_SLACK = 1.000001  # rounding never loses a candidate


@dataclass(frozen=True)
class GeoQuery:
    """`relation`: a key of _RELATIONS, or `max` or `min` for near with `distance_m`; `attribute`: IRI of the target."""

    relation: str
    reference: dict[str, Any]
    attribute: str = LOCATION
    distance_m: float = 0.0

    @cached_property
    def shape(self) -> BaseGeometry:
        """The reference geometry, made valid and prepared for many tests."""
        shape = shape_of(self.reference)
        shapely.prepare(shape)
        return shape

    @property
    def box_operator(self) -> str:
        """What a box round the target has to do with the box round the reference; empty: nothing can be said."""
        return "&&" if self.relation == "max" else _BOX_OPERATORS.get(self.relation, "")

    @cached_property
    def boxes(self) -> list[Box]:
        """Boxes of which one has to do (`box_operator`) with the box round every match."""
        box = shapely.bounds(self.shape).tolist()
        return around(box, self.distance_m) if self.relation == "max" else [(box[0], box[1], box[2], box[3])]

    @cached_property
    def share(self) -> float:
        """How many of those in the boxes are in the relation, roughly: as much as the reference fills of the boxes."""
        if self.relation == "max":
            return math.pi / 4
        west, south, east, north = self.boxes[0]
        area = (east - west) * (north - south)
        return max(0.1, float(self.shape.area) / area) if area else 1.0

    def holds(self, target: dict[str, Any]) -> bool:
        """Say whether a GeoJSON geometry is in this relation to the reference."""
        try:
            shape = shape_of(target)
            if self.relation in _RELATIONS:
                return bool(_RELATIONS[self.relation](shape, self.shape))
            near = distance_m(shape, self.shape) <= self.distance_m
            return near if self.relation == "max" else not near
        except (shapely.GEOSException, ValueError, TypeError, KeyError, IndexError):
            return False  # what was stored before geometries were checked


def parse_geo(georel: str, kind: str, coordinates: Any, attribute: str, context: Context) -> GeoQuery:
    """Read a geoquery. `coordinates`: JSON, or a text with it. BadRequestData when it is wrong."""
    if isinstance(coordinates, str):
        try:
            coordinates = orjson.loads(coordinates)
        except orjson.JSONDecodeError:
            raise BadRequestData(f"The coordinates {coordinates[:200]!r} are not JSON.") from None
    reference = geometry({"type": kind, "coordinates": coordinates}, "The reference geometry")
    iri = context.expand(attribute or "location")
    if near := _NEAR.fullmatch(georel):
        distance = float(near[2])
        if not 0 < distance < math.inf:
            raise BadRequestData(f"The distance in {georel!r} is not a number above 0.")
        return GeoQuery(near[1], reference, iri, distance)
    if georel not in _RELATIONS:
        raise BadRequestData(
            f"{georel!r} is not a geographical relation.",
            remedy=f"One of {', '.join(_RELATIONS)}, near;maxDistance==metres, near;minDistance==metres.",
        )
    return GeoQuery(georel, reference, iri)


def shape_of(target: dict[str, Any]) -> BaseGeometry:
    """Return a GeoJSON geometry as a valid shape."""
    if target["type"] == "Point":
        return shapely.Point(target["coordinates"][:2])
    shape = shapely.force_2d(shapely.from_geojson(orjson.dumps(target)))
    return shape if shapely.is_valid(shape) else shapely.make_valid(shape)


def holds_for(attributes: Attributes, query: GeoQuery) -> bool:
    """Say whether any instance of the target attribute is a geometry in this relation (clause 5.7.2.4)."""
    instances = attributes.get(query.attribute, {}).values()
    return any(query.holds(one["value"]) for one in instances if one["type"] == "GeoProperty")


def points_that_hold(query: GeoQuery, points: Sequence[tuple[float, float]]) -> int:
    """Return how many of these points (longitude, latitude) are in the relation."""
    if query.relation in _RELATIONS and points:
        return int(_RELATIONS[query.relation](shapely.points(points), query.shape).sum())
    return sum(query.holds({"type": "Point", "coordinates": point}) for point in points)


def distance_m(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return the distance in metres between two shapes; `other` gives the scale."""
    if not (isinstance(one, shapely.Point) and isinstance(other, shapely.Point)):
        scale = math.cos(math.radians(other.centroid.y)) or 1e-9
        nearest = shapely.shortest_line(_stretched(one, scale), _stretched(other, scale))
        (x1, y1), (x2, y2) = shapely.get_coordinates(nearest)[:2]
        return haversine_m(x1 / scale, y1, x2 / scale, y2)
    return haversine_m(one.x, one.y, other.x, other.y)


def _stretched(shape: BaseGeometry, scale: float) -> BaseGeometry:
    return shapely.transform(shape, lambda coordinates: coordinates * (scale, 1.0))


def haversine_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return the great-circle distance in metres between two points in degrees."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    rise = math.sin((phi2 - phi1) / 2) ** 2
    run = math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(rise + run)))


def around(box: Any, distance_m: float) -> list[Box]:
    """Return the boxes that hold every point within a distance of a box: two where they cross the 180th meridian."""
    angle = distance_m / EARTH_RADIUS_M * _SLACK
    rise = math.degrees(angle) + 1e-9
    south, north = max(-90.0, box[1] - rise), min(90.0, box[3] + rise)
    steepest = math.radians(max(abs(box[1]), abs(box[3])))
    if angle >= math.pi / 2 or math.sin(angle) >= math.cos(steepest):
        return [(-180.0, south, 180.0, north)]  # a pole is near, or all is
    run = math.degrees(math.asin(math.sin(angle) / math.cos(steepest))) * _SLACK + 1e-9
    west, east = box[0] - run, box[2] + run
    if east - west >= 360:
        return [(-180.0, south, 180.0, north)]
    boxes = [(max(west, -180.0), south, min(east, 180.0), north)]
    if west < -180:
        boxes.append((west + 360, south, 180.0, north))
    if east > 180:
        boxes.append((-180.0, south, east - 360, north))
    return boxes
