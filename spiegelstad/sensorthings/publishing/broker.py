"""A connection to an MQTT broker over which messages go out, each until the broker has said that it has it."""

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from spiegelstad.base.errors import Unavailable
from spiegelstad.base.mqtt import JudgedClient
from spiegelstad.sensorthings.publishing.messages import Message

KEEP_ALIVE_S = 30
PATIENCE_S = 20.0  # for the answer to a connection, and to all messages given together
IN_FLIGHT = 200
QOS = 1


class BrokerAway(Unavailable):
    """The broker doesn't answer, or refuses us."""

    title = "The broker cannot be reached"


class Broker:
    """Speaks to the broker at `mqtts://user:password@host:port/prefix` as `client_id`; connects when it has to."""

    def __init__(self, address: str, client_id: str) -> None:
        self._parts = urlsplit(address)
        self._client_id = client_id
        self._client: JudgedClient | None = None
        self.prefix = prefix_of(self._parts)

    def publish(self, messages: Iterable[Message]) -> None:
        """Publish in order and wait until the broker has all; raises BrokerAway when that is not certain."""
        client = self._connected()
        sent = [client.publish(topic, payload, qos=QOS) for topic, payload in messages]
        until = time.monotonic() + PATIENCE_S
        try:
            for one in sent:
                one.wait_for_publish(max(until - time.monotonic(), 0.001))
            if all(one.is_published() for one in sent):
                return
        except (RuntimeError, ValueError) as error:
            self.close()
            raise BrokerAway(str(error)) from error
        self.close()
        raise BrokerAway("The broker did not confirm the messages in time.")

    def close(self) -> None:
        """End the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self) -> JudgedClient:
        if self._client is None or not self._client.is_connected():
            self.close()
            self._client = self._connect()
        return self._client

    def _connect(self) -> JudgedClient:
        client, answered, refusals = client_of(self._parts, self._client_id), threading.Event(), list[str]()
        client.max_inflight_messages_set(IN_FLIGHT)

        def on_connect(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                refusals.append(str(reason))
            answered.set()

        client.on_connect = on_connect
        connect(client, self._parts)
        client.loop_start()
        if answered.wait(PATIENCE_S) and not refusals:
            return client
        client.disconnect()
        client.loop_stop()
        raise BrokerAway(f"{self._parts.hostname} refuses us: {refusals[0] if refusals else 'no answer'}")


def prefix_of(parts: SplitResult) -> str:
    """Return what all topics begin with: the path of the address, with a slash at its end, or nothing."""
    prefix = unquote(parts.path).strip("/")
    return f"{prefix}/" if prefix else ""


def client_of(parts: SplitResult, client_id: str, **more: Any) -> JudgedClient:
    """Return a client for a broker, not connected yet."""
    client = JudgedClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
        **more,
    )
    client.is_encrypted = parts.scheme == "mqtts"
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    return client


def connect(client: JudgedClient, parts: SplitResult) -> None:
    """Connect; raises BrokerAway."""
    try:
        client.connect(parts.hostname or "", parts.port or (8883 if client.is_encrypted else 1883), KEEP_ALIVE_S)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise BrokerAway(f"{parts.hostname} doesn't answer: {error}") from error
