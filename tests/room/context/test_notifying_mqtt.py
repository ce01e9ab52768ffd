"""Notifications by MQTT to real brokers (clause 7.2)."""

import json
import socket
import threading
import time

import paho.mqtt.client as mqtt
import pytest

from spiegelstad.context.models import Notification, Subscription
from spiegelstad.context.notifying import mqtt_sending
from spiegelstad.context.testing import make_entity

pytestmark = pytest.mark.django_db(transaction=True)


class Listener:
    """Hears all topics."""

    def __init__(self, broker):
        self.heard = []
        self.ready = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        self.client.on_message = lambda _client, _data, message: self.heard.append(
            (message.topic, message.qos, json.loads(message.payload))
        )
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.connect("127.0.0.1", broker.port)
        self.client.subscribe("#", qos=2)
        self.client.loop_start()
        assert self.ready.wait(10)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def listener(broker):
    found = Listener(broker)
    yield found
    found.close()


def info(broker, quality):
    version = "mqtt5.0" if broker.kind == "mosquitto" else "mqtt3.1.1"
    return [{"key": "MQTT-QoS", "value": str(quality)}, {"key": "MQTT-Version", "value": version}]


@pytest.mark.usefixtures("notifier")
def test_notification_by_mqtt_with_each_quality(tenant, broker, listener, subscribe, wait_until):
    for quality in (0, 1, 2):
        url = f"mqtt://127.0.0.1:{broker.port}/city/cars/{quality}"
        receiver_info = [{"key": "Authorization", "value": "x"}]
        subscribe(tenant, url, endpoint={"notifierInfo": info(broker, quality), "receiverInfo": receiver_info})
    make_entity(tenant, id="urn:x:1", type="Car", speed=30)
    wait_until(lambda: len(listener.heard) == 3, 20, lambda: f"{listener.heard} {broker.log()}")
    qualities = {topic: quality for topic, quality, _ in listener.heard}
    assert sorted(qualities) == [f"city/cars/{quality}" for quality in (0, 1, 2)]
    if broker.kind == "mosquitto":  # amqtt delivers with the quality of the one who listens
        assert list(qualities.values()) == [int(topic[-1]) for topic in qualities]
    message = listener.heard[0][2]
    assert message["metadata"]["Content-Type"] == "application/json"
    assert message["metadata"]["Authorization"] == "x"
    assert message["metadata"]["Link"].startswith("<https://uri.etsi.org/")
    assert message["body"]["type"] == "Notification"
    assert message["body"]["data"] == [{"id": "urn:x:1", "type": "Car", "speed": {"type": "Property", "value": 30}}]
    wait_until(lambda: not Notification.objects.exists())


@pytest.mark.usefixtures("notifier")
def test_broker_that_is_away_gets_it_when_it_is_back(tenant, broker, subscribe, wait_until):
    uri = subscribe(tenant, f"mqtt://127.0.0.1:{broker.port}/cars", endpoint={"notifierInfo": info(broker, 1)})
    broker.stop()
    make_entity(tenant, id="urn:x:1", type="Car", speed=30)
    wait_until(lambda: Subscription.objects.get(uri=uri).times_failed)
    assert Notification.objects.count() == 1
    broker.start()
    wait_until(lambda: not Notification.objects.exists(), 20)
    time.sleep(0.1)
    assert Subscription.objects.get(uri=uri).failures == 0


@pytest.mark.usefixtures("notifier", "broker")
def test_broker_in_a_private_network_is_not_called(tenant, broker, subscribe, wait_until, settings):
    settings.ALLOW_HOSTS = []
    uri = subscribe(tenant, f"mqtt://127.0.0.1:{broker.port}/cars")
    make_entity(tenant, id="urn:x:1", type="Car", speed=30)
    wait_until(lambda: "private network" in Subscription.objects.get(uri=uri).last_error)


def connections():
    """Count the connections of this process: each has a thread."""
    return sum(one.name.startswith("paho-mqtt-client") for one in threading.enumerate())


@pytest.mark.usefixtures("notifier")
def test_connections_do_not_pile_up(tenant, broker, subscribe, wait_until, monkeypatch):
    """Of many addresses some stay connected, and none that is not used."""
    monkeypatch.setattr(mqtt_sending, "MAX_KEPT", 2)
    before = connections()
    for number in range(6):
        url = f"mqtt://name{number}:word@127.0.0.1:{broker.port}/cars"
        subscribe(tenant, url, endpoint={"notifierInfo": info(broker, 1)})
    make_entity(tenant, id="urn:x:1", type="Car", speed=30)
    wait_until(lambda: Subscription.objects.filter(times_sent=1, times_failed=0).count() == 6, 20, broker.log)
    wait_until(lambda: connections() <= before + 2)
    assert connections() == before + 2
    monkeypatch.setattr(mqtt_sending, "IDLE_S", 0.1)
    wait_until(lambda: connections() == before)


def test_end_is_not_kept_waiting_by_a_broker_that_does_not_answer(tenant, subscribe, wait_until):
    """Another notifier takes the place of one that ends, and must not wait for it."""
    from spiegelstad.context.notifying.process import run

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mqtt://127.0.0.1:{silent.getsockname()[1]}/cars"
        subscribe(tenant, url, endpoint={"timeout": 20_000})
        halted = threading.Event()
        thread = threading.Thread(target=run, args=[halted])
        thread.start()
        make_entity(tenant, id="urn:x:1", type="Car", speed=30)
        connected, _ = silent.accept()
        began = time.monotonic()
        halted.set()
        thread.join(30)
        connected.close()
    assert not thread.is_alive()
    assert time.monotonic() - began < 5
