"""How good data is, over time and by department, and what it should be."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import visible
from spiegelstad.stewardship import models
from spiegelstad.stewardship.rules import Course, Gap, Measures, Standing, league, value_on
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
    """The league table, the course of each department's mean since `SHOWN`, and the titles of what is named in it."""

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
    """Return how the departments do with the data that the actor may read. 2 queries."""
    today = now().astimezone(BRUSSELS).date()
    courses, counts, steps = _by_department(actor, today - SHOWN)
    standings = [
        Standing(name, counts[name], value_on(course, today), value_on(course, today - BEFORE), steps.get(name))
        for name, course in courses.items()
    ]
    named = catalogue.registered(actor, catalogue.Which(slugs=[step.slug for step in steps.values()]))
    return Overview(league(standings), courses, {one.slug: one.title for one in named})


def _by_department(actor: Actor, since: dt.date) -> tuple[dict[str, Course], dict[str, int], dict[str, Gap]]:
    """Return the mean of each department since a day, of how many datasets it is now, and the largest gap."""
    counted, values = _counted(actor).query.sql_with_params()
    params = {f"row_{number}": value for number, value in enumerate(values)}
    named = counted % tuple(f"%({name})s" for name in params)
    statement = sql.load(__file__, "quality").replace("{rows}", named)
    courses, counts, steps = defaultdict[str, Course](list), dict[str, int](), dict[str, Gap]()
    for name, day, total, datasets, slug, dimension, share, target in sql.rows(
        statement, {"tenant": actor.tenant_id, "since": since, **params}
    ):
        if day is None:
            steps[name] = Gap(slug, Dimension(dimension), share, target)
        else:
            counts[name] = int(datasets)
            courses[name] += [(day, total / counts[name])] if counts[name] else []
    return {name: course for name, course in courses.items() if course}, counts, steps


def _counted(actor: Actor) -> QuerySet[models.Measurement, dict[str, Any]]:
    """Return the measurements that count for an actor: as `is_measured` says, of what the actor may read."""
    ours = models.Measurement.objects.filter(
        visible(actor, "dataset__"), tenant_id=actor.tenant_id, dataset__status__in=sorted(_LIVING), dataset__uri=""
    ).exclude(dataset__current__lineage__activity="freeze")
    of_dataset = {name: F(f"dataset__{name}") for name in ("department", "slug", "theme")}
    counted: QuerySet[models.Measurement, dict[str, Any]] = ours.values("dataset_id", "on", *Dimension, **of_dataset)
    return counted
