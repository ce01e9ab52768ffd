"""SensorThings against a peer: django-ogc-sensorthings, in a Python environment of its own, on the same PostgreSQL.

Both get the same things by deep insert and the same requests through Django's test client, so that what is compared is
the program and its SQL; ours also checks a key and keeps rollups and latest values. Observations are posted as a sensor
does, of this moment, after those of the minutes before.
The peer is installed into a scratch environment by pip; where that is not possible, nothing is measured. It keeps
locations as JSON without a geometry type and has no geospatial filter: its client fetches the locations, a hundred at a
time (it gives no more), and tests them with shapely.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.memory import growth
from benchmarks.row import Row

PEER = ("django-ogc-sensorthings==1.2.0", "psycopg[binary]")
CITY = "bench-sensorthings"
THINGS, OBSERVATIONS, RUNS = 300, 100, 30
AREA = "POLYGON((3 51,3.5 51,3.5 52,3 52,3 51))"
WITHIN = "locations within a polygon"
POST = "post one observation"
GETS = {
    "latest 100 observations": "/Observations?$orderby={time} desc&$top=100",
    "latest 100 of one datastream": "{stream}/Observations?$orderby={time} desc&$top=100",
    "expand 20 things": "/Things?$top=20&$expand=Locations,Datastreams($expand=ObservedProperty,Sensor)",
    WITHIN: f"/Locations?$top=1000&$filter=st_within(location,geography'{AREA}')",
}
TIMES = ("phenomenonTime", "resultTime")  # the peer cannot order by the first; both hold the same moments
Ask = Callable[[str, str, Any], dict[str, Any]]


def thing(number: int, observations: int) -> dict[str, Any]:
    """Return a thing with its place, a datastream and observations."""
    from spiegelstad.sensorthings.testing import PLACE, STREAM

    spot = [3.01 + number % 20 / 20, 51.01 + number // 20 / 20]
    place = {**PLACE, "location": {"type": "Point", "coordinates": spot}}
    now = datetime.now(UTC)
    made = [observation(number, now - timedelta(minutes=minute, seconds=30)) for minute in range(observations)]
    stream = {**STREAM, "Observations": made}
    return {"name": f"Thing {number}", "description": "A thing", "Locations": [place], "Datastreams": [stream]}


def observation(number: int, moment: datetime) -> dict[str, Any]:
    """Return an observation of a moment."""
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"phenomenonTime": at, "resultTime": at, "result": number + moment.microsecond / 1e6}


def ours() -> Ask:
    """Return how to ask us."""
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    from spiegelstad.accounts.testing import make_key, make_tenant

    make_tenant(CITY)
    client, headers = Client(), {"Host": "localhost"}
    headers["Prefer"] = "return=minimal"  # the peer answers a POST without a body too
    headers["Authorization"] = f"Bearer {make_key(CITY, ['context:write', 'observations:write'])[0]}"

    def ask(method: str, address: str, body: Any) -> dict[str, Any]:
        text = "" if body is None else json.dumps(body)
        started = time.perf_counter()
        path = f"/sensorthings/v1.1{address}"
        answer: Any = client.generic(method, path, text, content_type="application/json", headers=headers)
        seconds = time.perf_counter() - started
        location = answer.headers.get("Location", "")
        return {"seconds": seconds, "status": answer.status_code, "location": location, "text": answer.content.decode()}

    return ask


def peer(folder: Path) -> Ask:
    """Install the peer, start it on a database of its own, and return how to ask it."""
    from django.db import connection

    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER], check=True, stderr=subprocess.DEVNULL)
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS sensorthings_peer")
        cursor.execute("CREATE DATABASE sensorthings_peer")
    kept = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
    script = Path(__file__).with_name("sensorthings_peer.py")
    command = [str(python), str(script), json.dumps({**kept, "NAME": "sensorthings_peer"})]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_plain())

    def ask(method: str, address: str, body: Any) -> dict[str, Any]:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps([method, address, body]) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    return ask


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTHON"))}


def fill(ask: Ask, things: int, observations: int) -> str:
    """Make the things; return the address of a datastream."""
    location = ""
    for number in range(things):
        answer = ask("POST", "/Things", thing(number, observations))
        assert answer["status"] == 201, answer
        location = answer["location"]
    found = ask("GET", f"{location[location.index('/Things') :]}/Datastreams", None)
    link: str = json.loads(found["text"])["value"][0]["@iot.selfLink"]
    return link[link.index("/Datastreams") :]


def _id(stream: str) -> int | str:
    text = stream[stream.index("(") + 1 : -1]
    return int(text) if text.isdigit() else text.strip("'")


def measure(asks: tuple[Ask, Ask], streams: tuple[str, str], runs: int) -> dict[str, list[list[float]]]:
    """Return the seconds of each work, ours and the peer's, interleaved; both must find as much."""
    taken: dict[str, list[list[float]]] = {name: [[], []] for name in (POST, *GETS)}
    for _ in range(runs):
        for side in (0, 1):
            link = {"Datastream": {"@iot.id": _id(streams[side])}}
            answer = asks[side]("POST", "/Observations", {**observation(0, datetime.now(UTC)), **link})
            assert answer["status"] == 201, answer
            taken[POST][side].append(answer["seconds"])
        for name, address in GETS.items():
            found = []
            for side in (0, 1):
                alone = name == WITHIN and side == 1
                asked = address.format(stream=streams[side], time=TIMES[side])
                seconds, number = _find_within(asks[side]) if alone else _get(asks[side], asked)
                taken[name][side].append(seconds)
                found.append(number)
            assert found[0] == found[1] > 0, f"{name}: {found}"
    return taken


def _get(ask: Ask, address: str) -> tuple[float, int]:
    answer = ask("GET", address, None)
    assert answer["status"] == 200, answer
    return answer["seconds"], len(json.loads(answer["text"])["value"])


def _find_within(ask: Ask) -> tuple[float, int]:
    """Find the locations as a client of the peer has to: fetch all, test each."""
    area, seconds, inside, address = shapely.from_wkt(AREA), 0.0, 0, "/Locations?$select=location&$top=100"
    while address:
        answer = ask("GET", address, None)
        started = time.perf_counter()
        page = json.loads(answer["text"])
        places = np.array([item["location"]["coordinates"] for item in page["value"]], float)
        inside += int(shapely.within(shapely.points(places.reshape(-1, 2)), area).sum())  # its last page may be empty
        seconds += answer["seconds"] + time.perf_counter() - started
        link = page.get("@iot.nextLink", "")
        address = link[link.index("/Locations") :] if link else ""
    return seconds, inside


def main(quick: bool) -> list[Row]:
    """Measure each work against the peer."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    things, observations, runs = (60, 40, 9) if quick else (THINGS, OBSERVATIONS, RUNS)
    with tempfile.TemporaryDirectory() as scratch:
        asks = (ours(), peer(Path(scratch)))
        with growth() as grown:
            streams = (fill(asks[0], things, observations), fill(asks[1], things, observations))
            taken = measure(asks, streams, runs)
    size = f"{things:,} things, {things * observations:,} observations"
    return [row(name, mine, theirs, grown.mb, size) for name, (mine, theirs) in taken.items()]


def row(name: str, mine: list[float], theirs: list[float], memory: float, size: str) -> Row:
    """Return a line of the table."""
    own, other = statistics.median(mine), statistics.median(theirs)
    note = f"{size}; the peer's client fetches all and tests them" if name == WITHIN else size
    return Row(f"SensorThings: {name}", "django-ogc-sensorthings", "faster", own, other, own / other, memory, note)
