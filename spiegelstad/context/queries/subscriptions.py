"""Subscriptions as they are (clauses 5.8.3, 5.8.4, 5.11.4 and 5.11.5).

Policy: whoever may subscribe sees their own, for a receiver's secrets stand in them; administrators see all of
their city.
"""

from django.db.models import QuerySet

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.models import About, Subscription
from spiegelstad.context.rules.event_acts import REGISTER, SUBSCRIBE
from spiegelstad.governance.public import Act, Thing, require


def act_of(about: About) -> Act:
    """Return what an actor must be allowed to do: who may register sees registrations, and nobody else."""
    return REGISTER if about == About.REGISTRATIONS else SUBSCRIBE


def one(actor: Actor, uri: str, about: About = About.ENTITIES, *, lock: bool = False) -> Subscription:
    """Return a subscription; `lock`: for a change in this transaction, which does not keep the notifier from queueing
    for it. ResourceNotFound."""
    found = _visible(actor, about, uri).filter(uri=uri)
    row = (found.select_for_update(no_key=True) if lock else found).first()
    if row is None:
        raise ResourceNotFound(f"There is no subscription {uri}.")
    return row


def page(
    actor: Actor, about: About = About.ENTITIES, *, limit: int, offset: int, count: bool
) -> tuple[list[Subscription], int | None]:
    """Return a page of subscriptions in the order of their ids, and how many there are when asked for."""
    found = _visible(actor, about, "").order_by("uri")
    return list(found[offset : offset + limit]), found.count() if count else None


def _visible(actor: Actor, about: About, uri: str) -> QuerySet[Subscription]:
    require(actor, act_of(about), Thing("subscription", uri, actor.tenant_id))
    found = Subscription.objects.filter(tenant_id=actor.tenant_id, about=about)
    return found if actor.is_system or Role.ADMINISTRATOR in actor.roles else found.filter(owner=actor.id)
