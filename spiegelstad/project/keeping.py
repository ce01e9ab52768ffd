"""Keeping programs running: each is our child and dies with us; one that dies is started again."""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NoReturn

import psycopg

from spiegelstad.base import logs, postgres
from spiegelstad.base.children import start_child, stop_child
from spiegelstad.base.errors import Unavailable

LONGEST_PAUSE_S = 10.0
STABLE_S = 30.0
EARLY_DEATHS = 3
POLL_S = 0.1
STOP_PATIENCE_S = 9.0
ROTATE_EVERY_S = 60.0
ASK_EVERY_S = 5.0
READY_PATIENCE_S = 120.0

logger = logging.getLogger("spiegelstad.processes")


class NotStarted(Unavailable):
    """A process does not stay alive, or a preparation failed."""

    title = "The program does not start"


@dataclass(frozen=True)
class Program:
    """A process to keep running. ``name`` is also the name of its log file.

    ``needed``: a query that says whether there is work for it; until there is, it isn't started. ``may_end``: when it
    ends by itself and well, it is left at that. ``patience_s``: how long it may take to stop.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    needed: str = ""
    may_end: bool = False
    patience_s: float = STOP_PATIENCE_S


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a Python module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


class Keeper:
    """Keeps one program running: starts it again when it ends, later and later when it keeps ending."""

    def __init__(self, program: Program, environment: Mapping[str, str]) -> None:
        self.program = program
        self.environment = {**environment, **program.environment, "SPIEGELSTAD_PROGRAM": program.name}
        self.child: subprocess.Popen[bytes] | None = None
        self.pause_s = 0.1
        self.started_at = 0.0
        self.start_at = 0.0
        self.deaths = 0
        self.ask_at = 0.0
        self.is_done = False

    def look(self) -> None:
        """Start what should run and does not. Called again and again, in the main thread."""
        if self.child is not None and (code := self.child.poll()) is not None:
            lived_s = time.monotonic() - self.started_at
            self.pause_s = 0.1 if lived_s > STABLE_S else min(self.pause_s * 2, LONGEST_PAUSE_S)
            self.deaths = 1 if lived_s > STABLE_S else self.deaths + 1
            self.start_at = time.monotonic() + self.pause_s
            self.child = None
            self.is_done = code == 0 and self.program.may_end
            then = "is left at that" if self.is_done else "starts again"
            logger.warning("%s ended with code %s and %s", self.program.name, code, then)
        if self.child is None and not self.is_done and time.monotonic() >= self.start_at and self._is_needed():
            self.started_at = time.monotonic()
            self.child = start_child(self.program.argv, environment=self.environment)

    def _is_needed(self) -> bool:
        """Whether there is work for the program; asked once in a while, and no when the database doesn't say."""
        if not self.program.needed:
            return True
        if time.monotonic() < self.ask_at:
            return False
        self.ask_at = time.monotonic() + ASK_EVERY_S
        try:
            with psycopg.connect(self.environment[postgres.VARIABLE], connect_timeout=2) as connection:
                row = connection.execute(self.program.needed).fetchone()
        except psycopg.Error as error:
            logger.warning("whether %s is needed is not known: %s", self.program.name, type(error).__name__)
            return False
        return bool(row and row[0])

    def ask_to_stop(self) -> None:
        """Send the polite signal, without waiting."""
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()

    def stop(self) -> None:
        """Wait for the end, and force it when it takes too long."""
        if self.child is not None:
            stop_child(self.child, signals=(signal.SIGTERM, signal.SIGKILL), patience_s=self.program.patience_s)


def look_after(keepers: Sequence[Keeper]) -> None:
    """Look after programs that come up for the first time: one that cannot ends the start."""
    for keeper in keepers:
        keeper.look()
        if keeper.deaths >= EARLY_DEATHS:
            raise NotStarted(f"{keeper.program.name} keeps ending.", remedy="The lines above and its log say why.")


def wait_until(keepers: Sequence[Keeper], is_true: Callable[[], bool], patience_s: float = READY_PATIENCE_S) -> None:
    """Look after programs until this is true. Raises NotStarted when it takes too long."""
    deadline = time.monotonic() + patience_s
    look_after(keepers)
    while not is_true():
        if time.monotonic() > deadline:
            raise NotStarted("The web server does not become ready.", remedy="Its log in the folder ‘log’ says why.")
        time.sleep(POLL_S)
        look_after(keepers)


def keep(keepers: Sequence[Keeper], log_folder: Path) -> NoReturn:
    """Keep programs running, and their logs of a bearable size, until a signal interrupts."""
    rotate_at = 0.0
    while True:
        for keeper in keepers:
            keeper.look()
        if time.monotonic() >= rotate_at:
            logs.rotate(log_folder)
            rotate_at = time.monotonic() + ROTATE_EVERY_S
        time.sleep(POLL_S)


def stop(keepers: Sequence[Keeper]) -> None:
    """Stop these programs, the last first."""
    for keeper in reversed(keepers):
        keeper.ask_to_stop()
    for keeper in reversed(keepers):
        keeper.stop()


def is_ready(address: str, port: int) -> bool:
    """Whether the program there answers that it is ready."""
    connection = HTTPConnection(reached_at(address), port, timeout=5)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def reached_at(address: str) -> str:
    """Return the address at which this machine reaches what listens at `address`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104  compared, not bound
