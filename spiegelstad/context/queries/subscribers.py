"""For whom a subscription reads: whoever made it, with the rights they have now."""

from uuid import UUID

from django.conf import settings

from spiegelstad.accounts.public import Actor, ActorKind, ApiKey, User, actor_of_user
from spiegelstad.base.clock import now


def reader_of(tenant_id: str, owner: str) -> Actor:
    """Return the actor with this identifier as it may act now; anonymous when it has no rights any more."""
    kind, _, number = owner.partition(":")
    if owner == Actor.open(tenant_id).id and settings.OPEN_CONTEXT:
        return Actor.open(tenant_id)
    if kind == "system":
        return Actor.system(tenant_id, number)
    if kind == ActorKind.KEY and number:
        return _key(tenant_id, owner, UUID(number))
    if kind == ActorKind.PERSON:
        user = User.objects.filter(id=UUID(number), is_active=True).first()
        return actor_of_user(user, tenant_id) if user else Actor.anonymous(tenant_id)
    return Actor.anonymous(tenant_id)


def _key(tenant_id: str, owner: str, id_: UUID) -> Actor:
    key = ApiKey.objects.filter(tenant_id=tenant_id, id=id_, revoked_at=None, expires_at__gt=now()).first()
    if key is None:
        return Actor.anonymous(tenant_id)
    return Actor(tenant_id, ActorKind.KEY, owner, key.name, scopes=frozenset(key.scopes))
