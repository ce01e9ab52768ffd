# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
"""The table in which a run gathers its rows: one pass over the files, then only what is missing.

Every row of the files has its place in the table `stage` (`rowid` 0, 1, 2, … in the order of the files), whether it
passed or not; `place` stands beside it, row by row, with the columns that places gave. Memory is limited: DuckDB
spills to the run's folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from spiegelstad.ingest.formats.rows import Rows, quoted
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

FAILING = f"__reasons IS NOT NULL AND __reasons <> '{SKIPPED}'"


class Stage(Session):
    """The rows of one run, all of them, with what is known of each."""

    def __init__(self, rows: Rows, select: Select, work: Path, *, memory: str = MEMORY) -> None:
        super().__init__(rows, work, memory=memory)
        self.select = select
        self.placed: list[str] = []

    def fill(self) -> None:
        """Read all rows once."""
        create = f"CREATE TABLE stage AS {self.select.sql(self.rows.sql)}"
        try:
            self._keep_order(create)
            self.do(create)
        except duckdb.Error as error:
            raise unusable(error) from None
        self.lines = self.hold_unreadable()

    def counts(self) -> Counts:
        """Count the rows."""
        return Counts(self.count(), self.count(FAILING), self.count(f"__reasons = '{SKIPPED}'"), self.lines)

    @property
    def accepted(self) -> str:  # type: ignore[override]
        """What stands after FROM to have the rows that pass."""
        return f"{self.relation} WHERE __reasons IS NULL"

    def _keep_order(self, create: str) -> None:
        """Use one thread when DuckDB plans a way of filling the table that doesn't keep the order of the rows."""
        plan = self.do(f"EXPLAIN {create}")
        if not any("Batch Create Table As" in text for _, text in plan):
            self.do("SET threads = 1")

    def count(self, where: str = "true") -> int:
        """Count rows of the stage."""
        return self.number(f"SELECT count(*) FROM stage WHERE {where}")

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Stream the rows of a query in their order; the session stays free for other queries."""
        yield from self.duck.cursor().sql(sql).to_arrow_reader(PIECE_ROWS)

    def place_beside(self, types: Mapping[str, str], tables: Iterator[pa.Table]) -> None:
        """Put columns beside the stage: the tables together have one row for each of its rows, in order."""
        self.do("DROP TABLE IF EXISTS place")
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        self.do(f"CREATE TABLE place ({columns})")
        for table in tables:
            self.duck.register("piece", table)
            self.do("INSERT INTO place SELECT * FROM piece")
            self.duck.unregister("piece")
        self.placed = [name for name in types if not name.startswith("__")]
        verdicts = "SELECT stage.rowid AS row, __reasons AS mine, __verdict AS reasons FROM stage POSITIONAL JOIN place"
        counts = f"(mine IS NULL AND reasons IS NOT NULL) OR (mine <> '{SKIPPED}' AND reasons = '{SKIPPED}')"
        self.do(f"CREATE OR REPLACE TABLE mark AS SELECT row, reasons FROM ({verdicts}) WHERE {counts}")
        self._apply_marks()

    def mark_repeated(self, columns: Sequence[str], reasons: str) -> None:
        """Mark rows whose values in these columns stood in an earlier row that passes."""
        keys = ", ".join(quoted(name) for name in columns)
        passing = f"SELECT stage.rowid AS row, {keys} FROM {self.relation} WHERE __reasons IS NULL"
        if self._hold_repeated(f"SELECT hash({keys}) AS h FROM ({passing})"):
            self.do(
                f"CREATE OR REPLACE TABLE mark AS SELECT row, '{reasons}' AS reasons FROM "
                f"(SELECT row, row_number() OVER (PARTITION BY {keys} ORDER BY row) AS nth FROM ({passing}) "
                f"WHERE hash({keys}) IN (FROM repeated)) WHERE nth > 1"
            )
            self._apply_marks()

    def _hold_repeated(self, hashes: str) -> bool:
        """Put the hashes that occur more than once in the table `repeated`; give whether there are any.

        Beyond what memory bears, DuckDB groups them.
        """
        if self.count() > SORTED_ROWS:
            self.do(f"CREATE OR REPLACE TABLE repeated AS {hashes} GROUP BY h HAVING count(*) > 1")
        else:
            self.duck.register("twice", repeated(self.duck.execute(hashes).fetchnumpy()["h"]))
            self.do("CREATE OR REPLACE TABLE repeated AS FROM twice")
            self.duck.unregister("twice")
        return bool(self.number("SELECT count(*) FROM repeated"))

    def _apply_marks(self) -> None:
        self.do("CREATE TABLE IF NOT EXISTS late (row BIGINT, before VARCHAR)")
        self.do("INSERT INTO late SELECT row, __reasons FROM mark JOIN stage ON stage.rowid = mark.row")
        self.do("UPDATE stage SET __reasons = mark.reasons FROM mark WHERE stage.rowid = mark.row")

    def forget_marks(self) -> None:
        """Take back what `place_beside` and `mark_repeated` marked, to do it again."""
        self.do("UPDATE stage SET __reasons = late.before FROM late WHERE stage.rowid = late.row")
        self.do("DELETE FROM late")

    def find_raw(self) -> None:
        """Read the raw rows of failing rows that don't have them yet, in a second scan that keeps nothing else."""
        if not self.count(f"{FAILING} AND __raw IS NULL"):
            return
        numbered = f"SELECT row_number() OVER () - 1 AS row, {self.select.raw()} AS raw FROM ({self.rows.second_scan})"
        wanted = f"SELECT rowid FROM stage WHERE {FAILING} AND __raw IS NULL"
        self.do(f"CREATE OR REPLACE TABLE found AS SELECT * FROM ({numbered}) WHERE row IN ({wanted})")
        self.do("UPDATE stage SET __raw = found.raw FROM found WHERE stage.rowid = found.row")

    def correct(self, corrections: Mapping[str, str]) -> int:
        """Put corrected rows (by SHA-256 of the raw row) in the place of failing ones; give how many pass now.

        A corrected row that fails too may have been corrected in its turn. Each correction counts once for a row, for
        two of them can lead to each other.
        """
        passing = 0
        self.do("CREATE OR REPLACE TABLE applied (row BIGINT, digest VARCHAR)")
        while corrections:
            patched, good = self._correct_once(corrections)
            passing += good
            if patched == good:
                break
        return passing

    def _correct_once(self, corrections: Mapping[str, str]) -> tuple[int, int]:
        """Put a correction in the place of each failing row that has one; give how many had, and how many pass now."""
        table = pa.table({"digest": list(corrections), "raw": list(corrections.values())})
        self.duck.register("corrections", table)
        self.do(
            "CREATE OR REPLACE TABLE due AS SELECT stage.rowid AS row, corrections.digest, corrections.raw, __file "
            "FROM stage JOIN corrections ON sha256(stage.__raw) = corrections.digest "
            "ANTI JOIN applied ON applied.row = stage.rowid AND applied.digest = corrections.digest "
            f"WHERE {FAILING}"
        )
        self.do("INSERT INTO applied SELECT row, digest FROM due")
        names = self.select.present
        cells = ", ".join(_from_json(name, kind) for name, kind in names.items())
        patched = f"SELECT {cells}, row AS __row, __file FROM due"
        self.do(f"CREATE OR REPLACE TABLE patched AS {self.select.sql(patched, extra=', __row')}")
        self.duck.unregister("corrections")
        columns = [*(quoted(name) for name in self.select.definition.columns), "__reasons", "__raw"]
        sets = ", ".join(f"{name} = patched.{name}" for name in columns)
        self.do(f"UPDATE stage SET {sets} FROM patched WHERE stage.rowid = patched.__row")
        [(patched_rows, good)] = self.do("SELECT count(*), count(*) FILTER (__reasons IS NULL) FROM patched")
        return patched_rows, good

    @property
    def relation(self) -> str:
        """The stage with what stands beside it."""
        return "stage POSITIONAL JOIN place" if self.placed else "stage"

    def select_accepted(self, columns: Sequence[str]) -> str:
        """Give the SELECT of the rows that pass, in order."""
        named = ", ".join(f"place.{quoted(name)}" if name in self.placed else quoted(name) for name in columns)
        return f"SELECT {named} FROM {self.accepted}"

    def failing(self, limit: int) -> Iterator[Failing]:
        """Give failing rows in order, then lines that couldn't be split, at most `limit`."""
        names = [file.name for file in self.rows.files]
        starts = dict(self.do("SELECT __file, min(rowid) FROM stage GROUP BY __file"))
        found = self.do(
            f"SELECT rowid, __file, __reasons, __raw FROM stage WHERE {FAILING} ORDER BY rowid LIMIT {limit}"
        )
        for row, file, reasons, raw in found:
            yield Failing(names[file], row - starts[file] + 1, reasons, raw or "{}")
        yield from self.unreadable(limit - len(found))

    def failures(self) -> dict[str, int]:
        """Give how often each reason failed a row, by its number."""
        each = f"SELECT unnest(string_split(__reasons, ',')) AS reason FROM stage WHERE {FAILING}"
        found = self.do(f"SELECT reason, count(*) FROM ({each}) GROUP BY reason")
        return dict(found)


def _from_json(name: str, kind: str) -> str:
    path = "'$.\"" + name.replace("'", "''").replace('"', '\\"') + "\"'"
    text = f"json_extract_string(raw, {path})"
    value = {"BLOB": f"from_hex({text})", "DOUBLE": f"TRY_CAST({text} AS DOUBLE)"}.get(kind, text)
    return f"{value} AS {quoted(name)}"
