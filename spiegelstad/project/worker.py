"""The worker process: ``python -m spiegelstad.project.worker``."""

import asyncio
import gc
import os

import django


def main() -> None:
    """Do jobs until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from spiegelstad.project.working import work  # noqa: PLC0415  it needs Django to be ready

    gc.set_threshold(100_000, 20, 20)  # a batch of entities would pay a third of its time for being looked through
    asyncio.run(work())


if __name__ == "__main__":
    main()
