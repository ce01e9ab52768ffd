"""Values of a version in words, for a page."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from spiegelstad.base.clock import in_brussels
from spiegelstad.base.units import format_number
from spiegelstad.catalogue.rules import Column

SHAPES = {
    "LineString": gettext_lazy("line"),
    "MultiLineString": gettext_lazy("lines"),
    "Polygon": gettext_lazy("polygon"),
    "MultiPolygon": gettext_lazy("polygons"),
    "MultiPoint": gettext_lazy("points"),
}
_LONG = 80


def in_words(row: dict[str, Any], columns: Sequence[Column], language: str) -> list[str]:
    """Return the values of a row as text for people: numbers as the language writes them, moments in Brussels time."""
    return [_words(row.get(column.name), column, language) for column in columns]


def _words(value: Any, column: Column, language: str) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return in_brussels(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        # Without a unit it is a year or a code: 2024, not 2.024.
        return format_number(value, 0, language) if column.unit else str(value)
    if isinstance(value, float):
        return format_number(value, _decimals(value), language)
    if isinstance(value, bytes):
        return _geometry(value, language)
    return _short(str(value))


def _decimals(value: float) -> int:
    """Return how many decimals it takes to show a number as it is, six at most (a coordinate to 0,1 m)."""
    text = f"{value:.6f}".rstrip("0")
    return len(text.partition(".")[2])


def _geometry(value: bytes, language: str) -> str:
    try:
        shape = shapely.from_wkb(value)
    except shapely.GEOSException:
        return "–"
    if shape.geom_type == "Point":
        return shapely.to_wkt(shape, rounding_precision=5)
    count = format_number(int(shapely.get_num_coordinates(shape)), 0, language)
    return _("{shape} of {count} points").format(shape=SHAPES.get(shape.geom_type, shape.geom_type), count=count)


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
