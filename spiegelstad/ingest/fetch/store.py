"""Raw files as they were fetched, kept by checksum under `var/raw`, so that a run can be repeated and replayed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain, cycle
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from spiegelstad.ingest.errors import FileTooLarge

PIECE = 1 << 20  # small enough to stay in the processor's cache, large enough to be worth handing to a thread
FRESH_S = 86_400.0  # so long a file stays that no run names: a run first fetches its files, and then names them


@dataclass(frozen=True)
class RawFile:
    """A kept file: the name people know it by, SHA-256 of its bytes, their number."""

    name: str
    sha256: str
    bytes: int

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return path_of(self.sha256)


def root() -> Path:
    """Return the folder of all raw files."""
    return Path(settings.VAR) / "raw"


def path_of(sha256: str) -> Path:
    """Return where a file with this checksum is kept."""
    return root() / sha256[:2] / sha256


def keep(name: str, pieces: Iterable[bytes | memoryview], limit: int) -> RawFile:
    """Write the pieces to the store and give the file; FileTooLarge when there are more than `limit` bytes.

    A piece is hashed while it is written and the next one is made; it stands until the one after that is asked for.
    """
    incoming = root() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    target = incoming / uuid4().hex
    digest = hashlib.sha256()
    size = 0
    hashed: Future[None] | None = None
    try:
        with target.open("wb") as out, ThreadPoolExecutor(1) as beside:
            for piece in pieces:
                size += len(piece)
                if size > limit:
                    raise FileTooLarge(
                        f"{name} is larger than {limit / 1e6:.0f} MB.", remedy="Raise `where.max_megabytes`."
                    )
                if hashed:
                    hashed.result()
                hashed = beside.submit(digest.update, piece)
                out.write(piece)
        place = path_of(digest.hexdigest())
        with _nobody_else():
            if place.exists() and place.stat().st_size == size:  # it mostly is there when a source is read again
                os.utime(place)  # and was fetched now
            else:
                place.parent.mkdir(exist_ok=True)
                target.replace(place)
    finally:
        target.unlink(missing_ok=True)
    return RawFile(name, digest.hexdigest(), size)


def pieces_of(file: BufferedReader) -> Iterator[memoryview]:
    """Read an open file in pieces of 1 MB; each is gone when the next but one is asked for."""
    for piece in cycle([memoryview(bytearray(PIECE)), memoryview(bytearray(PIECE))]):
        if not (size := file.readinto(piece)):
            return
        yield piece[:size]


def remove_others(kept: set[str]) -> int:
    """Remove the raw files whose checksum isn't in `kept`, and what is unfinished, unless fresh; give how many."""
    removed = 0
    for path in chain(root().glob("[0-9a-f][0-9a-f]/*"), root().glob("incoming/*")):
        if path.name not in kept:
            with _nobody_else():
                is_old = path.exists() and time.time() - path.stat().st_mtime > FRESH_S
                if is_old:
                    path.unlink()
            removed += is_old
    return removed


def remove(sha256s: set[str]) -> None:
    """Remove these raw files, fresh or not."""
    for sha256 in sha256s:
        path_of(sha256).unlink(missing_ok=True)


@contextmanager
def _nobody_else() -> Iterator[None]:
    """Let no other process look whether a file is there, and then do something, meanwhile."""
    folder = os.open(root(), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
