"""Reading what a Parquet file says about itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.catalogue.vocabulary import ColumnType

_ROW_GROUP_BUFFER = 1024 * 1024


class NotParquet(Exception):
    """The file cannot be read as Parquet; the text says why, without its path."""


@dataclass(frozen=True, slots=True)
class ParquetFacts:
    """Rows, and the columns with their types, in order (`ColumnType`, or Arrow's name of a type we don't keep)."""

    rows: int
    columns: dict[str, str]


def facts(path: Path) -> ParquetFacts:
    """Read the footer of the file."""
    try:
        with pq.ParquetFile(path) as file:
            return ParquetFacts(file.metadata.num_rows, {f.name: column_type(f.type) for f in file.schema_arrow})
    except (pa.ArrowException, OSError) as error:
        raise NotParquet(str(error).replace(str(path), "the file")) from None


ARROW_TYPES: dict[str, pa.DataType] = {
    ColumnType.VARCHAR: pa.string(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMPTZ: pa.timestamp("us", "UTC"),
    ColumnType.BLOB: pa.binary(),
}
"""The Arrow type that we write for each type of columns; `column_type` reads it back."""


def column_type(type_: pa.DataType) -> str:
    """Return the `ColumnType` under which DuckDB shows an Arrow type; all integers count as BIGINT."""
    tests = (
        (pa.types.is_string, ColumnType.VARCHAR),
        (pa.types.is_large_string, ColumnType.VARCHAR),
        (pa.types.is_integer, ColumnType.BIGINT),
        (pa.types.is_floating, ColumnType.DOUBLE),
        (pa.types.is_boolean, ColumnType.BOOLEAN),
        (pa.types.is_date, ColumnType.DATE),
        (pa.types.is_binary, ColumnType.BLOB),
        (pa.types.is_large_binary, ColumnType.BLOB),
    )
    if pa.types.is_dictionary(type_):
        return column_type(type_.value_type)
    if pa.types.is_timestamp(type_) and type_.tz:
        return ColumnType.TIMESTAMPTZ
    return next((str(found) for test, found in tests if test(type_)), str(type_))


def batches(path: Path, size: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of `size` at most, reading no more of the file than needed."""
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=_ROW_GROUP_BUFFER) as file:
        yield from file.iter_batches(batch_size=size, use_threads=False)
