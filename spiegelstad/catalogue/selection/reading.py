"""The engine of selections: one DuckDB in this process, locked, that reads the files of versions and nothing else.

The sandbox process is not needed here, as it is for SQL that people write: the SQL is ours, values are bound, and it
uses only functions whose time and memory grow with the text they read (`sql`), so that DuckDB's memory limit and an
interrupt do hold. It saves the copying of results between processes, and shares what DuckDB keeps of the files:
their footers, which never change. Each question has a cursor of its own, which costs some microseconds.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from spiegelstad.catalogue import store
from spiegelstad.catalogue.sandbox.closed import CLOSED, Settings
from spiegelstad.catalogue.sandbox.process import DataUnreadable, QueryTooHeavy, QueryTooSlow, ResultTooLarge, in_utc
from spiegelstad.catalogue.selection.rules import ROW, BadSelection
from spiegelstad.catalogue.selection.sql import Statement, identifier
from spiegelstad.catalogue.selection.tables import MEMORY_MB as KEPT_MB
from spiegelstad.catalogue.selection.tables import Tables

SECONDS = 10.0
MEMORY_MB = 1024  # for questions; kept tables come on top
MAX_ROWS = 1_000_000
MAX_BYTES = 256 * 1024 * 1024
BATCH_ROWS = 65_536
KEPT_BYTES = 64 * 1024 * 1024
_KEPT_ANSWER_BYTES = 1024 * 1024
_KEPT_EACH_BYTES = 4 * 1024  # the question, and what Python needs
_LOOK_S = 0.1
_CONFIG: Settings = {**CLOSED, "memory_limit": f"{MEMORY_MB + KEPT_MB}MiB"}


class _Watch:
    """Interrupts what runs too long: one thread looks at all."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[float, duckdb.DuckDBPyConnection]] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._look, daemon=True, name="selection-watch").start()

    @contextmanager
    def limit(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupt `cursor` when the block takes longer than `SECONDS`."""
        with self._changed:
            self._running[id(cursor)] = (time.monotonic() + SECONDS, cursor)
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(id(cursor), None)

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._running))
                late = [cursor for deadline, cursor in self._running.values() if deadline < time.monotonic()]
                for cursor in late:
                    cursor.interrupt()
            time.sleep(_LOOK_S)


class _Kept:
    """Small answers that were given, to be given again: the file that an answer is from never changes, nor does it."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[object, ...], pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, statement: Statement) -> pa.Table | None:
        """Return the answer, if it is here."""
        key = _key(statement)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, statement: Statement, answer: pa.Table) -> None:
        """Keep an answer, and let go of those that were not asked for the longest."""
        if answer.nbytes > _KEPT_ANSWER_BYTES:
            return
        with self._lock:
            if _key(statement) not in self._answers:
                self._answers[_key(statement)] = answer
                self._bytes += answer.nbytes + _KEPT_EACH_BYTES
            while self._bytes > KEPT_BYTES:
                self._bytes -= self._answers.popitem(last=False)[1].nbytes + _KEPT_EACH_BYTES


def _key(statement: Statement) -> tuple[object, ...]:
    """Name an answer by its SQL, in which stands the content's hash, and the values (of which 1, 1.0 are the same)."""
    return (statement.sql, *statement.values.items())


