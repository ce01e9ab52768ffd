"""The live sensors of the demo city: `python -m spiegelstad.demo.live --url http://127.0.0.1:8000`.

Every sensor sends a value each minute, all of them spread over the minute, to POST /api/observations as any real
sensor would, faults included. What was missed while nothing ran is sent first. The values follow from the seed and
the moment alone, so nothing needs to be remembered: after a restart of this process or of the server the same values
come again and change nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any

import httpx
import numpy as np

from spiegelstad.demo.city import Reading, Sensor, read_sensors, readings_at
from spiegelstad.demo.files import key_file

#: Seconds between posts, between the values of one sensor, and that one value covers (a gap is filled by these).
POST_EVERY_S, VALUE_EVERY_S, FILL_EVERY_S = 5, 60, 900
#: A gap is filled up to this far back; rows of one post.
LONGEST_GAP_S, ROWS_A_POST = 60 * 86_400, 5_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0

logger = logging.getLogger("spiegelstad.demo.live")


class Refused(Exception):
    """The server understood and said no: sending again would not help."""


@dataclass
class Sender:
    """Posts readings and waits longer after each failure; `stop` ends every wait."""

    client: httpx.Client
    stop: Event

    def send(self, readings: Sequence[Reading]) -> bool:
        """Send observations until the server has taken them; False when we were stopped before. Raises Refused."""
        return self.post("/api/observations", b"\n".join(map(_line, readings)), "application/x-ndjson")

    def post(self, path: str, body: bytes, media_type: str) -> bool:
        """Post until the server has taken it; False when we were stopped before. Raises Refused."""
        pause_s = _FIRST_PAUSE_S
        while not self.stop.is_set():
            try:
                answer = self.client.post(path, content=body, headers={"Content-Type": media_type})
                if answer.is_success:
                    return True
                problem = f"answer {answer.status_code}: {answer.text[:200]}"
                if answer.status_code < 500 and answer.status_code not in (408, 429):
                    raise Refused(problem)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            logger.warning("not sent, again in %.0f s (%s)", pause_s, problem)
            self.stop.wait(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return False


def _line(reading: Reading) -> bytes:
    moment = np.datetime_as_string(np.datetime64(reading.second, "s"))
    return json.dumps({"series": reading.series, "observed_at": f"{moment}Z", "value": reading.value}).encode()


def newest_of(client: httpx.Client, stop: Event) -> dict[str, int]:
    """Moment of the newest value of every series (seconds since 1970), as the server says; waits for the server."""
    found = ask(client, "/api/latest", stop)
    return {} if found is None else _newest(found["features"])


def ask(client: httpx.Client, path: str, stop: Event) -> Any:
    """Return the JSON at an address, however long the server takes to be there; None when we were stopped before."""
    pause_s = _FIRST_PAUSE_S
    while not stop.is_set():
        try:
            answer = client.get(path)
            if answer.status_code == 200:
                return answer.json()
            problem = f"answer {answer.status_code}"
        except httpx.TransportError as error:
            problem = f"{type(error).__name__}"
        logger.warning("waiting for the server (%s)", problem)
        stop.wait(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
    return None


def _newest(features: list[dict[str, dict[str, str]]]) -> dict[str, int]:
    moments = ((feature["properties"]["key"], feature["properties"]["observed_at"]) for feature in features)
    return {series: int(np.datetime64(moment[:19], "s").astype(np.int64)) for series, moment in moments}


def missed(sensors: Sequence[Sensor], newest: dict[str, int], until: int, *, seed: int) -> Iterator[list[Reading]]:
    """What wasn't sent between the newest values and `until`, by the quarter, in posts of a good size."""
    known = [moment for moment in newest.values() if moment < until]
    start = max(min(known, default=until), until - LONGEST_GAP_S) // FILL_EVERY_S * FILL_EVERY_S + FILL_EVERY_S
    day = 86_400
    for begin in range(start, until, day):
        seconds = np.arange(begin, min(begin + day, until), FILL_EVERY_S)
        rows = [
            reading
            for reading in readings_at(sensors, seconds, seed=seed, interval_s=FILL_EVERY_S)
            if reading.second > newest.get(reading.series, 0)
        ]
        for first in range(0, len(rows), ROWS_A_POST):
            yield rows[first : first + ROWS_A_POST]


def due(sensors: Sequence[Sensor], after: int, until: int, *, seed: int) -> list[Reading]:
    """The readings of the seconds after `after` up to `until`: sensor n sends in second n of every minute."""
    rows: list[Reading] = []
    for sensor in sensors:
        turn = sensor.number % VALUE_EVERY_S
        first = after + 1 + (turn - after - 1) % VALUE_EVERY_S
        seconds = np.arange(first, until + 1, VALUE_EVERY_S)
        if len(seconds):
            rows += readings_at([sensor], seconds, seed=seed, interval_s=FILL_EVERY_S)
    return rows


def run(client: httpx.Client, sensors: Sequence[Sensor], *, seed: int, stop: Event) -> None:
    """Fill the gap, then send until `stop` is set. Raises Refused when the server will never take it."""
    sender = Sender(client, stop)
    newest = newest_of(client, stop)
    sent_until = int(time.time())
    for rows in missed(sensors, newest, sent_until, seed=seed):
        if not sender.send(rows):
            return
    logger.info("%d sensors send every %d s", len(sensors), VALUE_EVERY_S)
    while not stop.wait(POST_EVERY_S):
        now = int(time.time())
        # After a long silence of the server only the last minutes are sent one by one.
        rows = due(sensors, max(sent_until, now - 3_600), now, seed=seed)
        if rows and not sender.send(rows):
            return
        sent_until = now


def main(arguments: Sequence[str] | None = None) -> int:
    """Send until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="where the program answers")
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("SPIEGELSTAD_DATA"), help="folder of the invented city"
    )
    parser.add_argument("--key-file", type=Path, help="file with an API key of scope observations:write")
    given = parser.parse_args(arguments)
    stop = until_signal()
    seed, sensors = read_sensors(given.data)
    key = (given.key_file or _key_file()).read_text(encoding="utf-8").strip()
    return work(given.url, key, lambda client: run(client, sensors, seed=seed, stop=stop))


def until_signal() -> Event:
    """Begin as a process of its own: write warnings, and return what SIGTERM and SIGINT set."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


def work(url: str, key: str, send: Callable[[httpx.Client], None]) -> int:
    """Send with this key; return the exit code."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        try:
            send(client)
        except Refused as refused:
            logger.error("the server refuses the sensors: %s", refused)
            return 1
    return 0


def _key_file() -> Path:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    from django.conf import settings  # noqa: PLC0415  only where no file is named

    return key_file(settings.VAR, "demo")


if __name__ == "__main__":
    sys.exit(main())
