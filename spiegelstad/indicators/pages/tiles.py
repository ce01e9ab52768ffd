"""Tiles: a figure with its course, its change and its way to the target."""

from collections.abc import Sequence
from dataclasses import dataclass

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import in_language
from spiegelstad.indicators.pages.words import (
    change_words,
    figure_url,
    figure_words,
    per_words,
    period_words,
    target_words,
    tone_of,
)
from spiegelstad.indicators.queries import figures as reads
from spiegelstad.indicators.rules.figures import Indicator, Latest
from spiegelstad.indicators.vocabulary import Theme

COURSE_PERIODS = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """What the tile component shows."""

    slug: str
    theme: Theme
    name: str
    url: str
    value: str
    figure_url: str
    series: tuple[float | None, ...]
    trend: str
    tone: str
    actual: float | None
    target: float | None
    target_words: str
    note: str


def tiles_of(actor: Actor, chosen: Sequence[Indicator], area_type: str, area_code: str) -> list[Tile]:
    """Return a tile for each indicator that has a figure in this area, in the given order. 1 query."""
    found = reads.newest(actor, chosen, [(area_type, area_code)], depth=COURSE_PERIODS)
    tiles = []
    for indicator in chosen:
        course = found.get((indicator.slug, area_type, area_code))
        if course:
            previous = course[1] if len(course) > 1 else None
            latest = Latest(indicator, course[0], previous, indicator.target_for(area_type, area_code))
            tiles.append(_tile(latest, tuple(figure.value for figure in reversed(course))))
    return tiles


def _tile(latest: Latest, course: tuple[float | None, ...]) -> Tile:
    indicator, target = latest.indicator, latest.target
    period = latest.figure.period
    notes = (per_words(indicator), period_words(period) if period else "")
    return Tile(
        slug=indicator.slug,
        theme=indicator.theme,
        name=in_language(indicator.name),
        url=f"/indicators/{indicator.slug}",
        value=figure_words(indicator, latest.figure),
        figure_url=figure_url(latest.figure),
        series=course,
        trend=change_words(latest),
        tone=tone_of(latest),
        actual=latest.figure.value,
        target=target.value if target else None,
        target_words=target_words(indicator, target),
        note=", ".join(note for note in notes if note),
    )
