"""The loop of the live sensors: nothing twice, nothing forgotten, patience with a server that is away."""

import datetime as dt
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from spiegelstad.demo import live
from spiegelstad.demo.city import Reading, Sensor
from spiegelstad.demo.city.city import invent
from spiegelstad.demo.city.sensors import write_sensors

NOW = int(dt.datetime(2026, 11, 22, 12, 0, 7, tzinfo=dt.UTC).timestamp())


@pytest.fixture(scope="module")
def sensors() -> tuple[Sensor, ...]:
    return invent(inhabitants=1_000, seed=1, until=dt.date(2026, 11, 22)).sensors


def _client(answer: httpx.MockTransport) -> httpx.Client:
    return httpx.Client(base_url="http://city.invalid", transport=answer)


def test_due_gives_every_sensor_once_a_minute_however_it_is_cut(sensors: tuple[Sensor, ...]) -> None:
    whole = live.due(sensors, NOW, NOW + 180, seed=1)
    cuts = [NOW, NOW + 1, NOW + 6, NOW + 61, NOW + 75, NOW + 180]
    parts = [row for start, end in itertools.pairwise(cuts) for row in live.due(sensors, start, end, seed=1)]
    as_set = {(row.series, row.second, row.value) for row in whole}
    assert {(row.series, row.second, row.value) for row in parts} == as_set
    assert len(parts) == len(whole) == len(as_set)
    cars = [row.second for row in whole if row.series == "AT01:carIntensity"]
    assert len(cars) == 3
    assert set(np.diff(cars)) == {60}


def test_missed_starts_after_what_the_server_has(sensors: tuple[Sensor, ...]) -> None:
    last = NOW - 5 * 3_600
    newest = {"AT01:carIntensity": last, "FT01:bicycleIntensity": last + 3_600}
    rows = [row for rows in live.missed(sensors, newest, NOW, seed=1) for row in rows]
    for series, moment in newest.items():
        seconds = [row.second for row in rows if row.series == series]
        assert min(seconds) > moment
        assert max(seconds) > NOW - 2 * 900
        assert all(second % 900 in (0, 420) for second in seconds)


def test_missed_is_nothing_when_the_server_knows_no_series(sensors: tuple[Sensor, ...]) -> None:
    assert list(live.missed(sensors, {}, NOW, seed=1)) == []


def test_missed_looks_no_further_back_than_sixty_days(sensors: tuple[Sensor, ...]) -> None:
    rows = live.missed(sensors[:1], {"AT01:carIntensity": 0}, NOW, seed=1)
    assert min(row.second for part in rows for row in part) >= NOW - live.LONGEST_GAP_S


def test_sender_tries_again_until_the_server_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [None, 503, 429, 207]
    bodies = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        code = answers.pop(0)
        if code is None:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(code, json={})

    stop = threading.Event()
    pauses: list[float] = []
    monkeypatch.setattr(stop, "wait", pauses.append)
    sender = live.Sender(_client(httpx.MockTransport(handle)), stop)
    assert sender.send([Reading("AT01:carIntensity", NOW, 12.0)])
    assert pauses == [1, 2, 4]
    assert len(set(bodies)) == 1
    assert json.loads(bodies[0]) == {
        "series": "AT01:carIntensity",
        "observed_at": "2026-11-22T12:00:07Z",
        "value": 12.0,
    }


def test_sender_gives_up_when_the_server_says_no() -> None:
    sender = live.Sender(_client(httpx.MockTransport(lambda _: httpx.Response(403, text="no"))), threading.Event())
    with pytest.raises(live.Refused, match="403"):
        sender.send([Reading("AT01:carIntensity", NOW, 12.0)])


def test_sender_stops_while_it_waits() -> None:
    stop = threading.Event()
    sender = live.Sender(_client(httpx.MockTransport(lambda _: httpx.Response(503))), stop)
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    assert not sender.send([Reading("AT01:carIntensity", NOW, 12.0)])
    assert time.monotonic() - started < 5


def test_live_process_ends_on_sigterm(tmp_path: Path, sensors: tuple[Sensor, ...]) -> None:
    write_sensors(tmp_path, sensors, 1)
    (tmp_path / "key").write_text("secret", encoding="utf-8")
    command = ["-m", "spiegelstad.demo.live", "--url", "http://127.0.0.1:9", "--data", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, *command, "--key-file", str(tmp_path / "key")],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        assert b"waiting for the server" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
