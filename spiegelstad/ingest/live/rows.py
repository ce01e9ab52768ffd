"""From the record of a message to a row, and from a row to the entity and observations it gives. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spiegelstad.ingest.definition.columns import Column, Keep
from spiegelstad.ingest.definition.source import Entities, Observations, SourceDefinition
from spiegelstad.ingest.definition.templates import pieces
from spiegelstad.ingest.formats.json_stream import as_text, pick
from spiegelstad.ingest.live.cells import Value, WrongValue, constant_of, value_of
from spiegelstad.ingest.vocabulary import ColumnType

Row = Mapping[str, Value]


class WrongRow(Exception):
    """The row breaks a rule of its columns; the text names every one."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a template part of the definition becomes for one row: its identifier, names and point."""

    id: str
    entity: str
    name: Mapping[str, str]
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation of a row, with the description of its series; `part`: which of the definition's."""

    part: int
    series: Described
    at: dt.datetime
    value: float
    quality: int


class Reader:
    """Reads the records of one source as its definition says."""

    def __init__(self, definition: SourceDefinition) -> None:
        self.definition = definition
        self._constants = {name: constant_of(c) for name, c in definition.columns.items() if c.constant is not None}
        missing = frozenset(definition.format.missing)
        self._cells = [
            (name, column, missing) for name, column in definition.columns.items() if name not in self._constants
        ]

    def row(self, record: Any) -> Row | None:
        """Return the typed row of a record, None when it is out of scope (`keep`); WrongRow with every reason."""
        row: dict[str, Value] = dict(self._constants)
        wrong: list[str] = []
        for name, column, missing in self._cells:
            text = _cell(record, name, column)
            try:
                row[name] = value_of(None if text is not None and text.strip() in missing else text, column)
            except WrongValue as error:
                wrong.append(f"{name} {error}")
        if any(keep.column in row and not _is_kept(row[keep.column], keep) for keep in self.definition.keep):
            return None
        if wrong:
            raise WrongRow("; ".join(wrong))
        return row

    def entity(self, row: Row) -> Described | None:
        """Return the entity that a row describes; None when the definition has none or its name isn't complete."""
        part = self.definition.entities
        if part is None or not (identifier := filled(part.id, row)):
            return None
        return Described(identifier, identifier, {"": filled(part.name, row) or ""}, *_point(part, row))

    def observations(self, row: Row) -> Iterator[Observed]:
        """Yield the observations of a row: those whose series, time and value are all there."""
        for number, part in enumerate(self.definition.observations):
            key, at, value = filled(part.series, row), row[part.observed_at], row[part.value]
            if key and isinstance(at, dt.datetime) and isinstance(value, int | float):
                quality = row[part.quality] if part.quality else 0
                names = {language: filled(text, row) or key for language, text in part.name.items()}
                series = Described(key, filled(part.entity, row) or "", names, *_point(part, row))
                yield Observed(number, series, at, float(value), quality if isinstance(quality, int) else 0)


def filled(template: str, row: Row) -> str | None:
    """Fill a template; None where one of its columns has no value."""
    found = [(_written(row[text]) if is_column else text) for is_column, text in pieces(template)]
    return None if None in found else "".join(part for part in found if part is not None)


def _written(value: Value) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _point(part: Entities | Observations, row: Row) -> tuple[float | None, float | None]:
    lon, lat = (row[name] if name else None for name in (part.lon, part.lat))
    if isinstance(lon, int | float) and isinstance(lat, int | float):
        return float(lon), float(lat)
    return None, None


def _cell(record: Any, name: str, column: Column) -> str | None:
    if not column.template:
        return _first(record, column.sources or [name])
    parts = [_first(record, text.split("|")) if is_column else text for is_column, text in pieces(column.template)]
    if any(part is None or not part.strip() for part, (is_column, _) in _both(parts, column.template) if is_column):
        return None
    return "".join(part for part in parts if part is not None)


def _both(parts: list[str | None], template: str) -> Iterator[tuple[str | None, tuple[bool, str]]]:
    return zip(parts, pieces(template), strict=True)


def _first(record: Any, names: list[str]) -> str | None:
    """Give the text of the first of the names that has a value."""
    return next((text for name in names if (text := as_text(pick(record, name))) is not None), None)


def _is_kept(value: Value, keep: Keep) -> bool:
    """Whether a row is in scope as far as this test goes; a blank value is not."""
    if value is None:
        return False
    if keep.values and value not in keep.values:
        return False
    if keep.pattern:
        column = Column(type=ColumnType.TEXT, pattern=keep.pattern)
        try:
            value_of(str(value), column)
        except WrongValue:
            return False
    low = keep.minimum is None or _at_least(value, keep.minimum)
    high = keep.maximum is None or _at_least(keep.maximum, value)
    return low and high


def _at_least(value: Any, bound: Any) -> bool:
    return bool(value >= bound)
