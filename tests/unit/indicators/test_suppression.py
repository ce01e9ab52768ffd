"""Suppression: nobody who knows all published cells can tell what a hidden one holds."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spiegelstad.indicators.rules.suppression import Area, Cell, Counted, hidden_cells, period_families

CITY: Area = ("municipality", "C")


def _wijk(number: int) -> Area:
    return ("wijk", f"W{number}")


def _sector(wijk: int, number: int) -> Area:
    return ("sector", f"W{wijk}S{number}")


Tree = list[list[int]]
"""Counts of sectors by wijk."""


def _parents(tree: Tree) -> dict[Area, Area]:
    parents = {_wijk(w): CITY for w in range(len(tree))}
    return parents | {_sector(w, s): _wijk(w) for w, sectors in enumerate(tree) for s in range(len(sectors))}


def _cells(tree: Tree, period: str = "2025", *, levels: str = "cws") -> dict[Cell, Counted]:
    cells: dict[Cell, float] = {}
    for w, sectors in enumerate(tree):
        if "s" in levels:
            cells |= {(_sector(w, s), period): count for s, count in enumerate(sectors)}
        if "w" in levels:
            cells[_wijk(w), period] = sum(sectors)
    if "c" in levels:
        cells[CITY, period] = sum(map(sum, tree))
    return {cell: Counted(count) for cell, count in cells.items()}


def _possible(tree: Tree, hidden: set[Cell], *, reach: int) -> dict[Cell, set[int]]:
    """What each hidden cell can be for an attacker: brute force over all cities that show the same numbers."""
    sectors = [(w, s) for w, counts in enumerate(tree) for s in range(len(counts))]
    choices = [range(1, reach + 1) if (_sector(w, s), "2025") in hidden else [tree[w][s]] for w, s in sectors]
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*choices, indexing="ij")])
    worlds: dict[Cell, NDArray[np.int64]] = {(_sector(*at), "2025"): grid[row] for row, at in enumerate(sectors)}
    for w in range(len(tree)):
        worlds[_wijk(w), "2025"] = grid[[row for row, at in enumerate(sectors) if at[0] == w]].sum(axis=0)
    worlds[CITY, "2025"] = grid.sum(axis=0)
    same = np.all([worlds[cell] == seen.count for cell, seen in _cells(tree).items() if cell not in hidden], axis=0)
    return {cell: set(np.unique(worlds[cell][same]).tolist()) for cell in hidden}


def test_small_cell_is_hidden_with_another_that_would_give_it_away() -> None:
    tree = [[4, 30, 50], [40, 60]]
    hidden = hidden_cells(_cells(tree), _parents(tree), 10)
    assert hidden == {(_sector(0, 0), "2025"), (_sector(0, 1), "2025")}


def test_nobody_is_not_hidden_and_nothing_small_hides_nothing() -> None:
    tree = [[0, 30], [40, 60]]
    assert hidden_cells(_cells(tree), _parents(tree), 10) == set()
    assert hidden_cells(_cells([[1, 2]]), _parents([[1, 2]]), 0) == set()


def test_only_sector_of_a_wijk_hides_the_wijk_and_then_a_second_wijk_with_a_sector() -> None:
    tree = [[4], [40, 60], [70, 80]]
    hidden = hidden_cells(_cells(tree), _parents(tree), 10)
    assert hidden == {(area, "2025") for area in (_sector(0, 0), _wijk(0), _wijk(1), _sector(1, 0))}


def test_level_that_is_not_published_is_skipped() -> None:
    tree = [[4], [40, 60]]
    hidden = hidden_cells(_cells(tree, levels="cs"), _parents(tree), 10)
    assert hidden == {(_sector(0, 0), "2025"), (_sector(1, 0), "2025")}


def test_small_cells_that_are_all_ones_are_not_given_away_by_their_sum() -> None:
    tree = [[1, 1, 1, 1, 90], [40]]
    assert (_sector(0, 4), "2025") in hidden_cells(_cells(tree), _parents(tree), 3)


def test_share_of_nobody_or_everybody_is_not_given_away() -> None:
    parents: dict[Area, Area] = {("wijk", code): CITY for code in "abcd"}
    counts = {"a": (4, 0), "b": (30, 0), "c": (50, 0), "d": (90, 7)}
    cells: dict[Cell, Counted] = {
        (("wijk", code), "2025"): Counted(count, part, count - part) for code, (count, part) in counts.items()
    }
    cells[CITY, "2025"] = Counted(174, 7, 167)
    assert {area[1] for area, _ in hidden_cells(cells, parents, 10)} == {"a", "b", "c", "d"}


def test_months_and_their_year_hide_the_same_areas() -> None:
    january, february = [[4, 30], [50, 60]], [[40, 30], [50, 60]]
    year = [[44, 60], [100, 120]]
    cells = _cells(january, "2025-01") | _cells(february, "2025-02") | _cells(year, "2025") | _cells(year, "2024")
    hidden = hidden_cells(cells, _parents(year), 10)
    assert hidden == {(_sector(0, s), p) for s in (0, 1) for p in ("2025", "2025-01", "2025-02")}


@pytest.mark.parametrize(
    ("periods", "families"),
    [
        ({"2024", "2025"}, [("2024",), ("2025",)]),
        ({"2024", "2024-01", "2024-01-31", "2025-01"}, [("2024", "2024-01", "2024-01-31"), ("2025-01",)]),
        ({"2024-01", "2024-01-31", "2024-02-01"}, [("2024-01", "2024-01-31"), ("2024-02-01",)]),
        ({""}, [("",)]),
    ],
)
def test_period_families_hold_what_contains_each_other(periods: set[str], families: list[tuple[str, ...]]) -> None:
    assert period_families(periods) == families


small_trees = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=3), min_size=1, max_size=3).filter(
    lambda tree: sum(map(len, tree)) <= 5
)


@settings(max_examples=150, deadline=None)
@given(tree=small_trees, minimum=st.integers(3, 5))
def test_attacker_with_all_totals_cannot_pin_a_hidden_cell(tree: Tree, minimum: int) -> None:
    hidden = hidden_cells(_cells(tree), _parents(tree), minimum)
    assert {cell for cell, counted in _cells(tree).items() if 0 < counted.count < minimum} <= hidden
    for cell, values in _possible(tree, hidden, reach=14).items():
        assert len(values) > minimum, f"{cell} is one of too few"


def _relations(cells: Mapping[Cell, Counted], parents: Mapping[Area, Area]) -> list[dict[Cell, int]]:
    """Every equation an attacker knows: a whole is the sum of its parts, a year that of its months."""
    relations: list[dict[Cell, int]] = []
    for area, period in cells:
        parts = [cell for cell in cells if cell[1] == period and parents.get(cell[0]) == area]
        relations += [{(area, period): 1} | dict.fromkeys(parts, -1)] if parts else []
        months = [cell for cell in cells if cell[0] == area and cell[1] != period and cell[1].startswith(period)]
        relations += [{(area, period): 1} | dict.fromkeys(months, -1)] if months else []
    return relations


def _pinned(relations: list[dict[Cell, int]], hidden: set[Cell]) -> set[Cell]:
    """The hidden cells that linear algebra alone determines (exact Gauss-Jordan over fractions)."""
    order = sorted(hidden)
    rows = [[Fraction(relation.get(cell, 0)) for cell in order] for relation in relations]
    done: list[list[Fraction]] = []
    for column in range(len(order)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        pivot = [x / pivot[column] for x in pivot]
        rows = [[x - row[column] * y for x, y in zip(row, pivot, strict=True)] for row in rows]
        done = [[x - row[column] * y for x, y in zip(row, pivot, strict=True)] for row in done] + [pivot]
    return {order[row.index(1)] for row in done if sum(map(bool, row)) == 1}


@settings(max_examples=100, deadline=None)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    months=st.integers(1, 3),
    minimum=st.integers(3, 12),
    data=st.data(),
)
def test_attacker_with_sums_over_areas_and_periods_cannot_solve_for_a_hidden_cell(
    shape: list[int], months: int, minimum: int, data: st.DataObject
) -> None:
    trees = [[[data.draw(st.integers(0, 40)) for _ in range(size)] for size in shape] for _ in range(months)]
    year = [[sum(tree[w][s] for tree in trees) for s in range(size)] for w, size in enumerate(shape)]
    cells = _cells(year, "2025")
    for month, tree in enumerate(trees, start=1):
        cells |= _cells(tree, f"2025-{month:02}")
    hidden = hidden_cells(cells, _parents(year), minimum)
    assert {cell for cell, counted in cells.items() if 0 < counted.count < minimum} <= hidden
    assert _pinned(_relations(cells, _parents(year)), hidden) == set()


Shares = list[tuple[int, int]]
"""Counts and parts of the sectors of one city."""


def _share_cells(sectors: Shares) -> dict[Cell, Counted]:
    whole = (sum(count for count, _ in sectors), sum(part for _, part in sectors))
    cells = {_sector(0, number): pair for number, pair in enumerate(sectors)} | {CITY: whole}
    return {(area, "2025"): Counted(count, part, count - part) for area, (count, part) in cells.items()}


@settings(max_examples=60, deadline=None)
@given(
    sectors=st.lists(
        st.integers(0, 7).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count))),
        min_size=1,
        max_size=3,
    )
)
def test_attacker_cannot_pin_a_hidden_share(sectors: Shares) -> None:
    cells, parents = _share_cells(sectors), {_sector(0, number): CITY for number in range(len(sectors))}
    hidden = hidden_cells(cells, parents, 3)
    loose = [number for number in range(len(sectors)) if (_sector(0, number), "2025") in hidden]
    pairs = np.array([(count, part) for count in range(1, 13) for part in range(count + 1)])
    choices = np.meshgrid(*[np.arange(len(pairs))] * len(loose), indexing="ij")
    worlds = np.stack([pairs[choice.ravel()] for choice in choices]) if loose else np.empty((0, 1, 2))
    if (CITY, "2025") not in hidden:
        left = np.array(cells[CITY, "2025"].count), np.array(cells[CITY, "2025"].part)
        shown = np.sum([sectors[number] for number in range(len(sectors)) if number not in loose] or [(0, 0)], axis=0)
        worlds = worlds[:, (worlds.sum(axis=0) == np.stack(left) - shown).all(axis=1)]
    for world in worlds:
        assert len(np.unique(world[:, 1] / world[:, 0])) > 1


@settings(max_examples=40, deadline=None)
@given(tree=small_trees, minimum=st.integers(3, 5))
def test_hiding_depends_on_counts_only_and_not_on_their_order(tree: Tree, minimum: int) -> None:
    cells = _cells(tree)
    assert hidden_cells(cells, _parents(tree), minimum) == hidden_cells(
        dict(reversed(cells.items())), _parents(tree), minimum
    )


def test_brute_force_attacker_finds_what_is_left_open() -> None:
    """The attacker of these tests can win: with primary suppression only, the sum gives the cell away."""
    tree = [[2, 6, 7]]
    hidden: set[Cell] = {(_sector(0, 0), "2025")}
    assert _possible(tree, hidden, reach=14) == {(_sector(0, 0), "2025"): {2}}
    assert _pinned(_relations(_cells(tree), _parents(tree)), hidden) == hidden
