"""What the door of ingest gives: sources, runs and quarantined rows as frozen records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import orjson

from spiegelstad.base.events import Event
from spiegelstad.base.localised import Localised
from spiegelstad.ingest import models
from spiegelstad.ingest.vocabulary import RowState, RunState, Trigger, Way


@dataclass(frozen=True)
class Source:
    """A source. `stale_after`: how old its newest data may be; None when no rule says."""

    id: UUID
    slug: str
    title: Localised
    department: str
    classification: str
    definition_hash: str
    schedule: str
    is_active: bool
    newest_at: datetime | None
    stale_after: timedelta | None

    def is_stale(self, moment: datetime) -> bool:
        """Whether the newest data is older than the definition allows."""
        return self.stale_after is not None and (self.newest_at is None or moment - self.newest_at > self.stale_after)


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """A source as it stands in the register: whose it is and how its data comes, nothing of where or what.

    `entity_type`: the type of the entities that its rows describe, if any.
    """

    slug: str
    title: Localised
    department: str
    classification: str
    classification_reason: str
    way: Way
    publisher: str
    legal_basis: str
    processing: str
    retention_days: int | None
    review_on: date | None
    is_authoritative: bool
    contact: str
    entity_type: str


class RunEnds:
    """What follows from how a run stands and when it began and ended."""

    state: RunState
    started_at: datetime
    finished_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None

    @property
    def succeeded(self) -> bool:
        """Whether the data is as the source has it."""
        return self.state in (RunState.SUCCEEDED, RunState.UNCHANGED)


@dataclass(frozen=True)
class Run(RunEnds):
    """One run. `quality`: each check with its counts; `files`: name, sha256 and bytes of what was read."""

    id: UUID
    source: str
    state: RunState
    trigger: Trigger
    started_at: datetime
    finished_at: datetime | None
    definition_hash: str
    files: Sequence[Mapping[str, object]]
    bytes: int
    checksum: str
    rows_read: int
    accepted: int
    quarantined: int
    skipped: int
    quality: Sequence[Mapping[str, object]]
    observations: Mapping[str, int]
    version_id: UUID | None
    error_kind: str
    error: str
    remedy: str


@dataclass(frozen=True)
class QuarantinedRow:
    """A failing row: `raw` by name of the file's column (`{"": line}` when the line couldn't be split)."""

    id: UUID
    file: str
    row_number: int
    raw: Mapping[str, str | None]
    reasons: Sequence[Mapping[str, str]]
    state: RowState

    @property
    def can_be_corrected(self) -> bool:
        """Whether its values are known one by one."""
        return "" not in self.raw


@dataclass(frozen=True)
class LiveState:
    """How one receiver of a source of messages stands; `connected_at` None: not connected. `receiver` empty: none yet.

    `rows`: taken; `refused`: kept with a reason; `skipped`: out of scope or no measurement.
    """

    source: str
    title: Localised
    way: Way
    receiver: str
    messages: int
    rows: int
    refused: int
    skipped: int
    duplicates: int
    last_message_at: datetime | None
    connected_at: datetime | None
    problem: str
    seen_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RunFinished(Event):
    """A run ended well."""

    type: ClassVar[str] = "ingest.run_finished"
    slug: str
    run_id: UUID
    version_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class RunFailed(Event):
    """A run ended without a version; the last good one stays."""

    type: ClassVar[str] = "ingest.run_failed"
    slug: str
    run_id: UUID
    error: str


def source_record(row: models.Source) -> Source:
    """Make the record of a stored source."""
    return Source(
        row.id,
        row.slug,
        row.title,
        row.department,
        row.classification,
        row.definition_hash,
        row.schedule,
        row.is_active,
        row.newest_at,
        row.stale_after,
    )


def run_record(row: models.Run, slug: str) -> Run:
    """Make the record of a stored run."""
    return Run(
        row.id,
        slug,
        RunState(row.state),
        Trigger(row.trigger),
        row.started_at,
        row.finished_at,
        row.definition_hash,
        row.files,
        row.bytes,
        row.checksum,
        row.rows_read,
        row.accepted,
        row.quarantined,
        row.skipped,
        row.quality,
        row.observations,
        row.version_id,
        row.error_kind,
        row.error,
        row.remedy,
    )


def row_record(row: models.QuarantinedRow) -> QuarantinedRow:
    """Make the record of a stored quarantined row."""
    return QuarantinedRow(row.id, row.file, row.row_number, orjson.loads(row.raw), row.reasons, RowState(row.state))
