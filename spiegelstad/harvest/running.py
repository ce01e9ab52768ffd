"""Reading a source: everything is fetched and read first, then taken over in one transaction; every run is recorded."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict, SpiegelstadError, Unavailable
from spiegelstad.base.progress import Progress, Silent
from spiegelstad.governance.public import record, require
from spiegelstad.harvest import models, queries, reading
from spiegelstad.harvest.actions import Outcome, Taking
from spiegelstad.harvest.acts import RUN, thing_of
from spiegelstad.harvest.definition import HarvestDefinition
from spiegelstad.harvest.fetching import NotModified, Visit
from spiegelstad.harvest.records import Run, run_record
from spiegelstad.harvest.rules import Harvested
from spiegelstad.harvest.vocabulary import RecordState, Trigger
from spiegelstad.ingest.public import RunState, interrupt, interrupt_dead, locked

_BROKEN_OFF = "The run was broken off; the datasets stay as they were."
log = logging.getLogger(__name__)


class SourceBusy(Conflict):
    """Another run of the same source has not ended."""

    title = "This source is being read already"


class NothingThere(Unavailable):
    """The other catalogue is empty, where it had records before: more likely broken than emptied."""

    title = "The catalogue is empty"


class ProgramFailed(SpiegelstadError):
    """Something went wrong that isn't the source's fault."""

    title = "The program itself failed"


def run_source(
    *,
    by: Actor,
    slug: str,
    trigger: Trigger = Trigger.COMMAND,
    progress: Progress | None = None,
    asked_by: str = "",
) -> Run:
    """Read a source now. A failure is in the returned run, and the datasets stay as the last good run left them.

    `asked_by`: identifier of the person for whom the program itself does this. Raises SourceBusy when another run of it
    has not ended.
    """
    source = queries.source_row(by, slug)
    require(by, RUN, thing_of(source))
    with locked(source.id) as had:
        if not had:
            raise SourceBusy(f"The source {slug!r} is being read.", remedy="Wait until it is done.")
        interrupt(source, _BROKEN_OFF)
        return _Running(by, source, trigger, progress or Silent(), asked_by or by.id).go()


def interrupt_dead_runs() -> int:
    """Mark runs whose process is gone as interrupted; return how many there were."""
    return interrupt_dead(models.Source.objects.filter(runs__state=RunState.RUNNING).distinct(), _BROKEN_OFF)


class _Running:
    """One run of one source."""

    def __init__(self, by: Actor, source: models.Source, trigger: Trigger, progress: Progress, asked_by: str) -> None:
        self.by = by
        self.source = source
        self.trigger = trigger
        self.progress = progress
        self.asked_by = asked_by
        self.worker = Actor.system(by.tenant_id, "harvest")
        self.definition = HarvestDefinition.model_validate_json(source.definition)

    def go(self) -> Run:
        """Do it all, and record how it ended."""
        self.run = models.Run.objects.create(
            tenant_id=self.source.tenant_id,
            source=self.source,
            state=RunState.RUNNING.value,
            trigger=self.trigger.value,
            started_at=now(),
            definition_hash=self.source.definition_hash,
            started_by=self.asked_by,
        )
        try:
            self._do()
        except SpiegelstadError as error:
            self._fail(error)
        except Exception as error:
            log.exception("harvest of %s failed", self.source.slug)
            self._fail(ProgramFailed(f"{type(error).__name__}.", remedy="Look in the log of the worker."))
            raise
        return run_record(self.run, self.source.slug)

    def _do(self) -> None:
        visit = Visit(self.definition.address, self.definition.limits, **self._conditions())
        try:
            found = self._read(visit)
        except NotModified:
            found = None
        self.run.documents, self.run.bytes = visit.documents, visit.bytes
        self.run.checksum = visit.digest.hexdigest() if found is not None else self._last_checksum()
        if found is not None and not found and self.source.records.exclude(state=RecordState.GONE).exists():
            raise NothingThere(
                "The catalogue has no records any more.", remedy="Ask the publisher; nothing is changed."
            )
        with transaction.atomic():
            taking = Taking(self.worker, self.source, self.definition)
            outcome = taking.take(found) if found is not None else taking.repeat()
            self._finish(outcome, visit)

    def _conditions(self) -> dict[str, str]:
        """Ask on condition only by schedule, and when the last run was good, with the same definition."""
        last = self.source.runs.exclude(pk=self.run.pk).order_by("-started_at").first()
        good = last is not None and last.state in (RunState.SUCCEEDED, RunState.UNCHANGED)
        if self.trigger is not Trigger.SCHEDULE or not good or last.definition_hash != self.source.definition_hash:  # type: ignore[union-attr]
            return {}
        return {"etag": self.source.etag, "last_modified": self.source.last_modified}

    def _last_checksum(self) -> str:
        last = self.source.runs.exclude(checksum="").order_by("-started_at").first()
        return last.checksum if last else ""

    def _read(self, visit: Visit) -> list[Harvested]:
        found: list[Harvested] = []
        for records, total in reading.read(self.definition, visit):
            found += records
            self.progress.update(len(found), total, f"{self.source.slug}: {len(found)} records")
        return found

    def _finish(self, outcome: Outcome, visit: Visit) -> None:
        """Record the end of the run, in the transaction in which its records were taken over."""
        for name in ("found", "taken", "changed", "skipped", "quarantined", "gone", "findings"):
            setattr(self.run, name, getattr(outcome, name))
        self.run.unused = dict(outcome.unused)
        same = not outcome.changed and not outcome.gone
        self.run.state = (RunState.UNCHANGED if same else RunState.SUCCEEDED).value
        self.run.finished_at = now()
        self.run.save()
        if visit.documents:
            self.source.etag, self.source.last_modified = visit.etag, visit.last_modified
            self.source.save(update_fields=["etag", "last_modified"])
        self._audit({name: getattr(outcome, name) for name in ("found", "taken", "changed", "quarantined", "gone")})

    def _fail(self, error: SpiegelstadError) -> None:
        self.run.state = RunState.FAILED.value
        self.run.error_kind, self.run.error, self.run.remedy = error.kind, error.detail, error.remedy
        self.run.finished_at = now()
        with transaction.atomic():
            self.run.save()
            self._audit({"error": error.kind})

    def _audit(self, details: dict[str, Any]) -> None:
        whole = {"run": str(self.run.id), "trigger": self.trigger.value, "asked_by": self.asked_by, **details}
        record(self.by, RUN, thing_of(self.source), details=whole)
