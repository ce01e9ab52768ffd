# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
"""A DuckDB session with limits, for one run: what the stage and the straight way share."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.rows import Rows, literal
from spiegelstad.ingest.pipeline.select import code_type

MEMORY = "1GB"
AHEAD = "64MB"  # of rows that DuckDB makes ready while earlier ones are written; with its own 1 MB it mostly waits
PIECE_ROWS = 122_880
SORTED_ROWS = 20_000_000


@dataclass(frozen=True)
class Failing:
    """A row that fails: `row` counts from 1 in its file (of an unreadable line: the line), `raw` is JSON."""

    file: str
    row: int
    reasons: str
    raw: str


@dataclass(frozen=True)
class Counts:
    """Rows of a run. `unreadable`: lines that couldn't be split, not among `rows` and `failed`."""

    rows: int
    failed: int
    skipped: int
    unreadable: int


class Session:
    """Use it with `with`. `accepted` is what stands after FROM to have the rows that pass."""

    accepted: str

    def __init__(self, rows: Rows, work: Path, *, memory: str = MEMORY) -> None:
        self.rows = rows
        self.duck = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory,
                "threads": str(min(os.cpu_count() or 1, 4)),
                "temp_directory": str(work / "spill"),
                "preserve_insertion_order": "true",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        self.do("SET TimeZone = 'UTC'")
        self.do(f"SET streaming_buffer_size = '{AHEAD}'")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.duck.close()

    def do(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement to its end and give its rows."""
        return self.duck.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        """Give the one number that a query answers."""
        return int(self.do(sql)[0][0] or 0)

    def know_codes(self, area_type: str, codes: Sequence[str]) -> None:
        """Make known which codes an area type has, for rules that refer to it."""
        listed = ", ".join(literal(code) for code in sorted(set(codes))) or "''"
        self.do(f"CREATE TYPE {code_type(area_type)} AS ENUM ({listed})")

    def hold_unreadable(self) -> int:
        """Keep the lines that couldn't be split, once the files have been read; give how many there are."""
        lines = (
            "SELECT file_path, line, any_value(csv_line) AS csv_line "
            "FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY ALL ORDER BY file_path, line"
            if self.rows.rejects
            else "SELECT '' AS file_path, 0 AS line, '' AS csv_line LIMIT 0"
        )
        self.do(f"CREATE TABLE unreadable AS {lines}")
        return self.number("SELECT count(*) FROM unreadable")

    def unreadable(self, limit: int) -> Iterator[Failing]:
        """Give the lines that couldn't be split, at most `limit`."""
        names = {str(file.path): file.name for file in self.rows.files}
        for path, line, text in self.do(f"SELECT * FROM unreadable LIMIT {limit}"):
            yield Failing(names.get(path, path), line, "line", json.dumps({"": text}, ensure_ascii=False))


def unusable(error: duckdb.Error) -> UnusableFile:
    """Say that DuckDB couldn't read a file."""
    first = str(error).strip().splitlines()[0]
    return UnusableFile(f"The file can't be read: {first}.", remedy="Check `format` in the definition.")


def repeated(hashes: NDArray[np.uint64]) -> pa.Table:
    """Give the hashes that occur more than once: fivefold faster than grouping them in DuckDB."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(partial(_repeated, hashes), (0, 1)))
    return pa.table({"h": pa.array(np.concatenate(found), pa.uint64())})


def _repeated(hashes: NDArray[np.uint64], last_bit: int) -> NDArray[np.uint64]:
    """Look among the hashes that end in this bit. Their upper halves sort in half the time, and few meet by chance."""
    mine = hashes[hashes & 1 == last_bit]
    crowded = np.zeros(1 << 16, dtype=np.bool_)
    crowded[_twice((mine >> 32).astype(np.uint32)) >> 16] = True
    return np.unique(_twice(mine[crowded[mine >> 48]]))


def _twice(numbers: NDArray[Any]) -> NDArray[Any]:
    ordered: NDArray[Any] = np.sort(numbers)
    again: NDArray[Any] = ordered[1:][ordered[1:] == ordered[:-1]]
    return again
