"""The whole program with real processes: kill any of them, nothing acknowledged is lost and it heals by itself."""

import json
import logging.config
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from spiegelstad.base import postgres
from spiegelstad.project import keeping, processes, region

PATIENCE_S = 90  # a start takes 5 s, and far longer on a machine that is busy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


class Running:
    """`spiegelstad up` in a folder of its own."""

    def __init__(self, var: Path, port: int) -> None:
        self.var, self.port = var, port
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "SPIEGELSTAD_VAR": str(self.var)}
        environment.pop(postgres.VARIABLE, None)
        start = "from spiegelstad.project.cli import main; main()"
        command = [sys.executable, "-c", start, "up", "--port", str(self.port)]
        with (self.var / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)

    def answer(self, path: str) -> httpx.Response | None:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)
        except httpx.HTTPError:
            return None

    def is_ready(self) -> bool:
        answer = self.answer("/health/ready")
        return answer is not None and answer.status_code == 200

    def wait_until_ready(self) -> None:
        wait_for(lambda: self.is_ready() or self.process.poll() is not None)
        assert self.process.poll() is None, self.text()

    def text(self) -> str:
        return (self.var / "output.txt").read_text()

    def pids(self, pattern: str) -> list[int]:
        """Numbers of our processes (children of children too) whose command matches."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if re.search(pattern, " ".join(child.cmdline())):
                    found.append(child.pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def program() -> Iterator[Running]:
    """One program for all tests here: a start takes seconds, and all must leave it well anyway."""
    var = Path(tempfile.mkdtemp(prefix="spiegelstad-test-"))
    var.chmod(0o755)
    started = Running(var, free_port())
    yield started
    started.stop()
    shutil.rmtree(var)


@pytest.fixture
def running(program: Running) -> Running:
    if program.process.poll() is not None:
        program.start()
    program.wait_until_ready()
    return program


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a start in this process says; it must not turn the logging of the tests around."""
    monkeypatch.setattr(logging.config, "dictConfig", lambda configuration: None)
    return []


SET_UP = """
import django
django.setup()
from spiegelstad.accounts.testing import make_key, make_tenant
from spiegelstad.mirror.testing import make_series
make_tenant("teststad")
make_series("teststad", "counter:1")
print(make_key("teststad", ["observations:write"])[0])
"""


