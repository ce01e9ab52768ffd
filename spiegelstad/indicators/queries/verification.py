"""Proving figures: recompute them from their recorded inputs and compare to the digit.

Everything is checked that could have been changed: the definition against its hash, every input file against its hash,
the number of figures, and each figure against a new run of the recorded SQL over the recorded versions.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from spiegelstad.accounts.public import Actor
from spiegelstad.base.progress import Progress, Silent
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators import models
from spiegelstad.indicators.formats.definition import definition_hash, parse_definition
from spiegelstad.indicators.queries.origin import UnknownFigure
from spiegelstad.indicators.queries.policy import open_to
from spiegelstad.indicators.queries.running import Geography, Job, Outcome, run_jobs
from spiegelstad.indicators.rules.hierarchy import from_table
from spiegelstad.indicators.rules.output import Cells
from spiegelstad.indicators.vocabulary import AREAS, ComputationState

_ALL_AREAS = "SELECT * FROM areas"
CellKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that isn't as it was recorded. No `figure_id`: a whole computation is meant, or its row is gone."""

    indicator: str
    computation_id: UUID
    what: str
    figure_id: UUID | None = None
    area_type: str = ""
    area_code: str = ""
    period: str = ""
    recorded: float | str | None = None
    recomputed: float | str | None = None


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """How many figures (and computations) were recomputed, and every difference found."""

    figures: int
    computations: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether all was as recorded."""
        return not self.differences


def verify(
    actor: Actor, ids: Collection[UUID] | Literal["all"] = "all", *, progress: Progress | None = None
) -> VerifyResult:
    """Recompute figures (or all current and old ones this actor may see) and compare them to the digit."""
    runs = models.Computation.objects.filter(open_to(actor), state=ComputationState.SUCCEEDED)
    wanted = None if ids == "all" else set(ids)
    if wanted is not None:
        rows = models.Figure.objects.filter(tenant_id=actor.tenant_id, id__in=wanted)
        found = dict(rows.values_list("id", "computation_id"))
        runs = runs.filter(pk__in=set(found.values()))
        seen = set(runs.values_list("pk", flat=True))
        if missing := sorted(str(id_) for id_ in wanted if found.get(id_) not in seen):
            raise UnknownFigure(f"There is no figure {', '.join(missing)}.")
    chosen = list(runs.select_related("definition", "indicator").order_by("indicator__slug", "started_at"))
    return _Verification(actor.tenant_id, wanted, progress or Silent()).of(chosen)


class _Verification:
    """One round: files are hashed once, areas are read once a version, formulas run side by side."""

    def __init__(self, tenant_id: str, wanted: set[UUID] | None, progress: Progress) -> None:
        self.system = Actor.system(tenant_id, "indicators")
        self.wanted, self.progress = wanted, progress
        self.damaged: dict[UUID, str] = {}
        self.geographies: dict[UUID, Geography] = {}

    def of(self, runs: Sequence[models.Computation]) -> VerifyResult:
        tables = {run.pk: dict(run.inputs.values_list("name", "version_id")) for run in runs}
        self._check_files({version for inputs in tables.values() for version in inputs.values()})
        differences: list[Difference] = []
        sound: list[models.Computation] = []
        for run in runs:
            broken = list(self._broken_ground(run, tables[run.pk]))
            differences += broken
            sound += [] if broken else [run]
        jobs = [self._job(run, tables[run.pk]) for run in sound]
        figures = 0
        for run, outcome in zip(sound, run_jobs(self.system, jobs, self.progress), strict=True):
            compared, found = self._compare(run, outcome)
            figures += compared
            differences += found
        return VerifyResult(figures, len(runs), tuple(differences))

    def _check_files(self, ids: Collection[UUID]) -> None:
        versions = catalogue.versions_by_id(self.system, list(ids))
        for id_ in ids:
            if id_ not in versions:
                self.damaged[id_] = "the version is gone"
                continue
            one = versions[id_]
            try:
                with catalogue.parquet_path(id_).open("rb") as file:
                    intact = hashlib.file_digest(file, "sha256").hexdigest() == one.content_hash
            except OSError:
                self.damaged[id_] = f"the file of {one.slug} version {one.number} is missing"
            else:
                if not intact:
                    self.damaged[id_] = f"the file of {one.slug} version {one.number} was changed"

    def _broken_ground(self, run: models.Computation, inputs: dict[str, UUID]) -> Iterator[Difference]:
        if definition_hash(run.definition.body, run.definition.sql) != run.definition.hash:
            yield Difference(run.indicator.slug, run.pk, "the definition was changed")
        if AREAS not in inputs:
            yield Difference(run.indicator.slug, run.pk, "the record of its inputs was changed")
        for version in inputs.values():
            if version in self.damaged:
                yield Difference(run.indicator.slug, run.pk, self.damaged[version])

    def _job(self, run: models.Computation, inputs: dict[str, UUID]) -> Job:
        version = inputs[AREAS]
        if version not in self.geographies:
            table = catalogue.query(self.system, _ALL_AREAS, tables={AREAS: version})
            self.geographies[version] = Geography.of(from_table(table))
        definition = parse_definition(run.definition.body, run.definition.sql)
        return Job(definition, inputs, self.geographies[version])

    def _compare(self, run: models.Computation, outcome: Outcome) -> tuple[int, list[Difference]]:
        if outcome.cells is None:
            return 0, [Difference(run.indicator.slug, run.pk, f"it can't be recomputed: {outcome.error}")]
        rows = models.Figure.objects.filter(tenant_id=run.tenant_id, computation=run)
        recomputed = dict(_cells(outcome.cells))
        recorded: dict[CellKey, tuple[UUID, tuple[Any, ...]]] = {
            (kind, code, period): (id_, tuple(numbers))
            for id_, kind, code, period, *numbers in rows.values_list(
                "id", "area_type", "area_code", "period", "value", "numerator", "denominator", "suppressed"
            ).iterator(chunk_size=10_000)
        }
        keys = sorted(recomputed.keys() | recorded.keys())
        if self.wanted is not None:
            keys = [key for key in keys if key in recorded and recorded[key][0] in self.wanted]
        found = [one for key in keys for one in _differences(run, key, recorded.get(key), recomputed.get(key))]
        return len(keys), found


def _cells(cells: Cells) -> Iterator[tuple[CellKey, tuple[Any, ...]]]:
    keys = zip(cells.area_type.to_pylist(), cells.area_code.to_pylist(), cells.period.to_pylist(), strict=True)
    numbers = zip(
        cells.value.tolist(),
        cells.numerator.tolist(),
        cells.denominator.tolist(),
        cells.suppressed.tolist(),
        strict=True,
    )
    for key, (*values, suppressed) in zip(keys, numbers, strict=True):
        yield key, (*(None if math.isnan(value) else value for value in values), suppressed)


def _differences(
    run: models.Computation,
    key: CellKey,
    recorded: tuple[UUID, tuple[Any, ...]] | None,
    recomputed: tuple[Any, ...] | None,
) -> Iterator[Difference]:
    if recorded is None:
        yield Difference(run.indicator.slug, run.pk, "the figure is gone", None, *key)
    elif recomputed is None:
        yield Difference(run.indicator.slug, run.pk, "the figure was added", recorded[0], *key)
    else:
        names = ("value", "numerator", "denominator", "suppressed")
        for name, was, comes_out in zip(names, recorded[1], recomputed, strict=True):
            if was != comes_out:
                yield Difference(run.indicator.slug, run.pk, f"{name} differs", recorded[0], *key, was, comes_out)
