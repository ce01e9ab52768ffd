"""What ``spiegelstad up`` runs: the database, the web server, the workers and what else there is, all in the
foreground.

Every process is our child and dies with us. One that dies is started again; nothing acknowledged is lost, because it is
acknowledged only when PostgreSQL has it on disk.
"""

import errno
import logging
import logging.config
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NoReturn

import psycopg

from spiegelstad.base import logs, postgres
from spiegelstad.base.children import start_child, stop_child
from spiegelstad.base.errors import Conflict, SpiegelstadError, Unavailable

LONGEST_PAUSE_S = 10.0
STABLE_S = 30.0
EARLY_DEATHS = 3
POLL_S = 0.1
STOP_PATIENCE_S = 9.0
ROTATE_EVERY_S = 60.0
ASK_EVERY_S = 5.0
READY_PATIENCE_S = 120.0

logger = logging.getLogger("spiegelstad.processes")


class PortTaken(Conflict):
    """Another program listens at the address we were given."""

    title = "The address is in use"


class NotStarted(Unavailable):
    """A process does not stay alive, or a preparation failed."""

    title = "The program does not start"


@dataclass(frozen=True)
class Program:
    """A process to keep running. ``name`` is also the name of its log file.

    ``needed``: a query that says whether there is work for it; until there is, it isn't started.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    needed: str = ""


@dataclass(frozen=True)
class Preparation:
    """A command that must succeed, in order, once the database runs and before the programs start."""

    label: str
    argv: Sequence[str]


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a Python module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


PREPARE = Preparation("Tables and static files", module("spiegelstad.project.preparation"))


def web(*, address: str, port: int, threads: int, log_folder: Path) -> Program:
    """The web server."""
    given = ["--address", address, "--port", str(port), "--threads", str(threads), "--log-folder", str(log_folder)]
    return Program("web", module("spiegelstad.project.server", *given))


LISTENER = Program(
    "listener",
    module("spiegelstad.project.listener"),
    needed="SELECT EXISTS (SELECT FROM ingest_source WHERE is_active AND way = 'mqtt')",
)
NOTIFIER = Program("notifier", module("spiegelstad.project.notifier"))


def workers(number: int) -> list[Program]:
    """The processes that do jobs."""
    return [Program(f"worker-{index}", module("spiegelstad.project.worker")) for index in range(1, number + 1)]


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

    def look(self) -> None:
        """Start what should run and does not. Called again and again, in the main thread."""
        if self.child is not None and (code := self.child.poll()) is not None:
            lived_s = time.monotonic() - self.started_at
            self.pause_s = 0.1 if lived_s > STABLE_S else min(self.pause_s * 2, LONGEST_PAUSE_S)
            self.deaths = 1 if lived_s > STABLE_S else self.deaths + 1
            self.start_at = time.monotonic() + self.pause_s
            self.child = None
            logger.warning("%s ended with code %s and starts again", self.program.name, code)
        if self.child is None and time.monotonic() >= self.start_at and self._is_needed():
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
            stop_child(self.child, signals=(signal.SIGTERM, signal.SIGKILL), patience_s=STOP_PATIENCE_S)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Make the signals that end programs raise KeyboardInterrupt once; those that follow don't disturb the stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_address(address: str, port: int) -> None:
    """Raise PortTaken when something listens there. Granian shares ports, so it would not notice."""
    try:
        with socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET):
            pass
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Another program listens at {address}, port {port}.",
                remedy=f"Stop it, or choose another port: --port {port + 1}",
            ) from None
        raise PortTaken(
            f"We cannot listen at {address}, port {port}: {error.strerror}.",
            remedy="Choose another address or port: --address, --port (below 1024 needs root).",
        ) from None


@dataclass(frozen=True)
class Plan:
    """What to run: ``preparations`` in order, then ``programs``.

    The web server is ``first``: it starts after the first preparation, and loads while the others work.
    """

    var: Path
    address: str
    port: int
    preparations: Sequence[Preparation]
    first: Program
    programs: Sequence[Program]


def run(plan: Plan, *, say: Callable[[str], None], announce: Callable[[], None]) -> int:
    """Run everything until Ctrl-C or SIGTERM; returns the exit code.

    ``say`` shows a step that has been taken, ``announce`` is called once when the program is ready.
    """
    logging.config.dictConfig(logs.configuration(plan.var / "log", "supervisor"))
    code = 0
    try:
        with _signals_interrupt():
            check_address(plan.address, plan.port)
            started_at = time.monotonic()
            with postgres.running(plan.var) as url:
                say(f"Database ({time.monotonic() - started_at:.1f} s)")
                _run_with_database(plan, url, say, announce)
    except KeyboardInterrupt:
        say("Stopped")
    except SpiegelstadError as error:
        say(f"{error.title}. {error.detail} {error.remedy}".strip())
        code = 1
    return code


def _run_with_database(plan: Plan, url: str, say: Callable[[str], None], announce: Callable[[], None]) -> None:
    environment = {**os.environ, "SPIEGELSTAD_VAR": str(plan.var), postgres.VARIABLE: url}
    keepers: list[Keeper] = []
    try:
        for preparation in plan.preparations:
            _prepare(preparation, environment, keepers, say)
            keepers = keepers or [Keeper(plan.first, environment)]
        started_at = time.monotonic()
        keepers += [Keeper(program, environment) for program in plan.programs]
        _wait_until_ready(keepers, plan.address, plan.port)
        say(f"Web server and workers ({time.monotonic() - started_at:.1f} s)")
        announce()
        _keep(keepers, plan.var / "log")
    finally:
        for keeper in reversed(keepers):
            keeper.ask_to_stop()
        for keeper in reversed(keepers):
            keeper.stop()


def _prepare(
    preparation: Preparation,
    environment: Mapping[str, str],
    keepers: Sequence[Keeper],
    say: Callable[[str], None],
) -> None:
    started_at = time.monotonic()
    child = start_child(preparation.argv, environment={**environment, "SPIEGELSTAD_PROGRAM": "preparation"})
    try:
        while (code := child.poll()) is None:
            _look(keepers)
            time.sleep(POLL_S)
    except BaseException:
        stop_child(child, signals=(signal.SIGTERM, signal.SIGKILL), patience_s=STOP_PATIENCE_S)
        raise
    if code != 0:
        raise NotStarted(f"“{preparation.label}” failed with code {code}.", remedy="The lines above say why.")
    say(f"{preparation.label} ({time.monotonic() - started_at:.1f} s)")


def _look(keepers: Sequence[Keeper]) -> None:
    """Look after programs that come up for the first time: one that cannot ends the start."""
    for keeper in keepers:
        keeper.look()
        if keeper.deaths >= EARLY_DEATHS:
            raise NotStarted(f"{keeper.program.name} keeps ending.", remedy="The lines above and its log say why.")


def _wait_until_ready(keepers: Sequence[Keeper], address: str, port: int) -> None:
    deadline = time.monotonic() + READY_PATIENCE_S
    _look(keepers)
    while not is_ready(address, port):
        if time.monotonic() > deadline:
            raise NotStarted("The web server does not become ready.", remedy="Its log in the folder ‘log’ says why.")
        time.sleep(POLL_S)
        _look(keepers)


def _keep(keepers: Sequence[Keeper], log_folder: Path) -> NoReturn:
    rotate_at = 0.0
    while True:
        for keeper in keepers:
            keeper.look()
        if time.monotonic() >= rotate_at:
            logs.rotate(log_folder)
            rotate_at = time.monotonic() + ROTATE_EVERY_S
        time.sleep(POLL_S)


def is_ready(address: str, port: int) -> bool:
    """Whether the program there answers that it is ready."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104  compared, not bound
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
