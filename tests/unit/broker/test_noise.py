"""Answers with noise: how large it is, that the margins hold, and that one person more or less cannot be told."""

import math
from decimal import Decimal

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.broker.rules import noise, sql
from spiegelstad.broker.rules.noise import Ask, Noisy, Settings
from spiegelstad.broker.rules.sheet import WrongQuestion

SETTINGS = Settings(("district",), {"income": (0.0, 5_000.0)}, {"work": ("a", "b")})


def drawn(value, epsilon, times=20_000):
    """Return many answers to one count, drawn at once."""
    return np.array([answer for answer, _ in noise.noisy([value] * times, 1, epsilon)])


def test_noise_of_a_count_is_as_large_as_said():
    off = drawn(100, 0.5, 20_000) - 100
    assert abs(off.mean()) < 0.4
    assert 2.3 < off.std() < 3.3, "a Laplace of scale 2 has a standard deviation of 2.8"
    margin = noise.count(100, 0.5).margin
    assert margin == pytest.approx(2 * math.log(20))
    assert 0.93 < np.mean(np.abs(off) <= margin) < 0.98


def test_differencing_two_counts_hardly_tells_one_person():
    """All people, and all but one: the best guess is right little more often than by chance."""
    epsilon = 0.1
    there = drawn(101, epsilon) - drawn(100, epsilon)
    absent = drawn(100, epsilon) - drawn(100, epsilon)
    right = (np.mean(there >= 1) + np.mean(absent < 1)) / 2
    assert 0.5 <= right < math.exp(2 * epsilon) / (1 + math.exp(2 * epsilon)) + 0.02


def test_isolating_filter_gives_mostly_noise():
    """A filter that leaves one person or nobody: both give the same answers about as often."""
    ones, nones = drawn(1, 0.1), drawn(0, 0.1)
    for mark in (-10, 0, 10):
        share, other = (np.mean(found > mark) for found in (ones, nones))
        assert share <= other * math.exp(0.1) + 0.02


@pytest.mark.parametrize("bounds", [(-10_001.0, 9_999.0), (0.0, 5_000.0), (-3.0, 0.1)])
def test_noise_of_a_sum_covers_what_the_database_makes_of_one_person(bounds, monkeypatch):
    """DuckDB rounds a half away from zero, and Python to even: noise for 5,000 parts did not hide 5,001."""
    told = []
    monkeypatch.setattr(noise, "noisy", lambda values, sensitivity, epsilon: told.append(sensitivity) or [(0, 0.0)])
    noise.total(0, bounds, 1.0)
    text, values = sql.total("m", bounds, (0.0, noise.unit_of(bounds)), {}, "")
    for most in (-1e9, 1e9):
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE t AS SELECT CAST(? AS DOUBLE) AS m", [most])
            ((parts, _people),) = connection.execute(text, values or None).fetchall()
        assert abs(parts) <= told[0]


def test_sum_hides_what_one_person_can_change_it_by():
    bounds = (0.0, 5_000.0)
    value = round(300_000 / noise.unit_of(bounds))
    told = [noise.total(value, bounds, 1.0) for _ in range(300)]
    assert np.std([one.value for one in told]) > 5_000
    assert np.mean([abs(one.value - 300_000) <= one.margin for one in told]) > 0.9


@pytest.mark.parametrize("people", [2_000, 40])
def test_margin_of_a_mean_holds(people):
    bounds = (0.0, 5_000.0)
    above = round(people * (1_800 - 2_500) / noise.unit_of(bounds))
    told = [noise.mean(above, people, bounds, 0.5) for _ in range(200)]
    assert np.mean([abs(one.value - 1_800) <= one.margin for one in told]) > 0.9
    assert all(0 <= one.value <= 5_000 for one in told)


def test_histogram_gives_every_category_its_noise():
    told = noise.histogram([500, 0, 3], 0.5)
    assert len(told) == 3
    seen = {one.value for _ in range(30) for one in noise.histogram([0, 0], 0.5)}
    assert len(seen) > 5, "an empty category has noise too"


@given(st.permutations(["x", "y", "y", "z"]))
def test_same_question_is_the_same_however_it_is_written(values):
    one = Noisy(Ask.COUNT, Decimal("0.1"), "", {"b": tuple(values), "a": ("q",)})
    other = Noisy(Ask.COUNT, Decimal("0.100"), "", {"a": ("q",), "b": ("x", "y", "z")})
    assert one.digest(SETTINGS, "who") == other.digest(SETTINGS, "who")


@pytest.mark.parametrize(
    "payload",
    [
        None, [], {"ask": "median"}, {"ask": "count", "column": "income"}, {"ask": "sum"}, {"ask": "count", "sql": "x"},
        {"ask": "count", "epsilon": "much"}, {"ask": "count", "epsilon": 0}, {"ask": "count", "epsilon": -1},
        {"ask": "count", "epsilon": "NaN"}, {"ask": "count", "epsilon": 1e9},
        {"ask": "count", "where": {"district": "x"}},
        {"ask": "count", "where": {"district": []}}, {"ask": "count", "where": {"district": ["x"] * 101}},
        {"ask": "count", "where": {"district": [1]}}, {"ask": "count", "where": {"who": ["p1"]}},
        {"ask": "sum", "column": "age"}, {"ask": "histogram", "column": "income"},
        {"ask": "mean", "column": ["income"]},
        {"ask": ["count"]}, {"ask": "count", "epsilon": {"a": 1}}, {"ask": "count", "where": {"district": ["\x00"]}},
    ],
)  # fmt: skip
def test_wrong_question_is_refused(payload):
    with pytest.raises(WrongQuestion):
        noise.check(noise.read(payload), SETTINGS)


@pytest.mark.parametrize(
    "wrong",
    [
        Settings(bounds={"x": (5.0, 5.0)}), Settings(bounds={"x": (0.0, math.inf)}), Settings(per_applicant=6.0),
        Settings(in_all=100.0), Settings(per_applicant=0.0), Settings(categories={"x": ()}),
        Settings(categories={"x": ("a", "a")}), Settings(per_applicant=math.nan),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(wrong):
    assert wrong.problems()
