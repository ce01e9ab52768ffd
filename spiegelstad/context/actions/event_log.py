"""The event log: one row for each change of an entity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spiegelstad.context.actions.writing import Written


def append(tenant_id: str, written: Sequence[Written]) -> None:
    """Write one event for each change, in the caller's transaction."""
