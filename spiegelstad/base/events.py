"""Events: how something reaches a room above or beside without importing it.

A room defines frozen dataclasses that subclass `Event` in its `public.py` and calls `record` inside its transaction.
`project/wiring.py` joins event types to handlers with `connect`; each handler runs as a job of its own, at least once,
so handlers are idempotent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, ClassVar

from pydantic import TypeAdapter

from spiegelstad.base.clock import now
from spiegelstad.base.jobs import task
from spiegelstad.base.models import OutboxEvent


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened, past tense. `type` is its permanent name; fields are JSON-like, UUID or datetime."""

    type: ClassVar[str]
    tenant_id: str


Handler = Callable[[Any], None]
_handlers: dict[str, tuple[str, ...]] = {}
_types: dict[str, type[Event]] = {}


def connect(handlers: Mapping[type[Event], Sequence[Handler]]) -> None:
    """Join event types to handlers (module-level functions that take the event). Called once, by the wiring."""
    _handlers.clear()
    _types.clear()
    for event_type, functions in handlers.items():
        _types[event_type.type] = event_type
        _handlers[event_type.type] = tuple(f"{f.__module__}:{f.__qualname__}" for f in functions)


def record(event: Event) -> None:
    """Write `event` to the outbox and defer its handlers, all in the current transaction."""
    row = OutboxEvent.objects.create(
        tenant_id=event.tenant_id, type=event.type, payload=asdict(event), recorded_at=now()
    )
    for handler in _handlers.get(event.type, ()):
        handle.defer(event_id=row.pk, handler=handler)


@task("base.handle_event")
def handle(event_id: int, handler: str) -> None:
    """Give one event to one handler."""
    row = OutboxEvent.objects.get(pk=event_id)
    if handler not in _handlers.get(row.type, ()):
        return  # the wiring changed since: nobody waits for it any more
    event = TypeAdapter(_types[row.type]).validate_python(row.payload)
    module, function = handler.split(":")
    getattr(import_module(module), function)(event)
