"""Builders of cities, people and keys, for tests and demos."""

from collections.abc import Collection
from datetime import timedelta

from spiegelstad.accounts import actions, queries
from spiegelstad.accounts.asking import actor_of_key
from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.rules import Actor
from spiegelstad.accounts.vocabulary import Role
from spiegelstad.base.clock import now

DEPARTMENTS = (
    ("mobiliteit", {"nl": "Dienst Mobiliteit", "en": "Mobility"}),
    ("milieu", {"nl": "Dienst Milieu", "en": "Environment"}),
)


def make_tenant(id: str = "teststad", host: str = "") -> Tenant:
    """Make a city on the map square of 3.6-3.8 E, 51.0-51.1 N with two departments."""
    return actions.ensure_tenant(
        tenant_id=id,
        name={"nl": id.capitalize(), "en": id.capitalize()},
        host=host,
        bbox=(3.6, 51.0, 3.8, 51.1),
        settings={},
        departments=DEPARTMENTS,
    )


def make_person(
    tenant_id: str, role: Role, departments: Collection[str] = (), name: str = "", password: str | None = None
) -> Actor:
    """Make a person who can sign in, and return them as an actor."""
    name = name or f"{role.value.capitalize()} Voorbeeld"
    email = f"{name.lower().replace(' ', '.')}@{tenant_id}.example"
    user = actions.ensure_person(
        tenant_id=tenant_id, email=email, name=name, role=role, departments=departments, password=password
    )
    return queries.actor_of_user(user, tenant_id)


def make_key(tenant_id: str, scopes: Collection[str], days: float = 1) -> tuple[str, Actor]:
    """Make an API key and return it with the actor it speaks for."""
    _, key = actions.create_key(
        tenant_id=tenant_id, name="test key", scopes=scopes, expires_at=now() + timedelta(days=days)
    )
    return key, actor_of_key(key)
