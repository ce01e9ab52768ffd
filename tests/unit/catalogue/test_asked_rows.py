"""What is asked of rows, in an address: conditions, order, and the place behind a row. Pure."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.catalogue.pages.asked import AskedRows, Filter, asked_rows, behind, operators_of, place, value_of
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.selection.rules import ROW, All, Comparison, Order

COLUMNS = (
    Column("place", "VARCHAR"), Column("count", "BIGINT"), Column("share", "DOUBLE"), Column("open", "BOOLEAN"),
    Column("day", "DATE"), Column("at", "TIMESTAMP WITH TIME ZONE"), Column("shape", "BLOB"),
)  # fmt: skip
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "place": st.text(max_size=20), "count": st.integers(-(2**63), 2**63 - 1), "open": st.booleans(),
    "share": st.floats(allow_nan=False, allow_infinity=False), "day": st.dates(),
    "at": st.datetimes(timezones=st.just(UTC)),
}  # fmt: skip


def _asked(query: str) -> AskedRows:
    return asked_rows(dict(QueryDict(query).lists()), COLUMNS)


@given(st.sampled_from(COLUMNS), st.data(), st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text))
def test_address_holds_what_is_asked(column: Column, data: Any, text: str) -> None:
    operator = data.draw(st.sampled_from(operators_of(column.type)))
    one = Filter(column.name, operator, "" if operator in {"filled", "empty"} else text)
    query = AskedRows(filters=(one,), sort="-count", view="chart", known={c.name: c for c in COLUMNS}).address()
    found = _asked(query.removeprefix("?").partition("#")[0])
    assert (found.sort, found.view) == ("-count", "chart")
    assert found.filters == (one,) if found.problem is None else found.problem == one


@given(
    st.dictionaries(
        st.sampled_from(["f", "sort", "after", "view", "how", "column", "op", "v"]), st.lists(st.text(), max_size=9)
    )
)
def test_any_address_asks_something(parameters: Any) -> None:
    found = asked_rows(parameters, COLUMNS)
    assert len(found.filters) <= 8 and behind(found, (Order("count"), Order(ROW))) is not None
    assert found.where is None or isinstance(found.where, All)


@given(st.data(), st.sampled_from(list(VALUES)), st.integers(0, 10**9), st.booleans())
def test_place_leads_back_to_its_row(data: Any, name: str, number: int, is_missing: bool) -> None:
    value = None if is_missing else data.draw(VALUES[name])
    key = (Order(name), Order(ROW))
    asked = AskedRows(after=place({name: value, ROW: number}, key), known={c.name: c for c in COLUMNS})
    assert behind(asked, key) == (value, number)
    assert behind(asked, (Order(name), Order("place"), Order(ROW))) == (), "a place of another order is none"


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("1 200", "BIGINT", 1200), ("1,5", "DOUBLE", 1.5), ("1.5", "DOUBLE", 1.5), ("1.5", "BIGINT", None),
        ("inf", "DOUBLE", None), ("nan", "DOUBLE", None), ("9" * 30, "BIGINT", None), ("Ja", "BOOLEAN", True),
        ("maybe", "BOOLEAN", None), ("2026-01-31", "DATE", date(2026, 1, 31)), ("31/01/2026", "DATE", None),
        ("2026-01-31T12:00Z", "TIMESTAMP WITH TIME ZONE", datetime(2026, 1, 31, 12, tzinfo=UTC)), ("x", "BLOB", None),
    ],
)  # fmt: skip
def test_value_of_what_people_type(text: str, type_: str, value: Any) -> None:
    assert value_of(text, type_) == value


def test_condition_from_the_form_joins_those_before() -> None:
    found = _asked("f=place~contains~Kor&column=count&op=ge&v=+100+")
    assert found.where == All((Comparison("place", "contains", "Kor"), Comparison("count", "ge", 100)))
    wrong = _asked("column=count&op=contains&v=1")
    assert wrong.problem == Filter("count", "contains", "1") and wrong.where is None
