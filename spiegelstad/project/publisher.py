"""The process that tells MQTT brokers of what comes in: ``python -m spiegelstad.project.publisher``."""

import os
import signal
from threading import Event
from types import FrameType

import django


def main() -> None:
    """Publish until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415  they need Django to be ready

    from spiegelstad.sensorthings.publishing.process import run  # noqa: PLC0415

    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    run(settings.PUBLISH_MQTT, stop)


if __name__ == "__main__":
    main()
