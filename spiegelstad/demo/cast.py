"""Who one can be in a demonstration, and the one password they share. Loads no room: a start shows it at its end."""

import secrets
from pathlib import Path

# Visibly invented names, each with the role in which they act.
PEOPLE = (
    ("Roos Voorbeeld", "resident"),
    ("Lien Loket", "clerk"),
    ("Dirk Databeheer", "steward"),
    ("An Analist", "analyst"),
    ("Bea Beheerder", "administrator"),
)


def email_of(name: str, tenant_id: str) -> str:
    """Return the invented address of one of them; `.example` exists nowhere."""
    return f"{name.partition(' ')[0].lower()}@{tenant_id}.example"


def first_password(var: Path) -> str:
    """Return the password of the demo accounts: made at the first start into `var`, readable by its owner only."""
    path = var / "demo" / "password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(12))
    return path.read_text(encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".fresh")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path)


def welcome(tenant_id: str, *, address: str, var: Path) -> str:
    """Return what a start ends with: where to look, and who one can be."""
    width = max(len(email_of(name, tenant_id)) for name, _role in PEOPLE)
    people = [f"    {email_of(name, tenant_id):<{width}}  {role}" for name, role in PEOPLE]
    lines = [
        "",
        f"Ready: {address}",
        "",
        f"Sign in as one of these, with the password {first_password(var)}",
        *people,
        "",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
