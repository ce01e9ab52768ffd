"""Asking for a run or a replay, which a worker then does: what the desk's buttons call."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.governance.public import record, require
from spiegelstad.ingest import jobs, queries
from spiegelstad.ingest.acts import RUN, thing_of
from spiegelstad.ingest.vocabulary import Trigger


def request_run(*, by: Actor, slug: str) -> bool:
    """Ask for a run now; False when one is waiting already."""
    return _request(by, slug, jobs.run, trigger=Trigger.DESK.value)


def request_replay(*, by: Actor, slug: str) -> bool:
    """Ask for a replay with the corrected rows; False when one is waiting already."""
    return _request(by, slug, jobs.replay)


def _request(by: Actor, slug: str, job: Any, **arguments: str) -> bool:
    source = queries.source_row(by, slug)
    require(by, RUN, thing_of(source))
    with transaction.atomic():
        asked = jobs.defer_once(job, tenant_id=by.tenant_id, slug=slug, asked_by=by.id, **arguments)
        if asked:
            record(by, RUN, thing_of(source), details={"asked": job.name})
    return asked
