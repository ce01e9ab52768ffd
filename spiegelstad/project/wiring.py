"""Every reaction in the system, on one page: which event is handled by whom."""

from spiegelstad.base import events
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators import public as indicators
from spiegelstad.sensors import public as sensors

HANDLERS: dict[type[events.Event], list[events.Handler]] = {
    catalogue.VersionPublished: [indicators.on_version_published, sensors.on_version_published],
}


def connect() -> None:
    """Join events to handlers."""
    events.connect(HANDLERS)
