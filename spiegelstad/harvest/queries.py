"""Reads of harvest: sources, runs and the report of what is wrong at a source; for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.governance.public import Thing, may, require
from spiegelstad.harvest import models
from spiegelstad.harvest.acts import RUN, SEE, thing_of
from spiegelstad.harvest.records import Record, Run, Source, record_record, run_record, source_record
from spiegelstad.harvest.vocabulary import RecordState

PAGE_RECORDS = 50


class UnknownSource(NotFound):
    """This city has no such harvest source, or not for this actor."""

    title = "Unknown source"


@dataclass(frozen=True)
class Line:
    """A source as the list shows it."""

    source: Source
    last_run: Run | None
    taken: int
    quarantined: int


def source_row(by: Actor, slug: str) -> models.Source:
    """Return a stored source of the actor's city."""
    row = models.Source.objects.filter(tenant_id=by.tenant_id, slug=slug, is_active=True).first()
    if row is None or not may(by, SEE, thing_of(row)).allowed:
        raise UnknownSource(f"There is no harvest source {slug!r}.")
    return row


def source(by: Actor, slug: str) -> Source:
    """Return one source."""
    return source_record(source_row(by, slug))


def may_run(by: Actor, source: Source) -> bool:
    """Whether the actor may have this source read."""
    return may(by, RUN, Thing("harvest source", source.slug, by.tenant_id, department=source.department)).allowed


def sources(by: Actor) -> list[Line]:
    """Return the sources of the city with how they stand, in three queries."""
    require(by, SEE, Thing("harvest sources", by.tenant_id, by.tenant_id))
    newest = models.Run.objects.filter(source=OuterRef("pk")).order_by("-started_at")
    rows = list(
        models.Source.objects.filter(tenant_id=by.tenant_id, is_active=True).annotate(
            last_run_id=Subquery(newest.values("id")[:1]),
            taken=Count("records", filter=Q(records__state=RecordState.TAKEN)),
            quarantined=Count("records", filter=Q(records__state=RecordState.QUARANTINED)),
        )
    )
    last = models.Run.objects.in_bulk([row.last_run_id for row in rows if row.last_run_id])
    return [
        Line(source_record(row), run_record(run, row.slug) if (run := last.get(row.last_run_id)) else None,
             row.taken, row.quarantined)
        for row in rows
    ]  # fmt: skip


def runs(by: Actor, slug: str, limit: int = 20) -> list[Run]:
    """Return the last runs of a source, newest first."""
    row = source_row(by, slug)
    return [run_record(run, slug) for run in row.runs.order_by("-started_at")[:limit]]


def report(by: Actor, slug: str) -> Sequence[Record]:
    """Return the records of a source with something wrong, those that could not be used first."""
    return [record_record(row) for row in _wrong(by, slug)]


def report_page(by: Actor, slug: str, page: int, *, quarantined: bool = False) -> tuple[Sequence[Record], int]:
    """Return a page of `PAGE_RECORDS` records with something wrong, and how many there are."""
    rows = _wrong(by, slug)
    rows = rows.filter(state=RecordState.QUARANTINED) if quarantined else rows
    start = (max(page, 1) - 1) * PAGE_RECORDS
    return [record_record(row) for row in rows[start : start + PAGE_RECORDS]], rows.count()


def _wrong(by: Actor, slug: str) -> QuerySet[models.Record]:
    rows = source_row(by, slug).records.exclude(findings=[]).exclude(state=RecordState.GONE)
    return rows.order_by("state", "key")


def records(by: Actor, slug: str) -> Sequence[Record]:
    """Return every record of a source, by key."""
    return [record_record(row) for row in source_row(by, slug).records.order_by("key")]


def statements(tenant_id: str, slugs: Sequence[str]) -> dict[str, str]:
    """Return what their sources say more of these datasets than the catalogue has fields for: N-Triples by slug."""
    found = models.Record.objects.filter(tenant_id=tenant_id, slug__in=slugs, state=RecordState.TAKEN)
    return dict(found.exclude(statements="").values_list("slug", "statements"))


def scheduled_sources() -> list[tuple[str, str, str]]:
    """Return (city, source, schedule) of all sources that are read by themselves, of every city; for the worker."""
    found = models.Source.objects.filter(is_active=True).exclude(schedule="")
    return list(found.values_list("tenant_id", "slug", "schedule"))
