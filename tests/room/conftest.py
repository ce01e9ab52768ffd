"""What tests of several rooms share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spiegelstad.base import sql
from tests.room.ingest.brokers import MOSQUITTO, Broker, free_port


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Give a real MQTT broker that runs."""
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    folder = tmp_path / "broker"
    folder.mkdir()
    one = Broker(request.param, folder, free_port())
    one.start()
    yield one
    one.stop()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is sent to the database, by whatever cursor and without one."""
    found: list[str] = []
    execute, texts = psycopg.Cursor.execute, sql.texts

    def noted(self: Any, query: Any, *more: Any, **options: Any) -> Any:
        found.append(str(query))
        return execute(self, query, *more, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    monkeypatch.setattr(sql, "texts", lambda statement, params: found.append(statement) or texts(statement, params))
    return found
