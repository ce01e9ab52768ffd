"""Computing figures: only what is affected, all of it or nothing, and never bad figures in the place of good ones."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.db import connection, transaction

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import events, sql
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.base.progress import Progress, Silent
from spiegelstad.governance.public import Act, Thing, record, require
from spiegelstad.indicators import models
from spiegelstad.indicators.actions.inputs import Inputs, Resolved
from spiegelstad.indicators.formats.copy_rows import COLUMNS, copy_rows
from spiegelstad.indicators.formats.definition import Definition, parse_definition
from spiegelstad.indicators.queries.indicators import Computation, UnknownIndicator, to_computation
from spiegelstad.indicators.queries.running import ENGINE, Geography, Job, Outcome, run_jobs
from spiegelstad.indicators.vocabulary import ComputationState

COMPUTE = Act(
    "indicators.compute",
    roles=frozenset({Role.STEWARD, Role.ANALYST, Role.ADMINISTRATOR}),
    department_bound=False,
)


@dataclass(frozen=True, kw_only=True)
class FiguresComputed(events.Event):
    """Indicators of a city have new current figures; `slugs` says which."""

    type: ClassVar[str] = "indicators.figures_computed"
    slugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Planned:
    """An indicator that needs computing, with everything that decides what comes out."""

    row: models.Indicator
    definition: Definition
    resolved: Resolved
    fingerprint: str


def compute(*, by: Actor, slugs: Collection[str] | None = None, progress: Progress | None = None) -> list[Computation]:
    """Compute the indicators whose definition or inputs changed since their last good computation.

    `slugs` limits it to some. Gives the new computations, failed ones too; an indicator that is up to date, or that
    waits for a dataset without data (see `waiting`), has none. A second call at the same time waits for the first.
    """
    require(by, COMPUTE, Thing("indicator", "*", by.tenant_id))
    with _one_at_a_time(by.tenant_id):
        rows = _rows(by.tenant_id, slugs)
        inputs = Inputs(by.tenant_id)
        planned = list(_plan(rows, inputs))
        geography = Geography.of(inputs.areas)
        jobs = [Job(one.definition, one.resolved.tables, geography) for one in planned]
        system = Actor.system(by.tenant_id, "indicators")
        outcomes = run_jobs(system, jobs, progress or Silent())
        return _write(by, planned, outcomes) if planned else []


def waiting(*, tenant_id: str) -> dict[str, list[str]]:
    """Give for each indicator that can't be computed yet the slugs of the datasets that have no data."""
    inputs = Inputs(tenant_id)
    found = {row.slug: inputs.missing(_definition(row)) for row in _rows(tenant_id, None)}
    return {slug: missing for slug, missing in found.items() if missing}


def _rows(tenant_id: str, slugs: Collection[str] | None) -> list[models.Indicator]:
    found = models.Indicator.objects.filter(tenant_id=tenant_id, retired_at=None)
    if slugs is not None:
        found = found.filter(slug__in=list(slugs))
    rows = list(found.select_related("definition", "current").order_by("slug"))
    if unknown := sorted(set(slugs or ()) - {row.slug for row in rows}):
        raise UnknownIndicator(f"There is no indicator {', '.join(unknown)}.")
    return rows


def _definition(row: models.Indicator) -> Definition:
    return parse_definition(row.definition.body, row.definition.sql)


def _plan(rows: Sequence[models.Indicator], inputs: Inputs) -> Iterator[_Planned]:
    """Give what must be computed: everything is there, and something differs from the current computation."""
    for row in rows:
        definition = _definition(row)
        if inputs.missing(definition):
            continue
        resolved = inputs.resolve(definition)
        fingerprint = _fingerprint(row.definition.hash, resolved)
        if row.current is None or row.current.fingerprint != fingerprint:
            yield _Planned(row, definition, resolved, fingerprint)


