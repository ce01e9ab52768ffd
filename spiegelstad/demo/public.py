"""The door of the demonstration."""

from __future__ import annotations

from django.conf import settings

from spiegelstad.demo.files import data_folder
from spiegelstad.demo.people import PEOPLE, email_of, first_password

__all__ = ["data_folder", "welcome"]


def welcome(tenant_id: str, *, address: str) -> str:
    """Return what a start ends with: where to look, and who one can be."""
    width = max(len(email_of(name, tenant_id)) for name, _role in PEOPLE)
    people = [f"    {email_of(name, tenant_id):<{width}}  {role.value}" for name, role in PEOPLE]
    lines = [
        "",
        f"Ready: {address}",
        "",
        f"Sign in as one of these, with the password {first_password(settings.VAR)}",
        *people,
        "",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
