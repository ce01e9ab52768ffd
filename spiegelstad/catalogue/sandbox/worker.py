"""The process that runs queries: `python -m spiegelstad.catalogue.sandbox.worker`, spoken to over its stdin and stdout.

Four walls, each enough for most attacks: the grammar (allow-lists on the syntax tree), DuckDB's own locks (no external
access but the listed files, locked configuration, no extensions), the operating system's limits (address space, no
file can grow by a byte, no core), and the process itself (no secrets in its environment, killed by the parent when
late). The third and fourth exist because scalar functions such as `repeat` obey neither DuckDB's memory limit nor an
interrupt. It imports no Django.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from spiegelstad.base import apart_protocol as protocol
from spiegelstad.catalogue.sandbox.closed import CLOSED, Settings
from spiegelstad.catalogue.sandbox.grammar import MAX_SQL_CHARACTERS, NotAllowedSql, check

_HEADROOM_MB = 256  # above DuckDB's own limit: heap of scalar functions and of the result
_BATCH_ROWS = 65_536
_CONFIG: Settings = {**CLOSED, "default_collation": ""}


class _TooLarge(Exception):
    """The result passes the limit that the text names."""


class Session:
    """One DuckDB in memory with views over the given files, locked."""

    def __init__(self) -> None:
        # Made before the first request comes, so that opening costs little.
        self._duckdb = duckdb.connect(":memory:", config=_CONFIG)
        self._parser = self._duckdb.cursor()
        self._duckdb.execute("SET TimeZone = 'Europe/Brussels'; SET Calendar = 'gregorian'")
        self._duckdb.execute("SET parquet_metadata_cache = true")  # right here: the files never change
        self._paths: dict[str, str] = {}
        self._names: frozenset[str] = frozenset()

    def open(self, tables: dict[str, dict[str, Any]], memory_mb: int, threads: int, seconds: float) -> None:
        """Make the views and turn all keys."""
        run = self._duckdb.execute
        self._paths = {table["path"]: name for name, table in tables.items()}
        self._names = frozenset(tables)  # more than the paths where one version has two names
        run(f"SET threads = {threads:d}; SET memory_limit = '{memory_mb:d}MiB'")
        run(f"SET max_execution_time = {int(seconds * 1000):d}")
        run(f"SET allowed_paths = [{', '.join(_quote(path) for path in self._paths)}]")
        for name, table in tables.items():
            columns = ", ".join(_identifier(column) for column in table["columns"])
            source = f"read_parquet({_quote(table['path'])})"
            try:
                run(f"CREATE VIEW {_identifier(name)} AS SELECT {columns} FROM {source}")  # noqa: S608  all is quoted
            except duckdb.Error as error:  # below its first line stands our SQL, with a piece of the path
                raise type(error)(str(error).partition("\n")[0]) from None
        run("SET enable_external_access = false; SET lock_configuration = true")
        _limit_address_space(memory_mb + _HEADROOM_MB)

    def query(self, sql: str, params: Any, max_rows: int, max_bytes: int) -> bytes:
        """Check and run one SELECT; the result as an Arrow IPC stream."""
        if len(sql) > MAX_SQL_CHARACTERS:
            raise NotAllowedSql(f"The query is longer than {MAX_SQL_CHARACTERS} characters.")
        found = self._parser.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
        check(json.loads(found[0] if found else "{}"), self._names)
        reader = self._duckdb.sql(sql, params=params).to_arrow_reader(_BATCH_ROWS)
        return _as_stream(reader, max_rows, max_bytes)

    def without_paths(self, text: str) -> str:
        """Replace each path of a file by the name of its table, and keep the first lines."""
        for path, name in self._paths.items():
            text = text.replace(path, name).replace(Path(path).name, name)
        return "\n".join(text.strip().splitlines()[:6])[:1000]

    def close(self) -> None:
        """Give back the memory."""
        self._parser.close()
        self._duckdb.close()


def _as_stream(reader: pa.RecordBatchReader, max_rows: int, max_bytes: int) -> bytes:
    sink, rows, size = pa.BufferOutputStream(), 0, 0
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > max_rows:
                raise _TooLarge(f"The result has more than {max_rows} rows.")
            if size > max_bytes:
                raise _TooLarge(f"The result is larger than {max_bytes} bytes.")
            writer.write_batch(batch)
    return memoryview(sink.getvalue()).tobytes()


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _limit_address_space(extra_mb: int) -> None:
    """Let the process grow by `extra_mb` from here; what is asked beyond fails as out of memory."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _set_address_space(pages * resource.getpagesize() + extra_mb * 1024 * 1024)


def _set_address_space(limit: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        limit = hard if limit == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _answer(session: Session, message: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        if message.pop("do") == "open":
            session.open(**message)
            return {"ok": True}, b""
        return {"ok": True}, session.query(**message)
    except (
        duckdb.Error,
        pa.ArrowException,
        NotAllowedSql,
        _TooLarge,
        MemoryError,
        RecursionError,
        ValueError,
    ) as error:
        return {"ok": False, "error": _kind(error), "message": session.without_paths(str(error))}, b""


def _kind(error: Exception) -> str:
    """Say what sort of failure it is, in a word of the protocol; most are faults of the query."""
    kinds = {
        _TooLarge: "large",
        duckdb.InterruptException: "slow",
        duckdb.OutOfMemoryException: "memory",
        MemoryError: "memory",
        duckdb.IOException: "file",
    }
    return next((kind for type_, kind in kinds.items() if isinstance(error, type_)), "bad")


def main() -> None:
    """Serve sessions one after another until the parent closes our stdin."""
    messages, sink = protocol.to_parent()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    session = Session()
    while True:
        message = messages.get()
        if message["do"] == "close":
            session.close()
            _set_address_space(resource.RLIM_INFINITY)
            session = Session()
        else:
            protocol.write(sink, *_answer(session, message))


if __name__ == "__main__":
    main()
