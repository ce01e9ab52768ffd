"""The how-to "federate cities", followed to the letter: a region of two cities, one of them down, one registered."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from spiegelstad.base import postgres

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "federate-cities.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:\*\*`(?P<file>[^`]+)`\*\*\n\n *)?```(?P<kind>[a-z]+)(?P<how> background)?\n(?P<body>.*?)\n *```", re.S
)
PARKING = "/ngsi-ld/v1/entities?type=OffStreetParking"


class Terminal:
    """A newcomer's terminal in an empty folder; the ports of the guide are free ones here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(3)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SPIEGELSTAD_", "DJANGO_", "PYTEST"))}
        self.environment = {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.programs: list[subprocess.Popen[bytes]] = []

    def here(self, text: str) -> str:
        return re.sub(r"\b800([012])\b", lambda found: str(self.port + int(found[1])), textwrap.dedent(text))

    def start(self, command: str) -> None:
        with (self.folder / "programs.log").open("ab") as log:
            argv = ["bash", "-c", f"exec env {self.here(command)}"]
            self.programs.append(subprocess.Popen(argv, cwd=self.folder, env=self.environment, stdout=log, stderr=log))

    def said(self) -> str:
        return (self.folder / "programs.log").read_text()

    def run(self, script: str) -> str:
        done = subprocess.run(
            ["timeout", "60", "bash", "-ec", self.here(script)],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}\n{self.said()[-4000:]}"
        return done.stdout

    def get(self, path: str, city: int = 0) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port + city}{path}", timeout=20) as answer:
            return json.load(answer)

    def wait(self, is_true: Callable[[], bool], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.3)


def free_ports(number: int) -> int:
    """Return the first of some ports in a row that are free."""
    for first in range(21_000, 60_000, number):
        probes = [socket.socket() for _ in range(number)]
        try:
            for offset, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + offset))
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
        return first
    raise AssertionError("no free ports")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    one = Terminal(tmp_path)
    yield one
    for program in one.programs:
        program.send_signal(signal.SIGINT)
        program.wait(60)
    for place in tmp_path.rglob("postgres/owner.lock"):  # root's data is outside of this folder
        postgres.remove(place.parent.parent)


def cities_of(entities: list[dict[str, Any]]) -> set[str]:
    return {one["id"].split(":")[3] for one in entities}


def is_ready(terminal: Terminal) -> bool:
    return "Ctrl-C stops everything" in terminal.said()


@pytest.mark.slow
def test_cities_can_be_federated_as_the_guide_says(terminal: Terminal) -> None:
    blocks = [one for one in BLOCK.finditer(GUIDE) if one["kind"] == "sh" or one["file"]]
    region, both, down, again, issue, source, register = blocks
    terminal.start(region["body"])
    terminal.wait(lambda: is_ready(terminal))
    terminal.wait(lambda: len(terminal.get(f"{PARKING}&q=parkingOccupation%3E%3D0")) == 4)  # the sensors began
    assert cities_of(json.loads(terminal.run(both["body"]))) == {"glanshaven", "echovoort"}
    with urllib.request.urlopen(f"http://127.0.0.1:{terminal.port}/region", timeout=20) as page:
        assert "24 entiteiten." in page.read().decode()

    head, _, body = terminal.run(down["body"]).replace("\r", "").rpartition("\n\n")
    assert cities_of(json.loads(body)) == {"echovoort"}
    assert re.search("^ngsild-warning: .*glanshaven", head, re.M | re.I)

    assert again["how"] and "Traceback" not in terminal.said()
    terminal.start(again["body"])
    terminal.wait(lambda: cities_of(terminal.get(PARKING)) == {"glanshaven", "echovoort"})

    terminal.run(issue["body"])
    (terminal.folder / source["file"]).write_text(terminal.here(source["body"]), encoding="utf-8")
    listed = json.loads(terminal.run(register["body"]))
    types = {one["registrationName"]: one["information"][0]["entities"][0]["type"] for one in listed}
    assert types["Echovoort"] == ["OffStreetParking", "AirQualityObserved"]
    assert len(types["Glanshaven"]) == 6
    stop(terminal)
    start_again(terminal)


def stop(terminal: Terminal) -> None:
    """Ctrl-C leaves nothing running, and says nothing that it should not."""
    for program in terminal.programs:
        family = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(signal.SIGINT)
        assert program.wait(60) == 0
        assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert "Traceback" not in terminal.said()
    terminal.programs.clear()


def start_again(terminal: Terminal) -> None:
    """The second start finds everything, a registration that was changed too."""
    (terminal.folder / "programs.log").unlink()
    terminal.start("spiegelstad demo --region --port 8000")
    terminal.wait(lambda: is_ready(terminal))
    assert len(terminal.get("/ngsi-ld/v1/entities?type=BicycleFlowObserved")) == 6
    stop(terminal)
