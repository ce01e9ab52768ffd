"""Subscriptions with a timeInterval: what matches is told again and again, changed or not (clause 5.8.6)."""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.context.models import About, Notification, Subscription
from spiegelstad.context.notifying.joining import Joiner
from spiegelstad.context.notifying.queueing import database_is_away, queue
from spiegelstad.context.notifying.reading import subscriber_of
from spiegelstad.context.notifying.registrations import everything
from spiegelstad.context.notifying.rule import Subscriber
from spiegelstad.context.queries import entities
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import MAX_LIMIT

AFTER_AN_ERROR = timedelta(minutes=1)
logger = logging.getLogger("spiegelstad.notifier")
_DUE = sql.load(Path(__file__).parent, "due_timed")


class Timed:
    """Queues what is due by the clock."""

    def __init__(self, wake: Callable[[Collection[int]], None]) -> None:
        self._wake = wake

    def step(self) -> int:
        """Deal with the subscriptions that are due and return how many."""
        due = [pk for (pk,) in sql.rows(_DUE, {"now": now()})]
        told: set[int] = set()
        for pk in due:
            told |= self._tell(pk)
        if told:
            self._wake(told)
        return len(due)

    def _tell(self, pk: int) -> set[int]:
        """Queue one round; an error of ours costs this round of this one, and is logged."""
        try:
            return _tell(pk)
        except Exception as error:
            if database_is_away(error):
                raise
            logger.exception("subscription %s could not be told what it asks for", pk)
            Subscription.objects.filter(pk=pk).update(next_at=now() + AFTER_AN_ERROR)
            return set()


def _tell(pk: int) -> set[int]:
    """Queue one round, in the place of an earlier one that has not gone out, and set the next."""
    with transaction.atomic():
        row = Subscription.objects.select_for_update().filter(pk=pk, next_at__lte=now()).first()
        if row is None:
            return set()
        rounds = everything(row) if row.about == About.REGISTRATIONS else _rounds(row)
        Notification.objects.filter(subscription_id=pk, dead_at=None).delete()
        told = set().union(*(queue([one]) for one in rounds))  # each page by itself: there may be very many
        Subscription.objects.filter(pk=pk).update(next_at=_next(row, row.document["timeInterval"]))
        return told


def _next(row: Subscription, interval_s: float) -> datetime:
    """Return the next time in step with the first, and not one that has passed already."""
    assert row.next_at is not None
    following: datetime = row.next_at + timedelta(seconds=interval_s)
    return following if following > now() else now() + timedelta(seconds=interval_s)


def _rounds(row: Subscription) -> Iterator[dict[str, Any]]:
    """Yield notifications with all entities that match; nothing when there are none, or it cannot be read."""
    subscriber, show = subscriber_of(row), Joiner()
    if subscriber is None:
        return
    for documents in _pages(subscriber):
        yield {
            "subscription": subscriber.pk,
            "uri": f"urn:ngsi-ld:Notification:{new_id()}",
            "entities": [document.id for document in documents],
            "data": orjson.dumps([one for document in documents for one in show(subscriber, document)]).decode(),
            "replaces": False,
        }


def _pages(subscriber: Subscriber) -> Iterator[list[Document]]:
    query = replace(subscriber.rule.query, limit=MAX_LIMIT)
    while True:
        page = entities.find(subscriber.reader, query, subscriber.closed)
        if page.documents:
            yield page.documents
        if not page.more:
            return
        query = replace(query, after=page.documents[-1].id)
