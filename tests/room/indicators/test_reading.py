"""Reads for pages: the newest figures, profiles, maps, rankings and explorations, in few queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from spiegelstad.indicators import public
from spiegelstad.indicators.testing import SECTORS, SHARE_SQL, make_figures, make_population, write_definition
from tests.conftest import People

pytestmark = pytest.mark.django_db
Queries = Callable[[int], AbstractContextManager[object]]

MONTHLY = """
SELECT m.area_type, m.area_code, p.year || '-' || month AS period, sum(p.inhabitants) AS value
FROM population p JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector,
     (VALUES ('01'), ('02')) AS months (month)
GROUP BY ALL
UNION ALL
SELECT m.area_type, m.area_code, p.year::VARCHAR, 2 * sum(p.inhabitants)
FROM population p JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
"""


@pytest.fixture
def city(people: People, tmp_path: Path) -> str:
    """A city of squares with three indicators."""
    folder = tmp_path / "indicators"
    targets = [
        {"area_type": "wijk", "value": 26, "on": "2030-12-31"},
        {"area_type": "wijk", "area_code": "W1", "value": 20, "on": "2028-12-31"},
    ]
    write_definition(folder, "older", SHARE_SQL, unit="P1", direction="lower", targets=targets, similarity=True)
    write_definition(folder, "monthly", MONTHLY, period="month", theme="housing")
    make_figures(people.system.tenant_id, folder, minimum_cell=60, suppress_on="value")
    return people.system.tenant_id


def test_newest_figure_comes_with_trend_and_target(
    people: People, city: str, django_assert_num_queries: Queries
) -> None:
    with django_assert_num_queries(2):
        found = {one.indicator.slug: one for one in public.latest(people.nobody, "wijk", "W1")}
    assert list(found) == ["monthly", "inhabitants", "older"], "by theme and slug"
    inhabitants, older = found["inhabitants"], found["older"]
    assert (inhabitants.figure.period, inhabitants.figure.value, inhabitants.change) == ("2025", 340, 20)
    assert inhabitants.trend is public.Trend.UP and inhabitants.is_better is None and inhabitants.target is None
    assert older.target is not None and older.target.value == 20 and older.is_target_met is False
    assert older.indicator.target_for("wijk", "W2").value == 26  # type: ignore[union-attr]
    assert found["monthly"].figure.period == "2025-02", "the year's total isn't a month"
    assert [one.indicator.slug for one in public.latest(people.nobody, "wijk", "W1", slugs=["older", "monthly"])] == [
        "older",
        "monthly",
    ]
    assert public.latest(people.nobody, "wijk", "W9") == []


def test_hidden_figure_has_neither_change_nor_verdict(people: People, city: str) -> None:
    (hidden,) = public.latest(people.nobody, "sector", "W3A", slugs=["inhabitants"])
    assert hidden.figure.suppressed and hidden.figure.value is None
    assert hidden.change is None and hidden.trend is public.Trend.UNKNOWN and hidden.is_target_met is None


def test_profile_stands_beside_city_and_similar_areas(
    people: People, city: str, django_assert_max_num_queries: Queries
) -> None:
    with django_assert_max_num_queries(5):
        profile = public.profile(people.nobody, "wijk", "W1", similar=2)
    assert [one.indicator.slug for one in (row.latest for row in profile.rows)] == ["monthly", "inhabitants", "older"]
    inhabitants = profile.rows[1]
    assert inhabitants.city is not None and inhabitants.city.value == sum(c[2] for c in SECTORS.values())
    assert [one.slug for one in profile.compared_on] == ["older"] and len(profile.similar) == 2
    values = [figure.value for figure in inhabitants.similar]
    assert inhabitants.similar_mean == sum(v for v in values if v is not None) / 2
    assert {figure.period for figure in inhabitants.similar} == {"2025"}


def test_profile_of_the_city_and_of_an_unknown_area(people: People, city: str) -> None:
    assert public.profile(people.nobody, "municipality", "M").similar == ()
    assert public.profile(people.nobody, "wijk", "W9").rows == ()


def test_map_shows_the_newest_period_or_the_chosen_one(
    people: People, city: str, django_assert_num_queries: Queries
) -> None:
    with django_assert_num_queries(3):
        newest = public.choropleth(people.nobody, "inhabitants", "sector")
    assert newest.period == "2025" and newest.periods == ("2023", "2024", "2025") and len(newest.figures) == 8
    assert public.choropleth(people.nobody, "inhabitants", "sector", "2023").figures[0].value == 100
    assert public.choropleth(people.nobody, "inhabitants", "sector", "1830").period == "2025"
    assert public.choropleth(people.nobody, "inhabitants", "street").figures == ()


def test_ranking_goes_from_best_to_worst(people: People, city: str) -> None:
    assert [one.figure.area_code for one in public.ranking(people.nobody, "inhabitants", "wijk")][:2] == ["W2", "W1"]
    older = public.ranking(people.nobody, "older", "wijk")
    values = [one.figure.value for one in older]
    assert values == sorted(values, key=lambda value: value or 0) and older[0].place == 1


def test_exploration_joins_indicators_areas_and_periods(
    people: People, city: str, django_assert_num_queries: Queries
) -> None:
    with django_assert_num_queries(2):
        found = public.explore(people.nobody, ["older", "inhabitants"], area_type="wijk", areas=["W1", "W2"],
                               periods=["2024", "2025"])  # fmt: skip
    assert [one.slug for one in found.indicators] == ["older", "inhabitants"]
    assert [(f.indicator, f.area_code, f.period) for f in found.figures][:3] == [
        ("older", "W1", "2024"), ("older", "W1", "2025"), ("older", "W2", "2024"),
    ]  # fmt: skip
    assert len(found.figures) == 8 and not found.is_cut
    cut = public.explore(people.nobody, ["inhabitants"], area_type="wijk", limit=5)
    assert len(cut.figures) == 5 and cut.is_cut
    assert public.explore(people.nobody, ["absent"], area_type="wijk").figures == ()


def test_reads_show_only_current_figures(people: People, city: str) -> None:
    make_population(city, {**SECTORS, "W1A": [1000, 1000, 1000]})
    public.compute(by=people.system)
    figures = public.figures(people.nobody, "inhabitants", areas=["W1"])
    assert [figure.value for figure in figures] == [1200, 1210, 1220]
    assert len(public.computations(people.nobody, "inhabitants")) == 2


def test_no_read_crosses_to_another_city(people: People, city: str) -> None:
    assert public.latest(people.foreigner, "wijk", "W1") == []
    with pytest.raises(public.UnknownIndicator):
        public.choropleth(people.foreigner, "inhabitants", "wijk")
    with pytest.raises(public.UnknownIndicator):
        public.computations(people.foreigner, "inhabitants")
    assert public.explore(people.foreigner, ["inhabitants"], area_type="wijk").figures == ()
