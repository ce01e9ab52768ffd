"""From events to waiting notifications: each event is dealt with in the transaction that moves the reader on."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.db import Error as DatabaseError
from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.context.notifying.contents import entities_of
from spiegelstad.context.notifying.joining import Joiner
from spiegelstad.context.notifying.matching import concerns
from spiegelstad.context.notifying.reading import Subscribers
from spiegelstad.context.notifying.rule import Subscriber
from spiegelstad.context.queries.event_log import Event, LogReader

CONSUMER = "notifications"
BATCH = 500
MAX_ENTITIES = 100
PIECE_CHARACTERS = 16_000_000  # PostgreSQL takes no JSON array of 256 MB
logger = logging.getLogger("spiegelstad.notifier")
_QUEUE = sql.load(Path(__file__).parent, "queue_notifications")


@dataclass(slots=True)
class Draft:
    """A notification that is being made. `transaction`: of the events in it; None takes those of any."""

    subscriber: Subscriber
    transaction: int | None
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def row(self, *, replaces: bool) -> dict[str, Any]:
        """Return what the table gets."""
        data = [entity for entities in self.entities.values() for entity in entities]
        return {
            "subscription": self.subscriber.pk,
            "uri": f"urn:ngsi-ld:Notification:{new_id()}",
            "entities": list(self.entities),
            "data": orjson.dumps(data).decode(),
            "replaces": replaces,
        }


class Queueing:
    """Reads the event log and queues what subscribers are to be told. One at work in the whole installation.

    `wake` is told, after the commit, which subscriptions got something.
    """

    def __init__(self, wake: Callable[[Collection[int]], None]) -> None:
        self.reader = LogReader(CONSUMER)
        self.subscribers = Subscribers()
        self._wake = wake

    def step(self) -> int:
        """Deal with the next events and return how many there were."""
        events = self.reader.read(BATCH)
        if not events:
            return 0
        self.subscribers.refresh()
        drafts = list(self._drafts(events))
        with transaction.atomic():
            told = queue([draft.row(replaces=draft.subscriber.rule.throttling_s > 0) for draft in drafts])
            self.reader.move(events[-1].sequence)
        if told:
            self._wake(told)
        return len(events)

    def _drafts(self, events: Sequence[Event]) -> Iterator[Draft]:
        """Yield notifications: one holds what changed together, each entity once; throttled, the last of each."""
        last: dict[int, Draft] = {}
        join = Joiner()
        for event in events:
            for subscriber in self.subscribers.index.candidates(event):
                if (entities := _told(subscriber, event, join)) is None:
                    continue
                draft = last.get(subscriber.pk)
                if draft is None or not _takes(draft, event):
                    held = subscriber.rule.throttling_s > 0
                    draft = last[subscriber.pk] = Draft(subscriber, None if held else event.transaction)
                    yield draft
                draft.entities.pop(event.entity_id, None)
                draft.entities[event.entity_id] = entities


def _told(subscriber: Subscriber, event: Event, join: Joiner) -> list[dict[str, Any]] | None:
    """Return what a subscriber is told of an event, None when it is not.

    An error of ours costs this one notification, which is logged, and not all that come after it.
    """
    try:
        if _is_out_of_time(subscriber, event) or not concerns(subscriber, event, join.lookup(subscriber)):
            return None
        return entities_of(subscriber, event, join)
    except Exception as error:
        if database_is_away(error):
            raise
        logger.exception("event %s could not be told to subscription %s", event.sequence, subscriber.pk)
        return None


def database_is_away(error: Exception) -> bool:
    """Say whether nothing can be done now; an error of a single statement costs only what that is about."""
    return isinstance(error, DatabaseError) and not connection.is_usable()


def _is_out_of_time(subscriber: Subscriber, event: Event) -> bool:
    """Say whether the event came before the subscription (which a notifier that is behind finds) or after its end."""
    is_over = subscriber.expires_at is not None and subscriber.expires_at <= event.at
    return is_over or event.at < subscriber.created_at


def _takes(draft: Draft, event: Event) -> bool:
    if draft.transaction is None:
        return True
    return (
        draft.transaction == event.transaction
        and event.entity_id not in draft.entities
        and len(draft.entities) < MAX_ENTITIES
    )


def queue(rows: Sequence[dict[str, Any]]) -> set[int]:
    """Put notifications into the queue, in the caller's transaction; return which subscriptions got any."""
    told: set[int] = set()
    at = now()
    for piece in _pieces(rows):
        with sql.prepared() as cursor:
            cursor.execute(_QUEUE, {"rows": orjson.dumps(piece).decode(), "at": at})
            told.update(pk for (pk,) in cursor)
    return told


def _pieces(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in their order, as many at once as one statement takes well."""
    piece: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        if piece and characters + len(row["data"]) > PIECE_CHARACTERS:
            yield piece
            piece, characters = [], 0
        piece.append(row)
        characters += len(row["data"])
    if piece:
        yield piece
