"""What the door of harvest gives: sources, runs and records as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from spiegelstad.base.localised import Localised
from spiegelstad.harvest import models
from spiegelstad.harvest.definition import HarvestDefinition
from spiegelstad.harvest.rules import Finding
from spiegelstad.harvest.vocabulary import Done, Kind, RecordState, Trigger, Wrong
from spiegelstad.ingest.public import RunEnds, RunState


@dataclass(frozen=True)
class Source:
    """Another catalogue."""

    id: UUID
    slug: str
    title: Localised
    kind: Kind
    department: str
    schedule: str
    definition: HarvestDefinition


@dataclass(frozen=True)
class Run(RunEnds):
    """One time that a source was read. `unused`: property → how many records have it, without a place for it here."""

    id: UUID
    source: str
    state: RunState
    trigger: Trigger
    started_at: datetime
    finished_at: datetime | None
    documents: int
    bytes: int
    found: int
    taken: int
    changed: int
    skipped: int
    quarantined: int
    gone: int
    findings: int
    unused: Mapping[str, int]
    error_kind: str
    error: str
    remedy: str


@dataclass(frozen=True)
class Record:
    """What became of a record. `slug`: of its dataset here, empty when there is none."""

    key: str
    slug: str
    title: str
    state: RecordState
    missed: int
    findings: tuple[Finding, ...]


def source_record(row: models.Source) -> Source:
    """Make the record of a stored source."""
    definition = HarvestDefinition.model_validate_json(row.definition)
    return Source(row.id, row.slug, row.title, Kind(row.kind), row.department, row.schedule, definition)


def run_record(row: models.Run, slug: str) -> Run:
    """Make the record of a stored run."""
    counts = (row.documents, row.bytes, row.found, row.taken, row.changed, row.skipped, row.quarantined, row.gone)
    return Run(
        row.id,
        slug,
        RunState(row.state),
        Trigger(row.trigger),
        row.started_at,
        row.finished_at,
        *counts,
        row.findings,
        row.unused,
        row.error_kind,
        row.error,
        row.remedy,
    )


def record_record(row: models.Record) -> Record:
    """Make the record of a stored record."""
    findings = tuple(
        Finding(one["property"], Wrong(one["wrong"]), Done(one["done"]), one["value"], one["result"])
        for one in row.findings
    )
    return Record(row.key, row.slug, row.title, RecordState(row.state), row.missed, findings)
