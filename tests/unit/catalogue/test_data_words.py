"""Searching the list, and the words of the pages."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.catalogue.formats.parquet import column_type
from spiegelstad.catalogue.formats.preview import in_words
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.rules import Column, Quality
from spiegelstad.catalogue.search.rules import fold


def test_fold_forgets_accents_and_capitals() -> None:
    assert fold("Café ÉÉN") == "cafe een"


@pytest.mark.parametrize(
    ("share", "says"),
    [(1.0, "100 %"), (0.99999, "99,9 %"), (0.5, "50 %"), (0.987, "98,7 %"), (0.0, "0 %")],
)
def test_share_words_call_only_everything_a_hundred(share: float, says: str) -> None:
    with translation.override("nl"):
        assert words.share_words(share) == says


@given(st.floats(0, 1))
def test_share_words_never_round_up(share: float) -> None:
    with translation.override("en"):
        assert float(words.share_words(share).removesuffix(" %")) <= share * 100 + 1e-6


@pytest.mark.parametrize(
    ("count", "says"), [(0, "0 bytes"), (1023, "1.023 bytes"), (1536, "1,5 kB"), (5 * 2**30, "5,0 GB"),
     (2**50, "1.048.576,0 GB")]
)  # fmt: skip
def test_size_words(count: int, says: str) -> None:
    with translation.override("nl"):
        assert words.size_words(count) == says


def test_quality_without_checks_is_not_called_good() -> None:
    assert words.quality_mark(Quality()) is None


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("required", "is ingevuld"),
        ("minimum 0", "is minstens 0"),
        ("pattern [0-9]{5}", "heeft de vorm [0-9]{5}"),
        ("values D, FT", "is een van: D, FT"),
        ("type number", "heeft het juiste type"),
        ("own rule {x}", "own rule {x}"),
    ],
)
def test_rule_words(rule: str, says: str) -> None:
    with translation.override("nl"):
        assert words.rule_words(rule) == says


def test_period_words_name_one_day_once() -> None:
    day = datetime(2024, 6, 30, 23, tzinfo=UTC)
    with translation.override("nl"):
        assert words.period_words(day, day) == "1 juli 2024"
        assert words.period_words(None, None) == ""
        assert words.period_words(None, day) == "1 juli 2024"


@pytest.mark.parametrize(
    ("value", "column", "says"),
    [
        (2024, Column("year", "BIGINT"), "2024"),
        (12345, Column("n", "BIGINT", "C62"), "12.345"),
        (3.7254321, Column("lon", "DOUBLE"), "3,725432"),
        (1234.5, Column("v", "DOUBLE"), "1.234,5"),
        (None, Column("v", "DOUBLE"), "–"),
        (True, Column("b", "BOOLEAN"), "ja"),
        (date(2024, 1, 2), Column("d", "DATE"), "2024-01-02"),
        (datetime(2024, 1, 2, 23, tzinfo=UTC), Column("t", "TIMESTAMP WITH TIME ZONE"), "2024-01-03 00:00:00"),
        (b"not wkb", Column("g", "BLOB"), "–"),
        ("x" * 90, Column("s", "VARCHAR"), "x" * 80 + "…"),
        (float("nan"), Column("v", "DOUBLE"), "–"),
        (float("inf"), Column("v", "DOUBLE"), "–"),
    ],
)
def test_preview_words(value: object, column: Column, says: str) -> None:
    with translation.override("nl"):
        assert in_words({column.name: value}, [column], "nl") == [says]


@pytest.mark.parametrize(
    ("arrow", "name"),
    [
        (pa.string(), "VARCHAR"), (pa.large_string(), "VARCHAR"), (pa.int32(), "BIGINT"), (pa.float32(), "DOUBLE"),
        (pa.timestamp("us", "UTC"), "TIMESTAMP WITH TIME ZONE"), (pa.timestamp("us"), "timestamp[us]"),
        (pa.dictionary(pa.int8(), pa.string()), "VARCHAR"), (pa.list_(pa.int8()), "list<element: int8>"),
    ],
)  # fmt: skip
def test_column_type_of_arrow(arrow: pa.DataType, name: str) -> None:
    assert column_type(arrow).replace("item", "element") == name
