"""What makes a declaration and a file right, and when a version may go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.catalogue.rules import (
    Column,
    DatasetIn,
    SourceInfo,
    is_past_retention,
    problems_of_columns,
    problems_of_dataset,
    problems_of_file,
)

GOOD = {
    "slug": "bicycle-counts",
    "title": {"nl": "Fietsers"},
    "theme": "mobility",
    "licence_uri": "https://creativecommons.org/publicdomain/zero/1.0/",
    "columns": (Column("a", "BIGINT"),),
    "source": SourceInfo("x"),
}


def test_dataset_that_is_right_has_no_problems() -> None:
    assert problems_of_dataset(DatasetIn(**GOOD)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"slug": "Fietsers!"}, "small letters"),
        ({"slug": "a" * 81}, "small letters"),
        ({"theme": "sports"}, "not a theme"),
        ({"classification": "internal"}, "say why it is internal"),
        ({"classification": "personal", "classification_reason": "  ", "processing": "a"}, "say why it is personal"),
        ({"classification": "personal", "classification_reason": "people"}, "in the processing register"),
        ({"hvd_category": "sports"}, "not a hvd_category"),
        ({"frequency": "often"}, "not a frequency"),
        ({"retention_days": 0}, "at least 1"),
        ({"title": {"nl": ""}}, "title is empty"),
        ({"columns": ()}, "no columns"),
        ({"columns": (Column("a", "BIGINT"), Column("A", "DOUBLE"))}, "stands there twice"),
        ({"columns": (Column("a", "MONEY"),)}, "not a type"),
    ],
)
def test_dataset_problem_is_named(change: dict[str, object], says: str) -> None:
    problems = problems_of_dataset(DatasetIn(**{**GOOD, **change}))
    assert len(problems) == 1
    assert says in problems[0]


def test_file_problems_are_all_named_at_once() -> None:
    declared = [Column("a", "BIGINT"), Column("b", "DOUBLE")]
    problems = problems_of_file(declared, {"a": "VARCHAR", "c": "DATE"})
    assert problems == [
        "the column 'b' is missing in the file",
        "the column 'c' of the file is not declared",
        "the column 'a' is VARCHAR in the file and BIGINT in the declaration",
    ]
    assert problems_of_columns(declared) == problems_of_file(declared, {"a": "BIGINT", "b": "DOUBLE"}) == []


@given(st.integers(0, 400), st.integers(1, 365))
def test_retention_counts_from_the_day_a_version_was_replaced(age_days: int, keep_days: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert is_past_retention(at - timedelta(days=age_days), keep_days, at) == (age_days > keep_days)
    assert not is_past_retention(None, keep_days, at)
    assert not is_past_retention(at - timedelta(days=age_days), None, at)
