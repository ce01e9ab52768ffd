"""The parent's side of the sandbox: a worker process is lent out for a session at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from spiegelstad.base.apart import Ended, Late, Pool, Worker, pool_of
from spiegelstad.base.apart_protocol import Parameter
from spiegelstad.base.errors import InvalidInput, SpiegelstadError, TooLarge, Unavailable

_MODULE = "spiegelstad.catalogue.sandbox.worker"
_GRACE_S = 1.0  # DuckDB stops a late query itself in most cases; after this the process is killed
_PATIENCE_S = 30.0


class BadQuery(InvalidInput):
    """The SQL is not correct or not allowed; `detail` says why."""

    title = "The query cannot run"


class QueryTooSlow(TooLarge):
    """The query needs more time than its limit."""

    title = "The query takes too long"


class QueryTooHeavy(TooLarge):
    """The query needs more memory than its limit."""

    title = "The query needs too much memory"


class ResultTooLarge(TooLarge):
    """The result has more rows or bytes than its limit."""

    title = "The result is too large"


class DataUnreadable(Unavailable):
    """A file of a version is missing or damaged; `spiegelstad catalogue verify` names it."""

    title = "The data cannot be read"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use. One thread by default: sums of decimals are then the same to the last digit."""

    seconds: float = 10.0
    memory_mb: int = 1024
    threads: int = 1
    rows: int = 1_000_000
    bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TableFile:
    """A Parquet file as a table of a query: where it is and which columns are shown."""

    path: Path
    columns: tuple[str, ...]


def in_utc(schema: pa.Schema) -> pa.Schema:
    """Return a schema with its moments in UTC, not in the zone by which DuckDB counts days.

    In Brussels the last hour of the year 9999, by which registers say "for ever", is in a year that Python has not.
    """
    utc = pa.timestamp("us", "UTC")
    return pa.schema([one.with_type(utc) if pa.types.is_timestamp(one.type) and one.type.tz else one for one in schema])


def _asked(worker: Worker, request: dict[str, Any], seconds: float) -> bytes:
    """Ask a worker and return what it found, or raise what went wrong."""
    try:
        answer, body = worker.ask(request, seconds)
    except Late:
        raise _failure("slow", "") from None
    except Ended:
        raise _failure("memory", "") from None
    if not answer["ok"]:
        raise _failure(answer["error"], answer["message"])
    return body


def _failure(kind: str, message: str) -> SpiegelstadError:
    match kind:
        case "slow":
            return QueryTooSlow("The query was stopped at its time limit.", remedy="Ask for less at a time.")
        case "memory":
            return QueryTooHeavy("The query was stopped at its memory limit.", remedy="Ask for less at a time.")
        case "large":
            return ResultTooLarge(message, remedy="Add a LIMIT or a condition.")
        case "file":
            return DataUnreadable(message)
        case _:
            return BadQuery(message)


class Session:
    """Tables to ask questions of, one after another, by one thread."""

    def __init__(self, pool: Pool, tables: Mapping[str, TableFile], limits: Limits) -> None:
        self._pool, self._tables, self._limits = pool, tables, limits
        self._worker: Worker | None = None

    def query(self, sql: str, params: dict[str, Parameter] | list[Parameter] | None = None) -> pa.Table:
        """Run one SELECT; `?` takes from a list, `$name` from a dict. Time stamps come in the zone Europe/Brussels.

        Raises BadQuery, QueryTooSlow, QueryTooHeavy, ResultTooLarge or DataUnreadable; the session goes on after each.
        """
        limits = self._limits
        request = {"do": "query", "sql": sql, "params": params, "max_rows": limits.rows, "max_bytes": limits.bytes}
        body = _asked(self._opened(), request, limits.seconds + _GRACE_S)
        answer = pa.ipc.open_stream(body).read_all()
        return answer.cast(in_utc(answer.schema))

    def _opened(self) -> Worker:
        if self._worker is not None:
            if self._worker.is_alive:
                return self._worker
            self._worker.end()
        self._worker = self._pool.take()
        tables = {name: {"path": str(t.path), "columns": t.columns} for name, t in self._tables.items()}
        limits = self._limits
        request = {"do": "open", "tables": tables, "memory_mb": limits.memory_mb, "threads": limits.threads}
        try:
            _asked(self._worker, {**request, "seconds": limits.seconds}, _PATIENCE_S)
        except SpiegelstadError as error:
            self._worker.end()
            raise DataUnreadable(f"The tables of this query cannot be opened: {error.detail}") from None
        return self._worker

    def close(self) -> None:
        """Give the worker back."""
        if self._worker is not None:
            self._pool.give_back(self._worker)


@contextmanager
def open_session(tables: Mapping[str, TableFile], limits: Limits) -> Iterator[Session]:
    """Lend a sandbox with these tables for the length of a `with` block."""
    pool = pool_of(_MODULE)
    with pool.slot():
        session = Session(pool, tables, limits)
        try:
            yield session
        finally:
            session.close()
