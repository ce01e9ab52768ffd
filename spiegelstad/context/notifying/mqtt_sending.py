"""Sending a notification by MQTT (clause 7.2): one connection for each broker, name and version, while used."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpcore
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.outgoing import judged_addresses
from spiegelstad.context.notifying.parcels import Receiver, Waiting, mqtt_message
from spiegelstad.context.rules.delivery import Failure

KEEPALIVE_S = 30
IDLE_S = 60.0
MAX_KEPT = 64
VERSIONS = {"mqtt3.1.1": MQTTProtocolVersion.MQTTv311, "mqtt5.0": MQTTProtocolVersion.MQTTv5}


class Address(NamedTuple):
    """A broker and how to speak to it."""

    host: str
    port: int
    is_tls: bool
    name: str
    password: str
    version: MQTTProtocolVersion


class _Judged(paho.Client):
    """Connects only to addresses that were judged."""

    def _create_socket_connection(self) -> socket.socket:
        failure: OSError = OSError(f"{self._host} has no address")
        for address in judged_addresses(self._host, self._port):
            try:
                return socket.create_connection((address, self._port), timeout=self._connect_timeout)
            except OSError as error:
                failure = error
        raise failure


@dataclass(slots=True)
class _Line:
    """A connection to a broker, or the place for one; `users` threads have it now, `left_at`: since when none has."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    client: _Judged | None = None
    users: int = 0
    left_at: float = 0.0

    def connected(self, address: Address, timeout_s: float) -> _Judged:
        """Return the connection, made anew when it broke."""
        with self.lock:
            if self.client is None or not self.client.is_connected():
                self._end()
                self.client = _connect(address, timeout_s)
            return self.client

    def end(self, *, waits: bool = True) -> None:
        """End the connection; the next who sends makes another. One that is just being made is waited for, or left."""
        if self.lock.acquire(blocking=waits):
            try:
                self._end()
            finally:
                self.lock.release()

    def _end(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()


class Brokers:
    """The connections to brokers, each used by several threads; those that nobody uses are ended after a while."""

    def __init__(self) -> None:
        self._lines: dict[Address, _Line] = {}
        self._lock = threading.Lock()

    def send(self, receiver: Receiver, rows: Sequence[Waiting]) -> Failure | None:
        """Publish a notification; with QoS 1 and 2 wait until the broker has it. None when it was taken."""
        address, topic = _place(receiver)
        quality = int(receiver.notifier_info.get("MQTT-QoS", "0"))
        with self._line(address) as line:
            try:
                client = line.connected(address, receiver.timeout_s)
                told = client.publish(topic, mqtt_message(receiver, rows), qos=quality)
                told.wait_for_publish(receiver.timeout_s)
                if told.is_published():
                    return None
            except (OSError, ValueError, RuntimeError, SpiegelstadError, httpcore.ConnectError) as error:
                line.end()
                return Failure(str(error), answered=False)
            line.end()
        return Failure("The broker did not confirm the message in time.", answered=False)

    def close_idle(self) -> None:
        """End the connections that nobody has used for a while, and those left longest where there are too many."""
        long_ago = time.monotonic() - IDLE_S
        with self._lock:
            free = sorted((line.left_at, address) for address, line in self._lines.items() if not line.users)
            too_many = max(len(self._lines) - MAX_KEPT, 0)
            ended = [
                self._lines.pop(address)
                for place, (left_at, address) in enumerate(free)
                if left_at < long_ago or place < too_many
            ]
        for line in ended:
            line.end()

    def close(self) -> None:
        """End all connections, when the program ends."""
        with self._lock:
            ended = list(self._lines.values())
            self._lines.clear()
        for line in ended:
            line.end(waits=False)

    @contextmanager
    def _line(self, address: Address) -> Iterator[_Line]:
        """Give the place of a connection to one thread more; there is none too many afterwards."""
        with self._lock:
            line = self._lines.setdefault(address, _Line())
            line.users += 1
        try:
            yield line
        finally:
            with self._lock:
                line.users -= 1
                line.left_at = time.monotonic()
                is_full = len(self._lines) > MAX_KEPT
            if is_full:
                self.close_idle()


def _connect(address: Address, timeout_s: float) -> _Judged:
    client = _Judged(CallbackAPIVersion.VERSION2, protocol=address.version)
    client.connect_timeout = timeout_s
    if address.name:
        client.username_pw_set(address.name, address.password or None)
    if address.is_tls:
        client.tls_set_context(ssl.create_default_context())
    answered = threading.Event()
    refusals: list[str] = []

    def on_connect(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            refusals.append(str(reason))
        answered.set()

    client.on_connect = on_connect
    client.connect(address.host, address.port, keepalive=KEEPALIVE_S)
    client.loop_start()
    if answered.wait(timeout_s) and not refusals:
        return client
    client.disconnect()
    client.loop_stop()
    raise OSError(f"The broker refused: {refusals[0]}." if refusals else "The broker does not answer in time.")


def _place(receiver: Receiver) -> tuple[Address, str]:
    """Return the broker and the topic that `mqtt[s]://[name[:password]@]host[:port]/topic` names."""
    parts = urlsplit(receiver.address)
    is_tls = parts.scheme == "mqtts"
    version = VERSIONS[receiver.notifier_info.get("MQTT-Version", "mqtt5.0")]
    address = Address(
        parts.hostname or "",
        parts.port or (8883 if is_tls else 1883),
        is_tls,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        version,
    )
    return address, unquote(parts.path[1:])
