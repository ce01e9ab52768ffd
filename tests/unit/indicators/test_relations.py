"""How figures and areas relate: trend, target, ranking, similar areas, the tree of areas."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.indicators.rules.comparison import similar_areas, z_scores
from spiegelstad.indicators.rules.figures import Figure, Trend, is_better, meets, rank, trend
from spiegelstad.indicators.rules.hierarchy import (
    LooseArea,
    areas_table,
    from_table,
    members_table,
    parents,
    place_areas,
)
from spiegelstad.indicators.vocabulary import Direction


def _figure(code: str, value: float | None) -> Figure:
    return Figure(uuid4(), "x", "wijk", code, "2025", value, None, None, value is None, uuid4())


@pytest.mark.parametrize(
    ("change", "decimals", "expected"),
    [(None, 0, Trend.UNKNOWN), (0.4, 0, Trend.SAME), (0.4, 1, Trend.UP), (-2.0, 0, Trend.DOWN), (0.0, 3, Trend.SAME)],
)
def test_trend_is_what_the_shown_decimals_tell(change: float | None, decimals: int, expected: Trend) -> None:
    assert trend(change, decimals) is expected


def test_better_and_met_follow_the_wanted_direction() -> None:
    assert is_better(Trend.UP, Direction.HIGHER) is True and is_better(Trend.UP, Direction.LOWER) is False
    assert is_better(Trend.SAME, Direction.LOWER) is None and is_better(Trend.UP, Direction.NONE) is None
    assert meets(10, 10, Direction.HIGHER) is True and meets(11, 10, Direction.LOWER) is False
    assert meets(11, 10, Direction.NONE) is None


def test_ranking_shares_places_and_leaves_out_what_is_hidden() -> None:
    figures = [_figure("a", 3), _figure("b", None), _figure("c", 5), _figure("d", 5), _figure("e", 1)]
    places = [(one.place, one.figure.area_code) for one in rank(figures, Direction.HIGHER)]
    assert places == [(1, "c"), (1, "d"), (3, "a"), (4, "e")]
    assert [one.figure.area_code for one in rank(figures, Direction.LOWER)] == ["e", "a", "c", "d"]


def test_similar_areas_are_those_with_like_values_whatever_the_unit() -> None:
    values = {
        "income": {"ours": 30_000.0, "like": 30_500.0, "other": 60_000.0},
        "density": {"ours": 4.0, "like": 4.1, "other": 4.0},
    }
    found = similar_areas(values, "ours", 2)
    assert [one.area_code for one in found] == ["like", "other"] and found[0].distance < found[1].distance


def test_area_with_few_shared_indicators_is_not_compared() -> None:
    values = {name: {"ours": 1.0, "full": 2.0} for name in "abc"} | {"d": {"ours": 1.0, "full": 2.0, "poor": 1.0}}
    assert [one.area_code for one in similar_areas(values, "ours")] == ["full"]
    assert similar_areas(values, "unknown") == []


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(-1000, 1000).map(float), min_size=1))
def test_z_scores_have_mean_zero_and_deviation_one_or_zero(values: dict[str, float]) -> None:
    scores = list(z_scores(values).values())
    assert sum(scores) == pytest.approx(0, abs=1e-9)
    squares = sum(score**2 for score in scores) / len(scores)
    assert squares == pytest.approx(1) or squares == 0


LOOSE = [
    LooseArea("sector", "S1", "One", 4, "W1", 100.0),
    LooseArea("sector", "S2", "Two", 4, "", 200.0),
    LooseArea("wijk", "W1", "Wijk", 3, "M", 150.0),
    LooseArea("municipality", "M", "City", 2, "", 1000.0),
]


def test_area_lies_in_the_nearest_level_that_has_its_parents_code() -> None:
    assert parents(place_areas(LOOSE)) == {
        ("wijk", "W1"): ("municipality", "M"),
        ("sector", "S1"): ("wijk", "W1"),
        ("sector", "S2"): ("municipality", "M"),
    }


def test_area_without_parent_is_loose_in_a_region_of_several_municipalities() -> None:
    region = [*LOOSE, LooseArea("municipality", "N", "Other", 2, "", 1.0)]
    assert ("sector", "S2") not in parents(place_areas(region))


def test_members_hold_every_area_with_all_that_lies_in_it() -> None:
    rows = {tuple(row.values()) for row in members_table(place_areas(LOOSE)).to_pylist()}
    assert ("municipality", "M", "sector", "S1") in rows and ("sector", "S1", "sector", "S1") in rows
    assert len(rows) == 4 + 1 + 2 + 1


def test_frozen_areas_are_read_back_the_same() -> None:
    placed = place_areas(LOOSE)
    assert from_table(areas_table(placed)) == placed
    assert areas_table(list(reversed(placed))).num_rows == 4 and members_table([]).num_rows == 0
