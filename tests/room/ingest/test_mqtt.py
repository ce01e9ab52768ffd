"""MQTT with real brokers: what is acknowledged is stored, what is stored comes once, nothing is dropped."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import OperationalError

from spiegelstad.accounts.public import Actor
from spiegelstad.context import public as context
from spiegelstad.ingest import models
from spiegelstad.ingest.live import subscription as subscription_module
from spiegelstad.ingest.live.listening import Listener
from spiegelstad.ingest.live.receiving import Receiver
from spiegelstad.ingest.testing import live_definition, make_source
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
