"""The worker: ``python -m spiegelstad.project.worker`` does jobs, and takes up those a killed worker left behind."""

import asyncio
import logging
import os
from importlib import import_module
from typing import cast

import django
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

STOP_PATIENCE_S = 5
HEARTBEAT_S = 5.0
SILENCE_S = 20.0  # a worker that was not heard of for so long is dead

logger = logging.getLogger("spiegelstad.worker")


async def adopt_orphans(manager: JobManager, *, silence_s: float = SILENCE_S) -> int:
    """Give the jobs of dead workers back to the queue; returns how many. Jobs can be repeated: each is idempotent."""
    orphans = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silence_s))
    for job in orphans:
        logger.warning("job %s was left behind by a worker that ended, and starts again", job.id)
        await manager.retry_job(job)
    return len(orphans)


async def _keep_adopting(manager: JobManager) -> None:
    while True:
        try:
            await adopt_orphans(manager)
        except ConnectorException:
            logger.warning("the database is away; jobs left behind are looked for later")
        await asyncio.sleep(HEARTBEAT_S)


async def _work() -> None:
    from procrastinate.contrib.django import app  # noqa: PLC0415  complete only when Django is
    from procrastinate.contrib.django.django_connector import DjangoConnector  # noqa: PLC0415

    connector = cast(DjangoConnector, app.connector)
    # The worker's own queries run beside Django's connections, while jobs that are deferred by jobs still go through
    # Django's: in the transaction of their cause. (`replace_connector` would take them out of it.)
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        adopting = asyncio.create_task(_keep_adopting(worker_app.job_manager))
        try:
            await worker_app.run_worker_async(
                delete_jobs="successful",
                shutdown_graceful_timeout=STOP_PATIENCE_S,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=SILENCE_S,
            )
        finally:
            adopting.cancel()


def main() -> None:
    """Work until a signal says to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    asyncio.run(_work())


if __name__ == "__main__":
    # By its proper name: Procrastinate warns of apps that are made in the module ‘__main__’.
    import_module("spiegelstad.project.worker").main()
