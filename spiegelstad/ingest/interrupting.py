"""Runs whose process is gone: whoever holds the lock of a source knows that nobody is running it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from spiegelstad.base.clock import now
from spiegelstad.ingest.locks import locked
from spiegelstad.ingest.vocabulary import RunState


class Runnable(Protocol):
    """A stored source with its runs, of this room or of one above."""

    id: UUID
    runs: Any


def interrupt(source: Runnable, told: str) -> int:
    """Mark the running runs of a source whose lock we hold; `told`: what people read. Gives how many there were."""
    count: int = source.runs.filter(state=RunState.RUNNING).update(
        state=RunState.INTERRUPTED, finished_at=now(), error_kind="interrupted", error=told, remedy="Run it again."
    )
    return count


def interrupt_dead(sources: Iterable[Runnable], told: str) -> int:
    """Do so for each of these sources whose lock can be had; gives how many runs there were."""
    count = 0
    for source in sources:
        with locked(source.id) as had:
            if had:
                count += interrupt(source, told)
    return count
