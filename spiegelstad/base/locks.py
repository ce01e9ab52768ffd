"""Locks between processes, held by the kernel: one that is gone holds nothing, so there is never a stale lock to remove
by hand.
"""

import fcntl
import os
import time
import weakref
from pathlib import Path


class FileLock:
    """An exclusive lock on a file; the file may carry a short text about its holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        _all.add(self)

    def take(self, *, patience_s: float = 0.0) -> bool:
        """Try for ``patience_s`` seconds to become the holder."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    return False
                time.sleep(0.02)
            else:
                self._descriptor = descriptor
                return True

    def is_free(self) -> bool:
        """Whether nobody holds the lock at this moment."""
        if not self.path.exists():
            return True
        free = self.take()
        if free:
            self.release()
        return free

    def describe(self, text: str) -> None:
        """Write who holds the lock into its file."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    @property
    def descriptor(self) -> int:
        """The open file: a child that inherits it holds the lock as well, until it and all of its own children end."""
        if self._descriptor is None:
            raise RuntimeError(f"The lock {self.path} is not held.")
        return self._descriptor

    def release(self) -> None:
        """Close our side; children that inherited it keep holding."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_all: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _leave_locks_to_parent() -> None:
    """A forked process (multiprocessing) would keep its parent's locks beyond the parent's death."""
    for lock in _all:
        lock.release()


os.register_at_fork(after_in_child=_leave_locks_to_parent)
