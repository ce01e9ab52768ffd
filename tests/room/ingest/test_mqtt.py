"""MQTT with real brokers: what is acknowledged is stored, what is stored comes once, nothing is dropped."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError

from spiegelstad.accounts.public import Actor
from spiegelstad.base import mqtt as base_mqtt
from spiegelstad.context import public as context
from spiegelstad.ingest import models
from spiegelstad.ingest.live import receiving
from spiegelstad.ingest.live import subscription as subscription_module
from spiegelstad.ingest.live.listening import Listener
from spiegelstad.ingest.testing import definition, live_definition, make_source
from spiegelstad.mirror import public as mirror
from tests.room.ingest.brokers import Broker

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reading(number: int, sensor: str = "s1", **changes: Any) -> tuple[str, str]:
    values = {"time": (START + timedelta(seconds=number)).isoformat(), "temperature": 12.5, **changes}
    return f"city/{sensor}/air", json.dumps(values)


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def stored(tenant: str, key: str = "temperature:s1") -> int:
    by = Actor.system(tenant, "tests")
    if not any(one.key == key for one in mirror.series(by)):
        return 0
    return mirror.raw(by, [key], START - timedelta(days=1), START + timedelta(days=1)).num_rows


def in_other_session(make: Callable[[], Listener]) -> tuple[Listener, Callable[[Callable[[Listener], None]], None]]:
    """Make a listener and give a way to use it with a database session of its own: a thread that stays."""
    pool = ThreadPoolExecutor(1)
    listener = make()
    return listener, lambda use: pool.submit(use, listener).result(20)


class Running:
    """A listener that looks by hand, so that a test says when."""

    def __init__(self, name: str = "one") -> None:
        self.listener = Listener(name)

    def look(self) -> None:
        self.listener.look()

    def ready(self) -> None:
        self.look()
        until(lambda: all(self._is_ready(one) for _, one in self.listener.subscriptions.values()))

    @staticmethod
    def _is_ready(one: Any) -> bool:
        return one._connection is not None and one._connection.is_subscribed


@pytest.fixture
def running() -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def make(name: str = "one") -> Running:
        made.append(Running(name))
        return made[-1]

    yield make
    for one in made:
        one.listener.end()


def source(tenant: str, folder: Path, broker: Broker, **mqtt: Any) -> None:
    place = {**broker.place, "topics": ["city/+/air"], **mqtt}
    make_source(tenant, folder, live_definition(where={"mqtt": place}))


def test_message_becomes_an_entity_and_an_observation(tenant, folder, broker, running):
    source(tenant, folder, broker)
    running().ready()
    assert broker.publish([reading(0, battery=88, lon=3.72, lat=51.05)]) == 1
    until(lambda: stored(tenant) == 1)
    [entity] = context.entities(Actor.system(tenant, "tests"), type="Device")
    assert (entity.id, entity.name, entity.lon) == ("urn:ngsi-ld:Device:s1", "Sensor s1", 3.72)
    assert entity.attributes["battery"] == 88
    [series] = mirror.series(Actor.system(tenant, "tests"))
    assert (series.unit, series.entity_id, series.lon) == ("CEL", entity.id, 3.72)


@pytest.mark.parametrize("is_gone", [False, True])
def test_listener_that_is_stopped_while_it_connects_leaves_no_connection(tenant, folder, broker, monkeypatch, is_gone):
    source(tenant, folder, broker)
    reached, go_on, connect = Event(), Event(), base_mqtt.connect

    def connect_slowly(host: str, port: int) -> Any:
        reached.set()
        assert go_on.wait(20)
        return connect(host, port)

    monkeypatch.setattr(base_mqtt, "connect", connect_slowly)
    one = Running()
    one.look()
    assert reached.wait(20)
    [(_, subscription)] = one.listener.subscriptions.values()
    subscription.stop(forget=is_gone)
    go_on.set()
    subscription.join(5)
    assert not any(thread.is_alive() for thread in subscription._threads)
    one.listener.end()


def test_message_that_breaks_a_rule_is_kept_and_holds_up_nobody(tenant, folder, broker, running):
    source(tenant, folder, broker)
    running().ready()
    broker.publish([("city/s1/air", b"\xff no json"), reading(0, temperature=99), ("city/S%/air", "{}"), reading(1)])
    until(lambda: stored(tenant) == 1)
    by = Actor.system(tenant, "tests")
    until(lambda: len(mirror.refused_rows(by)) == 3)
    reasons = {row.reason for row in mirror.refused_rows(by)}
    assert "the message isn't JSON" in reasons
    assert "temperature is larger than 60" in reasons
    assert any("time has no value" in reason for reason in reasons), "every reason of a row is named"
    assert all(row.text.startswith("city/") for row in mirror.refused_rows(by))


def test_messages_that_come_while_nobody_listens_are_not_lost(tenant, folder, broker, running):
    if broker.kind == "amqtt":
        pytest.skip("amqtt keeps nothing for anonymous clients")
    source(tenant, folder, broker)
    first = running()
    first.ready()
    broker.publish([reading(0)])
    until(lambda: stored(tenant) == 1)
    first.listener.end()
    broker.publish([reading(number) for number in range(1, 21)])
    running().ready()
    until(lambda: stored(tenant) == 21)


def test_slow_database_makes_the_broker_wait_and_loses_nothing(tenant, folder, broker, running, monkeypatch):
    monkeypatch.setattr(subscription_module, "ROOM", 20)
    monkeypatch.setattr(subscription_module, "BATCH", 10)
    slow = receiving.mirror.import_observations
    gate = Event()

    def slowly(**given: Any) -> Any:
        gate.wait(20)
        return slow(**given)

    monkeypatch.setattr(receiving.mirror, "import_observations", slowly)
    source(tenant, folder, broker)
    one = running()
    one.ready()
    broker.publish([reading(number) for number in range(200)])
    [(_, subscription)] = one.listener.subscriptions.values()
    until(lambda: subscription.waiting >= 10)
    time.sleep(0.5)
    assert subscription.waiting <= 20, "no more is taken than there is room for"
    assert stored(tenant) == 0
    gate.set()
    until(lambda: stored(tenant) == 200)


def test_database_that_is_away_costs_no_message(tenant, folder, broker, running, monkeypatch):
    failing = receiving.mirror.import_observations
    calls: list[int] = []

    def away(**given: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("the database is away")
        return failing(**given)

    monkeypatch.setattr(subscription_module, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(receiving.mirror, "import_observations", away)
    source(tenant, folder, broker)
    running().ready()
    broker.publish([reading(number) for number in range(5)])
    until(lambda: stored(tenant) == 5)
    assert len(calls) >= 3


def test_broker_that_restarts_is_found_again(tenant, folder, broker, running, monkeypatch):
    monkeypatch.setattr(subscription_module, "FIRST_PAUSE_S", 0.05)
    source(tenant, folder, broker)
    one = running()
    one.ready()
    broker.stop()
    broker.start()
    one.ready()
    broker.publish([reading(0)])
    until(lambda: stored(tenant) == 1)


def test_message_our_program_cannot_store_is_refused_and_the_others_are_taken(
    tenant, folder, broker, running, monkeypatch
):
    writes = receiving.mirror.import_observations

    def breaks(**given: Any) -> Any:
        if 13.0 in given["table"]["value"].to_pylist():
            raise RuntimeError("a fault of ours")
        return writes(**given)

    monkeypatch.setattr(receiving.mirror, "import_observations", breaks)
    source(tenant, folder, broker)
    running().ready()
    broker.publish([reading(0), reading(1, temperature=13), reading(2)])
    until(lambda: stored(tenant) == 2)
    until(lambda: len(mirror.refused_rows(Actor.system(tenant, "tests"))) == 1)
    [row] = mirror.refused_rows(Actor.system(tenant, "tests"))
    assert row.reason == "the program failed: RuntimeError"


def test_only_one_listens_to_a_source_that_is_not_shared_and_another_takes_over(tenant, folder, broker, running):
    source(tenant, folder, broker)
    first = running("first")
    first.ready()
    holder, waiting = in_other_session(lambda: Listener("second"))
    try:
        waiting(Listener.look)
        assert not holder.subscriptions
        first.listener.end()
        waiting(Listener.look)
        assert len(holder.subscriptions) == 1
    finally:
        waiting(Listener.end)


def test_shared_source_is_divided_over_listeners(tenant, folder, broker, running):
    if broker.kind == "amqtt":
        pytest.skip("amqtt knows no shared subscriptions")
    source(tenant, folder, broker, shared=True)
    both = [running("first"), running("second")]
    for one in both:
        one.ready()
    broker.publish([reading(number) for number in range(400)])
    until(lambda: stored(tenant) == 400)
    for one in both:
        one.listener.end()
    shares = dict(models.Intake.objects.values_list("receiver", "messages"))
    assert sum(shares.values()) == 400, "no message came twice"
    assert min(shares.values()) > 50, "the load is divided"


def test_listener_follows_the_definitions(tenant, folder, broker, running):
    source(tenant, folder, broker)
    one = running()
    one.ready()
    source(tenant, folder, broker, topics=["country/+/air"])
    one.ready()
    broker.publish([("country/s2/air", reading(0)[1]), reading(0)])
    until(lambda: stored(tenant, "temperature:s2") == 1)
    assert stored(tenant) == 0
    make_source(tenant, folder, definition())
    one.look()
    assert not one.listener.subscriptions


def test_intake_says_what_came_and_how_it_stands(tenant, folder, broker, running, monkeypatch):
    monkeypatch.setattr(subscription_module, "NOTE_EVERY_S", 0.1)
    source(tenant, folder, broker)
    running("here").ready()
    broker.publish([reading(0), reading(1, temperature=99)])
    until(lambda: models.Intake.objects.filter(messages=2, rows=1, refused=1).exists())
    intake = models.Intake.objects.get()
    assert (intake.receiver, intake.problem) == ("here", "")
    assert intake.connected_at is not None and intake.last_message_at is not None


def test_password_comes_from_the_environment(tenant, folder, broker, running, monkeypatch):
    if broker.kind == "amqtt":
        pytest.skip("Mosquitto shows it")
    broker.stop()
    broker.users = broker.folder / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(broker.users), "city", "right"], check=True)
    broker.users.chmod(0o644)
    broker.start()
    monkeypatch.setattr(subscription_module, "FIRST_PAUSE_S", 0.05)
    source(tenant, folder, broker, credentials="parks")
    one = running()
    one.look()
    [(_, subscription)] = one.listener.subscriptions.values()
    until(lambda: "SPIEGELSTAD_MQTT_PARKS_USER is empty" in subscription.problem)
    monkeypatch.setenv("SPIEGELSTAD_MQTT_PARKS_USER", "city")
    monkeypatch.setenv("SPIEGELSTAD_MQTT_PARKS_PASSWORD", "wrong")
    until(lambda: "refuses us" in subscription.problem)
    monkeypatch.setenv("SPIEGELSTAD_MQTT_PARKS_PASSWORD", "right")
    one.ready()


def test_broker_in_a_private_network_needs_to_be_allowed(tenant, folder, broker, running, settings):
    settings.ALLOW_HOSTS = []
    source(tenant, folder, broker)
    one = running()
    one.look()
    [(_, subscription)] = one.listener.subscriptions.values()
    until(lambda: "SPIEGELSTAD_ALLOW_HOSTS" in subscription.problem)


def test_broker_with_tls_shows_a_certificate_that_we_trust(tenant, folder, broker, running, monkeypatch):
    if broker.kind == "amqtt":
        pytest.skip("Mosquitto shows it")
    broker.stop()
    broker.certificate = broker.folder / "broker.pem"
    key = str(broker.certificate.with_suffix(".key"))
    made = ["-keyout", key, "-out", str(broker.certificate), "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made, *names], check=True)
    broker.start()
    monkeypatch.setattr(subscription_module, "FIRST_PAUSE_S", 0.05)
    source(tenant, folder, broker, tls=True, host="localhost")
    one = running()
    one.look()
    [(_, subscription)] = one.listener.subscriptions.values()
    until(lambda: "certificate" in subscription.problem)
    monkeypatch.setenv("SSL_CERT_FILE", str(broker.certificate))
    one.ready()
