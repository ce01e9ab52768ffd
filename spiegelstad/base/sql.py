"""SQL from files: hot queries live in `sql/*.sql` beside the room that uses them.

A file holds one or more statements, each under a line `-- name: the_name`; text above the first name is a comment.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.pq import ConnStatus, TransactionStatus

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def _statements(path: Path) -> dict[str, str]:
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def load(beside: str | Path, name: str) -> str:
    """Return the statement `name` from any `sql/*.sql` beside the module file `beside` (pass `__file__`)."""
    for path in sorted((Path(beside).parent / "sql").glob("*.sql")):
        if name in (found := _statements(path)):
            return found[name]
    raise LookupError(f"no statement {name!r} in the sql folder of {Path(beside).parent.name}")


def rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Run `sql` on Django's connection and return all rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def dicts(sql: str, params: Any = None) -> list[dict[str, Any]]:
    """Run `sql` and return each row as a dict by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class PreparedCursor(psycopg.Cursor[Any]):
    """A cursor that runs what its connection has prepared by one call of libpq.

    Measured: what psycopg does to be able to wait in many ways costs more than half of a short statement.
    """

    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        """Run a statement; as psycopg does, but nothing can interrupt it when it has been prepared before."""
        raw, libpq = self._conn, self._pgconn
        if raw._pipeline is None and (raw.autocommit or libpq.transaction_status != TransactionStatus.IDLE):
            asked = self._convert_query(query, params)
            name = raw._prepared._names.get(raw._prepared.key(asked))
            if name is not None:
                self._reset()
                found = libpq.exec_prepared(name, asked.params, asked.formats, bool(binary))
                if libpq.status == ConnStatus.BAD:
                    raise psycopg.OperationalError(found.get_error_message())
                self._check_results([found])
                self._set_results([found])
                return self
        return super().execute(query, params, prepare=prepare, binary=binary)


class prepared:  # noqa: N801  used as a function; a generator would cost every statement of a request twice as much
    """Gives, for a block, a cursor on Django's connection that binds on the server and prepares what it runs often."""

    __slots__ = ("_errors",)

    def __enter__(self) -> PreparedCursor:
        database = connections[DEFAULT_DB_ALIAS]
        if database.connection is None:
            database.ensure_connection()
        raw = database.connection
        raw.prepare_threshold = 3
        self._errors = database.wrap_database_errors
        self._errors.__enter__()
        return PreparedCursor(raw)

    def __exit__(self, *error: Any) -> None:
        self._errors.__exit__(*error)


@contextmanager
def cursor() -> Iterator["psycopg.Cursor[Any]"]:
    """Yield the psycopg cursor under Django's connection and transaction, for COPY and binary parameters."""
    with connection.cursor() as wrapped:
        yield wrapped.cursor.cursor if hasattr(wrapped.cursor, "cursor") else wrapped.cursor
