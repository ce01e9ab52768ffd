"""CQL2 read from text and JSON, refused where it is wrong, and held against rows as a slow reference does it."""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.catalogue.rules import Column
from spiegelstad.ogc.cql2 import nodes
from spiegelstad.ogc.cql2.checking import KINDS, require_condition
from spiegelstad.ogc.cql2.json import read_json
from spiegelstad.ogc.cql2.nodes import Interval, InvalidFilter, Literal, Node, Op, Property, Shape, Values
from spiegelstad.ogc.cql2.text import read_text
from spiegelstad.ogc.layers import layer as layers
from spiegelstad.ogc.layers.building import ROW, build
from spiegelstad.ogc.layers.matching import matching

A, B, C = (Op("=", (Property(name), Literal(1))) for name in "abc")


def test_cql2_and_binds_closer_than_or() -> None:
    """A library that had this wrong is why the reader is our own."""
    assert read_text("a = 1 OR b = 1 AND c = 1") == Op("or", (A, Op("and", (B, C))))
    assert read_text("(a = 1 or b = 1) and not c = 1") == Op("and", (Op("or", (A, B)), Op("not", (C,))))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a = 1", {"op": "=", "args": [{"property": "a"}, 1]}),
        ("a <> 'it''s'", {"op": "<>", "args": [{"property": "a"}, "it's"]}),
        ('"a b" >= -1.5e2', {"op": ">=", "args": [{"property": "a b"}, -150.0]}),
        ("a IS NOT NULL", {"op": "not", "args": [{"op": "isNull", "args": [{"property": "a"}]}]}),
        ("a\n NOT LIKE 'x%'", {"op": "not", "args": [{"op": "like", "args": [{"property": "a"}, "x%"]}]}),
        ("a BETWEEN 1 AND 2", {"op": "between", "args": [{"property": "a"}, 1, 2]}),
        ("a IN (1, 2)", {"op": "in", "args": [{"property": "a"}, [1, 2]]}),
        ("a + 2 * b > 3", {"op": ">", "args": [
            {"op": "+", "args": [{"property": "a"}, {"op": "*", "args": [2, {"property": "b"}]}]}, 3]}),
        ("CASEI(a) = casei('É')", {"op": "=", "args": [
            {"op": "casei", "args": [{"property": "a"}]}, {"op": "casei", "args": ["É"]}]}),
        ("S_WITHIN(g, POLYGON((0 0,1 0,1 1,0 0)))", {"op": "s_within", "args": [
            {"property": "g"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}]}),
        ("S_INTERSECTS(g, BBOX(1, 2, 3, 4))", {"op": "s_intersects", "args": [
            {"property": "g"}, {"bbox": [1, 2, 3, 4]}]}),
        ("T_AFTER(t, TIMESTAMP('2024-01-01T00:00:00Z'))", {"op": "t_after", "args": [
            {"property": "t"}, {"timestamp": "2024-01-01T00:00:00Z"}]}),
        ("t = DATE('2024-02-29')", {"op": "=", "args": [{"property": "t"}, {"date": "2024-02-29"}]}),
        ("T_DURING(INTERVAL(s, e), INTERVAL('2024-01-01', '..'))", {"op": "t_during", "args": [
            {"interval": [{"property": "s"}, {"property": "e"}]}, {"interval": ["2024-01-01", ".."]}]}),
    ],
)  # fmt: skip
def test_cql2_text_and_json_say_the_same(text: str, same: dict[str, Any]) -> None:
    assert read_text(text) == read_json(json.dumps(same))


WRONG_TEXT = [
    "", " ", "a =", "= 1", "a = 1 and", "a = 1)", "((a = 1)", "a = 1 b = 2", "a = 'x", "a $ 1", "a IN ()", "a IN 1",
    "a BETWEEN 1", "a IS 1", "POINT", "S_INTERSECTS(g, POINT(1))", "S_INTERSECTS(g, POLYGON((0 0,1 1,1 0,0 1,0 0)))",
    "S_INTERSECTS(g, POINT EMPTY)", "S_INTERSECTS(g)", "BBOX(1,2,3)", "BBOX(1,2,'x',4)", "drop_table(a)", "a = 1e999",
    "t = DATE('2024-13-01')", "t = TIMESTAMP('2024-01-01')", "t = DATE(a)", "INTERVAL('x','..')", "NOT " * 100 + "a",
    "(" * 5_000, "a = " + "9" * 100, "a = 1 OR " * 900 + "a = 1", "a" * 9_000, "A_CONTAINS(a, (1))",
    "-" * 500 + "1 = a",
]  # fmt: skip
WRONG_JSON = [
    "", "{", "null", "[]x", "{}", '{"op":"="}', '{"op":1,"args":[]}', '{"op":"=","args":[1]}', '{"op":"x","args":[]}',
    '{"property":1}', '{"type":"Point","coordinates":["a"]}', '{"type":"Point"}', '{"bbox":[1,2]}', '{"bbox":"x"}',
    '{"date":1}', '{"timestamp":null}', '{"interval":["2024-01-01"]}', '{"interval":[null,null]}', "9" * 400,
    '{"op":"not","args":[' * 100 + "true" + "]}" * 100, '{"op":"=","args":[{"property":"a"},null]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}', '{"type":"GeometryCollection","geometries":[]}',
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG_TEXT)
def test_cql2_text_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        require_condition(read_text(text), {"a": "number", "g": "shape", "t": "date"})


