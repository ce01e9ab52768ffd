"""The tutorial, followed to the letter: every file is written and every command run, as a newcomer would."""

import os
import re
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
TUTORIAL = PROJECT / "docs" / "tutorial" / "a-sensor-becomes-a-figure.md"
BLOCK = re.compile(
    r"(?:\*\*`(?P<file>[^`]+)`\*\*\n\n)?```(?P<kind>[a-z]+)(?P<how> background)?\n(?P<body>.*?)\n```", re.S
)


def steps() -> Iterator[tuple[str, str, str]]:
    """Yield (file, how, text) for each file to write (`file` is its name) and each command to run."""
    for match in BLOCK.finditer(TUTORIAL.read_text(encoding="utf-8")):
        if match["file"]:
            yield match["file"], "", match["body"]
        elif match["kind"] == "sh":
            yield "", (match["how"] or "").strip(), match["body"]


class Terminal:
    """A shell in the newcomer's folder. Exported variables last, as in one terminal."""

    def __init__(self, checkout: Path, port: int) -> None:
        self.folder, self.port = checkout, port
        self.environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("SPIEGELSTAD_", "DJANGO_", "PYTEST"))
        }
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.background: list[subprocess.Popen[bytes]] = []

    def run(self, script: str) -> str:
        script = script.replace("8100", str(self.port))
        marked = f"set -e\n{script}\necho @@@; pwd; env -0"
        done = subprocess.run(
            ["bash", "-c", marked], cwd=self.folder, env=self.environment, capture_output=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        said, _, state = done.stdout.decode().rpartition("@@@\n")
        where, _, variables = state.partition("\n")
        self.folder = Path(where)
        self.environment = dict(entry.split("=", 1) for entry in variables.split("\0") if "=" in entry)
        return said

    def start(self, script: str) -> None:
        command = script.replace("8100", str(self.port)).split()
        self.background.append(subprocess.Popen(command, cwd=self.folder, env=self.environment))
        address = f"http://127.0.0.1:{self.port}/health/ready"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(address, timeout=2):
                    return
            except OSError:
                time.sleep(0.3)
        raise AssertionError("the program did not become ready")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    terminal = Terminal(tmp_path, port)
    yield terminal
    for program in terminal.background:
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 0
    for place in tmp_path.rglob("postgres/owner.lock"):  # root's data is outside of this folder
        postgres.remove(place.parent.parent)


@pytest.mark.slow  # half a minute: each command loads the program
def test_tutorial_can_be_followed_to_the_end(terminal):
    said = []
    for file, how, text in steps():
        if file:
            (terminal.folder / file).write_text(text + "\n", encoding="utf-8")
        elif how == "background":
            terminal.start(text)
        else:
            said.append(terminal.run(text))
    everything = "\n".join(said)
    assert "-5" in everything, "the wrong row was shown with its reason"
    page = terminal.run("curl --fail --silent http://mijnstad.localhost:8100/indicators/fietsers-per-dag.csv")
    values = {tuple(line.split(",")) for line in page.splitlines()}
    flat = page.replace('"', "")
    assert len(values) > 1
    for day, count in (("2026-11-16", "540"), ("2026-11-17", "550"), ("2026-11-18", "260")):
        assert any(day in line and f"{count}" in line for line in flat.splitlines()), f"{day}: {count}\n{page}"
