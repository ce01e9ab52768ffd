"""Jobs on PostgreSQL (Procrastinate).

Deferred inside the transaction of the act, so a job exists exactly when its cause does.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

Function = TypeVar("Function", bound=Callable[..., Any])

BACK_OFF = RetryStrategy(max_attempts=6, exponential_wait=4)


def task(
    name: str, *, queue: str = "default", lock: str | None = None, periodic: str | None = None
) -> Callable[[Function], Any]:
    """Register a function as a job: JSON arguments, retried with exponential back-off (4 s … 17 min), then failed.

    `lock`: jobs with the same lock never run at once. `periodic`: a cron expression in UTC; the function then takes
    `timestamp: int`. A failed job stays visible under `/jobs` until a steward runs it again.
    """

    def register(function: Function) -> Any:
        registered = app.task(name=name, queue=queue, lock=lock, retry=BACK_OFF)(function)
        return app.periodic(cron=periodic)(registered) if periodic else registered

    return register
