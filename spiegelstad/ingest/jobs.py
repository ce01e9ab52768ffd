"""What ingest does by itself: scheduled runs, runs asked for at the desk, keeping house."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.jobs import task
from spiegelstad.ingest import actions, running
from spiegelstad.ingest.definition.cron import Cron
from spiegelstad.ingest.errors import SourceBusy, SourceUnreachable
from spiegelstad.ingest.queries import scheduled_sources
from spiegelstad.ingest.vocabulary import Trigger

log = logging.getLogger(__name__)
KEEP_RUNS = timedelta(days=90)
KEEP_UPLINKS = timedelta(days=8)  # a broker keeps messages for us for a week


@task("ingest.tick", lock="ingest.tick", periodic="* * * * *")
def tick(timestamp: int) -> None:
    """Start the sources whose schedule names this minute (Brussels time); mark runs whose process died."""
    running.interrupt_dead_runs()
    minute = datetime.fromtimestamp(timestamp, UTC).astimezone(BRUSSELS)
    for tenant_id, slug, schedule in scheduled_sources():
        if Cron.parse(schedule).is_due(minute):
            defer_once(run, tenant_id=tenant_id, slug=slug, trigger=Trigger.SCHEDULE.value)


def defer_once(job: Any, *, tenant_id: str, slug: str, **arguments: str) -> bool:
    """Put a job for a source in the queue, unless one waits there already; one by one for each source."""
    lock = f"{job.name} {tenant_id} {slug}"
    try:
        with transaction.atomic():
            job.configure(lock=lock, queueing_lock=lock).defer(tenant_id=tenant_id, slug=slug, **arguments)
    except AlreadyEnqueued:
        return False
    return True


@task("ingest.run")
def run(tenant_id: str, slug: str, trigger: str, asked_by: str = "") -> None:
    """Run a source; one that can't be reached is tried again later, with growing pauses."""
    by = Actor.system(tenant_id, "ingest")
    try:
        ended = running.run_source(by=by, slug=slug, trigger=Trigger(trigger), asked_by=asked_by)
    except SourceBusy:
        log.info("source %s is being read already", slug)
        return
    if ended.error_kind == "source-unreachable":
        raise SourceUnreachable(ended.error, remedy=ended.remedy)


@task("ingest.replay")
def replay(tenant_id: str, slug: str, asked_by: str = "") -> None:
    """Process the last raw files of a source once more."""
    running.replay(by=Actor.system(tenant_id, "ingest"), slug=slug, asked_by=asked_by)


@task("ingest.keep_house", lock="ingest.keep_house", periodic="20 3 * * *")
def keep_house(timestamp: int) -> None:
    """Forget runs and raw files that nothing rests on any more, and uplinks that cannot come again."""
    actions.forget_old_uplinks(older_than=KEEP_UPLINKS)
    for tenant_id in accounts.tenant_ids():
        actions.forget_old_runs(by=Actor.system(tenant_id, "ingest"), older_than=KEEP_RUNS)
