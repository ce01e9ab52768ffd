"""Counts and sums above a threshold: one sheet for a version, and every answer is read from it. Pure.

The sheet divides all rows into *cells* that do not overlap, each of at least `threshold` people. A cell has a value in
every grouping column, or from some column on none: there the people of small groups were put together (`sql.py` makes
the cells). Whatever anyone asks, in how many questions and with whoever else, is a sum of cells. So the difference of
any two answers is again a sum and difference of cells: no question, tracker or total comes inside a cell.

Each number of a cell is rounded to a multiple of a base, up or down by a secret of the offer and the cell: the same
number gives the same answer every time, so asking again tells nothing, and on average it is right. This is against who
knows nearly everybody of a cell, and against comparing the sheets of two versions or of changed settings.
"""

from __future__ import annotations

import hmac
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from spiegelstad.base.errors import InvalidInput

Label = str | None
"""A value of a grouping column as text; None in a cell of small groups put together."""

MAX_COLUMNS = 5
MAX_CELLS = 20_000
MAX_VALUES = 100
LEAST_THRESHOLD = 5


class WrongQuestion(InvalidInput):
    """The question is not one that the settings of the offer allow; `detail` says why, of the settings alone."""

    title = "This question cannot be asked"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a steward lets a dataset be counted. `sums`: for each column the least and most that one person counts for.

    `threshold`: people in every cell; `base`: counts are multiples of it; `renew_after`: how many people must differ
    before a newer version gets a sheet of its own.
    """

    columns: tuple[str, ...]
    sums: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    threshold: int = 10
    base: int = 5
    renew_after: int = 50

    def problems(self) -> list[str]:
        """Say what is wrong with the settings."""
        found = (
            []
            if 1 <= len(set(self.columns)) <= MAX_COLUMNS
            else [_("choose from 1 to {count} columns").format(count=MAX_COLUMNS)]
        )
        if self.threshold < LEAST_THRESHOLD:
            found.append(_("the threshold must be at least {count}").format(count=LEAST_THRESHOLD))
        if not 2 <= self.base <= self.threshold:
            found.append(_("the base of rounding must be from 2 to the threshold"))
        if self.renew_after < self.threshold:
            found.append(_("new answers need at least as many changed people as the threshold"))
        return found + [
            _("{name}: the least must be below the most").format(name=name)
            for name, (low, high) in self.sums.items()
            if not (math.isfinite(low) and math.isfinite(high) and low < high)
        ]

    def step(self, measure: str) -> float:
        """Return the base to which a measure is rounded: for a sum what one person can change it by."""
        return float(self.base) if measure == "" else max(abs(bound) for bound in self.sums[measure])


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of people that is never divided: its labels, how many people, and the sum of each measure."""

    labels: tuple[Label, ...]
    count: int
    sums: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: one line for each combination of `group_by`, of rows with these values; `measure` empty: a count."""

    group_by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an answer. `margin`: in 95 of 100 cases the truth lies within it; `at_most`: it always does."""

    labels: tuple[Label, ...]
    value: float
    margin: float
    at_most: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The lines that can be shown, and what was put together with others so that it cannot be shown apart."""

    lines: tuple[Line, ...]
    rest: Line | None


def whole(cells: Sequence[Cell], threshold: int) -> list[Cell]:
    """Put the smallest cell with the last rest when too few people are left over there; none when there are too few."""
    kept = sorted(cells, key=lambda cell: (cell.count, str(cell.labels)))
    last = next((cell for cell in kept if all(label is None for label in cell.labels)), None)
    if last is None or last.count >= threshold:
        return kept
    kept.remove(last)
    if not kept:
        return []
    small = kept.pop(0)
    sums = tuple(a + b for a, b in zip(last.sums, small.sums, strict=True))
    return [*kept, Cell(last.labels, last.count + small.count, sums)]


def protected(cells: Sequence[Cell], settings: Settings, salt: str) -> list[Cell]:
    """Round every number of every cell."""
    measures = list(settings.sums)
    return [
        Cell(
            cell.labels,
            int(rounded(cell.count, settings.step(""), _secret(salt, cell.labels, ""))),
            tuple(
                rounded(value, settings.step(name), _secret(salt, cell.labels, name))
                for name, value in zip(measures, cell.sums, strict=True)
            ),
        )
        for cell in cells
    ]


def rounded(value: float, step: float, secret: float) -> float:
    """Round to a multiple of `step`, up for a share of the `secret`s (from 0 to 1) that makes it right on average."""
    return step * math.floor(value / step + secret)


def _secret(salt: str, labels: Sequence[Label], measure: str) -> float:
    """Return a number from 0 to 1 that only who has the salt can know."""
    named = "\x1f".join([measure, *("\x00" if label is None else label for label in labels)])
    digest = hmac.digest(salt.encode(), named.encode(), "sha256")
    return int.from_bytes(digest[:6]) / 2**48


def check(asked: Asked, settings: Settings) -> None:
    """Raise `WrongQuestion` unless the settings allow it. Nothing of the data decides."""
    for name in (*asked.group_by, *asked.where):
        if name not in settings.columns:
            raise WrongQuestion(
                f"{name!r} is not a column to group or choose by.", remedy=f"There are: {', '.join(settings.columns)}."
            )
    if len(set(asked.group_by)) != len(asked.group_by):
        raise WrongQuestion("A column stands there twice.")
    if asked.measure and asked.measure not in settings.sums:
        sums = ", ".join(settings.sums) or "none"
        raise WrongQuestion(f"{asked.measure!r} is not a column to add up.", remedy=f"There are: {sums}.")
    if sum(len(values) for values in asked.where.values()) > MAX_VALUES:
        raise WrongQuestion(f"At most {MAX_VALUES} values may be chosen at once.")


def answer(asked: Asked, settings: Settings, cells: Sequence[Cell]) -> Answer:
    """Add up the protected cells that the question is about."""
    check(asked, settings)
    place = {name: number for number, name in enumerate(settings.columns)}
    needed = [place[name] for name in {**dict.fromkeys(asked.group_by), **dict.fromkeys(asked.where)}]
    measure = list(settings.sums).index(asked.measure) if asked.measure else None
    groups: dict[tuple[Label, ...], list[float]] = defaultdict(list)
    rest: list[float] = []
    for cell in cells:
        if any(cell.labels[place[name]] not in (None, *values) for name, values in asked.where.items()):
            continue
        value = float(cell.count) if measure is None else cell.sums[measure]
        if any(cell.labels[number] is None for number in needed):
            rest.append(value)
        else:
            groups[tuple(cell.labels[place[name]] for name in asked.group_by)].append(value)
    step = settings.step(asked.measure)
    lines = tuple(_line(labels, values, step) for labels, values in sorted(groups.items(), key=lambda g: str(g[0])))
    return Answer(lines, _line((), rest, step) if rest else None)


def _line(labels: tuple[Label, ...], values: Sequence[float], step: float) -> Line:
    """Add up. One cell is off by less than a step, with a standard deviation of at most half a step."""
    return Line(labels, sum(values), 1.96 * step / 2 * math.sqrt(len(values)), step * len(values))


def as_json(cells: Sequence[Cell]) -> list[Any]:
    """Return cells as what a JSON column holds."""
    return [[list(cell.labels), cell.count, list(cell.sums)] for cell in cells]


def from_json(stored: Sequence[Any]) -> list[Cell]:
    """Return cells as they were stored."""
    return [Cell(tuple(labels), count, tuple(sums)) for labels, count, sums in stored]
