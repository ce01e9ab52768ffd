"""What an address asks of the rows of a dataset: `ward__eq=Centrum&sort=-count&limit=10` as a selection. Pure.

A filter is `column__operator=value`; all filters must hold. What the other parameters mean stands in `PARAMETERS`.
"""

import csv
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue.public import (
    OPERATORS,
    ROW,
    Aggregate,
    All,
    Column,
    ColumnType,
    Comparison,
    Condition,
    InBox,
    Order,
    Selection,
    Value,
    Words,
    columns_of,
    order_key,
)

PAGE = 100
MAX_PAGE = 10_000
MAX_FACETS = 10
FACET_VALUES = 20
MAX_AFTER = 40_000
ALL = "all"

PARAMETERS = {
    "columns": "The columns of the answer, with commas; all of them when left out.",
    "q": "Words that each stand somewhere in the text of a row, past capitals and accents.",
    "bbox": "west,south,east,north in degrees (WGS84): rows whose place touches this box.",
    "sort": "Columns to sort by, with commas; `-` before one for the largest first. Missing values come last.",
    "group": "Columns to group by, with commas. Each group is one row.",
    "aggregate": "Figures over each group, or over all rows: `count`, or `function:column` with sum, avg, min, max, "
    "median, count or count_distinct; with commas. `sum:count` becomes the column `sum_count`.",
    "limit": f"How many rows at most, or `{ALL}` in one stream. JSON comes in pages of {PAGE} if nothing is said and "
    f"of {MAX_PAGE} at most; other formats give all.",
    "after": "Where the page before ended: take it from `next` or from the Link header.",
    "count": "`true`: say how many rows there are behind all pages. JSON only.",
    "facets": f"Columns to count values of, with commas: the {FACET_VALUES} most frequent of each. JSON only.",
    "format": "json, csv, geojson, parquet, xlsx or html; the extension of the address and Accept say the same.",
}
_OTHERS = {"lang"}  # of every page
_FUNCTIONS = "count, sum:column, avg:column, min:column, max:column, median:column, count_distinct:column"
_PLUS_LOST = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")  # a plus in an address is read as a space