@pytest.mark.parametrize("text", WRONG_JSON)
def test_cql2_json_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        require_condition(read_json(text), {"a": "number"})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("nothing = 1", "nothing"), ("name = 1", "name"), ("height > 'x'", "height"), ("no_such(name) = 1", "no_such"),
        ("height", "says nothing"), ("name LIKE name", "pattern"), ("g = g", "shape"), ("healthy > true", "truth"),
        ("day = TIMESTAMP('2024-01-01T00:00:00Z')", "day"), ("t_during(day, INTERVAL('2024-01-01','..'))", "intervals"),
        ("t_after(day, TIMESTAMP('2024-01-01T00:00:00Z'))", "moments"), ("s_within(name, POINT(1 2))", "geometry"),
        ("casei(height) = 'x'", "casei"), ("height + name > 1", "number"), ("height IN (1, 'x')", "height"),
        ("INTERVAL(day, moment) = 1", "interval"), ("NOT height", "condition"), ("1 IS NULL", "property"),
    ],
)  # fmt: skip
def test_cql2_refusal_names_what_is_wrong(text: str, named: str) -> None:
    with pytest.raises(InvalidFilter, match=named):
        require_condition(read_text(text), PROPERTIES)


def test_cql2_reader_takes_any_text() -> None:
    """Whatever it is given, it reads or refuses."""

    @given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)))
    @settings(max_examples=150, deadline=None)
    def check(text: str) -> None:
        for read in (read_text, read_json):
            with contextlib.suppress(InvalidFilter):
                require_condition(read(text), PROPERTIES)

    check()


PIECES = ["a", "name", "=", "<", "(", ")", "'", "'x'", "1", "-", "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS",
          "NULL", ",", "S_INTERSECTS", "POINT(1 2)", "POINT", "DATE", "'2024-01-01'", "INTERVAL", "{", '"op"', "[",
          "%"]  # fmt: skip

COLUMNS = (
    Column("name", "VARCHAR"), Column("height", "DOUBLE"), Column("rings", "BIGINT"), Column("healthy", "BOOLEAN"),
    Column("day", "DATE"), Column("last", "DATE"), Column("moment", "TIMESTAMP WITH TIME ZONE"), Column("g", "BLOB"),
)  # fmt: skip
PROPERTIES = {column.name: KINDS[column.type] for column in COLUMNS}
ROWS = 300
DAY, MOMENT = date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)


