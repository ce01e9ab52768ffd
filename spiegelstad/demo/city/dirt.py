"""Dirt as real exports have it, planted and written down, so that tests can count what quarantine must catch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spiegelstad.demo.city.blocks import Ints

Cells = NDArray[np.object_]


@dataclass(frozen=True)
class Spoil:
    """Dirt of one kind in one column: what is written instead, in which share of rows, whether a rule catches it."""

    kind: str
    column: str
    value: object
    share: float = 0.001
    caught: bool = True


@dataclass(frozen=True)
class Fault:
    """A planted fault: row of the file (0 is the first row of data), kind, and whether a rule must catch it."""

    row: int
    kind: str
    caught: bool


@dataclass(frozen=True)
class Recipe:
    """The dirt of one file: spoiled values, repeated rows, rows that stand a few places too late or too early."""

    spoils: tuple[Spoil, ...] = ()
    repeated: float = 0.0
    shuffled: float = 0.0
    known: Mapping[int, Fault] = field(default_factory=dict)
    """Faults that the rows have already, by row."""


def plant(
    rng: np.random.Generator, columns: Mapping[str, Cells], recipe: Recipe
) -> tuple[dict[str, Cells], list[Fault]]:
    """Columns with dirt, and every fault by its row: one at most in a row; a repeated row comes after its original."""
    dirty = {name: np.asarray(cells, dtype=object).copy() for name, cells in columns.items()}
    rows = len(next(iter(dirty.values())))
    faults: dict[int, tuple[str, bool]] = {row: (fault.kind, fault.caught) for row, fault in recipe.known.items()}
    free = np.setdiff1d(np.arange(rows), np.array(sorted(faults), dtype=np.int64))
    free = free[rng.permutation(len(free))]
    for spoil in recipe.spoils:
        count = _at_least_one(spoil.share, rows, len(free))
        for row in free[:count]:
            dirty[spoil.column][row] = spoil.value
            faults[int(row)] = (spoil.kind, spoil.caught)
        free = free[count:]
    count = _at_least_one(recipe.repeated, rows, len(free))
    order, extra = _order(rng, rows, free[:count], recipe.shuffled)
    placed = {name: cells[order] for name, cells in dirty.items()}
    place = np.empty(rows, dtype=np.int64)
    place[order[~extra]] = np.flatnonzero(~extra)
    found = [Fault(int(place[row]), kind, caught) for row, (kind, caught) in faults.items()]
    found += [Fault(int(row), "repeated row", True) for row in np.flatnonzero(extra)]
    return placed, sorted(found, key=lambda fault: fault.row)


def _at_least_one(share: float, rows: int, free: int) -> int:
    """Number of faults: at least one where the share isn't zero."""
    return min(max(1, round(share * rows)), free) if share > 0 else 0


def _order(rng: np.random.Generator, rows: int, repeated: Ints, shuffled: float) -> tuple[Ints, NDArray[np.bool_]]:
    """Which row comes where, the repeated ones some places after their originals; and which are repetitions."""
    rank = np.arange(rows, dtype=np.float64)
    late = rng.random(rows) < shuffled
    rank[late] += rng.integers(-6, 7, int(late.sum())) + 0.25
    again = rank[repeated] + rng.integers(1, 9, len(repeated)) + 0.5
    every = np.concatenate([np.arange(rows), repeated])
    order = np.argsort(np.concatenate([rank, again]), kind="stable")
    return every[order], order >= rows


def caught_rows(faults: Sequence[Fault]) -> int:
    """Number of rows that must end up in quarantine."""
    return len({fault.row for fault in faults if fault.caught})
