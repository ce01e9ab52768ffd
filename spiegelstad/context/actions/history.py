"""The history of attributes: their instances, and the observations of those that are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spiegelstad.context.actions.writing import Written


def keep(tenant_id: str, written: Sequence[Written]) -> None:
    """Keep the instances that came, changed or went, in the caller's transaction."""
