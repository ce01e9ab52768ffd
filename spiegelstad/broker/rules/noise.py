"""Answers with noise, and what they cost: differential privacy by OpenDP's discrete Laplace mechanism. Pure.

Whether one person is in the data or not changes the chance of any answer by at most a factor e^epsilon; epsilons of
answers add up. One person counts once: in a count for 1, in a sum for at most the bounds, in a histogram in one
category. All is done in whole numbers, so that nothing leaks by the way computers round.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from spiegelstad.broker.rules.sheet import WrongQuestion

PARTS = 10_000
"""A sum is taken in this many parts of the width of its bounds."""

LEAST_EPSILON = Decimal("0.01")
MOST_EPSILON = Decimal(10)
MAX_CATEGORIES = 200
MAX_VALUES = 100
_TWENTY = math.log(20)


class Ask(StrEnum):
    """What can be asked with noise."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a steward lets a dataset be asked with noise.

    `bounds`: columns that may be added up, with the least and most that one person counts for; `categories`: columns
    for histograms with all their values, told beforehand so that the data does not tell which there are; `filters`:
    columns by whose values rows may be chosen. Epsilons for one applicant and for all together, for as long as the
    dataset exists.
    """

    filters: tuple[str, ...] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_applicant: float = 1.0
    in_all: float = 5.0

    def problems(self) -> list[str]:
        """Say what is wrong with the settings."""
        found = [
            _("{name}: the least must be below the most").format(name=name)
            for name, (low, high) in self.bounds.items()
            if not (math.isfinite(low) and math.isfinite(high) and low < high)
        ]
        if not float(LEAST_EPSILON) <= self.per_applicant <= self.in_all <= float(MOST_EPSILON):
            found.append(_("budgets go from 0.01 to 10, an applicant's no larger than that of all"))
        return found + [
            _("{name} has from 1 to {count} categories, none twice").format(name=name, count=MAX_CATEGORIES)
            for name, values in self.categories.items()
            if not 1 <= len(values) <= MAX_CATEGORIES or len(set(values)) != len(values)
        ]


@dataclass(frozen=True, slots=True)
class Noisy:
    """A question: `column` for all but a count, `where` the values that rows must have."""

    ask: Ask
    epsilon: Decimal
    column: str = ""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the question in its one form: what is the same question looks the same."""
        where = {name: sorted(set(values)) for name, values in sorted(self.where.items())}
        return {"ask": self.ask.value, "column": self.column, "where": where, "epsilon": f"{self.epsilon:.3f}"}

    def digest(self, settings: Settings, person_column: str) -> str:
        """Tell this question from every other, also from the same one asked under other bounds."""
        meaning = [self.as_json(), dict(settings.bounds), dict(settings.categories), person_column]
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with noise. In 95 of 100 cases the truth lies within `margin` of it."""

    value: float
    margin: float


def read(payload: Any) -> Noisy:
    """Read a question as it was sent; `WrongQuestion` says what is wrong with it."""
    if not isinstance(payload, dict) or set(payload) - {"ask", "column", "where", "epsilon"}:
        raise WrongQuestion("A question is an object with ask, column, where and epsilon.")
    if payload.get("ask") not in list(Ask):
        raise WrongQuestion(f"ask is one of {', '.join(Ask)}.")
    try:
        epsilon = Decimal(str(payload.get("epsilon", "0.1"))).quantize(Decimal("0.001"))
    except InvalidOperation:
        raise WrongQuestion("epsilon is a number.") from None
    if not epsilon.is_finite() or not LEAST_EPSILON <= epsilon <= MOST_EPSILON:
        raise WrongQuestion(f"epsilon goes from {LEAST_EPSILON} to {MOST_EPSILON}.")
    column = payload.get("column", "")
    if not isinstance(column, str) or (payload["ask"] == Ask.COUNT) != (column == ""):
        raise WrongQuestion("A count has no column; everything else is about one.")
    return Noisy(Ask(payload["ask"]), epsilon, column, read_where(payload.get("where", {})))


def read_where(given: Any) -> dict[str, tuple[str, ...]]:
    """Read the values that rows must have: a list of texts for each column."""
    if not isinstance(given, dict) or len(given) > MAX_VALUES:
        raise WrongQuestion("where holds a list of values for each column.")
    found = {}
    for name, values in given.items():
        if not isinstance(values, list) or not all(isinstance(value, str) and "\0" not in value for value in values):
            raise WrongQuestion(f"The values of {name!r} are a list of texts.")
        if not 1 <= len(values) <= MAX_VALUES:
            raise WrongQuestion(f"{name!r} takes from 1 to {MAX_VALUES} values.")
        found[name] = tuple(values)
    return found


def check(asked: Noisy, settings: Settings) -> None:
    """Raise `WrongQuestion` unless the settings allow it. Nothing of the data decides."""
    for name in asked.where:
        if name not in settings.filters:
            there = ", ".join(settings.filters) or "none"
            raise WrongQuestion(f"Rows cannot be chosen by {name!r}.", remedy=f"There are: {there}.")
    allowed: Mapping[str, Any] = settings.categories if asked.ask is Ask.HISTOGRAM else settings.bounds
    if asked.column and asked.column not in allowed:
        there = ", ".join(allowed) or "none"
        raise WrongQuestion(f"No {asked.ask} can be asked of {asked.column!r}.", remedy=f"There are: {there}.")
    if asked.column in asked.where:
        raise WrongQuestion("Choose rows by other columns than the one that is asked.")


def unit_of(bounds: tuple[float, float]) -> float:
    """Return the part in which a sum is taken."""
    return (bounds[1] - bounds[0]) / PARTS


def noisy(values: Sequence[int], sensitivity: int, epsilon: float) -> list[tuple[int, float]]:
    """Return whole numbers with noise, each with its margin.

    `sensitivity`: how much one person can change all of them together.
    """
    import opendp.prelude as dp  # noqa: PLC0415  heavy: only who asks pays for it

    dp.enable_features("contrib")
    scale = sensitivity / epsilon
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    mechanism = space >> dp.m.then_laplace(scale=scale)
    if mechanism.map(sensitivity) > epsilon * (1 + 1e-9):
        raise AssertionError("the mechanism costs more than what is paid for it")
    return [(int(value), scale * _TWENTY) for value in mechanism(list(values))]


def count(value: int, epsilon: float) -> Measured:
    """Return a count with noise."""
    ((answer, margin),) = noisy([value], 1, epsilon)
    return Measured(answer, margin)


def histogram(values: Sequence[int], epsilon: float) -> list[Measured]:
    """Return counts of categories with noise: nobody is in two of them."""
    return [Measured(answer, margin) for answer, margin in noisy(values, 1, epsilon)]


def total(value: int, bounds: tuple[float, float], epsilon: float) -> Measured:
    """Return a sum with noise; `value` in units of `unit_of(bounds)`."""
    unit = unit_of(bounds)
    most = max(math.ceil(abs(bound) / unit) for bound in bounds)  # however the database rounds a half
    ((answer, margin),) = noisy([value], most, epsilon)
    return Measured(answer * unit, margin * unit)


def mean(value: int, people: int, bounds: tuple[float, float], epsilon: float) -> Measured:
    """Return an average with noise: half of epsilon for the sum above the middle of the bounds, half for how many.

    The margin holds when both parts do; where the noise is larger than the data it is the whole width of the bounds.
    """
    low, high = bounds
    unit = unit_of(bounds)
    ((above, above_margin),) = noisy([value], PARTS // 2, epsilon / 2)
    ((among, among_margin),) = noisy([people], 1, epsilon / 2)
    middle = (low + high) / 2
    if among < 1:
        return Measured(middle, (high - low) / 2)
    answer = min(max(middle + above * unit / among, low), high)
    # each part at 97.5 %, so that both hold in 95 of 100 cases
    wider = math.log(40) / _TWENTY
    least = max(among - among_margin * wider, 0.5)
    margin = (above_margin * wider * unit + abs(answer - middle) * among_margin * wider) / least
    return Measured(answer, min(margin, high - low))
