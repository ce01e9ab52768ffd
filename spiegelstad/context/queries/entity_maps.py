"""Entity maps of an actor."""

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.models import EntityMap


def owner_of(actor: Actor) -> str:
    """Return the name under which maps of an actor are kept."""
    return f"{actor.kind}:{actor.id}"


def get_map(actor: Actor, uri: str) -> EntityMap:
    """Return an entity map that the actor made and that has not expired; ResourceNotFound when there is none."""
    found = EntityMap.objects.filter(tenant_id=actor.tenant_id, uri=uri, owner=owner_of(actor), expires_at__gt=now())
    if (one := found.first()) is None:
        raise ResourceNotFound(f"There is no entity map {uri}.")
    return one
