"""Accounts and keys for a demonstration: one person per role, and the live sensors."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.clock import now
from spiegelstad.demo.cast import PEOPLE, email_of, first_password, write_private
from spiegelstad.demo.files import key_file
from spiegelstad.governance import public as governance


def ensure_people(tenant_id: str, var: Path) -> None:
    """Create the accounts; the steward answers for every department, so that one account shows the whole desk."""
    password = first_password(var)
    for name, role in PEOPLE:
        departments = accounts.departments(tenant_id) if role == Role.STEWARD else ()
        accounts.ensure_person(
            tenant_id=tenant_id,
            email=email_of(name, tenant_id),
            name=name,
            role=Role(role),
            departments=tuple(departments),
            password=password,
        )


def ensure_sensor_key(by: Actor, var: Path, scope: str = "observations:write") -> None:
    """Issue an API key for the live sensors unless a valid one is there."""
    path = key_file(var, by.tenant_id)
    if path.exists() and _is_valid(path.read_text(encoding="utf-8")):
        return
    _, key = governance.issue_key(by=by, name="live sensors", scopes=[scope], expires_at=now() + timedelta(days=365))
    write_private(path, key)


def _is_valid(key: str) -> bool:
    try:
        accounts.actor_of_key(key)
    except accounts.UnknownKey:
        return False
    return True
