"""What a start ends with: `python -m spiegelstad.demo.welcome --city demo --address http://localhost:8000/`."""

import argparse
import os
from pathlib import Path

import django


def welcome(tenant_id: str, *, address: str, var: Path) -> str:
    """Return where to look, and who one can be."""
    from spiegelstad.demo.people import PEOPLE, email_of, first_password  # noqa: PLC0415  needs Django to be ready

    width = max(len(email_of(name, tenant_id)) for name, _role in PEOPLE)
    people = [f"    {email_of(name, tenant_id):<{width}}  {role.value}" for name, role in PEOPLE]
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


def main() -> None:
    """Print the welcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", required=True)
    parser.add_argument("--address", required=True)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    print(welcome(given.city, address=given.address, var=settings.VAR))  # noqa: T201


if __name__ == "__main__":
    main()
