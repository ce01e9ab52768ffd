"""The door of accounts."""

from spiegelstad.accounts.actions import (
    UnknownScope,
    create_key,
    ensure_person,
    ensure_tenant,
    revoke_key,
)
from spiegelstad.accounts.asking import Asked, City, UnknownKey, actor_of_key, sends_key, who_asks
from spiegelstad.accounts.models import ApiKey, Tenant, User
from spiegelstad.accounts.queries import (
    NoCity,
    WhichCity,
    actor_of_user,
    departments,
    keys,
    only_tenant,
    operator,
    stewards,
    tenant,
    tenant_ids,
    tenant_of_host,
)
from spiegelstad.accounts.requests import CityRequest
from spiegelstad.accounts.rules import SCOPES, Actor
from spiegelstad.accounts.vocabulary import STAFF, ActorKind, Role

__all__ = [
    "SCOPES",
    "STAFF",
    "Actor",
    "ActorKind",
    "ApiKey",
    "Asked",
    "City",
    "CityRequest",
    "NoCity",
    "Role",
    "Tenant",
    "UnknownKey",
    "UnknownScope",
    "User",
    "WhichCity",
    "actor_of_key",
    "actor_of_user",
    "create_key",
    "departments",
    "ensure_person",
    "ensure_tenant",
    "keys",
    "only_tenant",
    "operator",
    "revoke_key",
    "sends_key",
    "stewards",
    "tenant",
    "tenant_ids",
    "tenant_of_host",
    "who_asks",
]
