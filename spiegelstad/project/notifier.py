"""The process that tells subscribers of changes: ``python -m spiegelstad.project.notifier``."""

import logging
import os

import django


def main() -> None:
    """Notify until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from spiegelstad.context.notifying.process import run  # noqa: PLC0415  it needs Django to be ready

    run()
    logging.shutdown()
    os._exit(0)  # without waiting for receivers that are slow: what they have not confirmed goes out again


if __name__ == "__main__":
    main()
