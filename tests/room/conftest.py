"""What tests of several rooms share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
