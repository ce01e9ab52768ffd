"""Accounts for a demonstration: one per role, with names that are visibly invented, and one password made here."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.clock import now
from spiegelstad.demo.files import key_file
from spiegelstad.governance import public as governance

PEOPLE = (
    ("Roos Voorbeeld", Role.RESIDENT),
    ("Lien Loket", Role.CLERK),
    ("Dirk Databeheer", Role.STEWARD),
    ("An Analist", Role.ANALYST),
    ("Bea Beheerder", Role.ADMINISTRATOR),
)


def email_of(name: str, tenant_id: str) -> str:
    """Return the invented address of one of them; `.example` exists nowhere."""
    return f"{name.partition(' ')[0].lower()}@{tenant_id}.example"


def ensure_people(tenant_id: str, var: Path) -> None:
    """Create the accounts; the steward answers for every department, so that one account shows the whole desk."""
    password = first_password(var)
    for name, role in PEOPLE:
        departments = accounts.departments(tenant_id) if role is Role.STEWARD else ()
        accounts.ensure_person(
            tenant_id=tenant_id,
            email=email_of(name, tenant_id),
            name=name,
            role=role,
            departments=tuple(departments),
            password=password,
        )


def first_password(var: Path) -> str:
    """Return the password of the demo accounts: made at the first start into `var`, readable by its owner only."""
    path = var / "demo" / "password"
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(12))
    return path.read_text(encoding="utf-8")


def ensure_sensor_key(by: Actor, var: Path) -> None:
    """Issue an API key for the live sensors unless a valid one is there."""
    path = key_file(var, by.tenant_id)
    if path.exists() and _is_valid(path.read_text(encoding="utf-8")):
        return
    _, key = governance.issue_key(
        by=by, name="live sensors", scopes=["observations:write"], expires_at=now() + timedelta(days=365)
    )
    _write_private(path, key)


def _is_valid(key: str) -> bool:
    try:
        accounts.actor_of_key(key)
    except accounts.UnknownKey:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".fresh")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path)
