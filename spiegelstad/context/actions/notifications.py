"""Acts on notifications that could not be delivered."""

from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.models import Notification, Subscription
from spiegelstad.context.rules.event_acts import FORGET_EVENTS, SEND_AGAIN
from spiegelstad.context.rules.subscriptions import status_of
from spiegelstad.governance.public import Thing, record, require


class NotTold(Conflict):
    """The subscription of a dead letter is paused or over: what waits for it is thrown away."""

    title = "The subscription is paused or over"


_LARGEST = 2**63 - 1  # as PostgreSQL counts


def send_again(*, by: Actor, number: int) -> None:
    """Put a dead letter back at the head of its queue; the notifier sees it within a second."""
    require(by, SEND_AGAIN, Thing("notification", str(number), by.tenant_id))
    with transaction.atomic():
        found = Notification.objects.filter(tenant_id=by.tenant_id, pk=min(number, _LARGEST), dead_at__isnull=False)
        row = found.select_for_update().first()
        if row is None:
            raise ResourceNotFound("There is no such notification that was given up.")
        told = row.subscription
        if status_of(is_active=told.is_active, expires_at=told.expires_at, now=now()) != "active":
            raise NotTold(
                "Nothing is sent for this subscription just now.", remedy="Whoever made it can go on with it."
            )
        row.dead_at, row.attempts, row.made_at = None, 0, now()
        row.save(update_fields=["dead_at", "attempts", "made_at"])
        Subscription.objects.filter(pk=row.subscription_id).update(failures=0, retry_at=None)
        record(by, SEND_AGAIN, Thing("notification", row.uri, by.tenant_id))


def forget_dead_letters(*, by: Actor, older_than_days: int, reason: str) -> int:
    """Remove what was given up so long ago; return how many."""
    if not reason.strip():
        raise InvalidInput("Retention needs a reason.")
    thing = Thing("notifications", "", by.tenant_id)
    require(by, FORGET_EVENTS, thing)
    before = now() - timedelta(days=older_than_days)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.load(Path(__file__).parent, "forget_dead"), {"tenant": by.tenant_id, "before": before})
        removed: int = cursor.rowcount
        if removed:
            record(by, FORGET_EVENTS, thing, details={"dead letters": removed, "before": before}, reason=reason)
    return removed
