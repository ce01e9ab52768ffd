"""The how-to "connect a sensor", followed to the letter: every file is written and every command run."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiegelstad.base import postgres

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = PROJECT / "docs" / "how-to" / "connect-a-sensor.md"
BLOCK = re.compile(
    r"(?:\*\*`(?P<file>[^`]+)`\*\*\n\n)?```(?P<kind>[a-z]+)(?P<how> background)?\n(?P<body>.*?)\n```", re.S
)


class Terminal:
    """A newcomer's terminal, beside one in which the program runs with the definitions of the demo city."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {"8000": free_port(), "1883": free_port()}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SPIEGELSTAD_", "DJANGO_", "PYTEST"))}
        self.environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SPIEGELSTAD_HOME": str(folder),
            "SPIEGELSTAD_VAR": str(folder / "var"),
            "SPIEGELSTAD_ALLOW_HOSTS": "127.0.0.1",
        }
        self.programs: list[subprocess.Popen[bytes]] = []

    def here(self, text: str) -> str:
        for named, port in self.ports.items():
            text = text.replace(named, str(port))
        return text

    def write(self, name: str, body: str) -> None:
        (self.folder / name).write_text(self.here(body) + "\n", encoding="utf-8")

    def start(self, command: str) -> None:
        with (self.folder / "programs.log").open("ab") as log:
            words = self.here(command).split()
            self.programs.append(subprocess.Popen(words, cwd=self.folder, env=self.environment, stdout=log, stderr=log))

    def run(self, script: str) -> str:
        done = subprocess.run(
            ["timeout", "60", "bash", "-ec", self.here(script)],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        log = (self.folder / "programs.log").read_text()
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}\n{log[-4000:]}"
        return done.stdout


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "sources").mkdir()
    shutil.copytree(PROJECT / "sources" / "demo", tmp_path / "sources" / "demo")
    terminal = Terminal(tmp_path)
    terminal.start("spiegelstad up --port 8000")
    deadline = time.monotonic() + 120
    while not is_ready(terminal.ports["8000"]):
        assert time.monotonic() < deadline, (tmp_path / "programs.log").read_text()
        time.sleep(0.3)
    yield terminal
    for program in reversed(terminal.programs):
        program.send_signal(signal.SIGKILL if program.args[0] == "amqtt" else signal.SIGINT)  # it may wait for ever
        program.wait(30)
    for place in tmp_path.rglob("postgres/owner.lock"):  # root's data is outside of this folder
        postgres.remove(place.parent.parent)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
            return True
    except OSError:
        return False


def test_sensor_can_be_connected_as_the_guide_says(terminal: Terminal) -> None:
    said = []
    for match in BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        if match["file"]:
            terminal.write(match["file"], match["body"])
        elif match["how"]:
            terminal.start(match["body"])
        elif match["kind"] == "sh":
            said.append(terminal.run(match["body"]))
    everything = "\n".join(said)
    assert "temperature is larger than 60" in everything, "the wrong message was shown with its reason"
    assert '"battery":88' in everything.replace(" ", "")
    assert '{"taken": 1, "refused": 0, "skipped": 0, "duplicates": 0}' in everything
    assert '"inserted":2' in everything.replace(" ", "")
    latest = terminal.run("curl --fail --silent 'http://demo.localhost:8000/api/latest?property=airTemperature'")
    [feature] = json.loads(latest)["features"]
    assert feature["properties"]["value"] == 12.9, "the observation sent over HTTP is the newest"
    assert feature["geometry"]["coordinates"] == [2.8, 51.4]
