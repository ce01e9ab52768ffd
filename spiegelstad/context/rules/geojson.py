"""GeoJSON geometries (RFC 7946) as values of attributes (clause 4.7): all but GeometryCollection, in WGS 84."""

from collections.abc import Callable
from typing import Any

import orjson

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules.lexical import shortly

GEOMETRIES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
_NUMBERS = (int, float)  # by type(): True is no coordinate
_TURN = 360  # degrees: metres of Lambert are told from degrees, while models' own examples leave the globe a little
_FAR = 1e9  # metres: no altitude, and no infinity either


def geometry(given: Any, what: str) -> dict[str, Any]:
    """Return a geometry given as an object or as a text that holds one; `what` says in the error which value it is."""
    value = _parsed(given, what) if isinstance(given, str) else given
    if not isinstance(value, dict):
        raise BadRequestData(f"{what} is not a GeoJSON geometry: {shortly(value)}.")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in GEOMETRIES:
        raise BadRequestData(f"{what} is not a GeoJSON geometry of a known type: {shortly(kind)}.")
    fault = _fault(kind, value.get("coordinates"))
    if fault:
        raise BadRequestData(f"{what} is not a valid {kind}: {fault}.")
    return value


def is_geometry(value: Any) -> bool:
    """Say whether this value is a valid geometry."""
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    return isinstance(kind, str) and kind in GEOMETRIES and not _fault(kind, value.get("coordinates"))


def _parsed(text: str, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequestData(f"{what} is a text that does not hold a GeoJSON geometry: {error}.") from None


def _fault(kind: str, coordinates: Any) -> str:
    """Return what is wrong with the coordinates, or nothing."""
    if kind == "Point":
        return _fault_of_position(coordinates)
    if not isinstance(coordinates, list) or not coordinates:
        return "its coordinates are not a list"
    if kind == "LineString":
        return _fault_of_string(coordinates)
    return _first(_PART[kind], coordinates)


def _first(fault_of: Callable[[Any], str], parts: list[Any]) -> str:
    return next((fault for part in parts if (fault := fault_of(part))), "")


def _fault_of_string(positions: Any) -> str:
    if not isinstance(positions, list) or len(positions) < 2:
        return "a line has two positions or more"
    return _first(_fault_of_position, positions)


def _fault_of_ring(positions: Any) -> str:
    if not isinstance(positions, list) or len(positions) < 4 or positions[0] != positions[-1]:
        return "a ring has four positions or more and ends where it begins"
    return _first(_fault_of_position, positions)


def _fault_of_rings(rings: Any) -> str:
    return _first(_fault_of_ring, rings) if isinstance(rings, list) and rings else "a polygon is a list of rings"


def _fault_of_position(position: Any) -> str:
    if not isinstance(position, list) or not 2 <= len(position) <= 3:
        return "a position is a list of two or three numbers"
    for number in position:
        if type(number) not in _NUMBERS or not -_FAR < number < _FAR:
            return "a position is a list of two or three numbers"
    if not (-_TURN <= position[0] <= _TURN and -_TURN <= position[1] <= _TURN):
        return f"{position[0]}, {position[1]} is not a longitude and a latitude in degrees"
    return ""


_PART: dict[str, Callable[[Any], str]] = {
    "MultiPoint": _fault_of_position,
    "MultiLineString": _fault_of_string,
    "Polygon": _fault_of_ring,
    "MultiPolygon": _fault_of_rings,
}
