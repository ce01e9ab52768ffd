"""Back-pressure under load: the database stalls, listeners are killed, and every acknowledged message is there."""

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import paho.mqtt.client as mqtt
import pytest
from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.ingest.live import listening
from spiegelstad.ingest.live.listening import Listener
from spiegelstad.ingest.testing import live_definition, make_source
from spiegelstad.mirror import public as mirror
from tests.room.ingest.brokers import Broker

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENSORS = 50


@pytest.fixture
def source(tenant: str, folder: Path, broker: Broker) -> str:
    if broker.kind == "amqtt":
        pytest.skip("amqtt keeps nothing for anonymous clients")
    topics = ["city/+/air"]
    make_source(tenant, folder, live_definition(where={"mqtt": {**broker.place, "topics": topics}}))
    return tenant


class Sender:
    """Sends as fast as the broker takes, 1,000 at a time, and counts what the broker has acknowledged."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.acknowledged = 0
        self._stop = Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        client.max_inflight_messages_set(1_000)
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        number = 0
        while not self._stop.is_set():
            sent = [client.publish(*self._message(number + place), qos=1) for place in range(1_000)]
            number += len(sent)
            for one in sent:
                one.wait_for_publish(60)
            self.acknowledged += sum(one.is_published() for one in sent)
        client.disconnect()
        client.loop_stop()

    @staticmethod
    def _message(number: int) -> tuple[str, str]:
        moment = START + timedelta(milliseconds=number // SENSORS)
        return f"city/s{number % SENSORS}/air", json.dumps({"time": moment.isoformat(), "temperature": number % 40})

    def stop(self) -> int:
        self._stop.set()
        self._thread.join(90)
        return self.acknowledged


def wait_for(tenant: str, count: int, seconds: float) -> None:
    """Wait until the rollups have counted so many, and count the observations themselves."""
    by, deadline = Actor.system(tenant, "tests"), time.monotonic() + seconds
    while (counted := _counted(by)) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    assert counted == count
    keys = [one.key for one in mirror.series(by)]
    assert mirror.raw(by, keys, START - timedelta(hours=1), START + timedelta(days=1)).num_rows == count


def _counted(by: Actor) -> int:
    days = mirror.daily(by, [one.key for one in mirror.series(by)], START.date(), START.date() + timedelta(days=2))
    return int(sum(days["count"].to_pylist()))


@pytest.mark.parametrize("seconds", [2, pytest.param(600, marks=[pytest.mark.slow, pytest.mark.timeout(1500)])])
def test_everything_acknowledged_is_stored_though_the_database_stalls(
    source, broker, seconds, record_testsuite_property
):
    stop = Event()
    listener = Thread(target=lambda: Listener("load").run(stop))
    listener.start()
    try:
        until_subscribed(broker)
        began = time.monotonic()
        sender, ends = Sender(broker), began + seconds
        while time.monotonic() < ends:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE mirror_serieslatest IN EXCLUSIVE MODE")
                time.sleep(0.4)
            time.sleep(0.4)
        count = sender.stop()
        assert count >= 1_000
        record_testsuite_property("acknowledged", count)
        record_testsuite_property("acknowledged a second", round(count / (time.monotonic() - began)))
        wait_for(source, count, 60 + seconds)
        record_testsuite_property("stored a second", round(count / (time.monotonic() - began)))
    finally:
        stop.set()
        listener.join(30)


def test_listener_that_is_killed_loses_nothing_acknowledged(source, broker, start_child, monkeypatch):
    monkeypatch.setattr(listening, "LOOK_EVERY_S", 0.2)

    def listen() -> None:
        Listener("killed").run(Event())

    children: list[int] = [start_child(listen)]
    until_subscribed(broker)
    sender = Sender(broker)
    for _ in range(2):
        time.sleep(0.7)
        os.kill(children[-1], signal.SIGKILL)
        os.waitpid(children[-1], 0)
        children.append(start_child(listen))
    count = sender.stop()
    try:
        wait_for(source, count, 60)
    finally:
        os.kill(children[-1], signal.SIGKILL)
        os.waitpid(children[-1], 0)


def until_subscribed(broker: Broker) -> None:
    """Wait until the listener has its session: what was sent before was for nobody."""
    deadline = time.monotonic() + 20
    while "city/+/air" not in broker.log() and time.monotonic() < deadline:
        time.sleep(0.1)
