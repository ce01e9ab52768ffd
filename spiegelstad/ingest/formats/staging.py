"""Rows that Python reads are written in pieces to a Parquet file, which DuckDB then scans like any other."""

# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.ingest.formats.rows import InputFile, Rows, literal, quoted

PIECE_ROWS = 20_000


def stage_rows(
    rows: Iterable[tuple[int, Sequence[Any]]],
    names: Sequence[str],
    files: Sequence[InputFile],
    target: Path,
    types: dict[str, pa.DataType] | None = None,
) -> Rows:
    """Write (number of the file, values) rows; columns are text unless `types` says else."""
    kinds = [(types or {}).get(name, pa.string()) for name in names]
    schema = pa.schema([*zip(names, kinds, strict=True), ("__file", pa.int32())])
    pending: list[tuple[int, Sequence[Any]]] = []
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        for row in rows:
            pending.append(row)
            if len(pending) == PIECE_ROWS:
                writer.write_table(_piece(pending, schema))
                pending.clear()
        if pending:
            writer.write_table(_piece(pending, schema))
    duck = {pa.string(): "VARCHAR", pa.binary(): "BLOB", pa.float64(): "DOUBLE"}
    columns = ", ".join([*map(quoted, names), "__file"])
    return Rows(
        sql=f"SELECT {columns} FROM read_parquet({literal(str(target))})",
        columns={name: duck[kind] for name, kind in zip(names, kinds, strict=True)},
        files=files,
    )


def _piece(rows: Sequence[tuple[int, Sequence[Any]]], schema: pa.Schema) -> pa.Table:
    values = list(zip(*(row for _, row in rows), strict=True))
    arrays = [_array(column, schema.field(number).type) for number, column in enumerate(values)]
    arrays.append(pa.array([file for file, _ in rows], pa.int32()))
    return pa.table(arrays, schema=schema)


def _array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(column, kind)
    except UnicodeEncodeError:  # half of a pair: JSON can escape it, and no other text can hold it
        return pa.array([_whole(value) for value in column], kind)


def _whole(value: Any) -> Any:
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value
