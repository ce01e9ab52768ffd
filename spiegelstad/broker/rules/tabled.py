"""A table out of a shared file, with what was wrong in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from django.utils.translation import gettext as _

from spiegelstad.broker.rules.uploaded import GEOMETRY, USES, Mapped, Raw, parse, tidy
from spiegelstad.catalogue.public import Column, ColumnType, Quality, QualityCheck
from spiegelstad.places.public import CoordinateSystem, transform_points

LEAST_SCORE = 0.9
"""A file in which more than one row in ten breaks a rule has to be mended first."""

_ARROW = {
    ColumnType.VARCHAR: pa.string(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMPTZ: pa.timestamp("us", "Europe/Brussels"),
}
_PAIRS = {"lon": CoordinateSystem.WGS84, "x": CoordinateSystem.LAMBERT_72}


@dataclass(frozen=True, slots=True)
class Made:
    """The table of a file: rows that miss what is required are left out, and counted in `quality`."""

    table: pa.Table
    columns: tuple[Column, ...]
    quality: Quality


def problems_of(mapping: Sequence[Mapped], raw: Raw) -> list[str]:
    """Say what is wrong with a mapping."""
    names = [one.name for one in mapping if one.use in set(_ARROW)]
    uses = [one.use for one in mapping]
    found = []
    if [one.source for one in mapping] != list(raw.names) or any(use not in USES for use in uses):
        found.append(_("Say for every column of the file what it holds."))
    if len({*names, GEOMETRY}) != len(names) + 1 or any(tidy(name) != name for name in names):
        found.append(_("Every column needs a name of its own, of small letters, digits and underscores."))
    if any(uses.count(use) > 1 for use in ("lon", "lat", "x", "y")) or not _pairs_are_whole(uses):
        found.append(_("A place needs one longitude and one latitude, or one x and one y."))
    if not names and raw.shapes is None and "lon" not in uses and "x" not in uses:
        found.append(_("Keep one column at least."))
    return found


def _pairs_are_whole(uses: Sequence[str]) -> bool:
    both = ("lon" in uses) + ("x" in uses)
    return ("lon" in uses) == ("lat" in uses) and ("x" in uses) == ("y" in uses) and both < 2


def make(raw: Raw, mapping: Sequence[Mapped]) -> Made:
    """Make the table: a value that does not fit is empty, a row without what is required is left out."""
    checks: list[QualityCheck] = []
    wrong = np.zeros(len(raw.rows), dtype=bool)
    kept = np.ones(len(raw.rows), dtype=bool)
    arrays: dict[str, list[Any]] = {}
    columns: list[Column] = []
    for number, one in enumerate(mapping):
        if one.use not in set(_ARROW):
            continue
        texts = raw.values(number)
        values = [None if text is None else parse(text, one.use) for text in texts]
        bad = np.array([text is not None and value is None for text, value in zip(texts, values, strict=True)])
        checks.append(_check("type", one.name, bad))
        wrong |= bad
        if one.required:
            empty = np.array([value is None for value in values])
            checks.append(_check("required", one.name, empty))
            wrong |= empty
            kept &= ~empty
        arrays[one.name] = values
        columns.append(Column(one.name, one.use, "", {"nl": one.description} if one.description else {}))
    shapes = raw.shapes or _points(raw, mapping)
    if shapes is not None:
        bad = np.array([shape is None for shape in shapes])
        checks.append(_check("geometry", GEOMETRY, bad))
        wrong |= bad
        arrays[GEOMETRY] = shapes
        columns.append(Column(GEOMETRY, ColumnType.BLOB))
    types = {column.name: _ARROW.get(ColumnType(column.type), pa.binary()) for column in columns}
    table = pa.table({name: pa.array(values, types[name]) for name, values in arrays.items()}).filter(pa.array(kept))
    return Made(table, tuple(columns), Quality(tuple(checks), float(1 - wrong.mean())))


def _check(rule: str, column: str, bad: Any) -> QualityCheck:
    failed = int(bad.sum())
    return QualityCheck(rule, column, len(bad) - failed, failed, 1 - failed / max(len(bad), 1))


def _points(raw: Raw, mapping: Sequence[Mapped]) -> list[bytes | None] | None:
    """Make points in WGS84 of two columns of coordinates."""
    uses = [one.use for one in mapping]
    for first, second in (("lon", "lat"), ("x", "y")):
        if first in uses:
            east, north = (
                np.array([_coordinate(text, use) for text in raw.values(uses.index(use))]) for use in (first, second)
            )
            east, north = transform_points(east, north, _PAIRS[first], CoordinateSystem.WGS84)
            there = np.isfinite(east) & np.isfinite(north)
            points = shapely.to_wkb(shapely.points(np.where(there, east, 0), np.where(there, north, 0)))
            return [point if is_there else None for point, is_there in zip(points, there, strict=True)]
    return None


def _coordinate(text: str | None, use: str) -> float:
    value = None if text is None else parse(text, use)
    return float("nan") if value is None else value
