"""Counting what is asked for, without anything of who asks: in memory, written some seconds later.

A room makes a `Tally` with what writes its counts, and lets `watch` tell it of each successful read. No request waits
for the database; a process that is killed loses the counts of some seconds.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from http import HTTPStatus
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

WRITE_EVERY_S = 15.0
LAST_WRITE_S = 3.0
MOST_WAITING = 50_000
"""Different things that wait to be written; beyond it, something asks for what is not there."""
log = logging.getLogger(__name__)
Key = TypeVar("Key", bound=Hashable)
Watch = Callable[[HttpRequest], None]

_tallies: list[Tally[Hashable]] = []
_watchers: list[Watch] = []


class Tally(Generic[Key]):
    """How often each key was noted since the last time it was written; made once, when its module is loaded."""

    def __init__(self, write: Callable[[Mapping[Key, int]], None]) -> None:
        self._write = write
        self._waiting: Counter[Key] = Counter()
        self._lock = Lock()
        _tallies.append(self)  # type: ignore[arg-type]

    def note(self, key: Key) -> None:
        """Count one."""
        with self._lock:
            if key in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[key] += 1

    def flush(self) -> None:
        """Write what was counted since the last time."""
        with self._lock:
            counted = dict(self._waiting)
            self._waiting.clear()
        if counted:
            self._write(counted)


def watch(watcher: Watch) -> None:
    """Let a room see each successful read; done once, when the program starts. It must be quick and ask nothing."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def CountUses(  # noqa: N802  named as the middleware it is
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Tell those who watch of each successful read; innermost, because they want the actor found before."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "GET" and response.status_code in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            for watcher in _watchers:
                watcher(request)
        return response

    return middleware


def keep_writing() -> Callable[[], None]:
    """Start a thread that writes all counts every few seconds; returns what stops it after it has written the last."""
    stop = Event()

    def run() -> None:
        while not stop.wait(WRITE_EVERY_S):
            _write_all()
        _write_all()

    thread = Thread(target=run, name="counts", daemon=True)
    thread.start()

    def finish() -> None:
        stop.set()
        thread.join(LAST_WRITE_S)

    return finish


def _write_all() -> None:
    for tally in _tallies:
        try:
            tally.flush()
        except Exception:  # the database may be away; counts are not worth a server
            log.warning("counts could not be written", exc_info=True)
        finally:
            connection.close()