def _rows(seed: int) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    names = ["Eik", "eik", "Éik", "Linde", "a%b", "a_b", "x\ny", "", None]

    def maybe(value: Any) -> Any:
        return None if draw.random() < 0.1 else value

    def shape() -> Any:
        x, y = draw.integers(0, 10, 2)
        kinds = [shapely.Point(x, y), shapely.LineString([(x, y), (y, x + 1)]), shapely.box(x, y, x + 2, y + 1)]
        return maybe(kinds[int(draw.integers(0, 3))])

    return [
        {
            "name": names[int(draw.integers(0, len(names)))], "height": maybe(float(draw.integers(-2, 6)) / 2),
            "rings": maybe(int(draw.integers(-3, 4))), "healthy": maybe(bool(draw.integers(0, 2))),
            "day": maybe(DAY + timedelta(days=int(draw.integers(0, 5)))),
            "last": maybe(DAY + timedelta(days=int(draw.integers(2, 8)))),
            "moment": maybe(MOMENT + timedelta(hours=int(draw.integers(0, 5)))), "g": shape(),
        }
        for _ in range(ROWS)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[layers.Layer, list[dict[str, Any]]]:
    """Lay out rows of every kind."""
    folder, rows = tmp_path_factory.mktemp("layer"), _rows(7)
    types = {"rings": pa.int64(), "day": pa.date32(), "last": pa.date32(), "moment": pa.timestamp("us", "UTC")}
    columns = {name: [row[name] for row in rows] for name in PROPERTIES if name != "g"}
    arrays = {name: pa.array(values, types.get(name)) for name, values in columns.items()}
    arrays["g"] = pa.array([None if row["g"] is None else shapely.to_wkb(row["g"]) for row in rows], pa.binary())
    pq.write_table(pa.table(arrays), folder / "rows.parquet")
    build(folder / "rows.parquet", COLUMNS, ("g",), folder / "features.arrow", folder / "boxes.npy")
    return layers.read_layer("test", folder / "features.arrow", folder / "boxes.npy"), rows


def _scalar(name: str) -> st.SearchStrategy[Node]:
    values: dict[str, st.SearchStrategy[Any]] = {
        "name": st.sampled_from(["Eik", "eik", "Éik", "a%b", "", "M"]),
        "height": st.integers(-2, 6).map(lambda n: n / 2),
        "rings": st.integers(-3, 3), "healthy": st.booleans(),
        "day": st.integers(0, 5).map(lambda n: DAY + timedelta(days=n)),
        "moment": st.integers(0, 5).map(lambda n: MOMENT + timedelta(hours=n)),
    }  # fmt: skip
    return values[name].map(Literal)


_numbers = st.one_of(
    st.sampled_from([Property("height"), Property("rings")]),
    _scalar("rings"),
    st.tuples(st.sampled_from("+-*/%"), st.sampled_from([Property("height"), Property("rings")]), _scalar("rings")).map(
        lambda parts: Op(parts[0], parts[1:])
    ),
)
_box = st.tuples(*[st.integers(-1, 11)] * 2, *[st.integers(0, 6)] * 2).map(
    lambda n: Shape(shapely.box(n[0], n[1], n[0] + n[2] + 0.5, n[1] + n[3] + 0.5))
)
_triangle = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(
    lambda n: Shape(shapely.Polygon([(n[0], n[1]), (n[0] + 4, n[1] + 1), (n[0] + 1, n[1] + 5)]))
)
_point = st.tuples(st.integers(0, 10), st.integers(0, 10)).map(lambda n: Shape(shapely.Point(*n)))
_ends = st.one_of(st.none(), _scalar("day"))
_days = st.one_of(
    st.just(Interval(Property("day"), Property("last"))),
    st.tuples(_scalar("day"), st.integers(0, 4)).map(
        lambda pair: Interval(pair[0], Literal(pair[0].value + timedelta(days=pair[1])))
    ),
    st.tuples(_ends, st.none()).map(lambda pair: Interval(*pair)),
)
_instants = st.one_of(st.just(Property("day")), _scalar("day"), _days)


def _compared(name: str) -> st.SearchStrategy[Node]:
    signs = sorted(nodes.COMPARISONS) if name != "healthy" else ["=", "<>"]
    return st.tuples(st.sampled_from(signs), _scalar(name)).map(lambda pair: Op(pair[0], (Property(name), pair[1])))


_instant_operators = st.sampled_from(sorted(nodes.INSTANT_OR_INTERVAL))
_cases = st.sampled_from(["casei", "accenti"])
_conditions = st.recursive(
    st.one_of(
        *(_compared(name) for name in ("name", "height", "rings", "healthy", "day", "moment")),
        st.tuples(st.sampled_from(sorted(nodes.COMPARISONS)), _numbers, _numbers).map(lambda p: Op(p[0], p[1:])),
        st.sampled_from(sorted(PROPERTIES)).map(lambda name: Op("isNull", (Property(name),))),
        st.lists(_scalar("name"), min_size=1, max_size=4).map(lambda v: Op("in", (Property("name"), Values(tuple(v))))),
        st.tuples(_scalar("rings"), _scalar("rings")).map(lambda p: Op("between", (Property("rings"), *p))),
        st.sampled_from(["E%", "%i%", "_ik", "a\\%b", "a\\_b", "a_b", "x%y", "%", ""]).map(
            lambda p: Op("like", (Property("name"), Literal(p)))
        ),
        st.tuples(_cases, _scalar("name")).map(
            lambda p: Op("=", (Op(p[0], (Property("name"),)), Op(p[0], (p[1],))))
        ),
        st.tuples(st.sampled_from(sorted(nodes.SPATIAL)), st.one_of(_box, _triangle, _point), st.booleans()).map(
            lambda p: Op(p[0], (Property("g"), p[1]) if p[2] else (p[1], Property("g")))
        ),
        st.tuples(_instant_operators, _instants, _instants).map(lambda p: Op(p[0], p[1:])),
        st.tuples(st.sampled_from(sorted(nodes.INTERVALS_ONLY)), _days, _days).map(lambda p: Op(p[0], p[1:])),
        st.just(Property("healthy")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda some: Op("and", tuple(some))),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: Op("or", tuple(some))),
        inner.map(lambda one: Op("not", (one,))),
    ),
    max_leaves=6,
)  # fmt: skip


