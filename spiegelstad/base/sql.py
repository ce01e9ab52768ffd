"""SQL from files: hot queries live in `sql/*.sql` beside the room that uses them.

A file holds one or more statements, each under a line `-- name: the_name`; text above the first name is a comment.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, DataError, connection, connections
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_PLACE = re.compile(r"%\((\w+)\)s")


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


class prepared:  # noqa: N801  used as a function; a generator would cost every statement of a request twice as much
    """Gives, for a block, a cursor on Django's connection that binds on the server and prepares what it runs often."""

    __slots__ = ("_errors",)

    def __enter__(self) -> "psycopg.Cursor[Any]":
        database = connections[DEFAULT_DB_ALIAS]
        if database.connection is None:
            database.ensure_connection()
        raw = database.connection
        raw.prepare_threshold = 3
        self._errors = database.wrap_database_errors
        self._errors.__enter__()
        return psycopg.Cursor(raw)

    def __exit__(self, *error: Any) -> None:
        self._errors.__exit__(*error)


def texts(statement: str, params: Mapping[str, str | None]) -> list[list[bytes | None]]:
    """Run a statement that takes texts alone, and return its rows as the texts that the database sends.

    Prepared, and one call of libpq: measured, a cursor costs four times as much, for it adapts every value and can wait
    in many ways. Nothing interrupts this one, so it is for reading what is found at once.
    """
    query, names = _numbered(statement)
    values = [None if (value := params[name]) is None else value.encode() for name in names]
    if any(value is not None and b"\0" in value for value in values):
        raise DataError("A text of the database holds no NUL.")
    database = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    raw = database.connection
    with database.wrap_database_errors:
        found = raw.pgconn.exec_prepared(_prepared_name(raw, query), values)
        _check(raw, found)
    columns = range(found.nfields)
    return [[found.get_value(row, column) for column in columns] for row in range(found.ntuples)]


@cache
def _numbered(statement: str) -> tuple[bytes, list[str]]:
    """Return a statement with `$1` for its first name and so on, and the names."""
    names = list(dict.fromkeys(_PLACE.findall(statement)))
    query = _PLACE.sub(lambda match: f"${names.index(match[1]) + 1}", statement)
    return query.replace("%%", "%").encode(), names


def _prepared_name(raw: "psycopg.Connection[Any]", query: bytes) -> bytes:
    """Return under which name a connection has prepared a query, in psycopg's own list: it forgets all at times."""
    prepared, key = raw._prepared, (query, ())
    if (name := prepared._names.get(key)) is not None:
        prepared._names.move_to_end(key)
        return name
    name = b"_pg3_%d" % prepared._prepared_idx
    prepared._prepared_idx += 1
    _check(raw, raw.pgconn.prepare(name, query))
    prepared._names[key] = name
    return name


def _check(raw: "psycopg.Connection[Any]", found: PGresult) -> None:
    if found.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        if raw.pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(found.get_error_message())
        raise psycopg.errors.error_from_result(found)


@contextmanager
def cursor() -> Iterator["psycopg.Cursor[Any]"]:
    """Yield the psycopg cursor under Django's connection and transaction, for COPY and binary parameters."""
    with connection.cursor() as wrapped:
        yield wrapped.cursor.cursor if hasattr(wrapped.cursor, "cursor") else wrapped.cursor
