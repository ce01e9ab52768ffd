"""Subscriptions as they are (clauses 5.8.3 and 5.8.4). Policy: whoever may subscribe sees their own, for a receiver's
secrets stand in them; administrators see all of their city."""

from django.db.models import QuerySet

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.models import Subscription
from spiegelstad.context.rules.event_acts import SUBSCRIBE
from spiegelstad.governance.public import Thing, require


def one(actor: Actor, uri: str, *, lock: bool = False) -> Subscription:
    """Return a subscription; `lock`: for a change in this transaction. ResourceNotFound."""
    found = _visible(actor, uri).filter(uri=uri)
    row = (found.select_for_update() if lock else found).first()
    if row is None:
        raise ResourceNotFound(f"There is no subscription {uri}.")
    return row


def page(actor: Actor, *, limit: int, offset: int, count: bool) -> tuple[list[Subscription], int | None]:
    """Return a page of subscriptions in the order of their ids, and how many there are when asked for."""
    found = _visible(actor, "").order_by("uri")
    return list(found[offset : offset + limit]), found.count() if count else None


def _visible(actor: Actor, uri: str) -> QuerySet[Subscription]:
    require(actor, SUBSCRIBE, Thing("subscription", uri, actor.tenant_id))
    found = Subscription.objects.filter(tenant_id=actor.tenant_id)
    return found if actor.is_system or Role.ADMINISTRATOR in actor.roles else found.filter(owner=actor.id)
