"""What one process knows to be stored already, so that a message of a known sensor costs one write and not three."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

FORGET_AFTER_S = 600.0  # what others changed meanwhile is put right then
MOST = 100_000


class Known:
    """Entities and series as this process wrote them last; safe to use from several threads.

    Only a process that is `alone` in taking a source in remembers: it would take what another wrote for its own.
    """

    def __init__(self, *, alone: bool) -> None:
        self._lock = Lock()
        self._alone = alone
        self._written: dict[str, Any] = {}
        self._since = time.monotonic()

    def new(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values that differ from what was written last."""
        with self._lock:
            if time.monotonic() - self._since > FORGET_AFTER_S or len(self._written) > MOST:
                self._forget()
            return [value for key, value in given.items() if self._written.get(key) != value]

    def note(self, given: Mapping[str, Any]) -> None:
        """Remember what is now stored."""
        if self._alone:
            with self._lock:
                self._written.update(given)

    def forget(self) -> None:
        """Know nothing any more: what is stored was changed by others."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._written.clear()
        self._since = time.monotonic()
