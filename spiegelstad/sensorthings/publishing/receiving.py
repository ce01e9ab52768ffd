"""Observations that clients make by publishing to the topics of a city's broker (OGC 18-088, clause 14.1).

The same act as over HTTP, by the key that the installation names for the city. A message is acknowledged when its
observation is committed, or when it is kept as a refused row with the reason. We hear what we tell ourselves too, and
know it by its self link.
"""

import logging
import threading
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import InterfaceError, OperationalError, connection
from paho.mqtt.client import MQTTMessage, error_string

from spiegelstad.accounts.public import Actor, actor_of_key
from spiegelstad.base.errors import Conflict, SpiegelstadError, Unavailable
from spiegelstad.mirror.public import BadRow, keep_refused_rows
from spiegelstad.sensorthings.actions.entities import create_entity
from spiegelstad.sensorthings.errors import InvalidAddress
from spiegelstad.sensorthings.formats.reading import read_entity, read_json
from spiegelstad.sensorthings.publishing.broker import QOS, BrokerAway, client_of, connect, prefix_of
from spiegelstad.sensorthings.publishing.messages import VERSION
from spiegelstad.sensorthings.rules.addresses import read_address
from spiegelstad.sensorthings.rules.options import SELF

TOPICS = ("Observations", "+/Observations")
AGAIN_S = 2.0
MAX_BYTES = 1024 * 1024
_BUSY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, Unavailable)

logger = logging.getLogger("spiegelstad.publisher")


class KeyOfAnotherCity(Conflict):
    """The installation names a key that is of another city."""


class Inbox:
    """Takes observations from the broker of a city, by the holder of `key`."""

    def __init__(self, tenant_id: str, address: str, key: str) -> None:
        self._tenant_id, self._key, self._parts = tenant_id, key, urlsplit(address)
        self._root = f"{prefix_of(self._parts)}{VERSION}/"

    def run(self, stop: threading.Event) -> None:
        """Take until `stop` is set. The broker keeps for us what it has while we, or the database, are away."""
        while not stop.is_set():
            try:
                self._listen(stop)
            except SpiegelstadError as error:
                logger.warning("%s: %s", self._tenant_id, error.detail)
            connection.close()
            stop.wait(AGAIN_S)

    def _listen(self, stop: threading.Event) -> None:
        client = client_of(self._parts, f"spiegelstad-{self._tenant_id}-inbox", clean_session=False, manual_ack=True)
        topics = [(f"{self._root}{topic}", QOS) for topic in TOPICS]
        busy = threading.Event()

        def hear(_client: Any, _data: Any, message: MQTTMessage) -> None:
            if busy.is_set():
                return  # it comes again, after the one that could not be stored
            try:
                self.take(message.topic, bytes(message.payload))
                client.ack(message.mid, message.qos)
            except _BUSY as error:
                logger.warning("%s: observations wait at the broker: %s", self._tenant_id, error)
                busy.set()

        def subscribe(*_: Any) -> None:
            client.subscribe(topics)

        client.on_connect = subscribe
        client.on_message = hear
        connect(client, self._parts)
        try:
            while not stop.is_set() and not busy.is_set():
                if problem := client.loop(timeout=0.25):
                    raise BrokerAway(f"{self._parts.hostname} ended the connection: {error_string(problem)}")
        finally:
            client.disconnect()
            client.loop(timeout=0.25)

    def take(self, topic: str, payload: bytes) -> None:
        """Store the observation of a message, or keep the message with the reason why it cannot be one."""
        by = actor_of_key(self._key)
        if by.tenant_id != self._tenant_id:
            raise KeyOfAnotherCity(f"The key given for {self._tenant_id} is one of {by.tenant_id}.")
        try:
            self._store(by, topic, payload)
        except _BUSY:
            raise
        except Exception as error:  # one message must not hold up the others
            if not isinstance(error, SpiegelstadError):
                logger.exception("%s: a message to %s could not be read", self._tenant_id, topic)
            reason = error.detail if isinstance(error, SpiegelstadError) else "The program failed."
            text = payload[:MAX_BYTES].decode(errors="replace").replace("\0", "")
            keep_refused_rows(by=by, rows=[BadRow(1, f"{topic} {text}"[:500], reason)])

    def _store(self, by: Actor, topic: str, payload: bytes) -> None:
        body = read_json(payload[:MAX_BYTES])
        if isinstance(body, dict) and SELF in body:
            return
        steps = read_address(topic.removeprefix(self._root)).steps
        if steps[-1].type.name != "Observation" or steps[-1].id is not None:
            raise InvalidAddress("Observations are published to Observations or Datastreams(1)/Observations.")
        back = steps[-2].type.relations[steps[-1].relation].back if len(steps) > 1 else ""
        given = read_entity(body, steps[-1].type, leaving_out=back)
        if back and (owner := steps[-2].id) is not None:
            given.links[back] = [owner]
        create_entity(by=by, given=given)
