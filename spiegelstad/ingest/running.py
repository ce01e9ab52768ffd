"""Running a source: fetch, process, hand on, publish; every run is recorded, whatever becomes of it."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import events, sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.ids import new_id
from spiegelstad.base.progress import Progress, Silent
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import record, require
from spiegelstad.ingest import models, queries
from spiegelstad.ingest.actions import catalogue_columns, digest_of
from spiegelstad.ingest.acts import RUN, thing_of
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import NothingToReplay, NotRead, ProgramFailed, SourceBusy
from spiegelstad.ingest.fetch.archives import input_files
from spiegelstad.ingest.fetch.fetching import Fetched, checksum_of, fetch, format_of
from spiegelstad.ingest.fetch.http import Validators
from spiegelstad.ingest.fetch.store import RawFile
from spiegelstad.ingest.interrupting import interrupt, interrupt_dead
from spiegelstad.ingest.locks import locked
from spiegelstad.ingest.pipeline.checks import Check
from spiegelstad.ingest.pipeline.outputs import Outputs
from spiegelstad.ingest.pipeline.process import Processed, Task, TooManyFail, process
from spiegelstad.ingest.pipeline.session import Failing
from spiegelstad.ingest.records import Run, RunFailed, RunFinished, run_record
from spiegelstad.ingest.vocabulary import RowState, RunState, Trigger, Way
from spiegelstad.places import public as places

_BROKEN_OFF = "The run was broken off; the last good version stays."
log = logging.getLogger(__name__)


def run_source(
    *,
    by: Actor,
    slug: str,
    trigger: Trigger = Trigger.COMMAND,
    progress: Progress | None = None,
    asked_by: str = "",
) -> Run:
    """Read a source now. A failure is in the returned run, and the last good version stays.

    `asked_by`: identifier of the person for whom the program itself does this. Raises SourceBusy when another run of it
    has not ended.
    """
    source = queries.source_row(by, slug)
    require(by, RUN, thing_of(source))
    if source.way != Way.RUN:
        raise NotRead(f"The messages of {slug!r} come by themselves.", remedy="See `spiegelstad ingest live`.")
    return _Running(by, source, trigger, progress or Silent(), asked_by).go(
        lambda run: fetch(run.definition, run.validators())
    )


def replay(*, by: Actor, slug: str, progress: Progress | None = None, asked_by: str = "") -> Run:
    """Process the raw files of the last run once more, with the present definition and all corrected rows."""
    source = queries.source_row(by, slug)
    require(by, RUN, thing_of(source))
    last = source.runs.exclude(files=[]).order_by("-started_at").first()
    files = [RawFile(**file) for file in last.files] if last else []
    if last is None or not all(file.path.exists() for file in files):
        raise NothingToReplay("The raw files of the last run aren't kept any more.", remedy="Run the source.")
    is_offline = last.is_offline
    return _Running(by, source, Trigger.REPLAY, progress or Silent(), asked_by).go(
        lambda run: Fetched(files, format_of(run.definition, is_offline=is_offline), is_offline=is_offline)
    )


def interrupt_dead_runs() -> int:
    """Mark runs whose process is gone as interrupted; called at every start. Gives how many there were."""
    return interrupt_dead(models.Source.objects.filter(runs__state=RunState.RUNNING).distinct(), _BROKEN_OFF)


class _Running:
    """One run of one source, from its lock to its record."""

    def __init__(self, by: Actor, source: models.Source, trigger: Trigger, progress: Progress, asked_by: str) -> None:
        self.by = by
        self.asked_by = asked_by or by.id
        self.source = source
        self.trigger = trigger
        self.progress = progress
        self.worker = Actor.system(by.tenant_id, "ingest")
        self.definition = SourceDefinition.model_validate_json(source.definition)

    def go(self, get: Any) -> Run:
        """Do it all; `get` gives the raw files."""
        with locked(self.source.id) as had:
            if not had:
                raise SourceBusy(f"The source {self.source.slug!r} is being read.", remedy="Wait until it is done.")
            interrupt(self.source, _BROKEN_OFF)
            self.run = self._start()
            try:
                self._require_open()
                with _work_folder(self.source.id) as work:
                    self._do(get(self), work)
            except SpiegelstadError as error:
                self._fail(error, error if isinstance(error, TooManyFail) else None)
            except Exception as error:
                log.exception("run of %s failed", self.source.slug)
                self._fail(ProgramFailed(f"{type(error).__name__}.", remedy="Look in the log of the worker."))
                raise
        return run_record(self.run, self.source.slug)

    def _require_open(self) -> None:
        """Fetch nothing, and hand nothing on, for a dataset that takes no new versions any more."""
        dataset = catalogue.dataset(self.worker, self.source.slug)
        if dataset.status in (catalogue.Status.ARCHIVED, catalogue.Status.DESTROYED):
            raise catalogue.DatasetClosed(
                f"{self.source.slug!r} is {dataset.status}: it takes no new versions.",
                remedy="Remove the source from the city's folder.",
            )

    def _start(self) -> models.Run:
        with transaction.atomic():
            run = models.Run.objects.create(
                tenant_id=self.source.tenant_id,
                source=self.source,
                state=RunState.RUNNING.value,
                trigger=self.trigger.value,
                started_at=now(),
                definition_hash=self.source.definition_hash,
                started_by=self.asked_by,
            )
            if not self.by.is_system:
                details = {"run": str(run.id), "trigger": self.trigger.value}
                record(self.by, RUN, thing_of(self.source), details=details)
        return run

    def _do(self, fetched: Fetched, work: Path) -> None:
        if not fetched.files:
            return self._finish_unchanged()
        self.run.files = [asdict(file) for file in fetched.files]
        self.run.bytes = fetched.bytes
        self.run.checksum = checksum_of(fetched.files)
        self.run.is_offline = fetched.is_offline
        self.run.save(update_fields=["files", "bytes", "checksum", "is_offline"])
        if self.trigger is Trigger.SCHEDULE and self._was_read_already():
            return self._finish_unchanged()
        limit = self.definition.where.max_megabytes * 1_000_000
        task = Task(
            tenant_id=self.source.tenant_id,
            definition=self.definition,
            form=fetched.form,
            files=input_files(fetched.files, fetched.form, work, limit),
            codes=self._codes,
            corrections=queries.corrections_of(self.source.id),
            moment=self.run.started_at,
        )
        processed = process(task, work, self.progress)
        observations = Outputs(self.worker, self.definition, processed.parquet, work).hand_on(self.progress)
        return self._finish(processed, observations, fetched.validators)

    def validators(self) -> Validators:
        """Give what makes the server say that nothing changed, where that would mean that there is nothing to do."""
        last = self._last_good()
        if self.trigger is not Trigger.SCHEDULE or last is None or self._was_corrected_since(last):
            return Validators()
        return Validators(self.source.etag, self.source.last_modified)

    def _was_read_already(self) -> bool:
        """Whether the last good run read the same bytes with the same definition, and nothing was corrected since."""
        last = self._last_good()
        if last is None or last.checksum != self.run.checksum or last.definition_hash != self.run.definition_hash:
            return False
        return not self._was_corrected_since(last)

    def _last_good(self) -> models.Run | None:
        return self.source.runs.filter(state=RunState.SUCCEEDED).order_by("-started_at").first()

    def _was_corrected_since(self, last: models.Run) -> bool:
        return self.source.corrections.filter(corrected_at__gte=last.started_at).exists()

    def _codes(self, area_type: str) -> Sequence[str]:
        return [area.code for area in places.areas(self.worker, area_type)]

    def _finish_unchanged(self) -> None:
        last = self._last_good()
        if last is not None:  # what held for the last good run still holds
            for name in ("rows_read", "accepted", "quarantined", "skipped", "quality", "version_id"):
                setattr(self.run, name, getattr(last, name))
        self.run.state = RunState.UNCHANGED.value
        self.run.finished_at = now()
        with transaction.atomic():
            self.run.save()
            self._announce(RunFinished, version_id=self.run.version_id)

    def _finish(self, processed: Processed, observations: dict[str, int], validators: Validators) -> None:
        """Publish, and record the end of the run, in one transaction."""
        outcome = processed.outcome
        self._count(processed)
        with transaction.atomic():
            version = catalogue.publish_version(
                by=self.worker,
                slug=self.source.slug,
                parquet=processed.parquet,
                columns=catalogue_columns(self.definition),
                lineage=catalogue.Lineage(self._activity(), self._run_info()),
                quality=outcome.quality,
                coverage=outcome.coverage,
            )
            self.run.state = RunState.SUCCEEDED.value
            self.run.version_id = version.id
            self.run.observations = observations
            self.run.finished_at = now()
            self.run.save()
            self._quarantine(processed.failing, processed.checks)
            self.source.etag = validators.etag[:500]
            self.source.last_modified = validators.last_modified[:100]
            self.source.newest_at = outcome.newest_at
            self.source.save(update_fields=["etag", "last_modified", "newest_at"])
            self._announce(RunFinished, version_id=version.id)

    def _fail(self, error: SpiegelstadError, too_many: TooManyFail | None = None) -> None:
        self.run.state = RunState.FAILED.value
        detail, remedy = (text.replace("\0", "�") for text in (error.detail, error.remedy))  # from a file, perhaps
        self.run.error_kind, self.run.error, self.run.remedy = error.kind, detail, remedy
        self.run.version_id = None  # what was published is taken back
        self.run.finished_at = now()
        with transaction.atomic():
            if too_many is not None:
                self._count(too_many.processed)
                self._quarantine(too_many.processed.failing, too_many.processed.checks)
            self.run.save()
            self._announce(RunFailed, error=detail)

    def _count(self, processed: Processed) -> None:
        outcome = processed.outcome
        self.run.rows_read, self.run.accepted = outcome.read, outcome.accepted
        self.run.quarantined, self.run.skipped = outcome.quarantined, outcome.skipped
        self.run.quality = [asdict(check) for check in outcome.quality.checks]

    def _activity(self) -> str:
        return "replay" if self.trigger is Trigger.REPLAY else "ingest"

    def _run_info(self) -> catalogue.RunInfo:
        return catalogue.RunInfo(
            id=self.run.id,
            source=self.source.slug,
            definition_hash=self.run.definition_hash,
            started_at=self.run.started_at,
            rows_read=self.run.rows_read,
            accepted=self.run.accepted,
            quarantined=self.run.quarantined,
            checksum=self.run.checksum,
        )

    def _quarantine(self, failing: Sequence[Failing], checks: Sequence[Check]) -> None:
        """Put the failing rows of this run in the place of those of the run before."""
        models.QuarantinedRow.objects.filter(tenant_id=self.source.tenant_id, source=self.source).delete()
        names = ("id", "tenant_id", "source_id", "run_id", "file", "row_number", "raw", "digest", "reasons", "state")
        table = models.QuarantinedRow._meta.db_table
        told = {reasons: json.dumps(_reasons(reasons, checks)) for reasons in {row.reasons for row in failing}}
        with sql.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
            for row in failing:
                copy.write_row(self._row(row, told[row.reasons]))

    def _row(self, row: Failing, reasons: str) -> tuple[Any, ...]:
        where = (new_id(), self.source.tenant_id, self.source.id, self.run.id, row.file[-300:], row.row)
        return (*where, row.raw, digest_of(row.raw), reasons, RowState.OPEN.value)

    def _announce(self, event: type[RunFinished] | type[RunFailed], **fields: Any) -> None:
        events.record(event(tenant_id=self.source.tenant_id, slug=self.source.slug, run_id=self.run.id, **fields))


def _reasons(reasons: str, checks: Sequence[Check]) -> list[dict[str, str]]:
    if reasons == "line":
        return [{"rule": "line", "column": "", "limit": ""}]
    numbers = [int(number) for number in reasons.split(",")]
    return [{"rule": checks[n].rule, "column": checks[n].column, "limit": checks[n].limit} for n in numbers]


@contextmanager
def _work_folder(source_id: UUID) -> Iterator[Path]:
    """Give a folder for the run of a source that is locked, empty whatever a killed run left; gone afterwards.

    It is on the disk of the data, not in a /tmp that may be memory.
    """
    work = Path(settings.VAR) / "runs" / source_id.hex
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
