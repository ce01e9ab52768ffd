"""How good data is, over time and by department, and what it should be."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.stewardship import models
from spiegelstad.stewardship.rules import Course, Gap, Measures, Standing, course, gaps, league, score, value_on
from spiegelstad.stewardship.vocabulary import Dimension

BEFORE = dt.timedelta(days=30)
SHOWN = dt.timedelta(days=183)
_LIVING = frozenset({catalogue.Status.PUBLISHED, catalogue.Status.DEPRECATED})


@dataclass(frozen=True, slots=True)
class Measured:
    """How good a dataset was from a day on, until the next."""

    on: dt.date
    measures: Measures
    errors: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target: of the dataset itself, or else of its theme."""

    dimension: Dimension
    share: float
    reason: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class ThemeTarget:
    """What all data of a theme should have, and why."""

    theme: catalogue.Theme
    dimension: Dimension
    share: float
    reason: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A target that was missed; `ended_at` None as long as it is."""

    dimension: Dimension
    share: float
    target: float
    noticed_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The league table, the course of each department's mean, and the titles of what is named in it."""

    standings: list[Standing]
    courses: Mapping[str, Course]
    titles: Mapping[str, str | Mapping[str, str]]


def is_measured(dataset: catalogue.Dataset) -> bool:
    """Whether a dataset is one that somebody keeps: it lives, is kept here, and was not frozen for a calculation."""
    made_by = dataset.current.lineage.activity if dataset.current else ""
    return dataset.status in _LIVING and not dataset.uri and made_by != "freeze"


def measures_of(row: models.Measurement) -> Measures:
    """Return what a stored measurement holds."""
    return {one: getattr(row, one) for one in Dimension if getattr(row, one) is not None}


def history(dataset: catalogue.Dataset, since: dt.date) -> list[Measured]:
    """Return how good a dataset was, from the row that held on `since` to today. 1 query."""
    rows = list(models.Measurement.objects.filter(dataset_id=dataset.id).order_by("on"))
    first = max((row.on for row in rows if row.on <= since), default=since)
    return [Measured(row.on, measures_of(row), row.errors) for row in rows if row.on >= first]


def wanted(dataset: catalogue.Dataset) -> dict[Dimension, Wanted]:
    """Return the targets of a dataset by dimension. 1 query."""
    return targets_of(_targets(dataset.tenant_id), dataset)


def targets_of(rows: Iterable[models.Target], dataset: catalogue.Dataset) -> dict[Dimension, Wanted]:
    """Choose the targets that hold for a dataset: its own go before those of its theme."""
    found: dict[Dimension, Wanted] = {}
    for row in sorted(rows, key=lambda row: row.dataset_id is not None):
        if row.dataset_id == dataset.id or (row.dataset_id is None and row.theme == dataset.theme):
            one = Dimension(row.dimension)
            found[one] = Wanted(one, row.share, row.reason, row.dataset_id is not None)
    return found


def missed(dataset: catalogue.Dataset) -> list[Missed]:
    """Return the newest times in which a dataset missed a target. 1 query."""
    rows = models.Alert.objects.filter(dataset_id=dataset.id).order_by("-noticed_at")[:20]
    return [Missed(Dimension(row.dimension), row.share, row.target, row.noticed_at, row.ended_at) for row in rows]


def theme_targets(actor: Actor) -> list[ThemeTarget]:
    """Return the targets of the city by theme. 1 query."""
    rows = models.Target.objects.filter(tenant_id=actor.tenant_id, dataset=None).order_by("theme", "dimension")
    return [ThemeTarget(catalogue.Theme(row.theme), Dimension(row.dimension), row.share, row.reason) for row in rows]


def _targets(tenant_id: str) -> list[models.Target]:
    return list(models.Target.objects.filter(tenant_id=tenant_id))


def overview(actor: Actor) -> Overview:
    """Return how the departments do with the data that the actor may read. 3 queries."""
    datasets = {one.id: one for one in catalogue.datasets(actor) if is_measured(one)}
    today = now().astimezone(BRUSSELS).date()
    rows: dict[str, list[models.Measurement]] = defaultdict(list)
    for row in _measurements(actor.tenant_id, today - SHOWN):
        if row.dataset_id in datasets:
            rows[datasets[row.dataset_id].department].append(row)
    courses = {name: course((row.on, row.dataset_id, score(measures_of(row))) for row in rows[name]) for name in rows}
    targets = _targets(actor.tenant_id)
    standings = [
        Standing(
            department,
            len({row.dataset_id for row in rows[department]}),
            value_on(courses[department], today),
            value_on(courses[department], today - BEFORE),
            _largest_gap(rows[department], datasets, targets),
        )
        for department in rows
    ]
    return Overview(league(standings), courses, {one.slug: one.title for one in datasets.values()})


def _measurements(tenant_id: str, since: dt.date) -> QuerySet[models.Measurement]:
    """Return what was measured since a day, and of each dataset what held on it, by day."""
    own = models.Measurement.objects.filter(tenant_id=tenant_id)
    held = own.filter(on__lt=since).order_by("dataset_id", "-on").distinct("dataset_id")
    return own.filter(Q(on__gte=since) | Q(pk__in=held.values("pk"))).order_by("on")


def _largest_gap(
    rows: Iterable[models.Measurement],
    datasets: Mapping[UUID, catalogue.Dataset],
    targets: Sequence[models.Target],
) -> Gap | None:
    last = {row.dataset_id: row for row in rows}
    found: list[Gap] = []
    for dataset_id, row in last.items():
        dataset = datasets[dataset_id]
        wanted_here = {one: target.share for one, target in targets_of(targets, dataset).items()}
        found += gaps(dataset.slug, measures_of(row), wanted_here)[:1]
    return max(found, key=lambda gap: (gap.size, gap.slug), default=None)
