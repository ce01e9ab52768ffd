"""A selection as one SELECT of DuckDB: every name quoted, every value bound. Pure.

Patterns become `contains`, `prefix` or an expression for RE2, which all take a time that grows with the text alone:
DuckDB's own LIKE can be made to try without end.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from spiegelstad.catalogue.rules import Bounds, Column, geometry_of
from spiegelstad.catalogue.selection.rules import (
    ROW,
    Aggregate,
    All,
    Any,
    Comparison,
    Condition,
    InBox,
    Not,
    Order,
    Selection,
    Value,
    Words,
    order_key,
)
from spiegelstad.catalogue.vocabulary import ColumnType

Bound = Value | bytes
_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SPECIAL = re.compile(r"\\(.)|([%_])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$name` for each value of `values`."""

    sql: str
    values: dict[str, Bound]


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: SQL of a table that has `columns` and `ROW`.

    `granted`: a condition that comes before everything, the numbers of rows too: who is given some of the rows does
    not learn how many lie between.
    """

    table: str
    columns: Sequence[Column]
    granted: Condition | None = None


@dataclass
class _Writer:
    """Translates over one set of columns, and keeps the values to bind."""

    columns: Sequence[Column]
    values: dict[str, Bound] = field(default_factory=dict)

    def bind(self, value: Bound) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def condition(self, condition: Condition) -> str:
        """Return SQL in brackets, so that it can stand anywhere."""
        match condition:
            case Comparison():
                return f"({self._comparison(condition)})"
            case All(conditions):
                return "(" + (" AND ".join(map(self.condition, conditions)) or "TRUE") + ")"
            case Any(conditions):
                return "(" + (" OR ".join(map(self.condition, conditions)) or "FALSE") + ")"
            case Not(inner):
                return f"(NOT {self.condition(inner)})"
            case InBox(bounds):
                return f"({self._box(bounds)})"
            case Words(text):
                return f"({self._words(text.split())})"

    def _comparison(self, comparison: Comparison) -> str:
        name, value = identifier(comparison.column), comparison.value
        match comparison.operator:
            case "null":
                return f"{name} IS NULL" if value else f"{name} IS NOT NULL"
            case "in":
                assert isinstance(value, tuple)
                return f"{name} IN ({', '.join(map(self.bind, value))})" if value else "FALSE"
            case "contains":
                return f"contains(lower({name}), lower({self.bind(value)}))"  # type: ignore[arg-type]
            case "starts":
                return f"starts_with(lower({name}), lower({self.bind(value)}))"  # type: ignore[arg-type]
            case "like" | "ilike":
                options = "si" if comparison.operator == "ilike" else "s"
                return f"regexp_full_match({name}, {self.bind(expression_of(str(value)))}, '{options}')"
            case operator:
                return f"{name} {_SIGNS[operator]} {self.bind(value)}"  # type: ignore[arg-type]

    def _box(self, bounds: Bounds) -> str:
        west, south, east, north = bounds
        where = geometry_of(self.columns)
        assert where is not None
        if west > east:  # across the date line
            parts = ((west, south, 180.0, north), (-180.0, south, east, north))
            return " OR ".join(f"({self._box(part)})" for part in parts)
        if len(where) == 1:
            return (
                f"st_intersects_extent(TRY(st_geomfromwkb({identifier(where[0])})), "
                f"st_geomfromwkb({self.bind(_rectangle(bounds))}))"
            )
        lon, lat = map(identifier, where)
        return (
            f"{lon} BETWEEN {self.bind(west)} AND {self.bind(east)} "
            f"AND {lat} BETWEEN {self.bind(south)} AND {self.bind(north)}"
        )

    def _words(self, words: Sequence[str]) -> str:
        texts = [identifier(column.name) for column in self.columns if column.type == ColumnType.VARCHAR]
        if not texts:
            return "FALSE" if words else "TRUE"
        whole = f"strip_accents(lower(concat_ws(chr(10), {', '.join(texts)})))"  # no word holds a line's end
        return " AND ".join(f"contains({whole}, strip_accents(lower({self.bind(word)})))" for word in words) or "TRUE"

    def after(self, key: Sequence[Order], values: Sequence[Value]) -> str:
        """Return the condition of what comes behind `values` in this order, in which missing values are last."""
        bound = [None if value is None else self.bind(value) for value in values]
        ways, same = [], ""
        for order, value in zip(key, bound, strict=True):
            name = identifier(order.column)
            if value is not None:
                ways.append(f"({same}({name} {'<' if order.descending else '>'} {value} OR {name} IS NULL))")
            same += f"{name} = {value} AND " if value is not None else f"{name} IS NULL AND "
        return f"({' OR '.join(ways) or 'FALSE'})"


def translate(selection: Selection, columns: Sequence[Column], source: Source) -> Statement:
    """Return the SQL of a selection that was checked against `columns`, which are those of `source` or some of them."""
    writer = _Writer(columns)
    table = source.table if source.granted is None else _granted(writer, source, source.granted)
    where = [] if selection.where is None else [writer.condition(selection.where)]
    behind = [writer.after(order_key(selection), selection.after)] if selection.after else []
    if selection.is_grouped:
        inner = f"SELECT {_groups(selection, columns)} FROM {table}{_where(where)}{_group_by(selection)}"  # noqa: S608
        sql = f"SELECT * FROM ({inner}){_where(behind)}"  # noqa: S608
    else:
        names = selection.columns or tuple(column.name for column in columns)
        sql = f"SELECT {', '.join(map(identifier, names))} FROM {table}{_where(where + behind)}"  # noqa: S608
    return Statement(sql + _order_by(selection) + _range(selection), writer.values)


def worded(statement: Statement, text: str, also: Sequence[str] = ()) -> Statement:
    """Return the statement with one text for each row (SQL over its columns), and these columns behind it."""
    columns = ", ".join((text, *(identifier(name) for name in also)))
    return Statement(f"SELECT {columns} FROM ({statement.sql})", statement.values)  # noqa: S608


def counted(statement: Statement) -> Statement:
    """Return the statement that counts the rows of another."""
    return Statement(f"SELECT count(*) FROM ({statement.sql})", statement.values)  # noqa: S608


def identifier(name: str) -> str:
    """Return a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def expression_of(pattern: str) -> str:
    """Return a pattern of LIKE as an expression for RE2."""
    parts, end = [], 0
    for found in _SPECIAL.finditer(pattern):
        parts.append(re.escape(pattern[end : found.start()]))
        parts.append(re.escape(found[1]) if found[1] is not None else {"%": ".*", "_": "."}[found[2]])
        end = found.end()
    return "".join(parts) + re.escape(pattern[end:])


