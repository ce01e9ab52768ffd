"""The shapes of indicators and figures, and how one figure relates to another: change, trend, target."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from spiegelstad.base.localised import Localised
from spiegelstad.indicators.vocabulary import Direction, Period, Theme


@dataclass(frozen=True, slots=True)
class Target:
    """What the city wants to reach, where and when; `source`: the document that says so."""

    area_type: str
    area_code: str
    value: float
    on: dt.date
    source: Localised


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator as people see it. `unit` is a UN/CEFACT code; `period` says how long each figure counts."""

    slug: str
    name: Localised
    explanation: Localised
    unit: str
    per: Localised
    decimals: int
    theme: Theme
    direction: Direction
    area_types: tuple[str, ...]
    period: Period
    numerator: Localised
    denominator: Localised
    minimum_cell: int
    similarity: bool
    targets: tuple[Target, ...]
    datasets: tuple[str, ...]
    classification: str
    computation_id: UUID | None
    computed_at: dt.datetime | None

    @property
    def target(self) -> Target | None:
        """The first target for the whole city, else the first of all."""
        return next((t for t in self.targets if t.area_type == "municipality"), next(iter(self.targets), None))

    def target_for(self, area_type: str, area_code: str) -> Target | None:
        """Give the target that counts in this area: its own before that of its type."""
        fitting = [t for t in self.targets if t.area_type == area_type and t.area_code in ("", area_code)]
        return max(fitting, key=lambda target: bool(target.area_code), default=None)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` None and not `suppressed`: there is nothing to divide by. `indicator` is its slug."""

    id: UUID
    indicator: str
    area_type: str
    area_code: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    suppressed: bool
    computation_id: UUID


class Trend(StrEnum):
    """How a figure moved since the period before, in the decimals that people see."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest figure of an indicator in an area, the one before, and the target that counts there."""

    indicator: Indicator
    figure: Figure
    previous: Figure | None
    target: Target | None

    @property
    def change(self) -> float | None:
        """The difference with the period before, in the indicator's unit."""
        if self.previous is None or self.previous.value is None or self.figure.value is None:
            return None
        return self.figure.value - self.previous.value

    @property
    def trend(self) -> Trend:
        """The direction of the change, as far as the shown decimals tell."""
        return trend(self.change, self.indicator.decimals)

    @property
    def is_better(self) -> bool | None:
        """Whether the change goes the wanted way; None when it didn't move or no way is wanted."""
        return is_better(self.trend, self.indicator.direction)

    @property
    def is_target_met(self) -> bool | None:
        """Whether the target is met now; None without target, value or wanted direction."""
        if self.target is None or self.figure.value is None:
            return None
        return meets(self.figure.value, self.target.value, self.indicator.direction)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A figure with its place: 1 is the best, or the highest where no direction is wanted; equal values share one."""

    place: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class InputOrigin:
    """A table of the formula and everything known about the exact version behind it.

    Of data that is not open to who asks `rows` is None, and `content_hash`, `quality` and `lineage` are empty: they
    would tell how many people are in it.
    """

    name: str
    version_id: UUID
    dataset: str
    title: Localised
    number: int
    content_hash: str
    rows: int | None
    published_at: dt.datetime
    licence_uri: str
    classification: str
    department: str
    source_name: str
    source_url: str
    publisher: str
    quality: dict[str, Any]
    lineage: dict[str, Any]
    is_current: bool


@dataclass(frozen=True, slots=True)
class FigureOrigin:
    """A figure with its whole origin: definition, SQL, exact inputs, who computed it, when, with what, and its fate.

    `made_from`: the versions that inputs were made from in their turn, when one was frozen from live data; `name` is
    that of the input.
    """

    figure: Figure
    indicator: Indicator
    sql: str
    definition: dict[str, Any]
    definition_hash: str
    inputs: tuple[InputOrigin, ...]
    made_from: tuple[InputOrigin, ...]
    computation_id: UUID
    engine: str
    computed_by: dict[str, Any]
    started_at: dt.datetime
    finished_at: dt.datetime
    target: Target | None
    superseded_at: dt.datetime | None
    superseded_by: UUID | None
    area_name: str

    @property
    def is_current(self) -> bool:
        """Whether no later computation took the place of this one."""
        return self.superseded_at is None


def trend(change: float | None, decimals: int) -> Trend:
    """Say which way a change goes once it is rounded to the decimals that people see."""
    if change is None:
        return Trend.UNKNOWN
    shown = round(change, decimals)
    return Trend.SAME if shown == 0 else (Trend.UP if shown > 0 else Trend.DOWN)


def is_better(moved: Trend, direction: Direction) -> bool | None:
    """Whether a move goes the wanted way; None when there is no move or no wanted way."""
    if direction is Direction.NONE or moved in (Trend.SAME, Trend.UNKNOWN):
        return None
    return (moved is Trend.UP) == (direction is Direction.HIGHER)


def meets(value: float, target: float, direction: Direction) -> bool | None:
    """Whether a value reaches a target; None when no way is wanted."""
    if direction is Direction.NONE:
        return None
    return value >= target if direction is Direction.HIGHER else value <= target


def rank(figures: list[Figure], direction: Direction) -> list[Ranked]:
    """Order figures that have a value, the best first, equal values sharing a place (1, 2, 2, 4)."""
    sign = 1 if direction is Direction.LOWER else -1
    having = sorted((f for f in figures if f.value is not None), key=lambda f: (sign * (f.value or 0.0), f.area_code))
    ranked: list[Ranked] = []
    for position, figure in enumerate(having, start=1):
        tied = ranked and ranked[-1].figure.value == figure.value
        ranked.append(Ranked(ranked[-1].place if tied else position, figure))
    return ranked