class BadParameter(InvalidInput):
    """A parameter of the address cannot be understood; `parameter` among the extras names it."""

    title = "A parameter is not right"

    def __init__(self, parameter: str, detail: str, remedy: str = "") -> None:
        super().__init__(detail, remedy=remedy, parameter=parameter)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks: a selection whose limit is None for everything, facets, and whether to count."""

    selection: Selection
    facets: tuple[str, ...] = ()
    count: bool = False


def read(pairs: Iterable[tuple[str, str]], columns: Sequence[Column], *, pages: bool) -> Asked:
    """Return what is asked by the parameters of an address, in their order; `pages`: whether the answer has pages.

    Raises BadParameter. Whether it can be asked of these columns is the catalogue's to judge (`BadSelection`).
    """
    known = _all(columns)
    conditions: list[Condition] = []
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in PARAMETERS:
            if name in given:
                raise BadParameter(name, f"{name!r} stands there twice.", "Use commas.")
            given[name] = value
        elif name not in _OTHERS:
            conditions.append(_filter(name, value, known))
    if words := given.get("q", "").strip():
        conditions.append(Words(words))
    if "bbox" in given:
        conditions.append(_box(given["bbox"]))
    selection = Selection(
        columns=_names(given, "columns", known),
        where=All(tuple(conditions)) if conditions else None,
        group_by=_names(given, "group", known),
        aggregates=tuple(_figure(part) for part in _parts(given, "aggregate")),
        order_by=tuple(_order(part, known) for part in _parts(given, "sort")),
        limit=_limit(given.get("limit"), pages=pages),
    )
    if "after" in given:
        selection = _behind(selection, given["after"], columns)
    return Asked(selection, _facets(given, known), _flag(given.get("count", "false"), "count"))


def _parts(given: Mapping[str, str], name: str) -> list[str]:
    """Split at commas; a name that holds one stands in quotes."""
    if not given.get(name):
        return []
    try:
        return next(csv.reader([given[name]], strict=True))
    except (csv.Error, StopIteration):
        raise BadParameter(name, f"{name!r} cannot be read.", "Put commas between the parts.") from None


def _names(given: Mapping[str, str], parameter: str, known: Mapping[str, Column]) -> tuple[str, ...]:
    return tuple(_known(part, parameter, known).name for part in _parts(given, parameter))


def _known(name: str, parameter: str, known: Mapping[str, Column]) -> Column:
    if name not in known:
        there = ", ".join([one for one in known if one != ROW][:50])
        raise BadParameter(parameter, f"There is no column {name!r}.", f"There are: {there}.")
    return known[name]


def _filter(name: str, text: str, known: Mapping[str, Column]) -> Comparison:
    column, found, operator = name.rpartition("__")
    if not found:
        if name in known:
            raise BadParameter(name, f"{name!r} says not how to compare.", f"Use {name}__eq=… for what is equal.")
        remedy = f"Filter by column__operator=value; besides there are {', '.join(PARAMETERS)}."
        raise BadParameter(name, f"There is no parameter {name!r}.", remedy)
    if operator not in OPERATORS:
        raise BadParameter(name, f"There is no operator {operator!r}.", f"There are: {', '.join(OPERATORS)}.")
    of = _known(column, name, known)
    if operator == "null":
        return Comparison(column, operator, _flag(text, name))
    if operator == "in":
        return Comparison(column, operator, tuple(value_of(of, part, name) for part in _parts({name: text}, name)))
    return Comparison(column, operator, value_of(of, text, name))


def value_of(column: Column, text: str, parameter: str) -> Value:
    """Return text as a value of the column. Moments without a zone are in Brussels time, days among them at 0:00."""
    read_value, what = _READERS.get(ColumnType(column.type), (None, ""))
    if read_value is None:
        raise BadParameter(parameter, f"{column.name!r} is a geometry.", "Use bbox, or compare by null only.")
    try:
        return read_value(text)
    except (ValueError, OverflowError):
        raise BadParameter(parameter, f"{text[:100]!r} is not {what}, and {column.name!r} is.") from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,19}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.ASCII | re.IGNORECASE):
        raise ValueError(text)
    return float(text)


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(_PLUS_LOST.sub(r"\1+\2", text))
    return found if found.tzinfo else found.replace(tzinfo=BRUSSELS)


_READERS: dict[str, tuple[Callable[[str], Value], str]] = {
    ColumnType.VARCHAR: (str, "text"),
    ColumnType.BIGINT: (_whole, "a whole number"),
    ColumnType.DOUBLE: (_number, "a number"),
    ColumnType.BOOLEAN: (_truth, "true or false"),
    ColumnType.DATE: (date.fromisoformat, "a date such as 2026-01-31"),
    ColumnType.TIMESTAMPTZ: (_moment, "a moment such as 2026-01-31T12:00:00Z"),
}


def _flag(text: str, parameter: str) -> bool:
    try:
        return _truth(text)
    except ValueError:
        raise BadParameter(parameter, f"{parameter!r} is true or false.") from None


def _box(text: str) -> InBox:
    try:
        west, south, east, north = (_number(part.strip()) for part in text.split(","))
    except ValueError:
        raise BadParameter("bbox", "A box is four numbers.", "Give west,south,east,north in degrees.") from None
    return InBox((west, south, east, north))


def _figure(text: str) -> Aggregate:
    function, _, column = text.partition(":")
    if not column and function != "count":
        raise BadParameter("aggregate", f"{text!r} is no figure.", f"There are: {_FUNCTIONS}.")
    return Aggregate(function, column, f"{function}_{column}" if column else function)


def _order(text: str, known: Mapping[str, Column]) -> Order:
    descending = text.startswith("-") and text not in known
    return Order(text.removeprefix("-") if descending else text, descending)


def _limit(text: str | None, *, pages: bool) -> int | None:
    if text is None:
        return PAGE if pages else None
    if text == ALL:
        return None
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or (pages and int(text) > MAX_PAGE):
        most = f" of at most {MAX_PAGE}" if pages else ""
        raise BadParameter("limit", f"The limit is a whole number{most}, or {ALL}.")
    return int(text)


def _facets(given: Mapping[str, str], known: Mapping[str, Column]) -> tuple[str, ...]:
    found = _names(given, "facets", known)
    if len(found) > MAX_FACETS:
        raise BadParameter("facets", f"At most {MAX_FACETS} facets can be counted at once.")
    return found


def cursor_of(values: Sequence[Value]) -> str:
    """Return the place behind a row as text for an address."""
    text = json.dumps(values, default=lambda value: value.isoformat())  # unlike orjson it keeps NaN
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _behind(selection: Selection, cursor: str, columns: Sequence[Column]) -> Selection:
    types = (
        {column.name: column for column in columns_of(selection, columns)} if selection.is_grouped else _all(columns)
    )
    refused = BadParameter("after", "This is not where a page of this answer ended.", "Take it from `next`.")
    key = order_key(selection)
    try:
        given = json.loads(urlsafe_b64decode(cursor[:MAX_AFTER] + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise refused from None
    if not isinstance(given, list) or len(given) != len(key) or any(isinstance(one, dict | list) for one in given):
        raise refused
    values = (
        value_of(_known(order.column, "after", types), value, "after") if isinstance(value, str) else value
        for order, value in zip(key, given, strict=True)
    )
    return replace(selection, after=tuple(values))


def _all(columns: Sequence[Column]) -> dict[str, Column]:
    return {column.name: column for column in columns} | {ROW: Column(ROW, ColumnType.BIGINT)}
