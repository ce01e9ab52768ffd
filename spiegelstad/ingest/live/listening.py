"""The listener: a process that keeps a subscription for every MQTT source, of every city, as the definitions now are.

A source that isn't shared has one listener: the one that holds its lock in the database. Another takes over when that
one ends. Sources that are shared are listened to by every listener, and the broker divides the messages.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from uuid import UUID

from django.db import connection

from spiegelstad.ingest import models
from spiegelstad.ingest.definition.live import Mqtt
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.live.receiving import BUSY, Receiver
from spiegelstad.ingest.live.subscription import Subscription
from spiegelstad.ingest.locks import try_lock, unlock
from spiegelstad.ingest.vocabulary import Way

LOOK_EVERY_S = 5.0
STOP_PATIENCE_S = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A source that should be listened to, as it is stored."""

    id: UUID
    tenant_id: str
    hash: str
    definition: SourceDefinition

    @property
    def place(self) -> Mqtt:
        """Its broker."""
        assert self.definition.where.mqtt is not None  # that is what makes it an MQTT source
        return self.definition.where.mqtt


class Listener:
    """Keeps the subscriptions of this process as they should be. `name`: another one for each process of a city."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.subscriptions: dict[UUID, tuple[str, Subscription]] = {}
        self._held: set[UUID] = set()
        self._session = 0

    def run(self, stop: Event, *, beat: Callable[[], None] = lambda: None) -> None:
        """Listen until `stop` is set; what comes later comes again."""
        try:
            while not stop.is_set():
                try:
                    self.look()
                except BUSY as error:  # the subscriptions wait for the database by themselves
                    log.warning("the definitions can't be read now: %s", type(error).__name__)
                    connection.close_if_unusable_or_obsolete()  # our locks live as long as a sound session
                beat()
                stop.wait(LOOK_EVERY_S)
        finally:
            self.end()

    def look(self) -> None:
        """Start what should run, and stop what should not or is defined otherwise now."""
        self._check_locks()
        wanted = {one.id: one for one in _wanted()}
        for id_, (hash_, subscription) in list(self.subscriptions.items()):
            if id_ not in wanted or wanted[id_].hash != hash_:
                self._stop(id_, subscription, forget=True)
            elif not wanted[id_].place.shared and id_ not in self._held:
                self._stop(id_, subscription, forget=False)
        for id_, one in wanted.items():
            if id_ not in self.subscriptions and (one.place.shared or self._holds(id_)):
                self._start(one)

    def end(self) -> None:
        """Stop everything; the broker keeps for us what is not acknowledged."""
        for _, subscription in self.subscriptions.values():
            subscription.stop()
        for _, subscription in self.subscriptions.values():
            subscription.join(STOP_PATIENCE_S)
        self.subscriptions.clear()
        with suppress(*BUSY):  # a session that is gone holds no locks
            for id_ in self._held:
                unlock(id_)
        self._held.clear()
        connection.close()  # it goes back to the pool, and would have kept the locks

    def _check_locks(self) -> None:
        """Notice that the session which held our locks is gone: another listener may have them now."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            row = cursor.fetchone()
        session = int(row[0]) if row else 0
        if session != self._session:
            self._session = session
            before, self._held = self._held, set()
            for id_ in before:
                self._holds(id_)

    def _holds(self, id_: UUID) -> bool:
        if id_ not in self._held and try_lock(id_):
            self._held.add(id_)
        return id_ in self._held

    def _start(self, one: Wanted) -> None:
        log.info("listening for %s of %s", one.definition.source, one.tenant_id)
        receiver = Receiver(one.tenant_id, one.id, one.definition)
        subscription = Subscription(receiver, one.place, name=self.name, client_id=client_id(one, self.name))
        self.subscriptions[one.id] = (one.hash, subscription)
        subscription.start()

    def _stop(self, id_: UUID, subscription: Subscription, *, forget: bool) -> None:
        subscription.stop(forget=forget)
        subscription.join(STOP_PATIENCE_S)
        del self.subscriptions[id_]
        if id_ in self._held:
            unlock(id_)
            self._held.discard(id_)


def client_id(one: Wanted, listener: str) -> str:
    """Return how the broker knows us: the same after a restart, another when we subscribe to something else.

    A broker keeps messages for a client id. Who shares has one of its own; who takes over has that of the one before.
    """
    place = one.place
    topics = hashlib.sha256("\n".join([place.host, *sorted(place.topics)]).encode()).hexdigest()[:8]
    owner = f"-{listener}" if place.shared else ""
    return f"spiegelstad-{one.tenant_id}-{one.definition.source}-{topics}{owner}"


def _wanted() -> list[Wanted]:
    rows = models.Source.objects.filter(is_active=True, way=Way.MQTT)
    found = rows.values_list("id", "tenant_id", "definition_hash", "definition")
    return [Wanted(id_, city, hash_, SourceDefinition.model_validate_json(text)) for id_, city, hash_, text in found]
