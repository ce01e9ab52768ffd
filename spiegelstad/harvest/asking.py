"""Asking for a run, which a worker then does: what the button on the page calls."""

from __future__ import annotations

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.governance.public import record, require
from spiegelstad.harvest import jobs, queries
from spiegelstad.harvest.acts import RUN, thing_of
from spiegelstad.harvest.vocabulary import Trigger
from spiegelstad.ingest.public import defer_once


def request_run(*, by: Actor, slug: str) -> bool:
    """Ask for a run now; False when one is waiting already."""
    source = queries.source_row(by, slug)
    require(by, RUN, thing_of(source))
    with transaction.atomic():
        asked = defer_once(
            jobs.run, tenant_id=by.tenant_id, slug=slug, trigger=Trigger.PAGE.value, asked_by=by.id
        )  # fmt: skip
        if asked:
            record(by, RUN, thing_of(source), details={"asked": jobs.run.name})
    return asked
