"""Keeping the index of subscribers up to date with the table."""

import logging
import time
from collections.abc import Collection
from pathlib import Path

from spiegelstad.base import sql
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.contexts import kept_context
from spiegelstad.context.models import About, Subscription
from spiegelstad.context.notifying.index import Index
from spiegelstad.context.notifying.rule import Subscriber, read_rule
from spiegelstad.context.queries.closed import closed_to
from spiegelstad.context.queries.subscribers import reader_of

RIGHTS_LAST_S = 30.0
_HERE = Path(__file__).parent
_OLDEST = sql.load(_HERE, "oldest_running")
_CHANGED = sql.load(_HERE, "changed_subscriptions")
_KNOWN = sql.load(_HERE, "known_subscriptions")
_PIECE = 500

logger = logging.getLogger("spiegelstad.notifier")


class Subscribers:
    """The index of those told of changes, and how it follows the table: what changed since the last look, and all
    rights twice a minute."""

    def __init__(self) -> None:
        self.index = Index()
        self._since = 0
        self._transactions: dict[int, int] = {}
        self._rights_read_at = time.monotonic()

    def refresh(self) -> None:
        """Take over what changed. An event read before this sees every subscription that was there when it came."""
        ((oldest,),) = sql.rows(_OLDEST)
        changed = dict(sql.rows(_CHANGED, {"since": self._since}))
        self._since = oldest
        self._take([pk for pk, transaction in changed.items() if self._transactions.get(pk) != transaction])
        if time.monotonic() - self._rights_read_at > RIGHTS_LAST_S:
            self._rights_read_at = time.monotonic()
            self._forget_ended()
            self._take(list(self._transactions))

    def _forget_ended(self) -> None:
        there = {pk for (pk,) in sql.rows(_KNOWN)}
        for pk in [pk for pk in self._transactions if pk not in there]:
            del self._transactions[pk]
            self.index.remove(pk)

    def _take(self, pks: Collection[int]) -> None:
        wanted = sorted(pks)
        for start in range(0, len(wanted), _PIECE):
            for row in Subscription.objects.filter(about=About.ENTITIES, pk__in=wanted[start : start + _PIECE]):
                self._transactions[row.pk] = row.transaction
                subscriber = subscriber_of(row) if row.is_active and row.next_at is None else None
                if subscriber is not None:
                    self.index.put(subscriber)
                else:
                    self.index.remove(row.pk)


def subscriber_of(row: Subscription) -> Subscriber | None:
    """Return a subscription ready for work; None, with the reason at the subscription, when it cannot be read now."""
    reader = reader_of(row.tenant_id, row.owner)
    named = row.document.get("jsonldContext")
    try:
        context = kept_context(by=reader, given=row.context["source"])
        rule = read_rule(row.document, context, kept_context(by=reader, given=named) if named else None)
    except SpiegelstadError as error:
        logger.warning("subscription %s cannot be read: %s", row.uri, error)
        Subscription.objects.filter(pk=row.pk).update(last_error=str(error))
        return None
    return Subscriber(
        row.pk, row.transaction, row.tenant_id, reader, closed_to(reader), rule, row.created_at, row.expires_at
    )
