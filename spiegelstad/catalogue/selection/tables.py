"""Versions that are asked again and again, unpacked in DuckDB's memory with the text of each row already written.

Measured for a page of 1,000 rows of 200,000: of 10 ms, DuckDB takes 7 to unpack columns from Parquet and 2 to plan the
writing of the text; from here it takes 1. A version never changes, so nothing here grows old; what was not asked for
the longest makes room. Only who may read all of a version is answered from here: what a grant gives is never kept so.
"""

import hashlib
import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import duckdb

from spiegelstad.catalogue.selection.sql import identifier

TEXT = "_text"
"""The column of a kept table that holds the text of the row."""

MEMORY_MB = 256
MOST_MB = 128
"""A version that would take more stays on the disk."""
_MB = 2**20
_MADE_AT = 2
_KNOWN = 10_000
_TRIED = 1_000
log = logging.getLogger(__name__)
Limit = Callable[[duckdb.DuckDBPyConnection], AbstractContextManager[None]]


@dataclass
class _Table:
    asked: int = 0
    size: int = 0  # bytes; none as long as it is not made
    readers: int = 0


class Tables:
    """The kept tables of one DuckDB: `MEMORY_MB` in all, by what each is reckoned to take and is seen to take."""

    def __init__(self, database: duckdb.DuckDBPyConnection, limit: Limit) -> None:
        self._database, self._limit = database, limit
        self._tables: OrderedDict[str, _Table] = OrderedDict()
        self._lock, self._making = threading.Lock(), threading.Lock()

    @contextmanager
    def lent(self, content_hash: str, rows: int, source: str, text: str) -> Iterator[str | None]:
        """Lend the table of a version of so many rows, with this text of a row (SQL over `source`); None without one.

        It is made when it is asked for the second time; who asks while another is made reads the file.
        """
        name = identifier("kept_" + hashlib.sha256(f"{content_hash} {text}".encode()).hexdigest()[:32])
        with self._lock:
            table = self._tables.setdefault(name, _Table())
            self._tables.move_to_end(name)
            table.asked, table.readers = table.asked + 1, table.readers + 1
            is_maker = table.asked == _MADE_AT and self._making.acquire(blocking=False)
            if table.asked == _MADE_AT and not is_maker:
                table.asked -= 1
        try:
            if is_maker:
                self._make(name, table, rows, source, text)
            yield name if table.size else None
        finally:
            with self._lock:
                table.readers -= 1

    def _make(self, name: str, table: _Table, rows: int, source: str, text: str) -> None:
        cursor = self._database.cursor()
        try:
            with self._limit(cursor):
                size = _reckoned(cursor, rows, source, text)
                if size <= MOST_MB * _MB and self._make_room(cursor, size):
                    before = _used(cursor)
                    cursor.execute(f"CREATE TABLE {name} AS SELECT *, {text} AS {TEXT} FROM {source}")  # noqa: S608
                    table.size = max(size, _used(cursor) - before)
        except duckdb.Error:
            log.warning("rows are not kept in memory", exc_info=True)  # the file is read, and tells what is wrong
        finally:
            cursor.close()
            self._making.release()

    def _make_room(self, cursor: duckdb.DuckDBPyConnection, size: int) -> bool:
        """Let go of tables that nobody reads, the one not asked for the longest first; return whether there is room."""
        with self._lock:
            left = MEMORY_MB * _MB - size - sum(table.size for table in self._tables.values())
            for name in [name for name, table in self._tables.items() if not table.readers]:
                if left >= 0 and len(self._tables) <= _KNOWN:
                    break
                if gone := self._tables.pop(name).size:
                    cursor.execute(f"DROP TABLE {name}")
                    left += gone
        return left >= 0


def _reckoned(cursor: duckdb.DuckDBPyConnection, rows: int, source: str, text: str) -> int:
    """Return about how many bytes a table takes, from the first of its rows: twice their text."""
    first = f"SELECT avg(strlen({text})) FROM (SELECT * FROM {source} LIMIT {_TRIED})"  # noqa: S608
    found = cursor.execute(first).fetchone()
    return rows * (2 * math.ceil(found[0]) if found and found[0] else 1)


def _used(cursor: duckdb.DuckDBPyConnection) -> int:
    found = cursor.execute("SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'").fetchone()
    return int(found[0]) if found else 0