def _fingerprint(definition_hash: str, resolved: Resolved) -> str:
    parts = [definition_hash, *(f"{name}={version}" for name, version in sorted(resolved.tables.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@contextmanager
def _one_at_a_time(tenant_id: str) -> Iterator[None]:
    """Hold the city's lock for computing; PostgreSQL lets go of it when this process dies."""
    key = int.from_bytes(hashlib.sha256(f"indicators.compute {tenant_id}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _write(by: Actor, planned: Sequence[_Planned], outcomes: Sequence[Outcome]) -> list[Computation]:
    """Write computations, their inputs and figures in one transaction, and make the good ones current."""
    rows = [_computation(by, one, outcome) for one, outcome in zip(planned, outcomes, strict=True)]
    good = [
        (row, one, outcome.cells)
        for row, one, outcome in zip(rows, planned, outcomes, strict=True)
        if outcome.cells is not None
    ]
    with transaction.atomic():
        models.Computation.objects.bulk_create(rows)
        models.ComputationInput.objects.bulk_create(
            models.ComputationInput(tenant_id=by.tenant_id, computation=row, name=name, version_id=version)
            for row, one in zip(rows, planned, strict=True)
            for name, version in one.resolved.tables.items()
        )
        if good:
            _copy(copy_rows(by.tenant_id, [(row.id, cells) for row, _, cells in good]))
            _make_current([(one.row, row) for row, one, _ in good])
            slugs = tuple(one.row.slug for _, one, _ in good)
            events.record(FiguresComputed(tenant_id=by.tenant_id, slugs=slugs))
        details = {one.row.slug: row.state for row, one in zip(rows, planned, strict=True)}
        record(by, COMPUTE, Thing("indicator", "*", by.tenant_id), details=details)
    return [to_computation(row) for row in rows]


def _computation(by: Actor, one: _Planned, outcome: Outcome) -> models.Computation:
    cells = outcome.cells
    return models.Computation(
        id=new_id(),
        tenant_id=by.tenant_id,
        indicator=one.row,
        definition=one.row.definition,
        state=ComputationState.FAILED if cells is None else ComputationState.SUCCEEDED,
        error=outcome.error,
        fingerprint=one.fingerprint,
        engine=ENGINE,
        by={"kind": by.kind.value, "id": by.id, "name": by.name},
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        figure_count=0 if cells is None else len(cells),
        suppressed_count=0 if cells is None else int(cells.suppressed.sum()),
        classification=one.resolved.classification,
        released=one.definition.yaml.release is not None,
    )


def _copy(rows: bytes) -> None:
    with sql.cursor() as cursor:
        statement = f"COPY indicators_figure ({', '.join(COLUMNS)}) FROM STDIN (FORMAT csv)"
        with cursor.copy(statement) as copy:
            copy.write(rows)


def _make_current(pairs: Sequence[tuple[models.Indicator, models.Computation]]) -> None:
    """Put computations in the place of the ones before, which keep their figures and say what replaced them."""
    at = now()
    replaced: list[models.Computation] = []
    for indicator, computation in pairs:
        if indicator.current is not None:
            indicator.current.superseded_by, indicator.current.superseded_at = computation, at
            replaced.append(indicator.current)
        indicator.current = computation
    models.Computation.objects.bulk_update(replaced, ["superseded_by", "superseded_at"])
    models.Indicator.objects.bulk_update([indicator for indicator, _ in pairs], ["current"])


def affected(tenant_id: str, dataset: str) -> list[str]:
    """Give the slugs of the indicators that read a dataset."""
    found = models.Indicator.objects.filter(tenant_id=tenant_id, retired_at=None, datasets__contains=[dataset])
    return sorted(found.values_list("slug", flat=True))


def recompute_after(*, tenant_id: str, dataset: str, version_id: UUID) -> list[Computation]:
    """Compute what a new version of a dataset affects; nothing when it has been computed already."""
    slugs = affected(tenant_id, dataset)
    return compute(by=Actor.system(tenant_id, f"new version {version_id}"), slugs=slugs) if slugs else []
