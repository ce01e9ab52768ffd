"""The tree of a filter: that of CQL2 JSON, where everything that is done is an operator with arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from spiegelstad.base.errors import InvalidInput

MAX_TEXT = 8_192
MAX_DEPTH = 24
MAX_NODES = 500
MAX_COORDINATES = 5_000

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
LOGIC = frozenset({"and", "or", "not"})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^", "div"})
CASES = frozenset({"casei", "accenti"})
SPATIAL = frozenset(
    {
        "s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains",
    }
)  # fmt: skip
INSTANT_OR_INTERVAL = frozenset({"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"})
INTERVALS_ONLY = frozenset(
    {
        "t_contains", "t_during", "t_finishedby", "t_finishes", "t_meets", "t_metby", "t_overlappedby", "t_overlaps",
        "t_startedby", "t_starts",
    }
)  # fmt: skip
TEMPORAL = INSTANT_OR_INTERVAL | INTERVALS_ONLY
OTHERS = frozenset({"like", "between", "in", "isNull"})
OPERATORS = COMPARISONS | LOGIC | ARITHMETIC | CASES | SPATIAL | TEMPORAL | OTHERS
ARGUMENTS = {"not": 1, "isNull": 1, "casei": 1, "accenti": 1, "between": 3}
"""How many arguments an operator has, if not two; `and` and `or` have two or more."""


class InvalidFilter(InvalidInput):
    """A filter that cannot be read, or that asks for what the collection does not have."""

    title = "The filter is not right"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: text, number, truth, date or moment (with zone)."""

    value: str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the feature."""

    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry, once placed (`placed`) in WGS84 longitude and latitude."""

    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time; None where it is open."""

    start: Node | None
    end: Node | None


@dataclass(frozen=True, slots=True)
class Values:
    """The list after `in`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Op:
    """An operator of `OPERATORS` with its arguments."""

    name: str
    args: tuple[Node, ...]


Node = Literal | Property | Shape | Interval | Values | Op


def operator(name: str, *args: Node) -> Op:
    """Make an operator with the right number of arguments, or say which is wrong."""
    if name not in OPERATORS:
        raise InvalidFilter(f"There is no function {name[:60]!r} here.", function=name[:60])
    wanted = ARGUMENTS.get(name, 2)
    if len(args) != wanted and not (name in {"and", "or"} and len(args) > 2):
        raise InvalidFilter(f"{name} takes {wanted} arguments, not {len(args)}.", function=name)
    return Op(name, args)


def everyone_of(*conditions: Node | None) -> Node | None:
    """Return what says that all of these hold; None when there are none."""
    given = tuple(part for one in conditions if one is not None for part in conjuncts(one))
    return given[0] if len(given) == 1 else Op("and", given) if given else None


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return what must all hold for `node` to hold."""
    if isinstance(node, Op) and node.name == "and":
        return tuple(part for argument in node.args for part in conjuncts(argument))
    return (node,)


def parts(node: Node) -> tuple[Any, ...]:
    """Return what stands in a node."""
    match node:
        case Op(args=inside) | Values(items=inside):
            return inside
        case Interval(start=start, end=end):
            return tuple(one for one in (start, end) if one is not None)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all in it."""
    yield node
    for part in parts(node):
        yield from walk(part)


def require_small(node: Node) -> None:
    """Refuse a filter with too many parts or points."""
    nodes = list(walk(node))
    if len(nodes) > MAX_NODES:
        raise InvalidFilter(f"The filter has more than {MAX_NODES} parts.")
    points = sum(int(shapely.get_num_coordinates(one.geometry)) for one in nodes if isinstance(one, Shape))
    if points > MAX_COORDINATES:
        raise InvalidFilter(f"The shapes of the filter have more than {MAX_COORDINATES:,} points.")
