"""GeoJSON (RFC 7946) in and out, in WGS84 and the Belgian Lambert systems, with limits on what is read.

Reading is tolerant where the world is (a `crs` member, heights, a bare geometry, features without geometry) and strict
where an error would spread: an invalid polygon, coordinates that cannot be, too much of anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from spiegelstad.base.errors import InvalidInput, TooLarge
from spiegelstad.places.formats.crs import DECIMALS, Geometries, coordinate_system, named_in, transform
from spiegelstad.places.vocabulary import CoordinateSystem, Feature

_TYPES = frozenset(
    ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"]
)
_EDGE_OF_WORLD = np.array([180.0, 90.0])


class InvalidGeoJSON(InvalidInput):
    """The bytes are not GeoJSON that can be used; says which feature and why."""

    title = "Invalid GeoJSON"


class GeoJSONTooLarge(TooLarge):
    """More bytes, features, points or levels than the limits allow."""

    title = "GeoJSON too large"


@dataclass(frozen=True)
class GeoJSONLimits:
    """What one document may hold at most."""

    megabytes: int = 512
    features: int = 1_000_000
    vertices: int = 20_000_000
    vertices_per_feature: int = 1_000_000
    depth: int = 32


LIMITS = GeoJSONLimits()


def parse_features(source: bytes | Path, crs: str = "", limits: GeoJSONLimits = LIMITS) -> list[Feature]:
    """All features with geometry in WGS84; a feature that cannot be used carries its `problem` and no geometry.

    `crs` overrules the document's own `crs` member; without both it is WGS84.
    """
    document = _document(source, limits)
    members = _members(document)
    if len(members) > limits.features:
        raise GeoJSONTooLarge(f"{len(members)} features; at most {limits.features} are read.")
    system = coordinate_system(crs) if crs else named_in(document) or CoordinateSystem.WGS84
    problems = [_shape_problem(member, limits.depth) for member in members]
    geometries, problems = _geometries(members, problems)
    problems = _size_problems(geometries, problems, limits)
    geometries = _in_degrees(geometries, problems, system)
    return [
        Feature(_identity(member), None if problem else geometry, member.get("properties") or {}, problem)
        for member, geometry, problem in zip(members, geometries, problems, strict=True)
    ]


def read_features(source: bytes | Path, crs: str = "", limits: GeoJSONLimits = LIMITS) -> list[Feature]:
    """Like `parse_features`, but the first feature that cannot be used stops the reading with `InvalidGeoJSON`."""
    features = parse_features(source, crs, limits)
    for number, feature in enumerate(features):
        if feature.problem:
            name = f" ({feature.id})" if feature.id else ""
            raise InvalidGeoJSON(
                f"Feature {number}{name}: {feature.problem}", remedy="Repair the feature at the source.", feature=number
            )
    return features


def write_features(
    geometries: Sequence[BaseGeometry | None] | Geometries,
    ids: Sequence[str],
    properties: Sequence[Mapping[str, object]],
    crs: str = CoordinateSystem.WGS84,
) -> bytes:
    """A FeatureCollection of WGS84 geometries in the asked system; outer rings run counter-clockwise (RFC 7946)."""
    system = coordinate_system(crs)
    moved = transform(_array(geometries), CoordinateSystem.WGS84, system)
    rounded = shapely.transform(moved, lambda xy: np.round(xy, DECIMALS[system]))
    texts = shapely.to_geojson(shapely.orient_polygons(rounded))
    features = [
        b'{"type":"Feature","id":%b,"properties":%b,"geometry":%b}'
        % (orjson.dumps(identity), orjson.dumps(dict(values)), (text or "null").encode())
        for identity, values, text in zip(ids, properties, texts, strict=True)
    ]
    return b'{"type":"FeatureCollection",%b"features":[%b]}' % (_crs_member(system), b",\n".join(features))


def _crs_member(system: CoordinateSystem) -> bytes:
    """RFC 7946 knows WGS84 only, without a member; other systems are named as GeoJSON 2008 did."""
    if system is CoordinateSystem.WGS84:
        return b""
    name = f"urn:ogc:def:crs:EPSG::{system.value.partition(':')[2]}"
    return b'"crs":' + orjson.dumps({"type": "name", "properties": {"name": name}}) + b","


def _document(source: bytes | Path, limits: GeoJSONLimits) -> dict[str, Any]:
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > limits.megabytes * 1_000_000:
        raise GeoJSONTooLarge(f"{size / 1e6:.0f} MB; at most {limits.megabytes} MB is read.")
    content = source.read_bytes() if isinstance(source, Path) else source
    try:
        document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise InvalidGeoJSON(f"This is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidGeoJSON("GeoJSON is an object with a type; this is something else.")
    return document


def _members(document: dict[str, Any]) -> list[dict[str, Any]]:
    match document.get("type"):
        case "FeatureCollection":
            members = document.get("features")
            if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
                raise InvalidGeoJSON("A FeatureCollection has a list `features` of objects; this one has not.")
            return members
        case "Feature":
            return [document]
        case kind if kind in _TYPES:
            return [{"type": "Feature", "geometry": document, "properties": {}}]
        case kind:
            raise InvalidGeoJSON(f"Type {kind!r} is not known in GeoJSON.")


def _identity(member: Mapping[str, Any]) -> str:
    identity = member.get("id")
    return "" if identity is None else str(identity)


def _shape_problem(member: Mapping[str, Any], depth: int) -> str:
    """What is wrong with the outside of a feature, before its coordinates are read."""
    if not isinstance(member.get("properties") or {}, dict):
        return "`properties` is not an object."
    geometry = member.get("geometry")
    if geometry is None:
        return ""
    if not isinstance(geometry, dict) or geometry.get("type") not in _TYPES:
        return "`geometry` has no known type."
    return "" if _is_shallow(geometry, depth) else f"It nests deeper than {depth} levels."


def _is_shallow(value: object, depth: int) -> bool:
    """Whether nesting stays within the limit; follows the first of many numbers only, so that it stays cheap."""
    if depth == 0:
        return False
    if isinstance(value, dict):
        return all(_is_shallow(child, depth - 1) for child in value.values())
    if isinstance(value, list):
        return all(_is_shallow(child, depth - 1) for child in value if isinstance(child, list | dict))
    return True


def _geometries(members: list[dict[str, Any]], problems: list[str]) -> tuple[Geometries, list[str]]:
    texts = [
        None if problem or member.get("geometry") is None else orjson.dumps(member["geometry"])
        for member, problem in zip(members, problems, strict=True)
    ]
    found = np.full(len(texts), None, dtype=object)
    try:
        if texts:
            found[:] = shapely.from_geojson(texts)
        return found, problems
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return _one_by_one(texts, problems)


def _one_by_one(texts: list[bytes | None], problems: list[str]) -> tuple[Geometries, list[str]]:
    """The slow way, taken when the batch holds something unreadable, to name the feature that is to blame."""
    found = np.full(len(texts), None, dtype=object)
    problems = list(problems)
    for number, text in enumerate(texts):
        try:
            found[number] = shapely.from_geojson(text)
        except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
            problems[number] = f"The coordinates cannot be read: {str(error).splitlines()[0]}."
    return found, problems


def _size_problems(geometries: Geometries, problems: list[str], limits: GeoJSONLimits) -> list[str]:
    counts = np.asarray(shapely.get_num_coordinates(geometries))
    if counts.sum() > limits.vertices:
        raise GeoJSONTooLarge(f"{counts.sum()} points; at most {limits.vertices} are read.")
    return [
        problem or (f"It has {count} points; at most {limits.vertices_per_feature} are read." if over else "")
        for problem, count, over in zip(problems, counts, counts > limits.vertices_per_feature, strict=True)
    ]


def _in_degrees(geometries: Geometries, problems: list[str], system: CoordinateSystem) -> Geometries:
    """The geometries in WGS84; adds to `problems` those that are invalid, empty or outside the world."""
    moved = transform(geometries, system, CoordinateSystem.WGS84)
    valid, empty = np.asarray(shapely.is_valid(geometries)), np.asarray(shapely.is_empty(geometries))
    bounds = shapely.bounds(moved).reshape(-1, 2, 2)
    inside = np.asarray((np.abs(bounds) <= _EDGE_OF_WORLD).all(axis=(1, 2)))
    present = ~np.asarray(shapely.is_missing(geometries))
    for number in np.flatnonzero(present & (~valid | empty | ~inside)):
        if problems[number]:
            continue
        if empty[number]:
            problems[number] = "Its geometry is empty."
        elif not inside[number]:
            problems[number] = f"Its coordinates lie outside the world in {system}; is this the right `crs`?"
        else:
            problems[number] = f"Its geometry is invalid: {shapely.is_valid_reason(geometries[number])}."
    return moved


def _array(geometries: Sequence[BaseGeometry | None] | Geometries) -> Geometries:
    array = np.full(len(geometries), None, dtype=object)
    array[:] = geometries
    return array
