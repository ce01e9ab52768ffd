"""`spiegelstad demo` as a newcomer meets it: the first start, the second, and Ctrl-C."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from spiegelstad.base import postgres

SECOND_START_S = 10


@pytest.fixture
def var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="spiegelstad-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(var: Path, port: int) -> tuple[subprocess.Popen[str], list[str], float]:
    """Start the demo and read what it says until it is ready; also the CPU seconds it took, children included."""
    environment = {**os.environ, "SPIEGELSTAD_VAR": str(var)}
    environment.pop(postgres.VARIABLE, None)
    begin = "from spiegelstad.project.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", begin, "demo", "--inhabitants", "1000", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            break
    else:
        pytest.fail("".join(lines))
    return process, lines, _cpu_s(process.pid)


def _cpu_s(pid: int) -> float:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(member.cpu_times()[:4]) for member in family)


def stop(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C; return what is said after it."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [member for member in family if member.is_running() and member.status() != psutil.STATUS_ZOMBIE] == []
    return rest


@pytest.mark.slow
def test_demo_starts_shows_live_sensors_stops_and_starts_quickly_again(var: Path, port: int) -> None:
    process, lines, _ = start(var, port)
    try:
        said = "".join(lines)
        (password,) = re.findall(r"with the password (\S+)", said)
        assert f"http://localhost:{port}/" in said
        address = f"http://localhost:{port}"
        before = httpx.get(f"{address}/api/latest").json()
        _sign_in(address, re.findall(r"\S+@demo\.example", said)[2], password)
        _wait_for_change(address, before)
    finally:
        rest = stop(process)
    assert "Traceback" not in rest

    started_at = time.monotonic()
    process, lines, cpu_s = start(var, port)
    wall_s = time.monotonic() - started_at
    rest = stop(process)
    assert "Traceback" not in "".join(lines) + rest
    assert password in "".join(lines), "the accounts stay as they are"
    # On a machine with nothing else to do the two are alike; one that is busy tells more about others than about us.
    assert min(wall_s, cpu_s) < SECOND_START_S


def _sign_in(address: str, email: str, password: str) -> None:
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        page = client.get("/accounts/login/").text
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
        client.post("/accounts/login/", data=form, headers={"Referer": f"{address}/accounts/login/"})
        assert client.get("/desk").status_code == 200


def _wait_for_change(address: str, before: object) -> None:
    """The sensors that live send something new."""
    deadline = time.monotonic() + 60
    while httpx.get(f"{address}/api/latest").json() == before:
        assert time.monotonic() < deadline, "nothing new came in"
        time.sleep(1)
