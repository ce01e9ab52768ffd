"""Delivering what waits: a lane for each subscription, in which one delivery follows another.

So a subscription gets its notifications in order, and a receiver that is slow or away holds up nobody but itself: lanes
don't know of each other, and those that were slow or failed the last time share threads apart from the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from urllib.parse import urlsplit

from spiegelstad.base.clock import now
from spiegelstad.context.notifying.http_sending import send_by_http
from spiegelstad.context.notifying.mqtt_sending import Brokers
from spiegelstad.context.notifying.parcels import Receiver, Waiting, parcel
from spiegelstad.context.notifying.store import PIECE, LaneState, Store
from spiegelstad.context.rules.delivery import PATIENCE, Failure, is_away_too_long, is_refused_for_good, wait_s

QUICK_THREADS, SLOW_THREADS = 32, 224
SLOW_S = 0.5
SHORT_WAIT_S = 1.0
SWEEP_S = 1.0

logger = logging.getLogger("spiegelstad.notifier")
Send = Callable[[Receiver, Sequence[Waiting]], Failure | None]


class Went(Enum):
    """How far a lane came with a piece of its queue."""

    ALL = auto()
    PARTLY = auto()  # something failed, and what is left may be tried now
    RESTS = auto()  # nothing may be sent for a while


class Lanes:
    """The lanes at work. `wake` may be called from any thread; `run` sweeps up what nobody woke: after a start, when a
    pause is over, when somebody sends again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._slow: set[int] = set()
        self._quick_threads = ThreadPoolExecutor(QUICK_THREADS, "quick")
        self._slow_threads = ThreadPoolExecutor(SLOW_THREADS, "slow")
        self._brokers = Brokers()

    def wake(self, pks: Collection[int]) -> None:
        """Say that something waits for these subscriptions."""
        self._loop.call_soon_threadsafe(self._start, list(pks))

    async def run(self) -> None:
        """Sweep until cancelled; raises what a lane raised, which is only that the database is away."""
        try:
            while True:
                self._start(await self._store.due())
                await asyncio.sleep(SWEEP_S)
                await asyncio.to_thread(self._brokers.close_idle)
                for pk, task in list(self._tasks.items()):
                    if task.done():
                        del self._tasks[pk]
                        task.result()
        finally:
            for task in self._tasks.values():
                task.cancel()
            self._quick_threads.shutdown(wait=False, cancel_futures=True)
            self._slow_threads.shutdown(wait=False, cancel_futures=True)
            self._brokers.close()

    def _start(self, pks: Collection[int]) -> None:
        for pk in pks:
            task = self._tasks.get(pk)
            if task is None or task.done():
                if task is not None and task.exception() is not None:
                    continue  # `run` tells of it
                self._tasks[pk] = self._loop.create_task(self._work(pk))
            else:
                self._again.add(pk)

    async def _work(self, pk: int) -> None:
        """Deliver all that waits for one subscription and may go now."""
        while True:
            self._again.discard(pk)
            state = await self._store.lane(pk)
            if state.receiver is None:
                if state.waiting:
                    await self._store.drop(pk)
                return
            went = await self._send_all(pk, state, state.receiver)
            if went is Went.RESTS or (went is Went.ALL and len(state.waiting) < PIECE and pk not in self._again):
                return

    async def _send_all(self, pk: int, state: LaneState, receiver: Receiver) -> Went:
        """Deliver one piece of the queue, until something fails."""
        left, last_at, retry_at = list(state.waiting), state.last_at, state.retry_at
        while left:
            if not await _may_go(_pause_s(receiver, last_at, retry_at)):
                return Went.RESTS
            rows = parcel(left, throttled=bool(receiver.throttling))
            failure = await self._send(pk, receiver, rows)
            if failure is not None:
                return await self._failed(pk, state, receiver, rows, failure)
            await self._store.delivered(pk, rows)
            last_at, retry_at = now(), None
            state = replace(state, failures=0)
            del left[: len(rows)]
        return Went.ALL

    async def _failed(
        self, pk: int, state: LaneState, receiver: Receiver, rows: Sequence[Waiting], failure: Failure
    ) -> Went:
        moment, failures = now(), state.failures + 1
        is_refused = is_refused_for_good(failure, rows[0].attempts + 1)
        is_away = is_away_too_long(failures, rows[0].made_at, moment)
        retry_at = None if is_refused else moment + timedelta(seconds=wait_s(failures, receiver.cooldown_s))
        await self._store.failed(
            pk,
            rows,
            error=failure.reason,
            retry_at=retry_at,
            is_dead=is_refused or is_away,
            given_up_before=moment - PATIENCE if is_away else None,
        )
        return Went.PARTLY if await _may_go(_pause_s(receiver, None, retry_at)) else Went.RESTS

    async def _send(self, pk: int, receiver: Receiver, rows: Sequence[Waiting]) -> Failure | None:
        threads = self._slow_threads if pk in self._slow else self._quick_threads
        by_mqtt = urlsplit(receiver.address).scheme in ("mqtt", "mqtts")
        send: Send = self._brokers.send if by_mqtt else send_by_http
        began = time.monotonic()
        try:
            failure = await self._loop.run_in_executor(threads, send, receiver, rows)
        except Exception as error:
            logger.exception("an error of ours in a delivery to %s", urlsplit(receiver.address).hostname)
            failure = Failure(f"{type(error).__name__}: {error}", answered=True)
        if failure is not None or time.monotonic() - began > SLOW_S:
            self._slow.add(pk)
        else:
            self._slow.discard(pk)
        return failure


def _pause_s(receiver: Receiver, last_at: datetime | None, retry_at: datetime | None) -> float:
    """Return how long to wait: until the next attempt, or until throttling lets the next one through."""
    times = [retry_at] if retry_at else []
    if last_at and receiver.throttling and not retry_at:
        times.append(last_at + receiver.throttling)
    return max(((moment - now()).total_seconds() for moment in times), default=0.0)


async def _may_go(pause_s: float) -> bool:
    """Wait when it is short; False when the lane had better end, for the sweep to begin it again."""
    if pause_s > SHORT_WAIT_S:
        return False
    if pause_s > 0:
        await asyncio.sleep(pause_s)
    return True
