"""Answers of sources kept for as long as their registrations say (`management.cacheDuration`, clause 5.2.34).

In the memory of a process: what one was told another may ask for again. A write by way of this process forgets what is
kept of that source.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any

from spiegelstad.base.outgoing import Response
from spiegelstad.context.models import Registration
from spiegelstad.context.rules.temporal import duration

MAX_BYTES = 32 * 1024 * 1024
_MONTH = timedelta(days=30)
Key = tuple[int, Any, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class _Kept:
    response: Response
    until: float


class _Cache:
    """The answers kept; when there are too many bytes of them, the oldest go."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Response | None:
        with self._lock:
            found = self._kept.get(key)
            return found.response if found is not None and found.until > time.monotonic() else None

    def put(self, key: Key, response: Response, seconds: float) -> None:
        with self._lock:
            self._drop(key)
            self._kept[key] = _Kept(response, time.monotonic() + seconds)
            self._bytes += len(response.body)
            while self._bytes > MAX_BYTES:
                self._drop(next(iter(self._kept)))

    def forget(self, registration: int) -> None:
        with self._lock:
            for key in [key for key in self._kept if key[0] == registration]:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= len(old.response.body)


_cache = _Cache()


def kept(row: Registration, url: str, headers: Mapping[str, str]) -> Response | None:
    """Return the answer of a source to this question, when it was asked not long ago."""
    return _cache.get(_key(row, url, headers)) if _seconds(row) else None


def keep(row: Registration, url: str, headers: Mapping[str, str], response: Response) -> None:
    """Keep an answer for as long as the registration says, which may be not at all."""
    seconds = _seconds(row)
    if seconds and response.status == 200:
        _cache.put(_key(row, url, headers), response, seconds)


def forget(row: Registration) -> None:
    """Forget what is kept of a source."""
    if _seconds(row):
        _cache.forget(row.pk)


def _key(row: Registration, url: str, headers: Mapping[str, str]) -> Key:
    """Return what makes two questions the same: also the credentials, and the registration as it is now."""
    return (row.pk, row.modified_at, url, tuple(sorted(headers.items())))


def _seconds(row: Registration) -> float:
    given = row.document.get("management", {}).get("cacheDuration")
    if given is None:
        return 0.0
    found = duration(given)
    return (found.fixed + found.months * _MONTH).total_seconds()
