"""Sending a notification by MQTT (clause 7.2): one connection for each broker, name and version, which is kept."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Sequence
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


class Brokers:
    """The connections to brokers, each used by several threads; one that broke is made anew by the next who sends."""

    def __init__(self) -> None:
        self._clients: dict[Address, _Judged] = {}
        self._locks: dict[Address, threading.Lock] = {}
        self._lock = threading.Lock()

    def send(self, receiver: Receiver, rows: Sequence[Waiting]) -> Failure | None:
        """Publish a notification; with QoS 1 and 2 wait until the broker has it. None when it was taken."""
        address, topic = _place(receiver)
        quality = int(receiver.notifier_info.get("MQTT-QoS", "0"))
        try:
            client = self._connected(address, receiver.timeout_s)
            told = client.publish(topic, mqtt_message(receiver, rows), qos=quality)
            told.wait_for_publish(receiver.timeout_s)
            if told.is_published():
                return None
        except (OSError, ValueError, RuntimeError, SpiegelstadError, httpcore.ConnectError) as error:
            self._drop(address)
            return Failure(str(error), answered=False)
        self._drop(address)
        return Failure("The broker did not confirm the message in time.", answered=False)

    def close(self) -> None:
        """End all connections."""
        for address in list(self._clients):
            self._drop(address)

    def _connected(self, address: Address, timeout_s: float) -> _Judged:
        with self._lock:
            lock = self._locks.setdefault(address, threading.Lock())
        with lock:
            client = self._clients.get(address)
            if client is None or not client.is_connected():
                self._drop(address)
                client = self._clients[address] = _connect(address, timeout_s)
            return client

    def _drop(self, address: Address) -> None:
        client = self._clients.pop(address, None)
        if client is not None:
            client.disconnect()
            client.loop_stop()


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
