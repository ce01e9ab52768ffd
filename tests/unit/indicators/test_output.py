"""The output contract and what figures are made of it: values, hidden cells, rows for COPY."""

from __future__ import annotations

import csv
import io
import math
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.catalogue.public import Theme as CatalogueTheme
from spiegelstad.indicators.formats.copy_rows import COLUMNS, copy_rows, new_ids
from spiegelstad.indicators.formats.definition import IndicatorDefinition
from spiegelstad.indicators.rules.output import BrokenFormula, Cells, check_output, is_main_period, suppress
from spiegelstad.indicators.vocabulary import Period, Theme

AREAS = {"municipality\x1fC", "wijk\x1fA", "wijk\x1fB"}


def _definition(**changes: Any) -> IndicatorDefinition:
    text = {"nl": "x", "en": "x"}
    fields = {"indicator": "x", "title": text, "explanation": text, "theme": "green", "unit": "C62", "period": "year"}
    return IndicatorDefinition(**{**fields, "area_types": ["municipality", "wijk"], **changes})


def _table(*rows: tuple[Any, ...], names: str = "area_type area_code period numerator denominator") -> pa.Table:
    columns = names.split()
    return pa.table({name: [row[number] for row in rows] for number, name in enumerate(columns)})


def test_output_is_sorted_and_divided() -> None:
    cells = check_output(
        _table(("wijk", "B", "2025", 1, 4), ("wijk", "A", "2025", 1, 3)), _definition(unit="P1"), AREAS
    )
    assert cells.area_code.to_pylist() == ["A", "B"]
    assert cells.value.tolist() == [100 / 3, 25.0]


def test_nothing_divided_by_nobody_is_no_value() -> None:
    cells = check_output(_table(("wijk", "A", "2025", 0, 0), ("wijk", "B", "2025", None, 3)), _definition(), AREAS)
    assert np.isnan(cells.value).all() and cells.denominator.tolist() == [0, 3]


def test_given_value_counts_even_with_numerator_and_denominator() -> None:
    table = _table(("wijk", "A", "2025", 7.5, 1, 4), names="area_type area_code period value numerator denominator")
    assert check_output(table, _definition(), AREAS).value.tolist() == [7.5]


def test_rows_of_other_area_types_are_left_out() -> None:
    table = _table(("wijk", "A", "2025", 1, 2), ("street", "S", "2025", 1, 2))
    assert check_output(table, _definition(), AREAS).area_type.to_pylist() == ["wijk"]


def test_everything_wrong_is_said_at_once() -> None:
    rows = [("wijk", "Z", "2025", 1, 2), ("wijk", "A", "25", 1, math.inf), ("wijk", "A", "25", 1, 2)]
    with pytest.raises(BrokenFormula, match=r"don't exist.*periods of the kind year.*twice.*infinite"):
        check_output(_table(*rows), _definition(), AREAS)


@pytest.mark.parametrize(
    ("changes", "row", "said"),
    [
        ({"minimum_cell": 5}, ("wijk", "A", "2025", 1, None), "cell size isn't known"),
        ({"minimum_cell": 5}, ("wijk", "A", "2025", 1, -3), "negative"),
        ({"minimum_cell": 5, "suppress_on": "value"}, ("wijk", "A", "2025", 1, 3), "doesn't return"),
    ],
)
def test_cell_size_must_be_known_where_it_counts(changes: dict[str, Any], row: tuple[Any, ...], said: str) -> None:
    with pytest.raises(BrokenFormula, match=said):
        check_output(_table(row), _definition(**changes), AREAS)


@pytest.mark.parametrize(
    ("period", "right", "wrong"),
    [
        (Period.YEAR, ["2025"], ["25", "2025-01", ""]),
        (Period.MONTH, ["2025-01", "2025"], ["2025-13", "2025-1", "2025-01-01"]),
        (Period.DAY, ["2025-01-31", "2025-01", "2025"], ["2025-01-32", "2025-1-1"]),
        (Period.NONE, [""], ["2025"]),
    ],
)
def test_periods_are_of_the_declared_kind(period: Period, right: list[str], wrong: list[str]) -> None:
    definition = _definition(period=period.value)
    for text in right:
        assert len(check_output(_table(("wijk", "A", text, 1, 2)), definition, AREAS)) == 1
    for text in wrong:
        with pytest.raises(BrokenFormula):
            check_output(_table(("wijk", "A", text, 1, 2)), definition, AREAS)
    assert is_main_period(right[0], period) and not any(is_main_period(text, period) for text in right[1:])


def test_hidden_figure_keeps_no_number() -> None:
    rows = [("wijk", "A", "2025", 1, 4), ("wijk", "B", "2025", 30, 60), ("municipality", "C", "2025", 31, 64)]
    definition = _definition(minimum_cell=10)
    parents = {("wijk", "A"): ("municipality", "C"), ("wijk", "B"): ("municipality", "C")}
    cells = suppress(check_output(_table(*rows), definition, AREAS), definition, parents)
    hidden = dict(zip(cells.area_code.to_pylist(), cells.suppressed.tolist(), strict=True))
    assert hidden == {"C": False, "A": True, "B": True}
    assert np.isnan([cells.value[1:], cells.numerator[1:], cells.denominator[1:]]).all()
    assert cells.value[0] == 31 / 64


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers=st.lists(st.tuples(finite | st.none(), finite, finite), min_size=1, max_size=20))
def test_rows_for_copy_give_the_same_doubles_back(numbers: list[tuple[float | None, float, float]]) -> None:
    codes = [f'a"{number}, b\n' for number in range(len(numbers))]
    columns = [np.array([np.nan if row[at] is None else row[at] for row in numbers]) for at in range(3)]
    count = len(numbers)
    cells = Cells(
        pa.array(["wijk"] * count), pa.array(codes), pa.array([""] * count), *columns, np.zeros(count, dtype=bool)
    )  # fmt: skip
    computation = uuid4()
    text = copy_rows("teststad", [(computation, cells), (computation, cells)]).decode()
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in csv.reader(io.StringIO(text, newline=""))]
    assert [row["area_code"] for row in rows] == codes * 2
    read = [tuple(float(row[k]) if row[k] else None for k in ("value", "numerator", "denominator")) for row in rows]
    assert read == numbers * 2
    assert len({row["id"] for row in rows}) == count * 2


def test_new_ids_are_version_7_of_now() -> None:
    ids = [UUID(text) for text in new_ids(1000).to_pylist()]
    assert {one.version for one in ids} == {7} and {one.variant for one in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == 1000 and len({one.int >> 80 for one in ids}) == 1


def test_themes_are_those_of_the_catalogue() -> None:
    assert [theme.value for theme in Theme] == [theme.value for theme in CatalogueTheme]
