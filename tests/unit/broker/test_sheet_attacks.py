"""Attacks on counts above a threshold: every answer there is, put together, comes inside no group that is too small.

The attacker is strong: they ask every question of every form, know exactly (unrounded) what the answers add up, and
know which group every answer is about. What they can work out is the row space of all answers; a group whose people
are fewer than the threshold must lie outside it, and so must every union of groups with too few people.
"""

from collections import Counter
from itertools import chain, combinations, product

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.broker.rules import sheet, sql
from spiegelstad.broker.rules.sheet import Asked, Cell, Settings

COLUMNS = ("area", "work", "age")
K = 5
SETTINGS = Settings(COLUMNS, {}, threshold=K, base=K, renew_after=K)
PEOPLE = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("xy"), st.sampled_from("12")), min_size=1, max_size=60
)


def cells_of(people, who=None, threshold=K):
    """Return the cells as the sandbox would make them, before they are rounded."""
    t = pa.table({name: [one[n] for one in people] for n, name in enumerate(COLUMNS)})
    t = t.append_column("who", pa.array(who if who is not None else [str(n) for n in range(len(people))]))
    with duckdb.connect() as database:
        database.register("t", t)
        rows = database.execute(sql.cells(COLUMNS, {}, "who" if who is not None else "", threshold)).fetchall()
    return sheet.whole([Cell(tuple(row[:3]), row[3]) for row in rows], threshold)


def every_question():
    """Yield every grouping with every choice of values."""
    for width in range(len(COLUMNS) + 1):
        for group in combinations(COLUMNS, width):
            others = [name for name in COLUMNS if name not in group]
            values = {"area": "ABC", "work": "xy", "age": "12"}
            for chosen in chain.from_iterable(combinations(others, size) for size in range(len(others) + 1)):
                for picked in product(*(values[name] for name in chosen)):
                    yield Asked(group, {name: (value,) for name, value in zip(chosen, picked, strict=True)})


def what_answers_add_up(cells, groups, holds):
    """Return for every line of every answer which groups it is the sum of, found by asking with one group at a time."""
    columns = []
    for group in groups:
        marked = [Cell(cell.labels, int(group in holds(cell))) for cell in cells]
        told = [sheet.answer(asked, SETTINGS, marked) for asked in every_question()]
        columns.append([line.value for one in told for line in (*one.lines, *([one.rest] if one.rest else []))])
    return np.array(columns).T


def found_by(answers, groups, counts):
    """Return the unions of one to three groups with too few people that the answers give away."""
    space, sizes, _ = np.linalg.svd(answers.T, full_matrices=False)
    basis = space[:, sizes > 1e-9]
    given_away = []
    for size in (1, 2, 3):
        for some in combinations(range(len(groups)), size):
            if sum(counts[groups[n]] for n in some) < K:
                target = np.zeros(len(groups))
                target[list(some)] = 1
                if np.linalg.norm(target - basis @ (basis.T @ target)) < 1e-7:
                    given_away.append([groups[n] for n in some])
    return given_away


def cell_of(cells):
    """Return for each group the cell it is in: the deepest that has its labels, else the last rest."""

    def holds_of(groups):
        deepest = {}
        for group in groups:
            fitting = [c for c in cells if all(a in (None, b) for a, b in zip(c.labels, group, strict=True))]
            deepest[group] = max(fitting, key=lambda c: sum(label is not None for label in c.labels), default=None)
        return lambda cell: {group for group, home in deepest.items() if home is cell}

    return holds_of


@settings(max_examples=30, deadline=None)
@given(PEOPLE)
def test_no_combination_of_answers_gives_a_small_group_away(people):
    """Differences, trackers, totals without parts and parts without totals: all are in the row space."""
    cells, counts = cells_of(people), Counter(people)
    assert sum(cell.count for cell in cells) == (len(people) if cells else 0)
    assert all(cell.count >= K for cell in cells)
    assert cells or len(people) < K
    groups = sorted(counts)
    answers = what_answers_add_up(cells, groups, cell_of(cells)(groups))
    assert found_by(answers, groups, counts) == []


