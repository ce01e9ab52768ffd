"""The process that listens to MQTT brokers: ``python -m spiegelstad.project.listener``."""

import os

import django

from spiegelstad.project.stopping import stop_event


def main() -> None:
    """Listen until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415  they need Django to be ready

    from spiegelstad.ingest.live.listening import Listener  # noqa: PLC0415

    Listener(settings.LISTENER).run(stop_event())


if __name__ == "__main__":
    main()
