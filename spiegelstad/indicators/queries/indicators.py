"""Reads of indicators: which there are for this actor, and how their computations went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.governance.public import Classification
from spiegelstad.indicators import models
from spiegelstad.indicators.formats.definition import IndicatorDefinition
from spiegelstad.indicators.queries.policy import open_to
from spiegelstad.indicators.rules.figures import Indicator, Target
from spiegelstad.indicators.vocabulary import ComputationState


class UnknownIndicator(NotFound):
    """There is no indicator with this name, or not for this actor."""

    title = "Unknown indicator"


@dataclass(frozen=True, slots=True)
class Computation:
    """One run of an indicator's formula, good or failed. `error` is empty for a good one."""

    id: UUID
    indicator: str
    state: ComputationState
    error: str
    definition_hash: str
    started_at: dt.datetime
    finished_at: dt.datetime
    figure_count: int
    suppressed_count: int
    is_current: bool


def indicators(actor: Actor, *, slugs: Collection[str] | None = None, theme: str | None = None) -> list[Indicator]:
    """Give the indicators this actor may see, by theme and slug; with `slugs` in that order, unknown ones left out."""
    rows = models.Indicator.objects.filter(open_to(actor, "current"), retired_at=None)
    if slugs is not None:
        rows = rows.filter(slug__in=list(slugs))
    if theme is not None:
        rows = rows.filter(theme=theme)
    found = [to_indicator(row) for row in rows.select_related("definition", "current").order_by("theme", "slug")]
    if slugs is not None:
        order = {slug: place for place, slug in enumerate(slugs)}
        found.sort(key=lambda indicator: order[indicator.slug])
    return found


def reading_series(actor: Actor, properties: Collection[str]) -> list[Indicator]:
    """Give the indicators this actor may see that are computed from series of one of these properties. 1 query."""
    rows = models.Indicator.objects.filter(open_to(actor, "current"), retired_at=None).exclude(current=None)
    read = [
        row
        for row in rows.select_related("definition", "current").order_by("theme", "slug")
        if any(one.get("series", {}).get("property") in properties for one in row.definition.body["inputs"].values())
    ]
    return [to_indicator(row) for row in read]


def indicator(actor: Actor, slug: str) -> Indicator:
    """Give one indicator; raises UnknownIndicator."""
    found = indicators(actor, slugs=[slug])
    if not found:
        raise UnknownIndicator(f"There is no indicator {slug!r}.")
    return found[0]


def computations(actor: Actor, slug: str, limit: int = 20) -> list[Computation]:
    """Give the newest computations of an indicator, failed ones too, newest first."""
    one = indicator(actor, slug)
    runs = models.Computation.objects.filter(open_to(actor), indicator__slug=one.slug)
    found = runs.select_related("definition", "indicator").order_by("-finished_at")[:limit]
    return [to_computation(run) for run in found]


def failing(actor: Actor) -> list[Computation]:
    """Give for each indicator whose newest computation failed, as it is defined now, that computation."""
    rows = models.Computation.objects.filter(open_to(actor), indicator__retired_at=None)
    rows = rows.filter(definition=F("indicator__definition"))
    newest = rows.order_by("indicator_id", "-finished_at").distinct("indicator_id")
    found = newest.select_related("definition", "indicator")
    return [to_computation(row) for row in found if row.state == ComputationState.FAILED]


def to_computation(row: models.Computation) -> Computation:
    """Translate a row (with definition and indicator)."""
    return Computation(
        id=row.id,
        indicator=row.indicator.slug,
        state=ComputationState(row.state),
        error=row.error,
        definition_hash=row.definition.hash,
        started_at=row.started_at,
        finished_at=row.finished_at,
        figure_count=row.figure_count,
        suppressed_count=row.suppressed_count,
        is_current=row.indicator.current_id == row.id,
    )


def to_indicator(row: models.Indicator, definition: models.Definition | None = None) -> Indicator:
    """Translate a row (with definition and current), or show it as an older definition said."""
    body = IndicatorDefinition.model_validate((definition or row.definition).body)
    return Indicator(
        slug=row.slug,
        name=body.title,
        explanation=body.explanation,
        unit=body.unit,
        per=body.per or {},
        decimals=body.shown_decimals,
        theme=body.theme,
        direction=body.direction,
        area_types=tuple(body.area_types),
        period=body.period,
        numerator=body.numerator or {},
        denominator=body.denominator or {},
        minimum_cell=body.minimum_cell,
        similarity=body.similarity,
        targets=tuple(Target(t.area_type, t.area_code, t.value, t.on, t.source or {}) for t in body.targets),
        datasets=tuple(row.datasets),
        classification=row.current.classification if row.current else Classification.PUBLIC,
        computation_id=row.current_id,
        computed_at=row.current.finished_at if row.current else None,
    )
