"""One MQTT source: messages go from the broker through a short queue to the database, and only then are acknowledged.

Two threads: one speaks with the broker, one writes. While one batch is being committed the next collects in the queue,
so batches grow with the load and a single message waits for nobody. When the database is slow the queue fills, the
reading from the broker stops, and the broker keeps what it has: nothing is dropped here.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from queue import Empty, Full, Queue
from threading import Event, Thread

from django.db import connection as database

from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.ingest.definition.live import Mqtt
from spiegelstad.ingest.live.broker import Connection, Delivery
from spiegelstad.ingest.live.intake import Standing, note_intake
from spiegelstad.ingest.live.receiving import BUSY, Counts, Receiver

BATCH = 500
ROOM = 2 * BATCH
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
STABLE_S = 30.0
NOTE_EVERY_S = 2.0
WAKE_S = 0.25

log = logging.getLogger(__name__)


class Subscription:
    """Listens for one source until it is stopped. `name`: of this listener; `client_id`: how the broker knows us."""

    def __init__(self, receiver: Receiver, place: Mqtt, *, name: str, client_id: str) -> None:
        self.receiver = receiver
        self.place = place
        self.name = name
        self.client_id = client_id
        self.problem = ""
        self.connected_at: datetime | None = None
        self._queue: Queue[Delivery] = Queue(ROOM)
        self._stop = Event()
        self._connection: Connection | None = None
        self._pending = Counts()
        self._last_message_at: datetime | None = None
        self._noted = time.monotonic()
        source = receiver.definition.source
        self._threads = [Thread(target=self._listen, name=f"{source} broker", daemon=True)]
        self._threads.append(Thread(target=self._write, name=f"{source} writer", daemon=True))

    def start(self) -> None:
        """Begin to listen."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, forget: bool = False) -> None:
        """Ask to end; what is not acknowledged comes again. `forget`: the broker need not keep anything for us."""
        self._stop.set()
        if self._connection is not None:
            self._connection.end(forget=forget)

    def join(self, timeout_s: float) -> None:
        """Wait until both threads have ended."""
        for thread in self._threads:
            thread.join(timeout_s)

    @property
    def waiting(self) -> int:
        """Messages that have come and are not yet with the database."""
        return self._queue.qsize()

    def _listen(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            began = time.monotonic()
            self._connection = Connection(
                self.place, client_id=self.client_id, share=self._share, in_flight=ROOM, take=self._take
            )
            if self._stop.is_set():  # since we looked: who stopped us did not see this connection
                return
            try:
                self._connection.run()
            except SpiegelstadError as error:
                self._fail(f"{error.detail} {error.remedy}".strip())
            except Exception as error:  # this thread must never end by itself
                log.exception("the connection of %s failed", self.client_id)
                self._fail(f"The program failed: {type(error).__name__}.")
            pause_s = FIRST_PAUSE_S if time.monotonic() - began > STABLE_S else min(pause_s * 2, LONGEST_PAUSE_S)
            self._stop.wait(pause_s * (0.75 + random.random() / 2))  # noqa: S311  spreads the load

    @property
    def _share(self) -> str:
        return f"spiegelstad-{self.receiver.by.tenant_id}-{self.receiver.definition.source}"

    def _fail(self, problem: str) -> None:
        if problem != self.problem and not self._stop.is_set():
            log.warning("%s: %s", self.receiver.definition.source, problem)
        self.problem = problem

    def _take(self, delivery: Delivery) -> None:
        """Put a message in the queue; wait while it is full, which makes the broker wait."""
        while not self._stop.is_set():
            try:
                return self._queue.put(delivery, timeout=WAKE_S)
            except Full:
                continue
        return None

    def _write(self) -> None:
        while not self._stop.is_set():
            if batch := self._next():
                self._store(batch)
            if time.monotonic() - self._noted > NOTE_EVERY_S:
                self._attempt(self._note)
        self._attempt(self._note)
        database.close()

    def _next(self) -> Sequence[Delivery]:
        """Wait a moment for a message, and give all that are there with it."""
        try:
            batch = [self._queue.get(timeout=WAKE_S)]
        except Empty:
            return []
        while len(batch) < BATCH:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                break
        return batch

    def _store(self, batch: Sequence[Delivery]) -> None:
        """Store a batch, again and again until it is stored or we are stopped; then acknowledge it."""
        pause_s = FIRST_PAUSE_S
        messages = [delivery.message for delivery in batch]
        while not self._attempt(lambda: self._count(self.receiver.receive(messages))):
            if self._stop.wait(pause_s):
                return
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        self._last_message_at = messages[-1].received_at
        for delivery in batch:
            delivery.acknowledge()

    def _count(self, counts: Counts) -> None:
        self._pending += counts

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do something with the database; False when it is busy or away. The connection goes back to the pool."""
        try:
            work()
        except BUSY as error:
            self._fail(f"The database is busy: {type(error).__name__}.")
            return False
        except Exception as error:  # this thread must never end by itself: the same messages are tried again
            log.exception("writing messages of %s failed", self.receiver.definition.source)
            self._fail(f"The program failed: {type(error).__name__}.")
            return False
        finally:
            database.close()
        return True

    def _note(self) -> None:
        """Say how it stands and what was taken in since the last time."""
        self._noted = time.monotonic()
        current = self._connection
        if current is None or not current.is_subscribed or self._stop.is_set():
            self.connected_at = None
        else:
            self.connected_at = self.connected_at or now()
            self.problem = ""
        standing = Standing(self.connected_at, self._last_message_at, self.problem)
        note_intake(self.receiver, self.name, self._pending, standing)
        self._pending = Counts()
