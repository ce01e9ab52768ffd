"""Reads of ingest; the policy filter is inside: a steward sees the sources of own departments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, OuterRef, QuerySet, Subquery

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.governance.public import Thing, may, readable, require
from spiegelstad.ingest import models
from spiegelstad.ingest.acts import OPEN_DESK, SEE, thing_of
from spiegelstad.ingest.errors import UnknownRow, UnknownSource
from spiegelstad.ingest.records import (
    LiveState,
    QuarantinedRow,
    RegisteredSource,
    Run,
    Source,
    row_record,
    run_record,
    source_record,
)
from spiegelstad.ingest.vocabulary import RowState, RunState, Way

PAGE_ROWS = 50


@dataclass(frozen=True)
class DeskLine:
    """A source as the desk lists it, with its last run and how many rows wait in quarantine."""

    source: Source
    last_run: Run | None
    last_good_at: datetime | None
    waiting: int
    failing_rules: int


def _mine(by: Actor) -> QuerySet[models.Source]:
    """The sources that an actor answers for."""
    own = models.Source.objects.filter(tenant_id=by.tenant_id)
    if by.is_system or Role.ADMINISTRATOR in by.roles:
        return own
    return own.filter(department__in=sorted(by.departments)) if Role.STEWARD in by.roles else own.none()


def source_row(by: Actor, slug: str) -> models.Source:
    """Return a stored source of the actor's city; a closed one is not there for who may not read its data."""
    row = models.Source.objects.filter(tenant_id=by.tenant_id, slug=slug).first()
    if row is None or not _exists_for(by, row):
        raise UnknownSource(f"There is no source {slug!r}.")
    return row


def _exists_for(by: Actor, row: models.Source) -> bool:
    return readable(by, row.classification, row.department) or may(by, SEE, thing_of(row)).allowed


def source(by: Actor, slug: str) -> Source:
    """Return one source that the actor answers for."""
    row = source_row(by, slug)
    require(by, SEE, thing_of(row))
    return source_record(row)


def sources(by: Actor) -> list[Source]:
    """Return the sources that the actor answers for and that are read in runs, in the order in which they run."""
    return [source_record(row) for row in _mine(by).filter(is_active=True, way=Way.RUN)]


def live_sources(by: Actor) -> list[LiveState]:
    """Return how the sources of messages that the actor answers for stand, one for each of their receivers."""
    rows = _mine(by).filter(is_active=True).exclude(way=Way.RUN).prefetch_related("intakes")
    return [state for row in rows for state in _live_states(row)]


def _live_states(row: models.Source) -> list[LiveState]:
    none_yet = LiveState(row.slug, row.title, Way(row.way), "", 0, 0, 0, 0, 0, None, None, "", None)
    return [_live_state(row, intake) for intake in row.intakes.all()] or [none_yet]


def _live_state(row: models.Source, intake: models.Intake) -> LiveState:
    counts = (intake.messages, intake.rows, intake.refused, intake.skipped, intake.duplicates)
    moments = (intake.last_message_at, intake.connected_at)
    return LiveState(
        row.slug, row.title, Way(row.way), intake.receiver, *counts, *moments, intake.problem, intake.seen_at
    )


def area_sources(tenant_id: str) -> list[str]:
    """Return the slugs of the sources whose rows become areas: where the areas of a city come from."""
    return [slug for slug, definition in _definitions(tenant_id) if definition.get("areas")]


def observing_sources(tenant_id: str, property: str) -> list[str]:
    """Return the slugs of the sources that give observations of a property: where its series come from."""
    return [
        slug
        for slug, definition in _definitions(tenant_id)
        if any(one["property"] == property for one in definition.get("observations", ()))
    ]


def _definitions(tenant_id: str) -> list[tuple[str, dict[str, Any]]]:
    rows = models.Source.objects.filter(tenant_id=tenant_id, is_active=True).values_list("slug", "definition")
    return [(slug, orjson.loads(definition)) for slug, definition in rows]


def scheduled_sources() -> list[tuple[str, str, str]]:
    """Return (city, source, schedule) of all sources that run by themselves, of every city; for the worker."""
    found = models.Source.objects.filter(is_active=True).exclude(schedule="")
    return list(found.values_list("tenant_id", "slug", "schedule"))


def runs(by: Actor, slug: str, limit: int = 20) -> list[Run]:
    """Return the last runs of a source, newest first."""
    row = source_row(by, slug)
    require(by, SEE, thing_of(row))
    return [run_record(run, slug) for run in row.runs.order_by("-started_at")[:limit]]


def last_good_run(by: Actor, slug: str) -> Run | None:
    """Return the last run of a source that made or confirmed its data."""
    row = source_row(by, slug)
    require(by, SEE, thing_of(row))
    run = row.runs.filter(state=RunState.SUCCEEDED).order_by("-started_at").first()
    return run_record(run, slug) if run else None


def is_current(by: Actor, slug: str) -> bool:
    """Whether the last good run of a source was with its present definition."""
    row = source_row(by, slug)
    require(by, SEE, thing_of(row))
    last = row.runs.filter(state__in=[RunState.SUCCEEDED, RunState.UNCHANGED]).order_by("-started_at").first()
    return last is not None and last.definition_hash == row.definition_hash


