"""PostgreSQL's binary COPY and binary arrays, from and to numpy columns, without a Python object per value.

Only types of fixed width and no NULL: that makes every row equally long, so a whole batch is one structured array.
Layout: PostgreSQL documentation, "COPY", section "Binary Format", and `array_send` for arrays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01
EPOCH_DAYS = 10_957

Column = NDArray[Any] | bytes
_WIRE = {"int64": ">i8", "int32": ">i4", "int16": ">i2", "float64": ">f8"}


def copy_in(columns: Sequence[Column], rows: int) -> bytes:
    """Return the payload of `COPY … FROM STDIN (FORMAT binary)`; a bytes column is the same text in every row."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for number, column in enumerate(columns):
        wire = f"S{len(column)}" if isinstance(column, bytes) else _WIRE[column.dtype.name]
        fields += [(f"size{number}", ">i4"), (f"value{number}", wire)]
    table = np.empty(rows, np.dtype(fields))
    table["fields"] = len(columns)
    for number, column in enumerate(columns):
        table[f"size{number}"] = len(column) if isinstance(column, bytes) else column.dtype.itemsize
        table[f"value{number}"] = column
    return b"".join((HEADER, table.tobytes(), TRAILER))


def copy_out(payload: bytes | bytearray, columns: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Return the columns of what `COPY … TO STDOUT (FORMAT binary)` gave; `columns`: name to numpy type name."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in columns.items():
        fields += [(f"size of {name}", ">i4"), (name, _WIRE[kind])]
    record = np.dtype(fields)
    body = len(payload) - len(HEADER) - len(TRAILER)
    if body % record.itemsize:
        raise ValueError("the rows differ in length: a NULL, or a column of another type")
    table = np.frombuffer(payload, record, body // record.itemsize, len(HEADER))
    return {name: table[name].astype(kind) for name, kind in columns.items()}


def records_out(payload: bytes, columns: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Return the columns of records without sizes, as `string_agg(int8send(…) || …)` gives; `columns` as `copy_out`."""
    table = np.frombuffer(payload, np.dtype([(name, _WIRE[kind]) for name, kind in columns.items()]))
    return {name: table[name].astype(kind) for name, kind in columns.items()}


class _Array(bytes):
    """A one-dimensional array as PostgreSQL sends it."""


class _Int8s(_Array): ...


class _Int4s(_Array): ...


class _Int2s(_Array): ...


class _Float8s(_Array): ...


class _Moments(_Array): ...


class _Days(_Array): ...


_OIDS = {_Int8s: 1016, _Int4s: 1007, _Int2s: 1005, _Float8s: 1022, _Moments: 1185, _Days: 1182}
_ELEMENTS = {_Int8s: 20, _Int4s: 23, _Int2s: 21, _Float8s: 701, _Moments: 1184, _Days: 1082}


def _encode(kind: type[_Array], values: NDArray[Any]) -> _Array:
    cell = np.empty(len(values), np.dtype([("size", ">i4"), ("value", _WIRE[values.dtype.name])]))
    cell["size"], cell["value"] = values.dtype.itemsize, values
    dimensions = [1, 0, _ELEMENTS[kind], len(values), 1] if len(values) else [0, 0, _ELEMENTS[kind]]
    return kind(np.array(dimensions, ">i4").tobytes() + cell.tobytes())


def array(values: NDArray[Any]) -> _Array:
    """Return numbers as a parameter: int64, int32, int16 or float64 as bigint[], integer[], smallint[], float8[]."""
    kinds: dict[str, type[_Array]] = {"int64": _Int8s, "int32": _Int4s, "int16": _Int2s, "float64": _Float8s}
    return _encode(kinds[values.dtype.name], values)


def moments(microseconds: NDArray[np.int64]) -> _Array:
    """Return microseconds since 1970 as a parameter timestamptz[]."""
    return _encode(_Moments, microseconds - EPOCH_US)


def days(since_1970: NDArray[np.int64]) -> _Array:
    """Return days since 1970 as a parameter date[]."""
    return _encode(_Days, (since_1970 - EPOCH_DAYS).astype(np.int32))


def array_out(payload: bytes) -> NDArray[Any]:
    """Return an array as PostgreSQL sent it; moments as microseconds and days as days, both since 1970."""
    dimensions, _, element, *shape = np.frombuffer(payload, ">i4", min(5, len(payload) // 4)).tolist()
    name, offset = _ELEMENT_TYPES[element]
    if not dimensions:
        return np.empty(0, name)
    record = np.dtype([("size", ">i4"), ("value", _WIRE[name])])
    values: NDArray[Any] = np.frombuffer(payload, record, shape[0], 20)["value"].astype(name)
    return values + offset


_ELEMENT_TYPES = {
    20: ("int64", 0),
    23: ("int32", 0),
    21: ("int16", 0),
    701: ("float64", 0),
    1184: ("int64", EPOCH_US),
    1082: ("int32", EPOCH_DAYS),
}


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer | None:
        return bytes(obj)


class _ArrayLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> Any:
        return array_out(bytes(data))


_DUMPERS = {kind: type(f"{kind.__name__}Dumper", (_ArrayDumper,), {"oid": oid}) for kind, oid in _OIDS.items()}


def accept_arrays(cursor: "psycopg.Cursor[Any]") -> None:
    """Teach a cursor that binds on the server the parameters made here, and to give arrays back as numpy's."""
    for kind, dumper in _DUMPERS.items():
        cursor.adapters.register_dumper(kind, dumper)
        cursor.adapters.register_loader(_OIDS[kind], _ArrayLoader)
