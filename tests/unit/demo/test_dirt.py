"""Planted dirt: every fault stands where the list says, and nothing else is touched."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.demo.city.dirt import Fault, Recipe, Spoil, caught_rows, plant


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(5, 400),
    seed=st.integers(0, 1000),
    share=st.floats(0, 0.2),
    repeated=st.floats(0, 0.2),
    shuffled=st.floats(0, 1),
)
def test_plant_changes_what_it_lists_and_nothing_else(
    rows: int, seed: int, share: float, repeated: float, shuffled: float
) -> None:
    number = np.array([str(row) for row in range(rows)], dtype=object)
    recipe = Recipe(
        spoils=(Spoil("bad", "value", "ERR", share), Spoil("none", "value", "", share)),
        repeated=repeated,
        shuffled=shuffled,
        known={0: Fault(0, "known", True)},
    )
    placed, faults = plant(np.random.default_rng(seed), {"row": number, "value": number}, recipe)
    by_row = {fault.row: fault.kind for fault in faults}
    assert len(by_row) == len(faults) == caught_rows(faults)
    first_seen: set[str] = set()
    for place, (row, value) in enumerate(zip(placed["row"], placed["value"], strict=True)):
        kind = by_row.get(place)
        assert value == {"bad": "ERR", "none": ""}.get(kind or "", row)
        assert (row in first_seen) == (kind == "repeated row")
        assert (kind == "known") == (row == "0")
        first_seen.add(row)
    assert first_seen == set(number)
    kinds = Counter(fault.kind for fault in faults)
    assert (kinds["bad"] > 0) == (share > 0)
    assert len(placed["row"]) == rows + kinds["repeated row"]
