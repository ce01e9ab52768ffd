"""The how-to's "connect a sensor" and "subscribe to changes", followed to the letter: every file is written and every
command run, against one program that runs for both.
"""

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
from itertools import count
from pathlib import Path

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.slow  # each command of a guide loads the program: two minutes in all

PROJECT = Path(__file__).resolve().parents[2]
GUIDES = PROJECT / "docs" / "how-to"
BLOCK = re.compile(
    r"(?:\*\*`(?P<file>[^`]+)`\*\*\n\n)?```(?P<kind>[a-z]+)(?P<how> background)?\n(?P<body>.*?)\n```", re.S
)


class Terminal:
    """A newcomer's terminal, beside one in which the program runs with the definitions of the demo city."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.ports = {"8000": free_port(), "1883": free_port(), "9999": free_port()}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SPIEGELSTAD_", "DJANGO_", "PYTEST"))}
        self.environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SPIEGELSTAD_HOME": str(folder),
            "SPIEGELSTAD_VAR": str(folder / "var"),
            "SPIEGELSTAD_DATABASE_URL": database,
            "SPIEGELSTAD_ALLOW_HOSTS": "127.0.0.1",
            "SPIEGELSTAD_PUBLISH_MQTT": f"demo=mqtt://127.0.0.1:{self.ports['1883']}",
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

    def follow(self, guide: str) -> str:
        """Do what a guide says, from its beginning; return all that its commands print."""
        said = []
        for match in BLOCK.finditer((GUIDES / guide).read_text(encoding="utf-8")):
            if match["file"]:
                self.write(match["file"], match["body"])
            elif match["how"]:
                self.start(match["body"])
            elif match["kind"] == "sh":
                said.append(self.run(match["body"]))
        self.ports["1883"] = free_port()  # the next guide has a broker of its own
        return "\n".join(said)

    def run(self, script: str) -> str:
        done = subprocess.run(
            ["timeout", "180", "bash", "-ec", self.here(script)],
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


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Make an empty database on the tests' server, which needs no second server to be made, and return its address."""
    server = connection.settings_dict
    address = f"postgresql://{server['USER']}@/{{}}?host={server['HOST'].replace('/', '%2F')}"
    with psycopg.connect(address.format("postgres"), autocommit=True) as maintenance:
        maintenance.execute("DROP DATABASE IF EXISTS guides WITH (FORCE)")
        maintenance.execute("CREATE DATABASE guides")
        yield address.format("guides")
        maintenance.execute("DROP DATABASE guides WITH (FORCE)")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("guides")
    (folder / "sources").mkdir()
    shutil.copytree(PROJECT / "sources" / "demo", folder / "sources" / "demo")
    terminal = Terminal(folder, database)
    terminal.start("spiegelstad up --port 8000")
    deadline = time.monotonic() + 120
    while not is_ready(terminal.ports["8000"]):
        assert time.monotonic() < deadline, (folder / "programs.log").read_text()
        time.sleep(0.3)
    terminal.run("spiegelstad city set-up sources/demo")
    yield terminal
    for program in reversed(terminal.programs):
        program.send_signal(
            signal.SIGKILL if program.args[0].startswith("amqtt") else signal.SIGINT
        )  # it may wait for ever
        program.wait(30)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
            return True
    except OSError:
        return False


def test_sensor_can_be_connected_as_the_guide_says(terminal: Terminal) -> None:
    everything = terminal.follow("connect-a-sensor.md")
    assert "temperature is larger than 60" in everything, "the wrong message was shown with its reason"
    assert '"battery":88' in everything.replace(" ", "")
    assert '{"taken": 1, "refused": 0, "skipped": 0, "duplicates": 0}' in everything
    assert '"inserted":2' in everything.replace(" ", "")
    latest = terminal.run("curl --fail --silent 'http://demo.localhost:8000/api/latest?property=airTemperature'")
    [feature] = json.loads(latest)["features"]
    assert feature["properties"]["value"] == 12.9, "the observation sent over HTTP is the newest"
    assert feature["geometry"]["coordinates"] == [2.8, 51.4]
    guide = (GUIDES / "connect-a-sensor.md").read_text(encoding="utf-8")
    [sent] = [match["body"] for match in BLOCK.finditer(guide) if '"value": 12.1' in match["body"]]
    deadline, minutes = time.monotonic() + 60, count(3)
    while '"result":12.1' not in (told := (terminal.folder / "programs.log").read_text().replace(" ", "")):
        assert time.monotonic() < deadline, told[-4000:]
        terminal.run(sent.replace("12:02", f"12:{next(minutes):02}"))  # who listens may have begun after the first


def test_changes_can_be_subscribed_to_as_the_guide_says(terminal: Terminal) -> None:
    terminal.follow("subscribe-to-changes.md")
    told = [json.loads(line) for line in (terminal.folder / "told.jsonl").read_text().splitlines()]
    [first] = told[0]["data"]
    assert first == {"id": "urn:ngsi-ld:WasteContainer:1", "type": "WasteContainer", "fillingLevel": 0.9}
    assert told[-1]["data"][0]["fillingLevel"] == 0.95, "what happened while the receiver was away came later"
    heard = json.loads((terminal.folder / "heard.json").read_text())
    assert heard["body"]["subscriptionId"] == "urn:ngsi-ld:Subscription:bins-by-mqtt"
