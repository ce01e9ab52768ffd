"""What a reader asks of the rows of a version, as it stands in the address: conditions, order, place, chart. Pure.

A condition is `f=<column>~<operator>~<value>`; the order `sort=<column>` or `sort=-<column>`; `after` is the place
behind the last row that was seen, by the values of its key.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import urlencode

import orjson

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.selection.rules import ROW, All, Comparison, Condition, Order, Value
from spiegelstad.catalogue.vocabulary import ColumnType

VIEWS = ("table", "map", "chart")
HOWS = ("count", "sum", "avg", "median", "min", "max", "count_distinct")
MAX_FILTERS = 8
MAX_VALUE = 200
MAX_AFTER = 40_000
_BETWEEN = "~"
_SAID = {"ja": True, "yes": True, "true": True, "nee": False, "no": False, "false": False}
_NUMBERS = {ColumnType.BIGINT, ColumnType.DOUBLE}
_ORDERED = {*_NUMBERS, ColumnType.DATE, ColumnType.TIMESTAMPTZ}


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition as it was typed."""

    column: str
    operator: str
    text: str

    def written(self) -> str:
        """Return how it stands in an address."""
        return _BETWEEN.join((self.column, self.operator, self.text))


@dataclass(frozen=True, slots=True)
class AskedRows:
    """What is asked: a view of some rows in an order. `problem`: a condition that could not be understood."""

    view: str = "table"
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    after: str = ""
    group: str = ""
    value: str = ""
    how: str = "count"
    problem: Filter | None = None
    known: Mapping[str, Column] = field(default_factory=dict)

    def address(self, **changes: object) -> str:
        """Return the address of this with changes, from the first row, beginning with `?`."""
        one = replace(self, **{"after": "", **changes})  # type: ignore[arg-type]
        given = [("f", one_filter.written()) for one_filter in one.filters]
        given += [
            (name, value)
            for name, value, usual in (
                ("view", one.view, "table"), ("sort", one.sort, ""), ("after", one.after, ""),
                ("group", one.group, ""), ("value", one.value, ""), ("how", one.how, "count"),
            )
            if value != usual
        ]  # fmt: skip
        return f"?{urlencode(given)}#rows"

    @property
    def where(self) -> Condition | None:
        """The condition that a row must meet; None when there is none."""
        if not self.filters:
            return None
        return All(tuple(_comparison(one, self.known[one.column]) for one in self.filters))

    @property
    def order(self) -> tuple[Order, ...]:
        """The order that was asked."""
        return (Order(self.sort.removeprefix("-"), self.sort.startswith("-")),) if self.sort else ()


def asked_rows(parameters: Mapping[str, Sequence[str]], columns: Sequence[Column]) -> AskedRows:
    """Read what is asked of these columns; a condition without sense becomes `problem`, other nonsense nothing."""

    def last(name: str, most: int = MAX_VALUE * 4) -> str:
        return (parameters.get(name) or [""])[-1].replace("\0", "")[:most]

    known = {column.name: column for column in columns}
    typed = [_filter(text) for text in parameters.get("f", ())]
    if last("column"):  # the form that adds a condition
        typed.append(Filter(last("column"), last("op"), last("v").strip()[:MAX_VALUE]))
    filters, problem = list[Filter](), None
    for one in typed[:MAX_FILTERS]:
        if one and is_right(one, known):
            filters.append(one)
        elif one:
            problem = one
    sort, view, how = last("sort"), last("view"), last("how")
    sortable = known.get(sort.removeprefix("-"))
    return AskedRows(
        view=view if view in VIEWS else "table",
        filters=tuple(dict.fromkeys(filters)),
        sort=sort if sortable and sortable.type != ColumnType.BLOB else "",
        after=last("after", MAX_AFTER),
        group=last("group") if last("group") in known else "",
        value=last("value") if last("value") in known and known[last("value")].type in _NUMBERS else "",
        how=how if how in HOWS else "count",
        problem=problem,
        known=known,
    )


def operators_of(type_: str) -> tuple[str, ...]:
    """Return what can be asked of a column of this type."""
    if type_ == ColumnType.VARCHAR:
        return ("contains", "eq", "ne", "starts", "filled", "empty")
    if type_ in _ORDERED:
        return ("eq", "ne", "ge", "gt", "le", "lt", "filled", "empty")
    return ("filled", "empty") if type_ == ColumnType.BLOB else ("eq", "ne", "filled", "empty")


def _filter(text: str) -> Filter | None:
    column, _b, rest = text.replace("\0", "").partition(_BETWEEN)
    operator, _b, value = rest.partition(_BETWEEN)
    return Filter(column, operator, value[:MAX_VALUE]) if column and operator else None


def is_right(one: Filter, known: Mapping[str, Column]) -> bool:
    """Whether a condition can be asked of these columns."""
    column = known.get(one.column)
    if column is None or one.operator not in operators_of(column.type):
        return False
    if one.operator in {"filled", "empty"}:
        return True
    return bool(one.text) and value_of(one.text, column.type) is not None


def _comparison(one: Filter, column: Column) -> Comparison:
    if one.operator in {"filled", "empty"}:
        return Comparison(one.column, "null", one.operator == "empty")
    return Comparison(one.column, one.operator, value_of(one.text, column.type))


def value_of(text: str, type_: str) -> Value:
    """Return text as a value of a type, as a Dutch or English reader types it; None when it is none."""
    try:
        match type_:
            case ColumnType.BIGINT:
                number = int(text.replace(" ", ""))
                return number if -(2**63) <= number < 2**63 else None
            case ColumnType.DOUBLE:
                decimal = float(text.replace(" ", "").replace(",", "."))
                return decimal if decimal - decimal == 0 else None  # neither infinite nor none
            case ColumnType.BOOLEAN:
                return {"ja": True, "yes": True, "true": True, "nee": False, "no": False, "false": False}.get(
                    text.lower()
                )
            case ColumnType.DATE:
                return date.fromisoformat(text)
            case ColumnType.TIMESTAMPTZ:
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)
            case ColumnType.VARCHAR:
                return text
    except ValueError:
        pass
    return None


def place(row: Mapping[str, Value], key: Sequence[Order]) -> str:
    """Return the place behind a row, for an address."""
    values = [row[order.column] for order in key]
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def behind(asked: AskedRows, key: Sequence[Order]) -> tuple[Value, ...]:
    """Return the values of the place in the address; none, so from the first row, when it is no place of this order."""
    if not asked.after:
        return ()
    try:
        values = orjson.loads(base64.urlsafe_b64decode(asked.after + "=" * (-len(asked.after) % 4)))
    except (ValueError, binascii.Error):
        return ()
    if not isinstance(values, list) or len(values) != len(key):
        return ()
    found = [_placed(value, asked.known[o.column].type if o.column != ROW else ColumnType.BIGINT)
             for value, o in zip(values, key, strict=True)]  # fmt: skip
    return () if any(wrong for _value, wrong in found) else tuple(value for value, _wrong in found)


def _placed(value: object, type_: str) -> tuple[Value, bool]:
    """Return a value of a place, and whether it is none of this type."""
    if value is None or (isinstance(value, bool) and type_ == ColumnType.BOOLEAN):
        return value, False
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None, True
    if isinstance(value, str):
        found = value_of(value, type_) if type_ not in _NUMBERS and type_ != ColumnType.BOOLEAN else None
        return found, found is None
    return value, type_ not in _NUMBERS or (type_ == ColumnType.BIGINT and not isinstance(value, int))
