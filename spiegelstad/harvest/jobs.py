"""What harvest does by itself: reading sources by their schedule, and when a steward asks for it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.jobs import task
from spiegelstad.harvest import running
from spiegelstad.harvest.fetching import SourceUnreachable
from spiegelstad.harvest.queries import scheduled_sources
from spiegelstad.harvest.vocabulary import Trigger
from spiegelstad.ingest.public import Cron, defer_once

log = logging.getLogger(__name__)


@task("harvest.tick", lock="harvest.tick", periodic="* * * * *")
def tick(timestamp: int) -> None:
    """Start the sources whose schedule names this minute (Brussels time); mark runs whose process died."""
    running.interrupt_dead_runs()
    minute = datetime.fromtimestamp(timestamp, UTC).astimezone(BRUSSELS)
    for tenant_id, slug, schedule in scheduled_sources():
        if Cron.parse(schedule).is_due(minute):
            defer_once(run, tenant_id=tenant_id, slug=slug, trigger=Trigger.SCHEDULE.value)


@task("harvest.run")
def run(tenant_id: str, slug: str, trigger: str, asked_by: str = "") -> None:
    """Read a source; one that can't be reached is tried again later, with growing pauses."""
    by = Actor.system(tenant_id, "harvest")
    try:
        ended = running.run_source(by=by, slug=slug, trigger=Trigger(trigger), asked_by=asked_by)
    except running.SourceBusy:
        log.info("harvest source %s is being read already", slug)
        return
    if ended.error_kind == "source-unreachable":
        raise SourceUnreachable(ended.error, remedy=ended.remedy)