def _rectangle(bounds: Bounds) -> bytes:
    """Return the box as WKB: a polygon of one ring."""
    west, south, east, north = bounds
    ring = (west, south, east, south, east, north, west, north, west, south)
    return struct.pack("<BIII10d", 1, 3, 1, 5, *ring)


def _granted(writer: _Writer, source: Source, granted: Condition) -> str:
    names = ", ".join(identifier(column.name) for column in writer.columns)
    condition = _Writer(source.columns, writer.values).condition(granted)
    inner = f"SELECT * FROM {source.table} WHERE {condition} ORDER BY {identifier(ROW)}"  # noqa: S608
    return f"(SELECT {names}, row_number() OVER () - 1 AS {identifier(ROW)} FROM ({inner}))"  # noqa: S608


def _figure(aggregate: Aggregate, columns: Sequence[Column]) -> str:
    of = identifier(aggregate.column) if aggregate.column else "*"
    match aggregate.function:
        case "count_distinct":
            sql = f"count(DISTINCT {of})"
        case "sum" if aggregate.column in {column.name for column in columns if column.type == ColumnType.BIGINT}:
            sql = f"sum({of})::BIGINT"  # DuckDB gives 128 bits, which no format of ours has
        case function:
            sql = f"{function}({of})"
    return f"{sql} AS {identifier(aggregate.name)}"


def _groups(selection: Selection, columns: Sequence[Column]) -> str:
    figures = (_figure(aggregate, columns) for aggregate in selection.aggregates)
    return ", ".join((*map(identifier, selection.group_by), *figures))


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _group_by(selection: Selection) -> str:
    return f" GROUP BY {', '.join(map(identifier, selection.group_by))}" if selection.group_by else ""


def _order_by(selection: Selection) -> str:
    """Return the order; rows without one come in that of the file, which DuckDB keeps and need not sort."""
    if not (selection.order_by or selection.group_by):
        return ""
    key = ((identifier(order.column), "DESC" if order.descending else "ASC") for order in order_key(selection))
    return f" ORDER BY {', '.join(f'{name} {way} NULLS LAST' for name, way in key)}"


def _range(selection: Selection) -> str:
    limit = "" if selection.limit is None else f" LIMIT {selection.limit:d}"
    return limit + (f" OFFSET {selection.offset:d}" if selection.offset else "")
