"""The notifier at work: reading events, keeping the clock, delivering. One leads; others wait to take its place."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import Error as DatabaseError
from django.db import connection

from spiegelstad.context.notifying.lanes import Lanes
from spiegelstad.context.notifying.queueing import Queueing
from spiegelstad.context.notifying.store import Store
from spiegelstad.context.notifying.timed import Timed

LEADING = 0x6E6F74  # the number of the advisory lock of whoever leads
POLL_S = 0.02
TIMED_POLL_S = 0.2
AGAIN_S = 1.0
_AWAY = (DatabaseError, psycopg.Error)

logger = logging.getLogger("spiegelstad.notifier")


def run(halted: threading.Event | None = None) -> None:
    """Notify until a signal says to stop (or `halted`, where we are not the main thread). Goes on when the database
    was away: from what it has kept."""
    stop = halted or threading.Event()
    if halted is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            with _leading(stop) as leads:
                if leads is not None:
                    asyncio.run(_serve(stop, leads))
        except _AWAY as error:
            logger.warning("the database is away, we begin again: %s", str(error).strip())
            stop.wait(AGAIN_S)


@contextmanager
def _leading(stop: threading.Event) -> Iterator[psycopg.Connection[object] | None]:
    """Yield the connection that holds the lock of the leader, once no other holds it; None when we stop before."""
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    with psycopg.connect(**parameters, autocommit=True) as raw:
        while not stop.is_set():
            row = raw.execute("SELECT pg_try_advisory_lock(%s)", [LEADING]).fetchone()
            if row == (True,):
                yield raw
                return
            stop.wait(AGAIN_S)
        yield None


async def _serve(stop: threading.Event, leads: psycopg.Connection[object]) -> None:
    """Do all parts until one of them ends, by an error or because we stop; then end the others."""
    halt = threading.Event()
    loop = asyncio.get_running_loop()
    async with Store() as store:
        lanes = Lanes(store)
        parts = [
            loop.create_task(lanes.run()),
            loop.create_task(_watch(stop, leads)),
            loop.create_task(_in_thread(lambda: _repeat(halt, Queueing(lanes.wake).step, POLL_S))),
            loop.create_task(_in_thread(lambda: _repeat(halt, Timed(lanes.wake).step, TIMED_POLL_S))),
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            halt.set()
            for part in parts[:2]:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
    for part in done:
        part.result()


async def _watch(stop: threading.Event, leads: psycopg.Connection[object]) -> None:
    """End when we are told to stop; raise when the connection that holds the lock is gone."""
    asked_at = time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(0.1)
        if time.monotonic() - asked_at > AGAIN_S:
            asked_at = time.monotonic()
            leads.execute("SELECT 1")


async def _in_thread(work: Callable[[], None]) -> None:
    """Run in a thread of its own, which has a connection of its own."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def run_it() -> None:
        error: BaseException | None = None
        try:
            work()
        except BaseException as raised:  # told to whoever waits
            error = raised
        finally:
            connection.close()
        loop.call_soon_threadsafe(_settle, ended, error)

    threading.Thread(target=run_it, daemon=True).start()
    await asyncio.shield(ended)


def _settle(ended: asyncio.Future[None], error: BaseException | None) -> None:
    if ended.done():
        return
    if error is None:
        ended.set_result(None)
    else:
        ended.set_exception(error)


def _repeat(halt: threading.Event, step: Callable[[], int], poll_s: float) -> None:
    while not halt.is_set():
        if not step():
            halt.wait(poll_s)
