"""The tests of ingest keep their raw files and data apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.room.ingest.brokers import MOSQUITTO, Broker, free_port


@pytest.fixture(autouse=True)
def _own_var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    settings.DATA = ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the definitions of the test's city stand."""
    return tmp_path / "sources"


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Give a real MQTT broker that runs."""
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    folder = tmp_path / "broker"
    folder.mkdir()
    folder.chmod(0o777)  # Mosquitto started by root runs as another user
    tmp_path.chmod(0o755)
    one = Broker(request.param, folder, free_port())
    one.start()
    yield one
    one.stop()
