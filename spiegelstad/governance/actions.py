"""Writes of governance: requiring the policy, recording acts, and the administration of keys."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, ActorKind, Role
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Forbidden, NotSignedIn
from spiegelstad.governance.audit import GENESIS, entry_hash
from spiegelstad.governance.models import AuditEntry, AuditHead
from spiegelstad.governance.rules import Act, Thing, may

ADMIT_PEOPLE = Act("governance.admit_people", roles=frozenset({Role.ADMINISTRATOR}))
ADMINISTER_KEYS = Act("governance.administer_keys", roles=frozenset({Role.ADMINISTRATOR}))


class NotAllowed(Forbidden):
    """The policy says no; `detail` says why."""


class SignInNeeded(NotSignedIn):
    """The policy says no to somebody who is not signed in."""


def require(actor: Actor, act: Act, thing: Thing) -> None:
    """Go on when the policy allows it, else raise `NotAllowed` (403) or `SignInNeeded` (401) with the reason."""
    decision = may(actor, act, thing)
    if decision.allowed:
        return
    if actor.kind is ActorKind.ANONYMOUS and not act.reads:
        raise SignInNeeded(decision.reason, remedy="Sign in, or send an API key.", act=act.name)
    raise NotAllowed(decision.reason, act=act.name)


def record(actor: Actor, act: Act, thing: Thing, *, details: dict[str, Any] | None = None, reason: str = "") -> None:
    """Append the act to the audit log, in the current transaction.

    The city's head row is locked until the transaction ends, so call this late in an act.
    """
    with transaction.atomic():
        AuditHead.objects.get_or_create(tenant_id=thing.tenant_id, defaults={"hash": GENESIS})
        head = AuditHead.objects.select_for_update().get(tenant_id=thing.tenant_id)
        entry: dict[str, Any] = {
            "tenant_id": thing.tenant_id,
            "sequence": head.sequence + 1,
            "at": now(),
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "act": act.name,
            "thing_kind": thing.kind,
            "thing_id": thing.id,
            "reason": reason,
            "details": orjson.loads(orjson.dumps(details or {}, default=str)),
        }
        hash_ = entry_hash(head.hash, {**entry, "at": entry["at"].isoformat()})
        AuditEntry.objects.create(**entry, previous_hash=head.hash, hash=hash_)
        AuditHead.objects.filter(tenant_id=thing.tenant_id).update(sequence=entry["sequence"], hash=hash_)


def admit_person(
    *, by: Actor, email: str, name: str, role: Role, departments: Collection[str] = (), password: str | None = None
) -> accounts.User:
    """Let a person sign in with a role in this city, or give the role to who can already.

    Who had a role before keeps the password; an account that somebody made themselves gets this one (`ensure_person`).
    """
    thing = Thing("person", role.value, by.tenant_id)
    require(by, ADMIT_PEOPLE, thing)
    with transaction.atomic():
        user = accounts.ensure_person(
            tenant_id=by.tenant_id, email=email, name=name, role=role, departments=departments, password=password
        )
        details = {"role": role.value, "departments": sorted(departments)}
        record(by, ADMIT_PEOPLE, Thing("person", str(user.id), by.tenant_id), details=details)
    return user


def issue_key(*, by: Actor, name: str, scopes: Collection[str], expires_at: datetime) -> tuple[UUID, str]:
    """Give a machine access: returns the id and the key itself, which is shown this once."""
    thing = Thing("api_key", name, by.tenant_id)
    require(by, ADMINISTER_KEYS, thing)
    with transaction.atomic():
        key, secret = accounts.create_key(tenant_id=by.tenant_id, name=name, scopes=scopes, expires_at=expires_at)
        details = {"name": name, "scopes": sorted(scopes), "expires_at": expires_at.isoformat()}
        record(by, ADMINISTER_KEYS, Thing("api_key", str(key.id), by.tenant_id), details=details, reason="issued")
    return key.id, secret


def withdraw_key(*, by: Actor, key_id: UUID, reason: str) -> None:
    """End a key now, with the reason."""
    thing = Thing("api_key", str(key_id), by.tenant_id)
    require(by, ADMINISTER_KEYS, thing)
    with transaction.atomic():
        accounts.revoke_key(tenant_id=by.tenant_id, key_id=key_id)
        record(by, ADMINISTER_KEYS, thing, reason=reason)
