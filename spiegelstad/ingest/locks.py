"""One run per source at a time: an advisory lock of PostgreSQL, which a killed process can't keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

_KEY = "hashtextextended('spiegelstad.ingest:' || %s, 0)"


def try_lock(source_id: UUID) -> bool:
    """Take the lock of a source for this database session; False when another session holds it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEY})", [str(source_id)])
        row = cursor.fetchone()
    return bool(row and row[0])


def unlock(source_id: UUID) -> None:
    """Give the lock back."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [str(source_id)])


@contextmanager
def locked(source_id: UUID) -> Iterator[bool]:
    """Hold the lock while the block runs; yields whether it could be had."""
    had = try_lock(source_id)
    try:
        yield had
    finally:
        if had:
            unlock(source_id)
