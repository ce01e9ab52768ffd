"""Selections the slow and obvious way, over rows as dicts: what the SQL must agree with."""

from __future__ import annotations

import statistics
import unicodedata
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any as Whatever

from spiegelstad.catalogue.selection.rules import (
    ROW,
    Aggregate,
    All,
    Any,
    Comparison,
    Condition,
    InBox,
    Not,
    Selection,
    Words,
    order_key,
)

Row = dict[str, Whatever]


def holds(condition: Condition, row: Row, texts: Sequence[str], place: tuple[str, str]) -> bool | None:
    """True, false, or None where it is unknown."""
    match condition:
        case Comparison(column, operator, value):
            return _compare(operator, row[column], value)
        case All(conditions):
            found = [holds(one, row, texts, place) for one in conditions]
            return False if False in found else None if None in found else True
        case Any(conditions):
            found = [holds(one, row, texts, place) for one in conditions]
            return True if True in found else None if None in found else False
        case Not(inner):
            known = holds(inner, row, texts, place)
            return None if known is None else not known
        case InBox((west, south, east, north)):
            lon, lat = (row[name] for name in place)
            inside = [
                None if lon is None else _in_width(lon, west, east),
                None if lat is None else south <= lat <= north,
            ]
            return False if False in inside else None if None in inside else True
        case Words(text):
            whole = [_plain(row[name]) for name in texts if row[name] is not None]
            return all(any(_plain(word) in one for one in whole) for word in text.split())


def _in_width(lon: float, west: float, east: float) -> bool:
    return west <= lon <= east if west <= east else lon >= west or lon <= east


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _compare(operator: str, have: Whatever, value: Whatever) -> bool | None:
    if operator == "null":
        return (have is None) == value
    if operator == "in" and not value:
        return False
    if have is None:
        return None
    signs: dict[str, Callable[[], bool]] = {
        "eq": lambda: have == value,
        "ne": lambda: have != value,
        "lt": lambda: have < value,
        "le": lambda: have <= value,
        "gt": lambda: have > value,
        "ge": lambda: have >= value,
        "in": lambda: have in value,
        "contains": lambda: value.lower() in have.lower(),
        "starts": lambda: have.lower().startswith(value.lower()),
        "like": lambda: _like(have, value),
        "ilike": lambda: _like(have.lower(), value.lower()),
    }
    return bool(signs[operator]())


def _like(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_like(text[start:], pattern[1:]) for start in range(len(text) + 1))
    if pattern[0] == "\\" and len(pattern) > 1:
        pattern = pattern[1:]
        return bool(text) and text[0] == pattern[0] and _like(text[1:], pattern[1:])
    return bool(text) and pattern[0] in ("_", text[0]) and _like(text[1:], pattern[1:])


def answer(
    selection: Selection, rows: Sequence[Row], columns: Sequence[str], texts: Sequence[str], place: tuple[str, str]
) -> list[tuple[Whatever, ...]]:
    """Return the rows of the answer as tuples, in order."""
    numbered = [{**row, ROW: number} for number, row in enumerate(rows)]
    found = [row for row in numbered if selection.where is None or holds(selection.where, row, texts, place)]
    if selection.is_grouped:
        found = _grouped(selection, found)
        names = [*selection.group_by, *(one.name for one in selection.aggregates)]
    else:
        names = list(selection.columns or columns)
    found.sort(key=cmp_to_key(lambda one, other: _order(selection, one, other)))
    if selection.after:
        key = [order.column for order in order_key(selection)]
        seen = dict(zip(key, selection.after, strict=True))
        found = [row for row in found if _order(selection, row, seen) > 0]
    stop = None if selection.limit is None else selection.offset + selection.limit
    return [tuple(row[name] for name in names) for row in found[selection.offset : stop]]


def _order(selection: Selection, one: Row, other: Row) -> int:
    for order in order_key(selection):
        a, b = one[order.column], other[order.column]
        if a != b:
            if a is None or b is None:
                return 1 if a is None else -1
            return (1 if a > b else -1) * (-1 if order.descending else 1)
    return 0


def _grouped(selection: Selection, rows: list[Row]) -> list[Row]:
    groups: dict[tuple[Whatever, ...], list[Row]] = {} if selection.group_by else {(): []}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in selection.group_by), []).append(row)
    return [
        {
            **dict(zip(selection.group_by, key, strict=True)),
            **{one.name: _figure(one, of) for one in selection.aggregates},
        }
        for key, of in groups.items()
    ]


def _figure(aggregate: Aggregate, rows: list[Row]) -> Whatever:
    if not aggregate.column:
        return len(rows)
    values = [row[aggregate.column] for row in rows if row[aggregate.column] is not None]
    if aggregate.function in {"count", "count_distinct"}:
        return len(values) if aggregate.function == "count" else len(set(values))
    figures: dict[str, Callable[[list[Whatever]], Whatever]] = {
        "sum": sum, "min": min, "max": max, "avg": lambda all_: sum(all_) / len(all_), "median": statistics.median,
    }  # fmt: skip
    return figures[aggregate.function](values) if values else None
