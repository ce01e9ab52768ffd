"""The file of a version, whatever the pieces in which its rows come."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spiegelstad.ingest.pipeline.parquet_file import GROUP_ROWS, write_parquet

SCHEMA = pa.schema([("few", pa.float64()), ("many", pa.float64()), ("name", pa.string())])


def _table(rows: int) -> pa.Table:
    columns = {
        "few": [number % 50 / 4 for number in range(rows)],
        "many": [number / 7 for number in range(rows)],
        "name": [f"n{number % 9}" for number in range(rows)],
    }
    return pa.table(columns, SCHEMA)


def _written(target: Path, table: pa.Table, piece: int) -> bytes:
    rows = write_parquet(table.to_batches(max_chunksize=piece), SCHEMA, target)
    assert rows == table.num_rows
    return target.read_bytes()


@pytest.mark.parametrize("rows", [0, 1, GROUP_ROWS, GROUP_ROWS + 1])
def test_pieces_leave_no_trace_in_the_file(tmp_path: Path, rows: int) -> None:
    table = _table(rows)
    first = _written(tmp_path / "a.parquet", table, 1_000_000)
    assert first == _written(tmp_path / "b.parquet", table, 7_001)
    assert pq.read_table(tmp_path / "a.parquet") == table


def test_dictionary_is_kept_of_columns_with_few_different_values(tmp_path: Path) -> None:
    _written(tmp_path / "a.parquet", _table(3 * GROUP_ROWS), GROUP_ROWS)
    group = pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(2)
    packed = {column.path_in_schema: column for column in map(group.column, range(3))}
    assert [name for name, column in packed.items() if column.has_dictionary_page] == ["few", "name"]
