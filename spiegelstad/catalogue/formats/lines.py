"""The text of a row in each format, as SQL of DuckDB over the columns of an answer. Pure.

DuckDB writes the text on all its threads while Python passes on what is written: measured, that is as fast as its own
COPY and several times faster than making objects first. Moments are ISO 8601 in UTC, geometry is WGS84 (WKT, but
GeoJSON in a feature), numbers that are none (`NaN`, infinity) and geometry that cannot be read count as missing.
"""

from collections.abc import Callable, Sequence

import orjson

from spiegelstad.catalogue.rules import Column, geometry_of
from spiegelstad.catalogue.selection.sql import identifier
from spiegelstad.catalogue.vocabulary import ColumnType

Wording = Callable[[Sequence[Column]], str]
"""Gives the SQL of the text of a row; what separates it from the row before is part of it."""

_CELL_CHARACTERS = 32_767  # as many as a cell of a sheet holds
_CELL_DIGITS = 15  # a sheet keeps no more of a number; longer ones are text
_NOT_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"


def quote(text: str) -> str:
    """Return text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def csv_header(columns: Sequence[Column]) -> bytes:
    """Return the first line of a CSV file: the names, quoted."""
    names = (column.name.replace('"', '""') for column in columns)
    return ",".join(f'"{name}"' for name in names).encode() + b"\n"


def csv_line(columns: Sequence[Column]) -> str:
    """A line with commas, quotes where needed (an empty text too: a missing value is nothing at all), and its end."""
    values = ", ',', ".join(map(_csv_value, columns))
    return f"concat({values}, chr(10))"


def _csv_value(column: Column) -> str:
    name = identifier(column.name)
    if column.type == ColumnType.VARCHAR:
        quoted = f"'\"' || replace({name}, '\"', '\"\"') || '\"'"
        return f"CASE WHEN {name} = '' OR regexp_matches({name}, '[\",\\r\\n]') THEN {quoted} ELSE {name} END"
    if column.type == ColumnType.BLOB:
        return f"'\"' || {_plain(column)} || '\"'"
    return _plain(column)


def json_line(columns: Sequence[Column]) -> str:
    """A comma, the end of a line, and an object: the first comma of all is for who joins them to leave out."""
    return f"concat(',', chr(10), {_object(columns)})"


def feature_line(columns: Sequence[Column]) -> str:
    """As `json_line`, a GeoJSON feature: its geometry is that of the geometry column, else a point of lon and lat."""
    where = geometry_of(columns)
    assert where is not None
    properties = [column for column in columns if column.name not in where]
    if len(where) == 1:
        shape = f"st_asgeojson({_shape(where[0])})::VARCHAR"
    else:
        lon, lat = (_number(identifier(name)) for name in where)
        shape = f"'{{\"type\":\"Point\",\"coordinates\":[' || {lon} || ',' || {lat} || ']}}'"
    head = quote('{"type":"Feature","geometry":')
    return f"concat(',', chr(10), {head}, coalesce({shape}, 'null'), ',\"properties\":', {_object(properties)}, '}}')"


def _object(columns: Sequence[Column]) -> str:
    parts = []
    for position, column in enumerate(columns):
        name = orjson.dumps(column.name).decode()
        parts += [quote(f"{',' if position else '{'}{name}:"), f"coalesce({_json_value(column)}, 'null')"]
    return f"concat({', '.join(parts)}, '}}')" if parts else "'{}'"


def _json_value(column: Column) -> str:
    if column.type == ColumnType.VARCHAR:
        return f"to_json({identifier(column.name)})::VARCHAR"
    text = _plain(column)
    return text if column.type in _BARE else f"'\"' || {text} || '\"'"


_BARE = {ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.BOOLEAN}


def sheet_line(columns: Sequence[Column]) -> str:
    """A row of a sheet (Office Open XML): dates and moments as days since 1899-12-30, moments in Brussels time.

    What a sheet cannot hold whole: numbers of more than 15 digits become text, and text is cut at 32,767 characters.
    """
    return f"concat('<row>', {', '.join(map(_cell, columns))}, '</row>')"


def _cell(column: Column) -> str:
    name = identifier(column.name)
    match column.type:
        case ColumnType.DOUBLE:
            filled = f"'<c><v>' || {_number(name)} || '</v></c>'"
        case ColumnType.BIGINT:
            number, text = f"'<c><v>' || {name} || '</v></c>'", _text_cell(f"{name}::VARCHAR")
            filled = f"CASE WHEN abs({name}::HUGEINT) < {10**_CELL_DIGITS} THEN {number} ELSE {text} END"
        case ColumnType.BOOLEAN:
            filled = f"'<c t=\"b\"><v>' || {name}::BIGINT || '</v></c>'"
        case ColumnType.DATE:
            filled = f"'<c s=\"1\"><v>' || ({name} - DATE '1899-12-30') || '</v></c>'"
        case ColumnType.TIMESTAMPTZ:
            local = f"epoch({name} AT TIME ZONE 'Europe/Brussels')"
            filled = f"'<c s=\"2\"><v>' || ({local} / 86400.0 + 25569) || '</v></c>'"
        case ColumnType.BLOB:
            filled = _text_cell(_plain(column))
        case _:
            filled = _text_cell(name)
    return f"coalesce({filled}, '<c/>')"


def _text_cell(text: str) -> str:
    escaped = f"regexp_replace(left({text}, {_CELL_CHARACTERS}), {quote(_NOT_XML)}, '', 'g')"
    for sign, word in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = f"replace({escaped}, '{sign}', '{word}')"
    return f"'<c t=\"inlineStr\"><is><t xml:space=\"preserve\">' || {escaped} || '</t></is></c>'"


def _plain(column: Column) -> str:
    """The value as text, without quotes round it."""
    name = identifier(column.name)
    match column.type:
        case ColumnType.DOUBLE:
            return f"{_number(name)}::VARCHAR"
        case ColumnType.TIMESTAMPTZ:
            return f"replace(make_timestamp(epoch_us({name}))::VARCHAR, ' ', 'T') || 'Z'"
        case ColumnType.BLOB:
            return f"st_astext({_shape(column.name)})"
        case ColumnType.VARCHAR:
            return name
        case _:
            return f"{name}::VARCHAR"


def _number(name: str) -> str:
    return f"CASE WHEN isfinite({name}) THEN {name} END"


def _shape(name: str) -> str:
    return f"TRY(st_geomfromwkb({identifier(name)}))"
