"""What is stored is told to a real MQTT broker, on the topics of the standard (OGC 18-088, clause 14.2)."""

import json
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from spiegelstad.accounts.testing import make_key
from spiegelstad.governance.public import Classification
from spiegelstad.mirror.models import RefusedRow
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensorthings.jobs import forget_untold
from spiegelstad.sensorthings.models import Change, Thing
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.publishing.broker import BrokerAway
from spiegelstad.sensorthings.publishing.process import Publisher
from spiegelstad.sensorthings.testing import THING, Api
from tests.programs import start_python
from tests.room.ingest.brokers import Broker

AT = "2026-03-01T12:00:00Z"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Listener:
    """A client of the broker that keeps all that is told under `v1.1/`."""

    def __init__(self, broker: Broker, under: str = "") -> None:
        self.heard: dict[str, list[Any]] = defaultdict(list)
        self._news, self._ready = threading.Condition(), threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        self._client.on_message = self._hear
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect("127.0.0.1", broker.port)
        self._client.subscribe(f"{under}v1.1/#", qos=1)
        self._client.loop_start()
        assert self._ready.wait(10)

    def _hear(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self.heard[message.topic].append(json.loads(message.payload))
            self._news.notify_all()

    def at(self, topic: str, number: int = 1) -> list[Any]:
        """Return what was told on a topic, once there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.heard[topic]) >= number, 10), (topic, dict(self.heard))
            return self.heard[topic]

    def until(self, enough: Callable[[list[Any]], bool]) -> list[Any]:
        """Return the observations told, once they are enough."""
        with self._news:
            assert self._news.wait_for(lambda: enough(self.heard["v1.1/Observations"]), 60)
            return self.heard["v1.1/Observations"]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def publisher(broker: Broker, tenant: str, settings: Any) -> Iterator[Publisher]:
    settings.PUBLISH_MQTT = {tenant: f"mqtt://127.0.0.1:{broker.port}"}
    one = Publisher(tenant, settings.PUBLISH_MQTT[tenant])
    yield one
    one._broker.close()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    one = Listener(broker)
    yield one
    one.close()


@pytest.fixture
def api(tenant: str, other_tenant: str) -> Api:
    return Api(make_key(tenant, ["observations:write", "context:write"])[0])


def tell(publisher: Publisher) -> None:
    while publisher.step():
        pass


def test_an_observation_goes_to_its_sets_as_http_shows_it(publisher: Publisher, listener: Listener, api: Api) -> None:
    thing = api.post("/Things", THING)
    (stream,) = api.get(f"/Things({thing['@iot.id']})/Datastreams")["value"]
    posted = api.post(
        "/Observations", {"phenomenonTime": AT, "result": 4.5, "Datastream": {"@iot.id": stream["@iot.id"]}}
    )
    tell(publisher)

    (told,) = listener.at("v1.1/Observations")
    feature = api.get(f"/Observations('{posted['@iot.id']}')/FeatureOfInterest")
    assert told.pop("@iot.selfLink").endswith(f"/sensorthings/v1.1/Observations('{posted['@iot.id']}')")
    assert {name: told[name] for name in ("@iot.id", "result", "phenomenonTime", "resultTime")} == {
        name: posted[name] for name in ("@iot.id", "result", "phenomenonTime", "resultTime")
    }
    assert told.keys() == posted.keys() - {"@iot.selfLink"}
    assert listener.at(f"v1.1/Datastreams({stream['@iot.id']})/Observations")[0]["result"] == 4.5
    assert listener.at(f"v1.1/FeaturesOfInterest({feature['@iot.id']})/Observations")[0]["result"] == 4.5
    assert listener.at("v1.1/Things")[0]["name"] == "Weather station"
    assert listener.at(f"v1.1/Things({thing['@iot.id']})/Datastreams")[0]["name"] == "Air temperature"
    assert {"v1.1/Locations", "v1.1/Sensors", "v1.1/HistoricalLocations", "v1.1/FeaturesOfInterest"} <= set(
        listener.heard
    )
    assert not publisher.step()  # nothing is told twice


def test_a_change_goes_to_the_entity_and_its_property(publisher: Publisher, listener: Listener, api: Api) -> None:
    thing = api.post("/Things", THING)["@iot.id"]
    (stream,) = api.get(f"/Things({thing})/Datastreams")["value"]
    posted = api.post(f"/Datastreams({stream['@iot.id']})/Observations", {"phenomenonTime": AT, "result": 1})
    tell(publisher)
    api.call("PATCH", f"/Things({thing})", {"description": "On the tower"})
    api.call("PATCH", f"/Observations('{posted['@iot.id']}')", {"result": 2})
    tell(publisher)

    assert listener.at(f"v1.1/Things({thing})/description") == [{"description": "On the tower"}]
    assert listener.at(f"v1.1/Things({thing})", 2)[-1]["description"] == "On the tower"
    assert [one["result"] for one in listener.at("v1.1/Observations", 2)] == [1, 2]
    assert listener.at(f"v1.1/Observations('{posted['@iot.id']}')/result") == [{"result": 2}]


def test_only_what_anybody_may_see_is_told(
    publisher: Publisher, listener: Listener, tenant: str, other_tenant: str
) -> None:
    make_series(tenant, "open")
    make_series(tenant, "closed", classification=Classification.INTERNAL)  # neither is a datastream yet
    make_observations(tenant, [(key, NOON, 1.0) for key in ("open", "closed")])
    make_series(other_tenant, "open")
    make_observations(other_tenant, [("open", NOON, 3.0)])  # a city without a broker
    tell(publisher)

    assert [one["result"] for one in listener.at("v1.1/Observations")] == [1.0]
    assert [one["name"] for one in listener.at("v1.1/Datastreams")] == ["Reeks open"]


def test_what_a_broker_did_not_take_is_told_when_it_is_back(publisher: Publisher, broker: Broker, tenant: str) -> None:
    make_series(tenant, "a")
    adopt_series(tenant)
    broker.stop()
    make_observations(tenant, [("a", NOON + timedelta(minutes=minute), minute) for minute in range(30)])
    make_observations(tenant, [("a", NOON - timedelta(hours=1), -1.0), ("a", NOON, 100.0)])  # late, and corrected
    with pytest.raises(BrokerAway):
        publisher.step()
    broker.start()
    listener = Listener(broker)
    tell(publisher)

    told = [one["result"] for one in listener.at("v1.1/Observations", 31)]
    listener.close()
    assert sorted(told) == [-1.0, *range(1, 30), 100.0]


def test_what_nobody_took_for_a_week_is_forgotten(tenant: str, settings: Any) -> None:
    settings.PUBLISH_MQTT = {tenant: "mqtt://127.0.0.1:1"}
    make_series(tenant, "a")
    adopt_series(tenant)
    assert Change.objects.filter(tenant_id=tenant, type="Thing").count() == Thing.objects.count() == 1
    Change.objects.update(at="2026-01-01T00:00:00Z")
    forget_untold(timestamp=0)
    assert not Change.objects.exists()


WRITER = """
import time
import django
django.setup()
from datetime import UTC, datetime, timedelta
from spiegelstad.mirror.models import RefusedRow
from spiegelstad.mirror.testing import make_observations
number = 0
while True:
    make_observations("teststad", [("a", datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number), number)])
    print(number, flush=True)
    number += 1
    time.sleep(0.01)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
