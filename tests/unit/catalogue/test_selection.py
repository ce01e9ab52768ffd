"""Selections: the SQL says what the slow reference says, and what does not fit is refused with its name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any as Whatever

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.selection import reading
from spiegelstad.catalogue.selection.rules import (
    FUNCTIONS,
    MAX_CONDITIONS,
    MAX_DEPTH,
    ROW,
    Aggregate,
    All,
    Any,
    BadSelection,
    Comparison,
    Condition,
    InBox,
    Not,
    Order,
    Selection,
    Words,
    check,
    order_key,
)
from spiegelstad.catalogue.selection.sql import Source, translate
from tests.unit.catalogue.selection_reference import answer

COLUMNS = (
    Column("name", "VARCHAR"),
    Column('quo"te', "VARCHAR"),
    Column("count", "BIGINT"),
    Column("share", "DOUBLE"),
    Column("lon", "DOUBLE"),
    Column("lat", "DOUBLE"),
    Column("open", "BOOLEAN"),
    Column("day", "DATE"),
    Column("at", "TIMESTAMP WITH TIME ZONE"),
)
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ('quo"te', pa.string()),
        ("count", pa.int64()),
        ("share", pa.float64()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("open", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
TEXTS = ["name", 'quo"te']
_numbers = count()

text = st.text("aAbéÉ%_\\.*$' \n", max_size=5)
whole = st.integers(-3, 3)
number = st.sampled_from([-2.5, -1.0, 0.0, 0.5, 1.0, 2.25])
values: dict[str, st.SearchStrategy[Whatever]] = {
    "VARCHAR": text,
    "BIGINT": whole,
    "DOUBLE": number,
    "BOOLEAN": st.booleans(),
    "DATE": st.sampled_from([date(2024, 1, day) for day in (1, 2, 3)]),
    "TIMESTAMP WITH TIME ZONE": st.sampled_from([datetime(2024, 3, 31, hour, tzinfo=UTC) for hour in (0, 1, 2)]),
}
rows = st.lists(
    st.fixed_dictionaries({column.name: st.none() | values[column.type] for column in COLUMNS}), min_size=1, max_size=12
)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    column = draw(st.sampled_from(COLUMNS))
    operators = ["eq", "ne", "lt", "le", "gt", "ge", "in", "null"]
    operators += ["like", "ilike", "contains", "starts"] if column.type == "VARCHAR" else []
    operator = draw(st.sampled_from(operators))
    if operator == "null":
        return Comparison(column.name, operator, draw(st.booleans()))
    if operator == "in":
        return Comparison(column.name, operator, tuple(draw(st.lists(values[column.type], max_size=3))))
    return Comparison(column.name, operator, draw(values[column.type]))


boxes = st.tuples(number, number, number, number).map(lambda b: InBox((b[0], min(b[1], b[3]), b[2], max(b[1], b[3]))))
leaves = comparisons() | boxes | st.text("aAbé ", max_size=4).map(Words)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: All(tuple(found)))
        | st.lists(inner, max_size=3).map(lambda found: Any(tuple(found)))
        | inner.map(Not)
    ),
    max_leaves=5,
)
names = st.sampled_from([column.name for column in COLUMNS])


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    where = draw(st.none() | conditions)
    limit, offset = draw(st.none() | st.integers(0, 8)), draw(st.integers(0, 3))
    if draw(st.booleans()):
        columns = tuple(draw(st.lists(names | st.just(ROW), max_size=4, unique=True)))
        orders = draw(st.lists(names | st.just(ROW), max_size=3, unique=True))
        order_by = tuple(Order(name, draw(st.booleans())) for name in orders)
        return Selection(columns, where, order_by=order_by, limit=limit, offset=offset)
    groups = tuple(draw(st.lists(names, max_size=2, unique=True)))
    figures = []
    for i, function in enumerate(draw(st.lists(st.sampled_from(FUNCTIONS), min_size=not groups, max_size=3))):
        of = ["count", "share"] if function in {"sum", "avg", "median"} else [column.name for column in COLUMNS]
        column = draw(st.sampled_from([*of, ""] if function == "count" else of))
        figures.append(Aggregate(function, column, f"figure {i}"))
    orders = draw(st.lists(st.sampled_from([*groups, *(one.name for one in figures)]), max_size=2, unique=True))
    order_by = tuple(Order(name, draw(st.booleans())) for name in orders)
    return Selection((), where, groups, tuple(figures), order_by, limit, offset)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("selections") / "rows.parquet"


@pytest.fixture(scope="module")
def engine(file: Path) -> reading._Engine:
    return reading._Engine(file.parent)


def _ask(
    engine: reading._Engine, file: Path, selection: Selection, granted: Condition | None = None
) -> list[tuple[Whatever, ...]]:
    check(selection, COLUMNS)
    table = f"(SELECT *, file_row_number AS {ROW} FROM read_parquet('{file}'))"
    found = engine.table(translate(selection, COLUMNS, Source(table, COLUMNS, granted)))
    return [tuple(row) for row in zip(*(column.to_pylist() for column in found.columns), strict=True)]


def _write(file: Path, found: list[dict[str, Whatever]]) -> Path:
    """Write rows to a file of their own: the engine keeps footers and answers, since versions never change."""
    here = file.with_name(f"{next(_numbers)}.parquet")
    pq.write_table(pa.Table.from_pylist(found, SCHEMA), here, row_group_size=5)
    return here


def _near(found: list[tuple[Whatever, ...]]) -> list[tuple[Whatever, ...]]:
    return [tuple(round(value, 9) if isinstance(value, float) else value for value in row) for row in found]


@settings(max_examples=150, deadline=None)
@given(found=rows, selection=selections())
def test_sql_says_what_the_reference_says(
    engine: reading._Engine, file: Path, found: list[dict[str, Whatever]], selection: Selection
) -> None:
    """Also page by page: each page goes on behind the last row of the one before, and nothing is lost or twice."""
    here = _write(file, found)
    assert _near(_ask(engine, here, selection)) == _near(answer(selection, found, SCHEMA.names, TEXTS, ("lon", "lat")))
    here.unlink()


@settings(max_examples=40, deadline=None)
@given(found=rows, selection=selections())
def test_pages_by_key_are_the_whole(
    engine: reading._Engine, file: Path, found: list[dict[str, Whatever]], selection: Selection
) -> None:
    here = _write(file, found)
    if selection.is_grouped and not selection.group_by:
        return  # one row
    key = tuple(order.column for order in order_key(selection))
    shown = (*selection.group_by, *(one.name for one in selection.aggregates)) if selection.is_grouped else key
    base = {"where": selection.where, "group_by": selection.group_by, "aggregates": selection.aggregates}
    columns = () if selection.is_grouped else key
    whole = _ask(engine, here, Selection(columns, order_by=selection.order_by, **base))
    paged: list[tuple[Whatever, ...]] = []
    after: tuple[Whatever, ...] = ()
    while page := _ask(engine, here, Selection(columns, order_by=selection.order_by, limit=2, after=after, **base)):
        paged += page
        after = tuple(page[-1][shown.index(name)] for name in key)
    assert _near(paged) == _near(whole)
    here.unlink()


@settings(max_examples=40, deadline=None)
@given(found=rows, granted=conditions, selection=selections())
def test_granted_rows_are_all_there_is(
    engine: reading._Engine, file: Path, found: list[dict[str, Whatever]], granted: Condition,
    selection: Selection,
) -> None:  # fmt: skip
    """Whatever is asked of them, the others change nothing: not the figures, nor the numbers of the rows."""
    here = _write(file, found)
    everything = Selection(tuple(column.name for column in COLUMNS), granted)
    only = [dict(zip(everything.columns, row, strict=True)) for row in _ask(engine, here, everything)]
    apart = _write(file, only)
    assert _near(_ask(engine, here, selection, granted)) == _near(_ask(engine, apart, selection))
    here.unlink()
    apart.unlink()


REFUSED = {
    "nothing": Selection(columns=("nothing",)),
    "count": Selection(where=Comparison("count", "eq", "3")),
    "share": Selection(where=Comparison("share", "lt", float("inf"))),
    "at": Selection(where=Comparison("at", "lt", datetime(2024, 1, 1))),  # noqa: DTZ001  a naive one
    "day": Selection(where=Comparison("day", "eq", datetime(2024, 1, 1, tzinfo=UTC))),
    "open": Selection(where=Comparison("open", "eq", 1)),
    "name": Selection(where=Comparison("name", "eq", None)),
    "lon": Selection(where=Comparison("lon", "contains", "3")),
    "lat": Selection(where=Comparison("lat", "in", 3)),
    'quo"te': Selection(aggregates=(Aggregate("sum", 'quo"te', "total"),)),
}


@pytest.mark.parametrize("column", REFUSED)
def test_what_does_not_fit_is_refused_by_name(column: str) -> None:
    with pytest.raises(BadSelection) as caught:
        check(REFUSED[column], COLUMNS)
    assert caught.value.extra["column"] == column and repr(column) in caught.value.detail


def _nested(depth: int) -> Condition:
    condition: Condition = Comparison("count", "eq", 1)
    for _ in range(depth):
        condition = Not(condition)
    return condition


@pytest.mark.parametrize(
    "selection",
    [
        Selection(where=_nested(MAX_DEPTH)),
        Selection(where=_nested(100_000)),
        Selection(where=All((Comparison("count", "eq", 1),) * MAX_CONDITIONS)),
        Selection(where=Comparison("name", "eq", "x" * 3_000)),
        Selection(where=Comparison("count", "eq", 2**63)),
        Selection(where=Comparison("name", "drop", "x")),
        Selection(where=InBox((0, 2, 1, 1))),
        Selection(where=InBox((float("nan"), 0, 1, 1))),
        Selection(where=InBox((200, 50, 10, 52))),
        Selection(where=InBox((10, 50, -200, 52))),
        Selection(columns=("name",), group_by=("name",)),
        Selection(columns=("name", "name")),
        Selection(group_by=("name",), aggregates=(Aggregate("count", "", "Name"),)),
        Selection(aggregates=(Aggregate("system", "name", "x"),)),
        Selection(group_by=("name",), order_by=(Order("count"),)),
        Selection(limit=-1),
        Selection(offset=10**9),
        Selection(after=(1, 2)),
        Selection(order_by=(Order("name"),), after=(1, 2)),
    ],
)
def test_what_is_too_much_or_senseless_is_refused(selection: Selection) -> None:
    with pytest.raises(BadSelection):
        check(selection, COLUMNS)


def test_no_column_or_value_becomes_sql(engine: reading._Engine, file: Path) -> None:
    """The one test that looks at the SQL: it holds nothing of what was asked but quoted names."""
    evil = '"; DROP TABLE x; --'
    columns = (Column(evil, "VARCHAR"),)
    where = All((Comparison(evil, "eq", "'; secret"), Words("secret"), Comparison(evil, "like", "%secret'")))
    statement = translate(Selection(where=where), columns, Source("rows", columns))
    assert "secret" not in statement.sql
    assert statement.sql.replace('"""; DROP TABLE x; --"', "").count('"') == 0
