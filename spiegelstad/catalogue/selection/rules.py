"""What may be asked of a version: conditions, columns, groups and order, and when they fit its columns. Pure.

A condition is true, false or unknown for a row, as in SQL: a comparison with a missing value is unknown, and so is
the `Not` of it; a row is selected where its condition is true. Text is compared by code point. `NaN` counts as larger
than every number.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue.rules import Bounds, Column, geometry_of
from spiegelstad.catalogue.vocabulary import ColumnType

ROW = "_row"
"""The column that every version has besides its own: the number of the row in the version, from 0."""

MAX_CONDITIONS = 200
MAX_DEPTH = 20
MAX_VALUES = 1_000
MAX_TEXT = 2_000
MAX_WORDS = 10
MAX_GROUPS = 6
MAX_AGGREGATES = 20
MAX_ORDERS = 6
MAX_OFFSET = 1_000_000

Value = str | int | float | bool | date | datetime | None
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "like", "ilike", "contains", "starts", "null")
_OF_TEXT = {"like", "ilike", "contains", "starts"}
FUNCTIONS = ("count", "sum", "avg", "min", "max", "median", "count_distinct")
_OF_NUMBERS = {"sum", "avg", "median"}
_NUMBERS = {ColumnType.BIGINT, ColumnType.DOUBLE}
_INT64 = 2**63


class BadSelection(InvalidInput):
    """The selection does not fit the data; `column` among the extras names the column it is about."""

    title = "The selection cannot be made"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against a value; `in` takes a tuple of values, `null` takes whether the value must be missing.

    `like` and `ilike` take a pattern: `%` any text, `_` one character, `\\` before either for itself. `contains` and
    `starts` and `ilike` look past capitals.
    """

    column: str
    operator: str
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds; true when there are none."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One condition at least holds; false when there are none."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class InBox:
    """The place of the row (its point, or the box around its geometry) touches the bounds: WGS84, west south east
    north."""

    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Words:
    """Each word stands somewhere in the text columns of the row, past capitals and accents."""

    text: str


Condition = Comparison | All | Any | Not | InBox | Words


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A figure over the rows of a group, under a name; `count` without a column counts rows."""

    function: str
    column: str
    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """Order by a column, or by a group or aggregate; missing values always come last."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked. No columns: all of them, or with groups or aggregates those. Without an order: that of the file.

    Equal rows are put in the order of the file, groups in that of their columns, so every order is whole. `after`
    holds the values of the last row seen, one for each column of `order_key`: the answer goes on behind it.
    """

    columns: tuple[str, ...] = ()
    where: Condition | None = None
    group_by: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: tuple[Value, ...] = ()

    @property
    def is_grouped(self) -> bool:
        """Whether the answer has groups for rows."""
        return bool(self.group_by or self.aggregates)


def order_key(selection: Selection) -> tuple[Order, ...]:
    """Return the whole order of the answer: what was asked, then what makes it the only one possible."""
    last = selection.group_by if selection.is_grouped else (ROW,)
    asked = {order.column for order in selection.order_by}
    return (*selection.order_by, *(Order(name) for name in last if name not in asked))


def columns_of(selection: Selection, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns of the answer, in order; `BadSelection` when the selection does not fit `columns`."""
    known = _known(columns)
    if not selection.is_grouped:
        return tuple(_column(name, known) for name in selection.columns) or tuple(columns)
    if selection.columns:
        raise BadSelection("An answer in groups has the groups and aggregates as its columns; leave out columns.")
    return (
        *(_column(name, known) for name in selection.group_by),
        *(_figure(aggregate, known) for aggregate in selection.aggregates),
    )


