"""An area beside the city and beside areas like it: what a neighbourhood profile shows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from spiegelstad.accounts.public import Actor
from spiegelstad.indicators.queries.areas import placed_areas
from spiegelstad.indicators.queries.figures import AreaKey, newest, of_latest_period
from spiegelstad.indicators.queries.indicators import indicators
from spiegelstad.indicators.rules.comparison import Similar, mean_of, similar_areas
from spiegelstad.indicators.rules.figures import Figure, Indicator, Latest
from spiegelstad.indicators.rules.hierarchy import ancestors, parents
from spiegelstad.places import public as places

Found = dict[tuple[str, str, str], list[Figure]]
_DEPTH = 3
"""How many periods back a city or similar area may lag behind ours and still be compared in the same period."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An indicator in an area, in the whole city and in similar areas, all in the same period."""

    latest: Latest
    city: Figure | None
    similar: tuple[Figure, ...]

    @property
    def similar_mean(self) -> float | None:
        """The plain mean over the similar areas that have a value."""
        return mean_of([figure.value for figure in self.similar if figure.value is not None])


@dataclass(frozen=True, slots=True)
class Profile:
    """All indicators of one area. `compared_on`: the indicators that decided which areas are similar."""

    area_type: str
    area_code: str
    rows: tuple[Compared, ...]
    similar: tuple[Similar, ...]
    compared_on: tuple[Indicator, ...]


def profile(actor: Actor, area_type: str, area_code: str, *, similar: int = 5) -> Profile:
    """Give every indicator of an area against the city and the most similar areas. 3 queries and those of places.

    Similar: nearest in the indicators marked `similarity` (all, when none is), see rules/comparison.py.
    """
    chosen = indicators(actor)
    compared_on = [one for one in chosen if one.similarity] or chosen
    alike = _similar(actor, compared_on, (area_type, area_code), similar)
    city = _city(actor, (area_type, area_code))
    beside = [(area_type, one.area_code) for one in alike]
    found = newest(actor, chosen, list(dict.fromkeys([(area_type, area_code), city, *beside])), depth=_DEPTH)
    rows = [
        _compared(one, (area_type, area_code), city, beside, found)
        for one in chosen
        if (one.slug, area_type, area_code) in found
    ]
    return Profile(area_type, area_code, tuple(rows), tuple(alike), tuple(compared_on) if alike else ())


def _compared(one: Indicator, own: AreaKey, city: AreaKey, beside: list[AreaKey], found: Found) -> Compared:
    mine = found[one.slug, *own]
    latest = Latest(one, mine[0], mine[1] if len(mine) > 1 else None, one.target_for(*own))
    others = [_in_period(found.get((one.slug, *key)), mine[0].period) for key in beside]
    whole = _in_period(found.get((one.slug, *city)), mine[0].period)
    return Compared(latest, whole, tuple(figure for figure in others if figure is not None))


def _in_period(figures: list[Figure] | None, period: str) -> Figure | None:
    return next((figure for figure in figures or () if figure.period == period), None)


def _similar(actor: Actor, compared_on: list[Indicator], area: AreaKey, count: int) -> list[Similar]:
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for figure in of_latest_period(actor, compared_on, area[0]):
        if figure.value is not None:
            values[figure.indicator][figure.area_code] = figure.value
    return similar_areas(values, area[1], count)


def _city(actor: Actor, area: AreaKey) -> AreaKey:
    """The municipality an area lies in: the only one, or in a region the one above it."""
    cities = places.areas(actor, places.MUNICIPALITY)
    if len(cities) == 1:
        return (places.MUNICIPALITY, cities[0].code)
    parent_of = parents(placed_areas(actor))
    above = (key for key in ancestors(area, parent_of) if key[0] == places.MUNICIPALITY)
    return next(above, area)
