"""Dates, moments and shapes as CQL2 writes them."""

import math
import re
from datetime import UTC, date, datetime
from typing import Any

import orjson
import shapely

from spiegelstad.ogc.cql2.nodes import InvalidFilter, Literal, Shape

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def read_date(text: object) -> Literal:
    """Read `2026-11-22`."""
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return Literal(date.fromisoformat(text))
        except ValueError:
            pass
    raise InvalidFilter(f"{str(text)[:60]!r} is not a date: write it as 2026-11-22.")


def read_moment(text: object) -> Literal:
    """Read `2026-11-22T12:00:00Z` (RFC 3339), which has a zone."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is not None:
        day, time, fraction, zone = found.groups()
        try:
            return Literal(datetime.fromisoformat(f"{day}T{time}{(fraction or '')[:7]}{zone.upper()}").astimezone(UTC))
        except (ValueError, OverflowError):
            pass
    raise InvalidFilter(f"{str(text)[:60]!r} is not a moment: write it as 2026-11-22T12:00:00Z.")


def read_instant(text: object) -> Literal:
    """Read a date or a moment."""
    return read_date(text) if isinstance(text, str) and _DATE.fullmatch(text) else read_moment(text)


def read_number(text: str) -> int | float:
    """Read a number, which is finite."""
    if len(text) > 60:
        raise InvalidFilter(f"The number {text[:20]}… is too long.")
    if re.fullmatch(r"[+-]?\d+", text) and abs(int(text)) < 2**63:
        return int(text)
    value = float(text)
    if not math.isfinite(value):
        raise InvalidFilter(f"The number {text[:20]} is too large.")
    return value


def shape_of_wkt(text: str) -> Shape:
    """Read a geometry as WKT."""
    return _sound(lambda: shapely.from_wkt(text), text)


def shape_of_geojson(geometry: Any) -> Shape:
    """Read a geometry of GeoJSON."""
    return _sound(lambda: shapely.from_geojson(orjson.dumps(geometry)), str(geometry.get("type")))


def shape_of_box(numbers: Any) -> Shape:
    """Read the 4 or 6 numbers of a box; of 6 the heights are left out."""
    good = isinstance(numbers, list | tuple) and len(numbers) in {4, 6}
    if not good or not all(isinstance(one, int | float) and abs(one) < 1e15 for one in numbers):
        raise InvalidFilter("A box is 4 or 6 numbers.")
    half = len(numbers) // 2
    x0, y0, x1, y1 = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    return Shape(shapely.box(x0, y0, x1, y1))


def _sound(read: Any, shown: str) -> Shape:
    try:
        geometry = shapely.force_2d(read())
    except (shapely.GEOSException, ValueError, TypeError):
        raise InvalidFilter(f"The geometry {shown[:60]!r} cannot be read.") from None
    points = shapely.get_coordinates(geometry)
    if geometry is None or not len(points) or not (abs(points) < 1e15).all():
        raise InvalidFilter(f"The geometry {shown[:60]!r} has no points, or points that are no numbers.")
    if not geometry.is_valid:
        raise InvalidFilter(f"The geometry {shown[:60]!r} is not valid: {shapely.is_valid_reason(geometry)}.")
    return Shape(geometry)
