"""What machine interfaces say when the database, or this process, has too much to do: come back, nothing was lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import BoundedSemaphore
from typing import Any

import psycopg
from django.db import OperationalError
from django.http import HttpResponse

from spiegelstad.base.errors import TooMany, Unavailable

RETRY_AFTER_S = 2
PATIENCE_S = 1

View = Callable[..., HttpResponse]


class DatabaseBusy(Unavailable):
    """The database has no connection free, or a lock that was not given in time."""

    title = "Busy for now"

    def __init__(self, remedy: str = "Try again.") -> None:
        super().__init__("The database is busy.", remedy=remedy, retry_after_s=RETRY_AFTER_S)


def says_when_busy(view: View) -> View:
    """Turn an exhausted pool, a lost connection or a lock not given into 503 with Retry-After."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except (OperationalError, psycopg.OperationalError) as error:
            raise DatabaseBusy from error

    return wrapped


@contextmanager
def place_among(places: BoundedSemaphore, refusal: type[TooMany], detail: str) -> Iterator[None]:
    """Take one of a number of places while work is done; raises `refusal` when none is free within a second."""
    if not places.acquire(timeout=PATIENCE_S):
        raise refusal(detail, remedy="Send this one again.", retry_after_s=RETRY_AFTER_S)
    try:
        yield
    finally:
        places.release()
