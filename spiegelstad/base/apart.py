"""Work in a process apart: a few warm ones, lent out one at a time, without secrets, and killed when late.

For what cannot be interrupted inside our own process, such as a query that somebody else wrote. The process runs a
module that speaks `apart_protocol` over its stdin and stdout, limits itself, and ends when its stdin does.
"""

import atexit
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from spiegelstad.base import apart_protocol
from spiegelstad.base.errors import Unavailable

MAX_WORKERS = 4
_KEEP_WARM = 2
_PATIENCE_S = 30.0


class Late(Exception):
    """The process gave no answer in time and was killed."""


class Ended(Exception):
    """The process ended by itself in the midst of its work: most often the operating system's limit of memory."""


class Worker:
    """One process; not shared between threads while lent out."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
        self._late = False

    @property
    def process_id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def tell(self, message: dict[str, Any]) -> None:
        """Send without waiting for an answer."""
        apart_protocol.write(cast(IO[bytes], self._process.stdin), message)

    def ask(self, message: dict[str, Any], seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send and wait for the answer and its body; raises `Late` or `Ended`, and the process is gone then."""
        timer = threading.Timer(seconds, self._kill_late)
        timer.start()
        try:
            self.tell(message)
            return apart_protocol.read(cast(IO[bytes], self._process.stdout))
        except (EOFError, OSError):
            self.end()
            raise (Late if self._late else Ended) from None
        finally:
            timer.cancel()

    def _kill_late(self) -> None:
        self._late = True
        self._process.kill()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill and forget."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


class Pool:
    """Idle workers of this process; a process that was forked from it has its own (`pool_of`)."""

    def __init__(self, module: str) -> None:
        self.owner = os.getpid()
        self._module = module
        self._idle: deque[Worker] = deque()
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MAX_WORKERS)
        atexit.register(self.close)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places; `Unavailable` when none comes free."""
        if not self._free.acquire(timeout=_PATIENCE_S):
            raise Unavailable("All places for queries are taken.", remedy="Try again in a minute.")
        try:
            yield
        finally:
            self._free.release()

    def take(self) -> Worker:
        """Lend out a warm worker, or start one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                worker.end()
        return Worker(self._module)

    def give_back(self, worker: Worker) -> None:
        """Clear a worker for who comes next (`{"do": "close"}`), or end it when there are enough."""
        if worker.is_alive:
            with suppress(OSError):
                worker.tell({"do": "close"})
                with self._lock:
                    if len(self._idle) < _KEEP_WARM:
                        self._idle.append(worker)
                        return
        worker.end()

    def close(self) -> None:
        """End the idle workers, unless they are those of the process that this one was forked from."""
        while self.owner == os.getpid() and self._idle:
            self._idle.pop().end()


_pools: dict[str, Pool] = {}
_pools_lock = threading.Lock()


def pool_of(module: str) -> Pool:
    """Return this process's pool of workers that run `module`."""
    with _pools_lock:
        pool = _pools.get(module)
        if pool is None or pool.owner != os.getpid():
            pool = _pools[module] = Pool(module)
        return pool