def test_kill_of_writer_and_publisher_loses_nothing_acknowledged(
    tenant: str, broker: Broker, listener: Listener
) -> None:
    make_series(tenant, "a")
    adopt_series(tenant)
    address = f"{tenant}=mqtt://127.0.0.1:{broker.port}"
    env = {"SPIEGELSTAD_ALLOW_HOSTS": "127.0.0.1", "SPIEGELSTAD_PUBLISH_MQTT": address}
    children = [start_python("-m", "spiegelstad.project.publisher", env=env)]
    writer = start_python("-c", WRITER, env=env, stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    try:
        for number in (1, 60):
            listener.until(lambda heard, number=number: len(heard) >= number)
            children[-1].kill()
            children[-1].wait()
            children.append(start_python("-m", "spiegelstad.project.publisher", env=env))
        writer.kill()
        acknowledged = int(writer.stdout.read().splitlines()[-1])
        told = listener.until(lambda heard: set(range(acknowledged + 1)) <= {one["result"] for one in heard})
    finally:
        for child in (writer, *children):
            child.kill()
            child.wait()
        writer.stdout.close()
    first = list(dict.fromkeys(one["result"] for one in told))
    assert first == sorted(first)  # in order, whatever was told twice


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
def test_clients_make_observations_by_publishing(tenant: str, broker: Broker, listener: Listener) -> None:
    key, _ = make_key(tenant, ["observations:write", "context:write"])
    api = Api(key)
    thing = api.post("/Things", THING)["@iot.id"]
    stream = api.get(f"/Things({thing})/Datastreams")["value"][0]["@iot.id"]
    env = {"SPIEGELSTAD_ALLOW_HOSTS": "127.0.0.1", "SPIEGELSTAD_PUBLISH_MQTT_KEYS": f"{tenant}={key}"}
    env["SPIEGELSTAD_PUBLISH_MQTT"] = f"{tenant}=mqtt://127.0.0.1:{broker.port}"
    program = start_python("-m", "spiegelstad.project.publisher", env=env)
    given = {"phenomenonTime": AT, "result": 4.5}
    try:
        wait_for_inbox(broker)
        for topic, body in (
            (f"v1.1/Datastreams({stream})/Observations", given),
            (f"v1.1/Datastreams({stream})/Observations", given),  # sent again
            ("v1.1/Observations", {**given, "result": "nine", "Datastream": {"@iot.id": stream}}),
            ("v1.1/Observations", {"result": 5}),
        ):
            broker.publish([(topic, json.dumps(body))])
        told = listener.until(lambda heard: sum("@iot.id" in one for one in heard) >= 2)
    finally:
        program.terminate()
        program.wait()
    assert [one["result"] for one in told if "@iot.id" in one] == [4.5, "nine"]
    made = api.get(f"/Datastreams({stream})/Observations", orderby="id")["value"]
    assert [one["result"] for one in made] == [4.5, "nine"]
    (refused,) = RefusedRow.objects.values_list("reason", flat=True)  # and not what we told ourselves
    assert refused == "A Observation needs a Datastream."


def wait_for_inbox(broker: Broker) -> None:
    deadline = time.monotonic() + 60
    while "spiegelstad-teststad-inbox" not in broker.log():
        assert time.monotonic() < deadline, broker.log()
        time.sleep(0.1)
