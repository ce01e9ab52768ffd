"""The short way: straight from the files to the Parquet file, when every rule looks at one row by itself.

No table in between: rows that fail are set aside while the others are written. Rows that repeat earlier ones are only
noticed, by the hashes of their keys; then, or when too many rows fail, the stage takes over. Both ways give the same
bytes (tested).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spiegelstad.ingest.formats.rows import Rows, literal
from spiegelstad.ingest.pipeline.parquet_file import write_parquet
from spiegelstad.ingest.pipeline.select import SKIPPED, Select
from spiegelstad.ingest.pipeline.session import (
    MEMORY,
    PIECE_ROWS,
    SORTED_ROWS,
    Counts,
    Failing,
    Session,
    repeated,
    unusable,
)


class _StageNeeded(Exception):
    """Something turned up that needs all rows in a table."""


class Straight(Session):
    """The rows of one run, passing by."""

    def __init__(self, rows: Rows, select: Select, work: Path, *, limit: int, memory: str = MEMORY) -> None:
        super().__init__(rows, work, memory=memory)
        self.select = select
        self.limit = limit
        self.aside: list[tuple[int, int, str, str]] = []
        self.starts: dict[int, int] = {}
        self.read = self.skipped = self.lines = 0

    def write(self, schema: pa.Schema, unique: Sequence[str], target: Path) -> bool:
        """Read all rows once and write those that pass; False when the stage is needed."""
        self.accepted = f"read_parquet({literal(str(target))})"
        hashes: list[NDArray[np.uint64]] = []
        try:
            write_parquet(self._passing(schema, self.select.hash_of(unique), hashes), schema, target)
            if hashes and repeated(np.concatenate(hashes)).num_rows:
                return False
        except _StageNeeded:
            return False
        except duckdb.Error as error:
            raise unusable(error) from None
        self.lines = self.hold_unreadable()
        return True

    def _passing(self, schema: pa.Schema, hash_: str, hashes: list[NDArray[np.uint64]]) -> Iterator[pa.RecordBatch]:
        extra = f", {hash_} AS __hash" if hash_ else ""
        wanted = [*schema.names, *(["__hash"] if hash_ else [])]
        for batch in self.duck.sql(self.select.sql(self.rows.sql, extra)).to_arrow_reader(PIECE_ROWS):
            reasons = batch.column("__reasons")
            self._note_starts(batch.column("__file"))
            passing = batch.select(wanted)
            if reasons.null_count < batch.num_rows:
                self._set_aside(batch)
                passing = passing.filter(reasons.is_null())
            self.read += batch.num_rows
            if hash_:
                if self.read > SORTED_ROWS:
                    raise _StageNeeded
                hashes.append(passing.column("__hash").to_numpy())
            yield passing.select(schema.names)

    def _note_starts(self, files: pa.Array) -> None:
        """Note the row with which each file begins, so that rows are numbered in their file."""
        if files[0].as_py() == files[-1].as_py() and files[0].as_py() in self.starts:
            return  # the usual case: the files stand in order, and this is the middle of one
        numbers, first = np.unique(files.to_numpy(), return_index=True)
        for number, row in zip(numbers.tolist(), first.tolist(), strict=True):
            self.starts.setdefault(number, self.read + row)

    def _set_aside(self, batch: pa.RecordBatch) -> None:
        places = np.flatnonzero(batch.column("__reasons").is_valid())
        chosen = batch.select(["__reasons", "__raw", "__file"]).take(places)
        columns: list[list[Any]] = [column.to_pylist() for column in chosen.columns]
        for place, reasons, raw, file in zip(places.tolist(), *columns, strict=True):
            if reasons == SKIPPED:
                self.skipped += 1
            else:
                self.aside.append((self.read + place, file, reasons, raw))
        if len(self.aside) > self.limit:
            raise _StageNeeded

    def counts(self) -> Counts:
        """Count the rows."""
        return Counts(self.read, len(self.aside), self.skipped, self.lines)

    def failures(self) -> dict[str, int]:
        """Give how often each reason failed a row, by its number."""
        return Counter(reason for _, _, reasons, _ in self.aside for reason in reasons.split(","))

    def failing(self, limit: int) -> Iterator[Failing]:
        """Give failing rows in order, then lines that couldn't be split, at most `limit`."""
        for row, file, reasons, raw in self.aside[:limit]:
            yield Failing(self.rows.files[file].name, row - self.starts[file] + 1, reasons, raw)
        yield from self.unreadable(max(0, limit - len(self.aside)))
