"""Which attributes and types a city keeps closed to an actor."""

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.context.rules.policy import closed_attributes


def closed_to(actor: Actor) -> frozenset[str]:
    """Return the IRIs of attributes and types that `actor` may not read in its city: at most one query."""
    return frozenset() if actor.is_system else closed_attributes(actor, tenant(actor.tenant_id).settings)
