"""How jobs are done: one after the other, with the reason of a failure kept, and those of killed workers taken up."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from spiegelstad.base import logs
from spiegelstad.base.clock import now
from spiegelstad.base.jobs import BACK_OFF
from spiegelstad.base.models import JobFailure

STOP_PATIENCE_S = 5
HEARTBEAT_S = 5.0
SILENCE_S = 20.0  # a worker that was not heard of for so long is dead

logger = logging.getLogger("spiegelstad.worker")


async def adopt_orphans(manager: JobManager, *, silence_s: float = SILENCE_S) -> None:
    """Give the jobs of dead workers back to the queue. They can be repeated: each job is idempotent.

    A job that has been tried often enough is likely what kills the workers, and fails.
    """
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silence_s):
        if job.attempts >= (BACK_OFF.max_attempts or 0):
            logger.error("job %s was left behind by a worker too often, and failed", job.id)
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            logger.warning("job %s was left behind by a worker that ended, and starts again", job.id)
            await manager.retry_job(job)


def note_outcome(call_next: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
    """Remember why a job failed, until it succeeds; runs around each job, outside of its transactions."""
    number = cast(int, context.job.id)  # a job that runs has one
    try:
        result = call_next()
    except Exception as error:
        description = {"error": type(error).__name__, "detail": logs.message_of(error), "failed_at": now()}
        JobFailure.objects.update_or_create(job_id=number, defaults=description)
        raise
    if context.job.attempts:
        JobFailure.objects.filter(job_id=number).delete()
    return result


async def _keep_adopting(manager: JobManager) -> None:
    while True:
        try:
            await adopt_orphans(manager)
        except ConnectorException:
            logger.warning("the database is away; jobs left behind are looked for later")
        await asyncio.sleep(HEARTBEAT_S)


async def work(*, wait: bool = True) -> None:
    """Do jobs until a signal says to stop, or with ``wait=False`` until there are none."""
    # The worker's own queries run beside Django's connections, while jobs that are deferred by jobs still go through
    # Django's: in the transaction of their cause. (`replace_connector` would take them out of it.)
    worker_app = app.with_connector(cast(DjangoConnector, app.connector).get_worker_connector())
    async with worker_app.open_async():
        adopting = asyncio.create_task(_keep_adopting(worker_app.job_manager))
        try:
            await worker_app.run_worker_async(
                wait=wait,
                delete_jobs="successful",
                shutdown_graceful_timeout=STOP_PATIENCE_S,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=SILENCE_S,
                task_middleware=[*worker_app.worker_defaults.get("task_middleware", []), note_outcome],
            )
        finally:
            adopting.cancel()
