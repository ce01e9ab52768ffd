"""Every reaction in the system, on one page: which event is handled by whom."""

from spiegelstad.base import events

HANDLERS: dict[type[events.Event], list[events.Handler]] = {}


def connect() -> None:
    """Join events to handlers."""
    events.connect(HANDLERS)
