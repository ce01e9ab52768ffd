"""The parent's side of the sandbox: a few warm worker processes, lent out for a session at a time."""

import atexit
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from spiegelstad.base.errors import InvalidInput, SpiegelstadError, TooLarge, Unavailable
from spiegelstad.catalogue.sandbox import protocol
from spiegelstad.catalogue.sandbox.protocol import Parameter

MAX_WORKERS = 4
_KEEP_WARM = 2
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


class _Worker:
    """One process; not shared between threads while lent out."""

    def __init__(self) -> None:
        package_root = Path(__file__).parents[3]
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-m", "spiegelstad.catalogue.sandbox.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(package_root), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
        self._late = False

    def tell(self, message: dict[str, Any]) -> None:
        """Send without waiting for an answer."""
        protocol.write(cast(IO[bytes], self._process.stdin), message)

    def ask(self, message: dict[str, Any], seconds: float) -> bytes:
        """Send and wait; the process is killed when no answer comes in time."""
        timer = threading.Timer(seconds, self._kill_late)
        timer.start()
        try:
            self.tell(message)
            answer, body = protocol.read(cast(IO[bytes], self._process.stdout))
        except (EOFError, OSError):
            self.end()
            raise _failure("slow" if self._late else "memory", "") from None
        finally:
            timer.cancel()
        if not answer["ok"]:
            raise _failure(answer["error"], answer["message"])
        return body

    def _kill_late(self) -> None:
        self._late = True
        self._process.kill()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill and forget."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


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


class _Pool:
    """Idle workers of this process."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._idle: deque[_Worker] = deque()
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MAX_WORKERS)
        atexit.register(self.close)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places; `Unavailable` when none comes free."""
        if not self._free.acquire(timeout=_PATIENCE_S):
            raise Unavailable("All places for queries are taken.", remedy="Try again in a minute.")
        try:
            yield
        finally:
            self._free.release()

    def take(self) -> _Worker:
        """Lend out a warm worker, or start one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                worker.end()
        return _Worker()

    def give_back(self, worker: _Worker) -> None:
        """Clear a worker for the next session, or end it when there are enough."""
        if worker.is_alive:
            with suppress(OSError):
                worker.tell({"do": "close"})
                with self._lock:
                    if len(self._idle) < _KEEP_WARM:
                        self._idle.append(worker)
                        return
        worker.end()

    def close(self) -> None:
        """End the idle workers."""
        while self.is_ours() and self._idle:
            self._idle.pop().end()

    def is_ours(self) -> bool:
        """Whether this pool was made by the present process and not by one it was forked from."""
        return self._pid == os.getpid()


_pool = _Pool()
_pool_lock = threading.Lock()


def _own_pool() -> _Pool:
    global _pool  # noqa: PLW0603  one pool a process, made anew after a fork
    with _pool_lock:
        if not _pool.is_ours():
            _pool = _Pool()
        return _pool


class Session:
    """Tables to ask questions of, one after another, by one thread."""

    def __init__(self, pool: _Pool, tables: Mapping[str, TableFile], limits: Limits) -> None:
        self._pool, self._tables, self._limits = pool, tables, limits
        self._worker: _Worker | None = None

    def query(self, sql: str, params: dict[str, Parameter] | list[Parameter] | None = None) -> pa.Table:
        """Run one SELECT; `?` takes from a list, `$name` from a dict. Time stamps come in the zone Europe/Brussels.

        Raises BadQuery, QueryTooSlow, QueryTooHeavy, ResultTooLarge or DataUnreadable; the session goes on after each.
        """
        limits = self._limits
        request = {"do": "query", "sql": sql, "params": params, "max_rows": limits.rows, "max_bytes": limits.bytes}
        body = self._opened().ask(request, limits.seconds + _GRACE_S)
        return pa.ipc.open_stream(body).read_all()

    def _opened(self) -> _Worker:
        if self._worker is not None:
            if self._worker.is_alive:
                return self._worker
            self._worker.end()
        self._worker = self._pool.take()
        tables = {name: {"path": str(t.path), "columns": t.columns} for name, t in self._tables.items()}
        limits = self._limits
        request = {"do": "open", "tables": tables, "memory_mb": limits.memory_mb, "threads": limits.threads}
        try:
            self._worker.ask({**request, "seconds": limits.seconds}, _PATIENCE_S)
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
    pool = _own_pool()
    with pool.slot():
        session = Session(pool, tables, limits)
        try:
            yield session
        finally:
            session.close()