@pytest.fixture(scope="module")
def key(program: Running) -> str:
    """A sensor's key, in the database of the program."""
    program.wait_until_ready()
    environment = {
        **os.environ,
        "SPIEGELSTAD_VAR": str(program.var),
        "DJANGO_SETTINGS_MODULE": "spiegelstad.project.settings",
        postgres.VARIABLE: postgres.status(program.var).url,
    }
    done = subprocess.run([sys.executable, "-c", SET_UP], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


class Sensor(threading.Thread):
    """Sends observations one by one, each until it is acknowledged, as sensors do, and remembers those that were.

    One that was stored but not acknowledged comes again, and must not count twice.
    """

    first = datetime(2026, 1, 1, tzinfo=UTC)
    sent = 0  # over all sensors of this run, so that each observation is at a moment of its own

    def __init__(self, running: Running, key: str) -> None:
        super().__init__()
        self.running, self.key = running, key
        self.acknowledged: set[datetime] = set()
        self.refusals: set[int] = set()
        self.ending = threading.Event()
        self.start()

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/x-ndjson"}
        address = f"http://127.0.0.1:{self.running.port}/api/observations"
        with httpx.Client(headers=headers, timeout=15) as client:
            while not self.ending.is_set():
                Sensor.sent += 1
                at = self.first + timedelta(seconds=Sensor.sent)
                row = json.dumps({"series": "counter:1", "observed_at": at.isoformat(), "value": 1}).encode()
                while not (taken := self.is_taken(client, address, row)) and not self.ending.is_set():
                    time.sleep(0.05)
                if taken:
                    self.acknowledged.add(at)

    def is_taken(self, client: httpx.Client, address: str, row: bytes) -> bool:
        try:
            status = client.post(address, content=row).status_code
        except httpx.HTTPError:
            return False
        if status != 200:
            self.refusals.add(status)
        return status == 200

    def sends(self, more: int) -> None:
        goal = len(self.acknowledged) + more
        wait_for(lambda: len(self.acknowledged) >= goal)

    def end(self) -> None:
        self.ending.set()
        self.join()

    def lost(self) -> set[datetime]:
        with psycopg.connect(postgres.status(self.running.var).url) as connection:
            stored = [row[0] for row in connection.execute("SELECT observed_at FROM mirror_observation")]
        assert len(stored) == len(set(stored)), "nothing is stored twice"
        return self.acknowledged - set(stored)

    def hours_are_right(self) -> bool:
        """The rollups, kept in the same transactions, agree with the observations."""
        with psycopg.connect(postgres.status(self.running.var).url) as connection:
            raw = connection.execute("SELECT count(*), sum(value) FROM mirror_observation").fetchone()
            rolled = connection.execute("SELECT sum(count), sum(sum) FROM mirror_hourly").fetchone()
        return raw is not None and rolled is not None and tuple(map(float, raw)) == tuple(map(float, rolled))


def test_everything_heals_when_killed_and_nothing_acknowledged_is_lost(running: Running, key: str) -> None:
    sensor = Sensor(running, key)
    try:
        for pattern in (r"postgres -D", r"project\.server", r"project\.worker"):
            sensor.sends(20)
            wait_for(lambda: running.pids(pattern))  # noqa: B023  used within this turn
            before = running.pids(pattern)
            os.kill(before[0], signal.SIGKILL)
            wait_for(lambda: set(running.pids(pattern)) - set(before))  # noqa: B023
            wait_for(running.is_ready)
        sensor.sends(20)
        # Granian's worker process is a child of a child.
        inner = running.pids(r"project\.server")[-1]
        os.kill(inner, signal.SIGKILL)
        wait_for(lambda: inner not in running.pids(r"project\.server"))
        wait_for(running.is_ready)
        sensor.sends(20)
    finally:
        sensor.end()
    assert sensor.lost() == set()
    assert sensor.hours_are_right()
    assert sensor.refusals <= {503}, "a database that is away is not an error of the sender, nor of the program"


def test_killed_supervisor_leaves_nothing_and_the_next_start_goes_on(running: Running, key: str) -> None:
    sensor = Sensor(running, key)
    try:
        sensor.sends(20)
        family = psutil.Process(running.process.pid).children(recursive=True)
        running.process.kill()
        running.process.wait()
        running.start()  # at once, on the same port and data
        running.wait_until_ready()
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
        sensor.sends(20)
    finally:
        sensor.end()
    assert sensor.lost() == set()
    assert sensor.hours_are_right()


def test_not_ready_while_the_database_is_stopped_and_ready_after(running: Running) -> None:
    (server,) = running.pids(r"postgres -D")
    backends = [server, *(child.pid for child in psutil.Process(server).children())]
    for pid in backends:  # a database that hangs, which is worse than one that is gone
        os.kill(pid, signal.SIGSTOP)
    try:
        answer = running.answer("/health/ready")
        live = running.answer("/health/live")
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
    assert answer is not None
    assert answer.status_code == 503
    assert live is not None
    assert live.status_code == 200
    wait_for(running.is_ready)


def test_logs_are_json_with_the_number_of_the_request(running: Running) -> None:
    httpx.get(f"http://127.0.0.1:{running.port}/health/live", headers={"X-Request-ID": "journey-0001"})

    def lines() -> list[dict[str, object]]:
        return [json.loads(line) for line in (running.var / "log" / "web.jsonl").read_text().splitlines()]

    wait_for(lambda: any(line.get("request_id") == "journey-0001" for line in lines()), patience_s=5)


def test_stop_is_quick_quiet_and_complete(running: Running) -> None:
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert len(family) > 4
    started_at = time.monotonic()
    assert running.stop(signal.SIGTERM) == 0
    assert time.monotonic() - started_at < 8
    assert [child for child in family if child.is_running()] == []
    assert "Traceback" not in running.text()


def test_port_in_use_is_told_with_a_remedy(tmp_path: Path, said: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        idle = keeping.Program("idle", ["/bin/true"])
        plan = processes.Plan(var=tmp_path, address="127.0.0.1", port=port, preparations=[], first=idle, programs=[])
        code = processes.run(plan, say=said.append, announce=lambda: None)
    assert code == 1
    assert f"--port {port + 1}" in said[-1]
    assert not (tmp_path / "postgres").exists(), "nothing was started in vain"


def test_region_wants_all_its_ports_before_it_starts_anything(tmp_path: Path, said: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        code = region.run_region(tmp_path, "127.0.0.1", port - 2, 4, say=said.append)
    assert code == 1
    assert f"port {port}" in said[-1]
    assert list(tmp_path.iterdir()) == [tmp_path / "log"]


def test_program_that_may_end_is_left_at_that(tmp_path: Path) -> None:
    for end, is_done in (("/bin/true", True), ("/bin/false", False)):
        keeper = keeping.Keeper(keeping.Program("city", [end], may_end=True), dict(os.environ))
        keeper.look()
        first = keeper.child
        assert first is not None
        first.wait(10)
        wait_for(lambda keeper=keeper: keeper.look() or keeper.is_done or keeper.deaths == 2, patience_s=10)
        assert keeper.is_done is is_done


def make_plan(var: Path, *, preparations: list[processes.Preparation], first: list[str]) -> processes.Plan:
    return processes.Plan(
        var=var,
        address="127.0.0.1",
        port=free_port(),
        preparations=preparations,
        first=keeping.Program("first", first),
        programs=[],
    )


def test_preparation_that_fails_ends_the_start_and_is_named(program: Running, said: list[str]) -> None:
    plan = make_plan(program.var, preparations=[processes.Preparation("A step", ["/bin/false"])], first=["/bin/true"])
    assert processes.run(plan, say=said.append, announce=lambda: None) == 1
    assert "“A step” failed with code 1" in said[-1]


def test_program_that_keeps_ending_ends_the_start_and_is_named(program: Running, said: list[str]) -> None:
    plan = make_plan(program.var, preparations=[processes.Preparation("A step", ["/bin/true"])], first=["/bin/false"])
    assert processes.run(plan, say=said.append, announce=lambda: None) == 1
    assert "first keeps ending" in said[-1]
