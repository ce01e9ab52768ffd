"""Writes of accounts. Who may do them is decided one floor up, in governance, whose acts call these."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from spiegelstad.accounts.models import ApiKey, Department, Membership, Tenant, User
from spiegelstad.accounts.rules import SCOPES, key_digest, new_secret
from spiegelstad.accounts.vocabulary import Role
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput, NotFound
from spiegelstad.base.localised import Localised


class UnknownScope(InvalidInput):
    """A scope that no part of the program knows."""


def ensure_tenant(
    *,
    tenant_id: str,
    name: Localised,
    host: str = "",
    bbox: Sequence[float],
    settings: dict[str, Any],
    departments: Collection[tuple[str, Localised]] = (),
) -> Tenant:
    """Create or update a city and its departments (slug, name); departments that are gone from the list stay."""
    with transaction.atomic():
        tenant, _ = Tenant.objects.update_or_create(
            id=tenant_id, defaults={"name": name, "host": host, "bbox": list(bbox), "settings": settings}
        )
        for slug, department_name in departments:
            Department.objects.update_or_create(tenant=tenant, slug=slug, defaults={"name": department_name})
    return tenant


def ensure_person(
    *, tenant_id: str, email: str, name: str, role: Role, departments: Collection[str] = (), password: str | None = None
) -> User:
    """Create a person with a role in a city, or give an existing one the role.

    Who had a role before keeps the password. Who made an account themselves proved nothing about the address: with
    their first role they get this password, and every other way in is closed. From then on the address counts as
    proved, so that another takes its place only once a mail to it was answered: a role for that one would be theirs.
    """
    with transaction.atomic():
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            user = User.objects.create_user(email, name, password)
        elif not user.memberships.exists():
            _close_ways_in(user, password)
        EmailAddress.objects.filter(email=user.email).exclude(user=user).delete()
        EmailAddress.objects.update_or_create(
            user=user,
            email=user.email,
            defaults={"verified": True},
            create_defaults={"verified": True, "primary": True},
        )
        Membership.objects.update_or_create(
            user=user, tenant_id=tenant_id, role=role.value, defaults={"departments": sorted(departments)}
        )
    return user


def _close_ways_in(user: User, password: str | None) -> None:
    """Leave the password and the address alone; whoever is signed in is signed out by the change of password."""
    user.set_password(password)
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()


def create_key(*, tenant_id: str, name: str, scopes: Collection[str], expires_at: datetime) -> tuple[ApiKey, str]:
    """Create a key; the second value is the key itself, shown this once and kept nowhere."""
    if unknown := sorted(set(scopes) - SCOPES):
        raise UnknownScope(f"Unknown scope {', '.join(unknown)}.", remedy=f"Choose from {', '.join(sorted(SCOPES))}.")
    secret = new_secret()
    key = ApiKey.objects.create(
        tenant_id=tenant_id, name=name, digest=key_digest(secret), scopes=sorted(set(scopes)), expires_at=expires_at
    )
    return key, f"sps_{key.id.hex}_{secret}"


def revoke_key(*, tenant_id: str, key_id: UUID) -> None:
    """End a key now. Revoking twice is the same as once."""
    if not ApiKey.objects.filter(tenant_id=tenant_id, id=key_id).exists():
        raise NotFound("This city has no such key.")
    ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now())
