"""Telling of registrations that come, change and go (clause 5.11.7): queued in the transaction that changes them.

They are few, and so are those who are told of them; no log stands between.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.ids import new_id
from spiegelstad.context.actions.contexts import kept_context
from spiegelstad.context.formats.registrations import told_registration
from spiegelstad.context.models import About, Registration, Subscription
from spiegelstad.context.notifying.queueing import queue
from spiegelstad.context.notifying.source_rule import SourceRule, read_source_rule
from spiegelstad.context.queries.registrations import sources
from spiegelstad.context.queries.subscribers import reader_of
from spiegelstad.context.rules.discovery import found_registration
from spiegelstad.context.rules.event_acts import REGISTER
from spiegelstad.context.rules.subscriptions import status_of
from spiegelstad.governance.public import Thing, may

NEW, UPDATED, GONE = "newlyMatching", "updated", "noLongerMatching"
Document = Mapping[str, Any]
logger = logging.getLogger("spiegelstad.context")


def lock_registrations(tenant_id: str) -> None:
    """Let this transaction alone change registrations of a city, and who is told of them: they see each other then."""
    sql.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": f"registrations:{tenant_id}"})


def tell_change(row: Registration, before: Document | None, after: Document | None) -> None:
    """Queue what subscribers are told of a registration that was `before` (None: not there) and is `after`."""
    told = []
    for subscription in Subscription.objects.filter(
        tenant_id=row.tenant_id, about=About.REGISTRATIONS, next_at=None
    ).order_by("pk"):
        rule = _rule(subscription)
        if rule is None:
            continue
        was, present = (one and found_registration(one, rule.query) for one in (before, after))
        shown = present or was
        if shown:
            trigger = GONE if not present else UPDATED if was else NEW
            told.append(_draft(subscription, [(row, shown)], rule, trigger))
    queue(told)


def tell_all(subscription: Subscription) -> set[int]:
    """Queue all registrations that match now, when there are any; return what `queue` does."""
    return queue(list(everything(subscription)))


def everything(subscription: Subscription) -> Iterator[dict[str, Any]]:
    """Yield the notification with all that matches now; nothing when there is none."""
    rule = _rule(subscription)
    if rule is None:
        return
    found = [(row, found_registration(row.document, rule.query)) for row in sources(subscription.tenant_id)]
    matching = [(row, document) for row, document in found if document is not None]
    if matching:
        was_told = subscription.next_at is not None and subscription.last_notification_at is not None
        yield _draft(subscription, matching, rule, UPDATED if was_told else NEW)


def _rule(subscription: Subscription) -> SourceRule | None:
    """Return what a subscription asks for; None when it is not told anything now."""
    status = status_of(is_active=subscription.is_active, expires_at=subscription.expires_at, now=now())
    reader = reader_of(subscription.tenant_id, subscription.owner)
    allowed = may(reader, REGISTER, Thing("registration", "", subscription.tenant_id)).allowed
    if status != "active" or not allowed:
        return None
    named = subscription.document.get("jsonldContext")
    try:
        context = kept_context(by=reader, given=subscription.context["source"])
        shown_in = kept_context(by=reader, given=named) if named else None
        return read_source_rule(subscription.document, context, shown_in)
    except SpiegelstadError as error:
        logger.warning("subscription %s cannot be read: %s", subscription.uri, error)
        Subscription.objects.filter(pk=subscription.pk).update(last_error=str(error))
        return None


def _draft(
    subscription: Subscription, registrations: Sequence[tuple[Registration, Document]], rule: SourceRule, trigger: str
) -> dict[str, Any]:
    data = [told_registration(row, document, rule.context, sys_attrs=rule.sys_attrs) for row, document in registrations]
    return {
        "subscription": subscription.pk,
        "uri": f"urn:ngsi-ld:Notification:{new_id()}",
        "entities": [row.uri for row, _ in registrations],
        "data": orjson.dumps(data).decode(),
        "replaces": False,
        "trigger": trigger,
    }
