"""The process that listens to MQTT brokers: ``python -m spiegelstad.project.listener``."""

import os
import signal
from threading import Event
from types import FrameType

import django


def main() -> None:
    """Listen until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415  they need Django to be ready

    from spiegelstad.ingest.live.listening import Listener  # noqa: PLC0415

    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    Listener(settings.LISTENER).run(stop)


if __name__ == "__main__":
    main()