class _Engine:
    """One DuckDB over one folder of versions."""

    def __init__(self, root: Path) -> None:
        self.owner = (os.getpid(), root)
        self._duckdb = duckdb.connect(":memory:", config=_CONFIG)
        self._watch, self._kept = _Watch(), _Kept()
        self.tables = Tables(self._duckdb, self._watch.limit)
        run = self._duckdb.execute
        run("SET TimeZone = 'Europe/Brussels'; SET Calendar = 'gregorian'; SET parquet_metadata_cache = true")
        # DuckDB 2.0 fails inside when a few rows are asked by number and in an order: it would read the rest later.
        run("SET disabled_optimizers = 'late_materialization'")
        run(f"SET allowed_directories = [{_quote(f'{root}/')}]")
        run("SET enable_external_access = false; SET lock_configuration = true")

    def batches(self, statement: Statement, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the answer; each batch must come within the time limit, however long the reader takes between them."""
        cursor = self._duckdb.cursor()
        try:
            with self._watch.limit(cursor), _told():
                reader = cursor.sql(statement.sql, params=statement.values).to_arrow_reader(rows)
            schema = in_utc(reader.schema)
            yield pa.RecordBatch.from_pylist([], schema)  # so that the columns are known of no rows too
            while True:
                with self._watch.limit(cursor), _told():
                    batch = next(reader, None)
                if batch is None:
                    return
                yield batch.cast(schema)
        finally:
            cursor.close()

    def table(self, statement: Statement) -> pa.Table:
        """Return the whole answer; `ResultTooLarge` beyond `MAX_ROWS` or `MAX_BYTES`."""
        if (kept := self._kept.get(statement)) is not None:
            return kept
        cursor = self._duckdb.cursor()
        try:
            with self._watch.limit(cursor), _told():
                reader = cursor.sql(statement.sql, params=statement.values).to_arrow_reader(BATCH_ROWS)
                answer = pa.Table.from_batches(_within_limits(reader), reader.schema).cast(in_utc(reader.schema))
        finally:
            cursor.close()
        self._kept.put(statement, answer)
        return answer


def _within_limits(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    rows = size = 0
    for batch in reader:
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > MAX_ROWS or size > MAX_BYTES:
            raise ResultTooLarge("The answer is too large to be given at once.", remedy="Ask for less at a time.")
        yield batch


@contextmanager
def _told() -> Iterator[None]:
    """Tell DuckDB's errors in our words; those that would be faults of ours go on as they are."""
    try:
        yield
    except duckdb.InterruptException:
        raise QueryTooSlow("It takes too long.", remedy="Ask for less at a time.") from None
    except (duckdb.OutOfMemoryException, MemoryError):
        raise QueryTooHeavy("It needs too much memory.", remedy="Ask for less, or without an order.") from None
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        raise BadSelection("A figure is larger than any number we can give.") from None
    except duckdb.InvalidInputException as error:
        if "Parquet" not in str(error):
            raise
        raise DataUnreadable("The file of this version is missing or damaged.") from None
    except duckdb.IOException:
        raise DataUnreadable("The file of this version is missing or damaged.") from None


_engine: _Engine | None = None
_lock = threading.Lock()
_left_behind: list[_Engine] = []


def engine() -> _Engine:
    """Return the engine of this process. One that was inherited by a fork has lost its threads: never touched again."""
    global _engine  # noqa: PLW0603  one a process
    with _lock:
        owner = (os.getpid(), _resolved(store.root()))
        if _engine is None or _engine.owner != owner:
            if _engine is not None and _engine.owner[0] != owner[0]:
                _left_behind.append(_engine)
            _engine = _Engine(owner[1])
        return _engine


def text_of(batch: pa.RecordBatch) -> bytes:
    """Return the texts of the first column behind each other: as they lie in memory already."""
    texts = batch.column(0)
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, places, data = texts.buffers()
    bounds = np.frombuffer(places, kind)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(bounds[0]) : int(bounds[-1])].tobytes()


def table_of(content_hash: str) -> str:
    """Return a version's rows as SQL of a table, numbered."""
    return _table_of(store.path_of(content_hash))


@lru_cache(maxsize=4096)
def _table_of(path: Path) -> str:
    file = _quote(str(path.resolve()))
    return f"(SELECT *, file_row_number AS {identifier(ROW)} FROM read_parquet({file}))"  # noqa: S608


@lru_cache(maxsize=8)
def _resolved(root: Path) -> Path:
    return root.resolve()  # asks the operating system about every part of the path


@lru_cache(maxsize=4096)
def is_key(content_hash: str, column: str) -> bool:
    """Whether every row has a value of its own in this column. A version never changes, so it is asked once."""
    name = identifier(column)
    sql = f"SELECT count(*) = count(DISTINCT {name}) FROM {table_of(content_hash)}"  # noqa: S608
    try:
        return bool(engine().table(Statement(sql, {})).column(0)[0].as_py())
    except (QueryTooHeavy, QueryTooSlow):  # too many rows to find out: then they are known by their number
        return False


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
