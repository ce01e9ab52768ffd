"""The worker process: ``python -m spiegelstad.project.worker``."""

import asyncio
import os

import django

from spiegelstad.base.garbage import look_seldom


def main() -> None:
    """Do jobs until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from spiegelstad.project.working import work  # noqa: PLC0415  it needs Django to be ready

    look_seldom()
    asyncio.run(work())


if __name__ == "__main__":
    main()
