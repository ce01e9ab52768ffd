"""The process that tells MQTT brokers of what comes in: ``python -m spiegelstad.project.publisher``."""

import os

import django

from spiegelstad.project.stopping import stop_event


def main() -> None:
    """Publish until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415  they need Django to be ready

    from spiegelstad.sensorthings.publishing.process import run  # noqa: PLC0415

    run(settings.PUBLISH_MQTT, settings.PUBLISH_MQTT_KEYS, stop_event())


if __name__ == "__main__":
    main()
