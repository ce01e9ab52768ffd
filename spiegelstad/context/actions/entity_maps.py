"""Entity maps are made, prolonged and deleted by whoever may ask the query: only its maker ever sees one."""

from datetime import datetime, timedelta

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.context.errors import BadRequestData, TooManyResults
from spiegelstad.context.models import EntityMap
from spiegelstad.context.queries.entity_maps import get_map, owner_of

LIFETIME = timedelta(minutes=10)
MAX_LIFETIME = timedelta(days=1)
MAX_ENTITIES = 100_000
MAX_MAPS = 100


def create_map(
    *,
    by: Actor,
    entities: dict[str, list[str]],
    linked_maps: dict[str, str] | None = None,
    lifetime: timedelta = LIFETIME,
) -> EntityMap:
    """Keep which entities a query found, and from which context sources; expired maps go, and the oldest of many."""
    if len(entities) > MAX_ENTITIES:
        raise TooManyResults(f"An entity map holds at most {MAX_ENTITIES} entities.", remedy="Ask for fewer.")
    with transaction.atomic():
        EntityMap.objects.filter(tenant_id=by.tenant_id, expires_at__lte=now()).delete()
        own = EntityMap.objects.filter(tenant_id=by.tenant_id, owner=owner_of(by)).order_by("-created_at")
        EntityMap.objects.filter(pk__in=list(own.values_list("pk", flat=True)[MAX_MAPS - 1 :])).delete()
        return EntityMap.objects.create(
            tenant_id=by.tenant_id,
            uri=f"urn:ngsi-ld:EntityMap:{new_id()}",
            owner=owner_of(by),
            entities=entities,
            linked_maps=linked_maps or {},
            created_at=now(),
            expires_at=now() + min(lifetime, MAX_LIFETIME),
        )


@transaction.atomic
def prolong_map(*, by: Actor, uri: str, expires_at: datetime) -> None:
    """Let an entity map live until this moment, within a day from now (clause 5.14.2)."""
    found = get_map(by, uri)
    if expires_at <= now():
        raise BadRequestData("expiresAt lies in the past.")
    found.expires_at = min(expires_at, now() + MAX_LIFETIME)
    found.save(update_fields=["expires_at"])


@transaction.atomic
def delete_map(*, by: Actor, uri: str) -> None:
    """Delete an entity map (clause 5.14.3)."""
    get_map(by, uri).delete()