def test_attack_finds_what_hiding_small_cells_alone_would_give_away():
    """The attack can succeed: a sheet that hides small groups but adds them into its totals falls at once."""
    people = [("A", "x", "1")] * 9 + [("A", "x", "2")] * 2 + [("A", "y", "1")] * 8 + [("A", "y", "2")] * 7
    counts, groups = Counter(people), sorted(set(people))
    totals = [[1.0] * len(groups)]
    shown = [[float(group == one) for one in groups] for group in groups if counts[group] >= K]
    assert found_by(np.array(totals + shown), groups, counts) == [[("A", "x", "2")]]
    cells = cells_of(people)
    answers = what_answers_add_up(cells, groups, cell_of(cells)(groups))
    assert found_by(answers, groups, counts) == []


@settings(max_examples=20, deadline=None)
@given(PEOPLE, st.lists(st.integers(0, 9), min_size=60, max_size=60))
def test_cell_counts_people_and_not_their_rows(people, whose):
    """A single person with many rows is one person, wherever these are."""
    who = [f"p{number}" for number in whose[: len(people)]]
    cells = cells_of(people, who)
    homes = cell_of(cells)(set(people))
    for cell in cells:
        inside = {person for person, one in zip(who, people, strict=True) if one in homes(cell)}
        assert len(inside) >= K


@pytest.mark.parametrize("where", [{"area": ("A",), "work": ("x",), "age": ("2",)}, {"age": ("2",)}])
def test_filter_that_isolates_one_person_finds_nobody(where):
    """Singling out by a rare value: no line, and the same rest whether or not this person is there."""
    crowd = [("A", "x", "1")] * 20 + [("B", "y", "1")] * 20 + [("C", "x", "1")] * 3
    told = [sheet.answer(Asked((), where), SETTINGS, cells_of(people)) for people in (crowd, [*crowd, ("A", "x", "2")])]
    assert [one.lines for one in told] == [(), ()]


@given(st.integers(0, 500), st.integers(2, 20), st.text(max_size=9))
def test_rounding_is_the_same_every_time_and_hides_one_person(count, base, salt):
    one = Settings(("area",), {"income": (0.0, 100.0)}, threshold=20, base=base)
    cell = Cell(("A",), count, (count * 10.0,))
    first, again = (sheet.protected([cell], one, salt) for _ in range(2))
    assert first == again
    assert first[0].count % base == 0 and abs(first[0].count - count) < base
    assert first[0].sums[0] % 100 == 0 and abs(first[0].sums[0] - count * 10) < 100


def test_rounding_is_right_on_average_and_does_not_tell_one_more_or_less():
    """Over many secrets: unbiased; and every answer that 12 people give, 11 and 13 give too."""
    one = Settings(("area",), {}, threshold=10, base=5)

    def answers(count):
        return [sheet.protected([Cell(("A",), count)], one, str(salt))[0].count for salt in range(4_000)]

    told = {count: answers(count) for count in (11, 12, 13)}
    for count, found in told.items():
        assert abs(np.mean(found) - count) < 0.2
    assert set(told[11]) == set(told[12]) == set(told[13]) == {10, 15}


def test_differing_settings_leave_a_group_uncertain():
    """With another threshold the data is divided otherwise; what the two sheets differ by is not told exactly."""
    people = [("A", "x", "1")] * 30 + [("A", "x", "2")] * 4 + [("B", "x", "1")] * 40 + [("B", "y", "1")] * 33
    people += [("C", "x", "1")] * 3 + [("C", "y", "1")] * 3
    question = Asked((), {"area": ("A",), "work": ("x",)})
    both = [(one, cells_of(people, threshold=one.threshold)) for one in (SETTINGS, Settings(COLUMNS, {}, 32, K, 32))]
    exact = [sheet.answer(question, one, cells).lines[0].value for one, cells in both]
    assert exact[1] - exact[0] == 4, "without rounding the attack would succeed"
    guesses = set()
    for salt in map(str, range(100)):
        told = [sheet.answer(question, one, sheet.protected(cells, one, salt)).lines[0].value for one, cells in both]
        guesses.add(told[1] - told[0])
    assert guesses == {0, 5}


@settings(max_examples=15, deadline=None)
@given(PEOPLE, st.text(max_size=4))
def test_margins_hold(people, salt):
    """`at_most` always, whatever is asked."""
    cells = cells_of(people)
    for asked in every_question():
        told = sheet.answer(asked, SETTINGS, sheet.protected(cells, SETTINGS, salt))
        true = sheet.answer(asked, SETTINGS, cells)
        for shown, right in zip((*told.lines, told.rest), (*true.lines, true.rest), strict=True):
            assert (shown is None) == (right is None)
            assert shown is None or abs(shown.value - right.value) < shown.at_most