def quarantine(by: Actor, slug: str, *, rule: str = "", page: int = 1) -> tuple[list[QuarantinedRow], int]:
    """Return a page of 50 rows in quarantine and how many there are; `rule`: only those that fail this rule."""
    row = source_row(by, slug)
    require(by, SEE, thing_of(row))
    found = models.QuarantinedRow.objects.filter(tenant_id=by.tenant_id, source=row)
    if rule:
        kind, _, column = rule.partition(":")
        found = found.filter(reasons__contains=[{"rule": kind, "column": column}])
    start = (max(page, 1) - 1) * PAGE_ROWS
    ordered = found.order_by("file", "row_number")[start : start + PAGE_ROWS]
    return [row_record(one) for one in ordered], found.count()


def waiting_corrections(by: Actor, slug: str) -> int:
    """Return how many corrected rows wait for a replay."""
    row = source_row(by, slug)
    require(by, SEE, thing_of(row))
    corrected = models.QuarantinedRow.objects.filter(source=row, tenant_id=by.tenant_id, state=RowState.CORRECTED)
    return corrected.count()


def row_of(by: Actor, row_id: UUID) -> models.QuarantinedRow:
    """Return a stored quarantined row of the actor's city, under the same condition as its source."""
    row = models.QuarantinedRow.objects.select_related("source").filter(tenant_id=by.tenant_id, id=row_id).first()
    if row is None or not _exists_for(by, row.source):
        raise UnknownRow("This row isn't in quarantine any more.", remedy="Look at the rows of the last run.")
    return row


def quarantined_row(by: Actor, row_id: UUID) -> tuple[QuarantinedRow, Source, dict[str, str | None]]:
    """Return one row in quarantine, its source, and the values as corrected before (or as they are)."""
    row = row_of(by, row_id)
    require(by, SEE, thing_of(row.source))
    record = row_record(row)
    correction = models.Correction.objects.filter(source=row.source, digest=row.digest).first()
    values = dict(record.raw)
    if correction:
        values = orjson.loads(correction.corrected)
    return record, source_record(row.source), values


def reason_counts(by: Actor, slug: str) -> list[tuple[str, str, str, int]]:
    """Return (rule, column, limit, rows that fail) of the last run's checks that failed, most first."""
    last = next((run for run in runs(by, slug, 1)), None)
    failed = [check for check in last.quality if int(str(check["failed"]))] if last else []
    rows = [(*_split(str(check["rule"])), str(check["column"]), int(str(check["failed"]))) for check in failed]
    return sorted(((rule, column, limit, count) for rule, limit, column, count in rows), key=lambda row: -row[3])


def _split(rule: str) -> tuple[str, str]:
    kind, _, limit = rule.partition(" ")
    return kind, limit


def desk(by: Actor) -> list[DeskLine]:
    """Return the sources that the actor answers for with how they stand, in four queries; none for other staff."""
    require(by, OPEN_DESK, Thing("desk", "", by.tenant_id))
    newest = models.Run.objects.filter(source=OuterRef("pk")).order_by("-started_at")
    good = newest.filter(state__in=[RunState.SUCCEEDED, RunState.UNCHANGED])
    rows = list(
        _mine(by)
        .filter(is_active=True, way=Way.RUN)
        .annotate(last_run_id=Subquery(newest.values("id")[:1]), last_good_at=Subquery(good.values("finished_at")[:1]))
    )
    last = models.Run.objects.in_bulk([row.last_run_id for row in rows if row.last_run_id])
    waiting = dict(
        models.QuarantinedRow.objects.filter(tenant_id=by.tenant_id, source__in=rows, state=RowState.OPEN)
        .values_list("source")
        .annotate(count=Count("id"))
    )
    return [_line(row, last.get(row.last_run_id), waiting.get(row.id, 0)) for row in rows]


def _line(row: models.Source, run: models.Run | None, waiting: int) -> DeskLine:
    failing = sum(1 for check in run.quality if check["failed"]) if run else 0
    return DeskLine(
        source_record(row),
        run_record(run, row.slug) if run else None,
        row.last_good_at,  # type: ignore[attr-defined]  # annotated
        waiting,
        failing,
    )


def corrections_of(source_id: UUID) -> dict[str, str]:
    """Return the corrected raw row for the SHA-256 of each raw row that was corrected."""
    return dict(models.Correction.objects.filter(source_id=source_id).values_list("digest", "corrected"))


def registered_sources(actor: Actor) -> list[RegisteredSource]:
    """Return the sources of the actor's city, for the register that everyone reads. 1 query."""
    rows = models.Source.objects.filter(tenant_id=actor.tenant_id, is_active=True).order_by("slug")
    return [_registered(row, orjson.loads(row.definition)) for row in rows]


def _registered(row: models.Source, definition: dict[str, Any]) -> RegisteredSource:
    return RegisteredSource(
        slug=row.slug,
        title=row.title,
        department=row.department,
        classification=row.classification,
        classification_reason=definition.get("classification_reason", ""),
        way=Way(row.way),
        publisher=definition.get("publisher", ""),
        legal_basis=definition.get("legal_basis", ""),
        processing=definition.get("processing", ""),
        retention_days=definition.get("retention_days"),
        review_on=date.fromisoformat(definition["review_on"]) if definition.get("review_on") else None,
        is_authoritative=definition.get("authoritative", False),
        contact=(definition.get("contact") or {}).get("name", ""),
        entity_type=(definition.get("entities") or {}).get("type", ""),
    )
