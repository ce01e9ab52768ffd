"""Reads of current figures: lists, time series, maps, rankings, the newest of an area. Each one or two queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.errors import TooLarge
from spiegelstad.indicators.queries.indicators import indicator as one_indicator
from spiegelstad.indicators.queries.indicators import indicators
from spiegelstad.indicators.rules.figures import Figure, Indicator, Latest, Ranked, rank
from spiegelstad.indicators.vocabulary import PERIOD_LENGTH

MAX_FIGURES = 200_000
_ROOM = Path(__file__).parent

AreaKey = tuple[str, str]
"""Area type and area code."""


class TooManyFigures(TooLarge):
    """More figures than are given at once."""

    title = "Too many figures"


@dataclass(frozen=True, slots=True)
class Choropleth:
    """One indicator over all areas of a type in one period, with all periods there are (for a time slider)."""

    indicator: Indicator
    area_type: str
    period: str
    periods: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """A chosen table: figures of several indicators, ordered by indicator, area and period."""

    indicators: tuple[Indicator, ...]
    figures: tuple[Figure, ...]
    is_cut: bool


def figures(
    actor: Actor,
    indicator: str,
    *,
    area_type: str | None = None,
    areas: Collection[str] | None = None,
    periods: Collection[str] | None = None,
) -> list[Figure]:
    """Give the current figures of an indicator (by slug), by area and period. 2 queries. Raises TooManyFigures."""
    wanted = _Wanted(area_type, areas, periods, MAX_FIGURES + 1)
    return all_of(_figures(actor, [one_indicator(actor, indicator)], wanted))


def all_of(found: list[Figure]) -> list[Figure]:
    """Give these figures when they are no more than are given at once, else raise TooManyFigures."""
    if len(found) > MAX_FIGURES:
        remedy = "Ask for one kind of area, fewer indicators or a shorter time."
        raise TooManyFigures(f"These are more than {MAX_FIGURES:,} figures.", remedy=remedy)
    return found


def periods(actor: Actor, indicator: Indicator, area_type: str | None = None) -> list[str]:
    """Give the periods an indicator has figures for (of an area type), the oldest first. 1 query."""
    params = {
        "tenant": actor.tenant_id,
        "computation": indicator.computation_id,
        "length": PERIOD_LENGTH[indicator.period],
        "area_type": area_type,
    }
    return [period for (period,) in sql.rows(sql.load(_ROOM, "periods_of_computation"), params)]


def choropleth(actor: Actor, indicator: str, area_type: str, period: str | None = None) -> Choropleth:
    """Give one indicator for every area of a type, in this period or the newest. 3 queries."""
    shown = one_indicator(actor, indicator)
    known = periods(actor, shown, area_type)
    wanted = period if period in known else (known[-1] if known else "")
    found = _figures(actor, [shown], _Wanted(area_type, None, [wanted], MAX_FIGURES))
    return Choropleth(shown, area_type, wanted, tuple(known), tuple(found))


def ranking(actor: Actor, indicator: str, area_type: str, period: str | None = None) -> list[Ranked]:
    """Give the areas of a type from best to worst in a period (default the newest); those without a value left out."""
    shown = choropleth(actor, indicator, area_type, period)
    return rank(list(shown.figures), shown.indicator.direction)


def latest(
    actor: Actor, area_type: str, area_code: str, *, slugs: Collection[str] | None = None, theme: str | None = None
) -> list[Latest]:
    """Give the newest figure of every indicator in an area, with the one before and its target. 2 queries.

    Indicators without a figure there are left out. `slugs` chooses and orders.
    """
    chosen = indicators(actor, slugs=slugs, theme=theme)
    found = newest(actor, chosen, [(area_type, area_code)], depth=2)
    return [
        Latest(one, own[0], own[1] if len(own) > 1 else None, one.target_for(area_type, area_code))
        for one in chosen
        if (own := found.get((one.slug, area_type, area_code)))
    ]


def explore(
    actor: Actor,
    slugs: Sequence[str],
    *,
    area_type: str,
    areas: Collection[str] | None = None,
    periods: Collection[str] | None = None,
    since: str = "",
    until: str = "",
    limit: int = 50_000,
) -> Explored:
    """Give figures of several indicators × areas × periods, at most `limit`. 2 queries.

    `since`, `until`: the first and last year, month or day; figures without a period always count.
    """
    chosen = indicators(actor, slugs=slugs)
    found = _figures(actor, chosen, _Wanted(area_type, areas, periods, limit + 1, since, until))
    return Explored(tuple(chosen), tuple(found[:limit]), is_cut=len(found) > limit)


def newest(
    actor: Actor, chosen: Sequence[Indicator], areas: Sequence[AreaKey], *, depth: int
) -> dict[tuple[str, str, str], list[Figure]]:
    """Give the newest `depth` figures per (slug, area type, area code), newest first. 1 query for all."""
    params = _computed(actor, chosen) | {
        "area_types": [kind for kind, _ in areas],
        "area_codes": [code for _, code in areas],
        "depth": depth,
    }
    found: dict[tuple[str, str, str], list[Figure]] = {}
    for figure in _read("latest_figures", params, chosen):
        found.setdefault((figure.indicator, figure.area_type, figure.area_code), []).append(figure)
    return found


def of_latest_period(actor: Actor, chosen: Sequence[Indicator], area_type: str) -> list[Figure]:
    """Give every area of a type in the newest period of each indicator. 1 query."""
    return _read("figures_of_latest_period", _computed(actor, chosen) | {"area_type": area_type}, chosen)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which figures to read; None is all."""

    area_type: str | None
    areas: Collection[str] | None
    periods: Collection[str] | None
    limit: int
    since: str = ""
    until: str = ""


def _figures(actor: Actor, chosen: Sequence[Indicator], wanted: _Wanted) -> list[Figure]:
    params = _computed(actor, chosen) | {
        "area_type": wanted.area_type,
        "areas": None if wanted.areas is None else list(wanted.areas),
        "periods": None if wanted.periods is None else list(wanted.periods),
        "limit": wanted.limit,
        "since": wanted.since,
        "until": wanted.until,
    }
    return _read("figures_of_computations", params, chosen)


def _computed(actor: Actor, chosen: Sequence[Indicator]) -> dict[str, Any]:
    computed = [one for one in chosen if one.computation_id is not None]
    return {
        "tenant": actor.tenant_id,
        "computations": [one.computation_id for one in computed],
        "lengths": [PERIOD_LENGTH[one.period] for one in computed],
    }


def _read(statement: str, params: dict[str, Any], chosen: Sequence[Indicator]) -> list[Figure]:
    slugs = {one.computation_id: one.slug for one in chosen}
    return [
        Figure(id_, slugs[computation], kind, code, period, value, numerator, denominator, suppressed, computation)
        for id_, computation, kind, code, period, value, numerator, denominator, suppressed in sql.rows(
            sql.load(_ROOM, statement), params
        )
    ]