def check(selection: Selection, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns of the answer, or raise `BadSelection` that says what does not fit."""
    found = columns_of(selection, columns)
    _at_most("groups", selection.group_by, MAX_GROUPS)
    _at_most("aggregates", selection.aggregates, MAX_AGGREGATES)
    _at_most("columns to order by", selection.order_by, MAX_ORDERS)
    names = [column.name.casefold() for column in found]
    for what, given in (("column", names), ("column to order by", [order.column for order in selection.order_by])):
        if twice := [name for name in given if given.count(name) > 1]:
            raise BadSelection(f"The {what} {twice[0]!r} stands there twice.", column=twice[0])
    key = {column.name: column for column in found} if selection.is_grouped else _known(columns)
    ordered = [_column(order.column, key) for order in order_key(selection)]
    for column in (*ordered, *(key[name] for name in selection.group_by)):
        if column.type == ColumnType.BLOB:
            raise BadSelection(f"{column.name!r} is a geometry, which has no order.", column=column.name)
    _check_range(selection, ordered)
    if selection.where is not None:
        _check_size(selection.where)
        _check(selection.where, _known(columns), columns)
    return found


def _check_range(selection: Selection, ordered: Sequence[Column]) -> None:
    if selection.limit is not None and selection.limit < 0:
        raise BadSelection("The limit must be 0 or more.")
    if not 0 <= selection.offset <= MAX_OFFSET:
        raise BadSelection(f"The offset must be from 0 to {MAX_OFFSET}.", remedy="Go on with `after` instead.")
    if selection.after:
        if len(selection.after) != len(ordered):
            raise BadSelection("`after` must hold one value for each column of the order.")
        for column, value in zip(ordered, selection.after, strict=True):
            if value is not None:
                _check_value(column, value, asked=False)


def _known(columns: Sequence[Column]) -> dict[str, Column]:
    return {column.name: column for column in columns} | {ROW: Column(ROW, ColumnType.BIGINT)}


def _column(name: str, known: Mapping[str, Column]) -> Column:
    if name not in known:
        there = ", ".join(name for name in list(known)[:50] if name != ROW)
        raise BadSelection(f"There is no column {name!r}.", remedy=f"There are: {there}.", column=name)
    return known[name]


def _figure(aggregate: Aggregate, known: Mapping[str, Column]) -> Column:
    """Return the column that an aggregate gives."""
    function, name = aggregate.function, aggregate.name
    if function not in FUNCTIONS:
        raise BadSelection(f"There is no function {function!r}.", remedy=f"There are: {', '.join(FUNCTIONS)}.")
    if not name or len(name) > 120:
        raise BadSelection("An aggregate needs a name of at most 120 characters.")
    if function == "count" and not aggregate.column:
        return Column(name, ColumnType.BIGINT, "C62")
    of = _column(aggregate.column, known)
    if of.type == ColumnType.BLOB and function != "count":
        raise BadSelection(f"{of.name!r} is a geometry: it can be counted only.", column=of.name)
    if function in _OF_NUMBERS and of.type not in _NUMBERS:
        raise BadSelection(f"{of.name!r} holds no numbers, so it has no {function}.", column=of.name)
    if function in {"count", "count_distinct"}:
        return Column(name, ColumnType.BIGINT, "C62")
    return replace(of, name=name, role="", type=ColumnType.DOUBLE if function in {"avg", "median"} else of.type)


def _at_most(what: str, given: Sequence[object], most: int) -> None:
    if len(given) > most:
        raise BadSelection(f"There are {len(given)} {what}; at most {most} may be asked at once.")


def _check_size(condition: Condition) -> None:
    """Refuse what is nested too deeply or holds too many conditions; loops, so that depth itself does no harm."""
    level, count, depth = [condition], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if depth > MAX_DEPTH or count > MAX_CONDITIONS:
            raise BadSelection(f"At most {MAX_CONDITIONS} conditions, nested {MAX_DEPTH} deep, may be asked at once.")
        level = [inner for one in level for inner in parts_of(one)]


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that a condition is made of."""
    match condition:
        case All(conditions) | Any(conditions):
            return conditions
        case Not(inner):
            return (inner,)
        case _:
            return ()


def _check(condition: Condition, known: Mapping[str, Column], columns: Sequence[Column]) -> None:
    match condition:
        case Comparison():
            _check_comparison(condition, _column(condition.column, known))
        case InBox(bounds):
            if len(bounds) != 4 or not all(math.isfinite(value) for value in bounds) or bounds[1] > bounds[3]:
                raise BadSelection("A box is west, south, east, north in degrees, south not above north.")
            if bounds[0] > bounds[2] and (bounds[0] > 180 or bounds[2] < -180):
                raise BadSelection("A box across the date line lies between 180 degrees west and east.")
            if geometry_of(columns) is None:
                raise BadSelection("These rows have no place, so no box can be asked of them.")
        case Words(text):
            if len(text) > MAX_TEXT or len(text.split()) > MAX_WORDS:
                raise BadSelection(f"At most {MAX_WORDS} words may be searched at once.")
    for inner in parts_of(condition):
        _check(inner, known, columns)


def _check_comparison(comparison: Comparison, column: Column) -> None:
    name, operator, value = column.name, comparison.operator, comparison.value
    if operator not in OPERATORS:
        raise BadSelection(f"There is no operator {operator!r}.", remedy=f"There are: {', '.join(OPERATORS)}.")
    if operator == "null":
        if not isinstance(value, bool):
            raise BadSelection(f"`null` of {name!r} takes true or false.", column=name)
        return
    if operator in _OF_TEXT and column.type != ColumnType.VARCHAR:
        raise BadSelection(f"{name!r} holds no text, so {operator!r} cannot be asked of it.", column=name)
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) != (operator == "in"):
        raise BadSelection(
            f"{operator!r} of {name!r} takes {'values' if operator == 'in' else 'one value'}.", column=name
        )
    _at_most(f"values for {name!r}", values, MAX_VALUES)
    for one in values:
        _check_value(column, one)


def _check_value(column: Column, value: Value, *, asked: bool = True) -> None:
    if not _fits(column.type, value, asked=asked):
        raise BadSelection(f"{value!r} is no value for {column.name!r}: it holds {column.type}.", column=column.name)


def _fits(type_: str, value: Value, *, asked: bool) -> bool:
    match type_:
        case ColumnType.VARCHAR:
            return isinstance(value, str) and "\0" not in value and (len(value) <= MAX_TEXT or not asked)
        case ColumnType.BOOLEAN:
            return isinstance(value, bool)
        case ColumnType.BIGINT | ColumnType.DOUBLE:
            if isinstance(value, float):
                return math.isfinite(value) or not asked
            return isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
        case ColumnType.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case ColumnType.TIMESTAMPTZ:
            return isinstance(value, datetime) and value.tzinfo is not None
        case _:
            return False
