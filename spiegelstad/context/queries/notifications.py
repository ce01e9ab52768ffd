"""Notifications that could not be delivered, and receivers that don't take theirs, for those who look after them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.db.models import Count, Q

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.models import Notification, Subscription
from spiegelstad.context.rules.event_acts import SEE_NOTIFICATIONS
from spiegelstad.governance.public import Thing, require

PAGE = 25
SHOWN_RECEIVERS = 25


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notification that was given up. `receiver`: the host, for the whole address may hold a secret."""

    id: int
    subscription: str
    receiver: str
    entities: list[str]
    made_at: datetime
    dead_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Failing:
    """A subscription whose receiver did not take the last delivery. `waiting`: what waits for it."""

    subscription: str
    receiver: str
    waiting: int
    failures: int
    retry_at: datetime | None
    error: str


def dead_letters(actor: Actor, *, page: int = 1) -> tuple[list[DeadLetter], int]:
    """Return a page of what was given up in the actor's city, the latest first, and how many there are in all."""
    _require(actor)
    found = Notification.objects.filter(tenant_id=actor.tenant_id, dead_at__isnull=False)
    rows = found.order_by("-dead_at", "-id").select_related("subscription")[(page - 1) * PAGE : page * PAGE]
    return [_dead_letter(row) for row in rows], found.count()


def failing(actor: Actor) -> list[Failing]:
    """Return the subscriptions of the actor's city that cannot be told now, the one that waits longest first."""
    _require(actor)
    rows = (
        Subscription.objects.filter(tenant_id=actor.tenant_id, failures__gt=0, is_active=True)
        .annotate(waiting=Count("notification", filter=Q(notification__dead_at=None)))
        .filter(waiting__gt=0)
        .order_by("-failures")[:SHOWN_RECEIVERS]
    )
    return [Failing(_name(row), _host(row), row.waiting, row.failures, row.retry_at, row.last_error) for row in rows]


def count_notifications() -> dict[str, int]:
    """Return how many notifications wait and how many were given up, of all cities, for monitors."""
    ((waiting, dead),) = sql.rows(sql.load(Path(__file__).parent, "count_notifications"))
    return {"waiting": waiting, "dead": dead}


def _require(actor: Actor) -> None:
    require(actor, SEE_NOTIFICATIONS, Thing("notifications", "", actor.tenant_id))


def _dead_letter(row: Notification) -> DeadLetter:
    assert row.dead_at is not None
    return DeadLetter(
        id=row.pk,
        subscription=_name(row.subscription),
        receiver=_host(row.subscription),
        entities=row.entities,
        made_at=row.made_at,
        dead_at=row.dead_at,
        attempts=row.attempts,
        error=row.last_error,
    )


def _name(row: Subscription) -> str:
    return str(row.document.get("subscriptionName") or row.uri)


def _host(row: Subscription) -> str:
    return urlsplit(row.document["notification"]["endpoint"]["uri"]).hostname or ""
