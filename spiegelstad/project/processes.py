"""What ``spiegelstad up`` runs: the database, the web server, the workers and what else there is, all in the
foreground.

Every process is our child and dies with us. One that dies is started again; nothing acknowledged is lost, because it is
acknowledged only when PostgreSQL has it on disk.
"""

import errno
import logging.config
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spiegelstad.base import logs, postgres
from spiegelstad.base.children import start_child, stop_child
from spiegelstad.base.errors import Conflict, SpiegelstadError
from spiegelstad.project import environment
from spiegelstad.project.keeping import (
    POLL_S,
    STOP_PATIENCE_S,
    Keeper,
    NotStarted,
    Program,
    is_ready,
    keep,
    look_after,
    module,
    stop,
    wait_until,
)


class PortTaken(Conflict):
    """Another program listens at the address we were given."""

    title = "The address is in use"


@dataclass(frozen=True)
class Preparation:
    """A command that must succeed, in order, once the database runs and before the programs start."""

    label: str
    argv: Sequence[str]


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
PUBLISHER = Program("publisher", module("spiegelstad.project.publisher"))


def worker_programs(number: int) -> list[Program]:
    """The processes that do jobs."""
    return [Program(f"worker-{index}", module("spiegelstad.project.worker")) for index in range(1, number + 1)]


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


def whole(
    var: Path,
    address: str,
    port: int,
    *,
    threads: int,
    workers: int = 1,
    preparations: Sequence[Preparation] = (),
    extra: Sequence[Program] = (),
) -> Plan:
    """Return the plan of a whole installation, with these preparations and programs besides its own."""
    publishers = [PUBLISHER] if environment.text("PUBLISH_MQTT") else []
    return Plan(
        var=var,
        address=address,
        port=port,
        preparations=[PREPARE, *preparations],
        first=web(address=address, port=port, threads=threads, log_folder=var / "log"),
        programs=[*worker_programs(workers), NOTIFIER, LISTENER, *publishers, *extra],
    )


def run(plan: Plan, *, say: Callable[[str], None], announce: Callable[[], None]) -> int:
    """Run everything until Ctrl-C or SIGTERM; returns the exit code.

    ``say`` shows a step that has been taken, ``announce`` is called once when the program is ready.
    """

    def work() -> None:
        check_address(plan.address, plan.port)
        started_at = time.monotonic()
        with postgres.running(plan.var) as url:
            say(f"Database ({time.monotonic() - started_at:.1f} s)")
            _run_with_database(plan, url, say, announce)

    return until_stopped(work, log_folder=plan.var / "log", say=say)


def until_stopped(work: Callable[[], None], *, log_folder: Path, say: Callable[[str], None]) -> int:
    """Do work that only a signal ends; returns the exit code."""
    logging.config.dictConfig(logs.configuration(log_folder, "supervisor"))
    try:
        with _signals_interrupt():
            work()
    except KeyboardInterrupt:
        say("Stopped")
    except SpiegelstadError as error:
        say(f"{error.title}. {error.detail} {error.remedy}".strip())
        return 1
    return 0


def _run_with_database(plan: Plan, url: str, say: Callable[[str], None], announce: Callable[[], None]) -> None:
    environment = {**os.environ, "SPIEGELSTAD_VAR": str(plan.var), postgres.VARIABLE: url}
    keepers: list[Keeper] = []
    try:
        for preparation in plan.preparations:
            _prepare(preparation, environment, keepers, say)
            keepers = keepers or [Keeper(plan.first, environment)]
        started_at = time.monotonic()
        keepers += [Keeper(program, environment) for program in plan.programs]
        wait_until(keepers, lambda: is_ready(plan.address, plan.port))
        say(f"Web server and workers ({time.monotonic() - started_at:.1f} s)")
        announce()
        keep(keepers, plan.var / "log")
    finally:
        stop(keepers)


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
            look_after(keepers)
            time.sleep(POLL_S)
    except BaseException:
        stop_child(child, signals=(signal.SIGTERM, signal.SIGKILL), patience_s=STOP_PATIENCE_S)
        raise
    if code != 0:
        raise NotStarted(f"“{preparation.label}” failed with code {code}.", remedy="The lines above say why.")
    say(f"{preparation.label} ({time.monotonic() - started_at:.1f} s)")
