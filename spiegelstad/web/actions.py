"""Acts on jobs."""

from django.db import transaction
from procrastinate.contrib.django import app

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import NotFound
from spiegelstad.governance.public import Thing, record, require
from spiegelstad.web import queries
from spiegelstad.web.vocabulary import RUN_JOB_AGAIN

_LAST_JOB = 2**63 - 1  # as PostgreSQL counts


class NoSuchJob(NotFound):
    """No failed job with this number in this city: it may have been run again meanwhile."""

    title = "This job is not waiting for you"


def run_job_again(*, by: Actor, job_id: int) -> None:
    """Give a failed job one more attempt, now."""
    require(by, RUN_JOB_AGAIN, Thing("job", str(job_id), by.tenant_id))
    with transaction.atomic():
        job = queries.failed_job(by, job_id) if job_id <= _LAST_JOB else None
        if job is None:
            raise NoSuchJob(f"There is no failed job with number {job_id}.")
        app.job_manager.retry_job_by_id(job_id, retry_at=now())
        record(by, RUN_JOB_AGAIN, Thing("job", str(job_id), by.tenant_id), details={"task": job.task_name})