def test_cql2_finds_what_the_reference_finds(trees: tuple[layers.Layer, list[dict[str, Any]]]) -> None:
    layer, rows = trees
    numbers = layer.table.column(ROW).to_numpy()

    @given(_conditions)
    @settings(max_examples=150, deadline=None)
    def check(node: Node) -> None:
        require_condition(node, PROPERTIES)
        positions = matching(layer, node)
        assert positions is not None
        assert sorted(numbers[positions]) == [number for number, row in enumerate(rows) if value(node, row) is True]

    check()


# The reference: one row at a time, None for unknown.


def value(node: Node, row: dict[str, Any]) -> Any:
    """Return what a node comes to for a row."""
    match node:
        case Literal(value=found):
            return found
        case Property(name=name):
            return row[name]
        case Shape(geometry=geometry):
            return geometry
        case Interval(start=start, end=end):
            ends = [None if one is None else value(one, row) for one in (start, end)]
            unknown = any(one is not None and found is None for one, found in zip((start, end), ends, strict=True))
            return None if unknown else (ends[0] or date.min, ends[1] or date.max)
        case Op(name="and", args=args):
            found = [value(one, row) for one in args]
            return False if False in found else None if None in found else True
        case Op(name="or", args=args):
            found = [value(one, row) for one in args]
            return True if True in found else None if None in found else False
        case Op(name="isNull", args=(one,)):
            return value(one, row) is None
        case Op(name="in", args=(one, Values(items=items))):
            return value(Op("or", tuple(Op("=", (one, item)) for item in (*items, items[0]))), row)
        case Op(name="between", args=(one, low, high)):
            return value(Op("and", (Op(">=", (one, low)), Op("<=", (one, high)))), row)
        case Op(name=name, args=args) if name.startswith("t_"):
            return _interval(name, *([found if isinstance(found, tuple) else found and (found, found)
                                      for found in (value(one, row) for one in args)]))  # fmt: skip
        case Op(name=name, args=args):
            found = [value(one, row) for one in args]
            return None if None in found else _known(name, *found)
    raise TypeError(node)


def _known(name: str, left: Any, right: Any = None) -> Any:
    if name.startswith("s_"):
        return getattr(left, name.removeprefix("s_"))(right)
    if name in {"/", "%"} and right == 0:
        return None
    calculated = {
        "not": lambda: not left, "=": lambda: left == right, "<>": lambda: left != right, "<": lambda: left < right,
        "<=": lambda: left <= right, ">": lambda: left > right, ">=": lambda: left >= right, "+": lambda: left + right,
        "-": lambda: left - right, "*": lambda: left * right, "/": lambda: left / right,
        "%": lambda: float(np.fmod(left, right)), "casei": lambda: str.lower(left), "like": lambda: _like(left, right),
        "accenti": lambda: "".join(c for c in unicodedata.normalize("NFD", left) if unicodedata.category(c) != "Mn"),
    }  # fmt: skip
    return calculated[name]()


def _like(text: str, pattern: str) -> bool:
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    words = {"%": ".*", "_": "."}
    regex = "".join(re.escape(piece[1]) if piece[0] == "\\" else words.get(piece, re.escape(piece)) for piece in pieces)
    return re.fullmatch(regex, text, re.DOTALL) is not None


def _interval(name: str, one: Any, other: Any) -> bool | None:
    if one is None or other is None:
        return None
    (s, e), (s2, e2) = one, other
    found = {
        "t_after": s > e2, "t_before": e < s2, "t_contains": s < s2 and e > e2, "t_disjoint": e < s2 or s > e2,
        "t_during": s > s2 and e < e2, "t_equals": s == s2 and e == e2, "t_finishedby": s < s2 and e == e2,
        "t_finishes": s > s2 and e == e2, "t_intersects": not (e < s2 or s > e2), "t_meets": e == s2,
        "t_metby": s == e2, "t_overlappedby": s2 < s < e2 < e, "t_overlaps": s < s2 < e < e2,
        "t_startedby": s == s2 and e > e2, "t_starts": s == s2 and e < e2,
    }  # fmt: skip
    return found[name]


def test_layer_lies_along_the_curve(trees: tuple[layers.Layer, list[dict[str, Any]]]) -> None:
    """Every row is there once, and those without a place are last."""
    layer, rows = trees
    assert sorted(layer.table.column(ROW).to_pylist()) == list(range(ROWS))
    assert layer.located == sum(row["g"] is not None for row in rows)
    assert shapely.is_missing(layer.shapes(np.arange(layer.located, ROWS))).all()


def test_layer_needs_no_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())}), tmp_path / "p")
    build(
        tmp_path / "p",
        (Column("lon", "DOUBLE"), Column("lat", "DOUBLE")),
        ("lon", "lat"),
        tmp_path / "f",
        tmp_path / "b",
    )
    layer = layers.read_layer("empty", tmp_path / "f", tmp_path / "b")
    assert layer.bounds is None and len(layer.near((0, 0, 1, 1))) == 0
