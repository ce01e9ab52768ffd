"""One connection to an MQTT broker, on which nothing is acknowledged before we say so.

paho-mqtt and not aiomqtt: that one acknowledges a message when it has given it to us, this one can wait for our commit
(`manual_ack`). A connection is never used twice: numbers of messages mean something on one connection only, and an
acknowledgement of the wrong message would lose it.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from spiegelstad.base.clock import now
from spiegelstad.base.error_texts import error_text
from spiegelstad.base.mqtt import JudgedClient
from spiegelstad.ingest.definition.live import Mqtt
from spiegelstad.ingest.errors import SourceUnreachable
from spiegelstad.ingest.formats.messages import MAX_MESSAGE_BYTES, Message
from spiegelstad.ingest.live.secrets import credentials

KEEP_ALIVE_S = 60
KEPT_S = 7 * 86_400  # how long the broker keeps messages for us while we are away
QOS = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with what is needed to acknowledge it."""

    message: Message
    connection: Connection
    number: int
    qos: int

    def acknowledge(self) -> None:
        """Tell the broker that the message is stored; nothing happens when its connection is gone."""
        self.connection.acknowledge(self)


class Connection:
    """A session at a broker: `take` is called with each message, in the thread of `run`."""

    def __init__(
        self, place: Mqtt, *, client_id: str, share: str, in_flight: int, take: Callable[[Delivery], None]
    ) -> None:
        self.place = place
        self.topics = [f"$share/{share}/{topic}" if place.shared else topic for topic in place.topics]
        self._in_flight = in_flight
        self._take = take
        self._problem = ""
        self._is_5 = place.protocol == "mqtt-5"
        self.is_subscribed = False
        self._ending: bool | None = None  # asked to end; whether the broker needs to keep nothing for us any more
        self._client = JudgedClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if self._is_5 else False,
            protocol=mqtt.MQTTv5 if self._is_5 else mqtt.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect

    def run(self) -> None:
        """Connect, subscribe and hand messages over until the connection ends; raises SourceUnreachable with why."""
        try:
            self._prepare()
            self._client.connect(self.place.host, self.place.real_port, KEEP_ALIVE_S, **self._session())
            self._client.loop_forever()
        except (OSError, ssl.SSLError, ValueError) as error:
            raise SourceUnreachable(
                f"{self.place.host} doesn't answer: {error}.", remedy="It is tried again."
            ) from None
        if self._problem:
            raise SourceUnreachable(self._problem, remedy="It is tried again.")

    def _prepare(self) -> None:
        if self.place.credentials:
            self._client.username_pw_set(*credentials(self.place.credentials))
        self._client.is_encrypted = self.place.tls

    def _session(self) -> dict[str, Any]:
        """Ask for a session that outlives the connection, and for no more messages at once than we have room for."""
        if not self._is_5:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = KEPT_S
        properties.ReceiveMaximum = self._in_flight
        return {"clean_start": False, "properties": properties}

    def end(self, *, forget: bool = False) -> None:
        """Close, as soon as connected; `forget`: the broker needs to keep nothing for us any more. For any thread."""
        self._ending = forget
        if forget:
            self._client.unsubscribe(self.topics)
        if forget and self._is_5:
            properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0
            self._client.disconnect(properties=properties)
        else:
            self._client.disconnect()

    def acknowledge(self, delivery: Delivery) -> None:
        """Acknowledge one message of this connection. For any thread."""
        self._client.ack(delivery.number, delivery.qos)

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._problem = error_text(f"{self.place.host} refuses us: {reason}.")
        elif self._ending is not None:
            self.end(forget=self._ending)
        else:
            client.subscribe([(topic, QOS) for topic in self.topics])

    def _on_subscribe(self, client: mqtt.Client, _data: Any, _number: int, reasons: Any, _properties: Any) -> None:
        refused = [
            f"{topic}: {reason}" for topic, reason in zip(self.topics, reasons, strict=True) if reason.is_failure
        ]
        if refused:
            self._problem = error_text(f"{self.place.host} doesn't give {'; '.join(refused)}.")
            client.disconnect()
        else:
            self.is_subscribed = True

    def _on_message(self, _client: mqtt.Client, _data: Any, found: mqtt.MQTTMessage) -> None:
        size = len(found.payload)
        payload = bytes(found.payload if size <= MAX_MESSAGE_BYTES else found.payload[:1_000])
        topic = found.topic.replace("\0", "")
        self._take(Delivery(Message(payload, now(), topic, size), self, found.mid, found.qos))

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.is_subscribed = False
        if reason.is_failure and not self._problem:
            self._problem = error_text(f"{self.place.host} ended the connection: {reason}.")
