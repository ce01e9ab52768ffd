"""What an expression means, said slowly and plainly: the truth that the SQL is compared with.

Null is unknown: a comparison with it is unknown, `and`, `or` and `not` follow (Kleene), and only true is kept. A path
over a relation to many holds when some choice of related entities makes the whole condition true.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from spiegelstad.sensorthings.rules import geometries
from spiegelstad.sensorthings.rules.expressions import COMPARISONS, Call, Field, Literal, Node, fields
from spiegelstad.sensorthings.rules.times import Period

Choice = Mapping[tuple[str, ...], "Entity | None"]
MIN = datetime(1, 1, 1, tzinfo=UTC)
MAX = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


@dataclass
class Entity:
    """An entity with its values (periods, numbers, texts, JSON) and what it is related to."""

    values: dict[str, Any]
    related: dict[str, list["Entity"]] = field(default_factory=dict)


def matches(condition: Node, entity: Entity, now: datetime) -> bool:
    """Return whether the entity is kept by $filter."""
    paths = {item.hops[:length] for item in fields(condition) for length in range(1, len(item.hops) + 1)}
    return any(value(condition, choice, now) is True for choice in _choices(sorted(paths, key=len), entity))


def _choices(paths: list[tuple[str, ...]], entity: Entity) -> Iterator[Choice]:
    """Yield every way to choose one related entity (or none where there is none) for each path."""
    options: list[dict[tuple[str, ...], Entity | None]] = [{(): entity}]
    for path in paths:
        longer = []
        for chosen in options:
            before = chosen[path[:-1]]
            related: list[Entity | None] = [*before.related.get(path[-1], [])] if before else []
            longer += [{**chosen, path: item} for item in related or [None]]
        options = longer
    yield from options


def value(node: Node, choice: Choice, now: datetime) -> Any:
    """Return the value of an expression, None for null."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Field):
        return _field(node, choice)
    if node.name in {"and", "or"}:
        return _kleene(node.name, [value(arg, choice, now) for arg in node.args])
    args = [value(arg, choice, now) for arg in node.args]
    if node.name == "as":
        return _as(node.type, args[0])
    if node.name in {"eq_null", "ne_null"}:
        return (args[0] is None) == (node.name == "eq_null")
    if node.name == "now":
        return Period(now, now)
    return None if None in args else _apply(node, args)


def _field(node: Field, choice: Choice) -> Any:
    entity = choice[node.hops]
    found = entity.values.get(node.property) if entity else None
    for step in node.steps:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdigit():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return geometries.read_geometry(found) if node.type == "geometry" else found


def _kleene(name: str, args: list[Any]) -> bool | None:
    decisive = name == "or"
    if decisive in args:
        return decisive
    return None if None in args else not decisive


def _as(kind: str, found: Any) -> Any:
    if kind == "number":
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
    return found if isinstance(found, {"text": str, "boolean": bool}[kind]) else None


def _apply(node: Call, args: list[Any]) -> Any:
    if node.name in COMPARISONS:
        return _compare_periods(node.name, *args) if isinstance(args[0], Period) else _compare(node.name, *args)
    if node.name in geometries.PREDICATES or node.name == "st_relate":
        return geometries.holds(node.name, *args)
    if node.name in {"geo.distance", "geo.length"}:
        return geometries.measure(node.name, args[0], args[1] if len(args) == 2 else None)
    return FUNCTIONS[node.name](*args)


def _compare(name: str, left: Any, right: Any) -> bool:
    if name in {"eq", "ne"}:
        same = bool(left == right) and isinstance(left, bool) == isinstance(right, bool)
        return same == (name == "eq")
    return bool(_ORDERS[name](left, right))


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def _compare_periods(name: str, left: Period, right: Period) -> bool:
    """`lt`: ends before the other begins; `le`: so, or touches it, or is the same."""
    return {
        "eq": left == right,
        "ne": left != right,
        "lt": left.end < right.start,
        "gt": left.start > right.end,
        "le": left.end <= right.start or left == right,
        "ge": left.start >= right.end or left == right,
    }[name]


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _mod(left: float, right: float) -> float | None:
    return left - right * math.trunc(left / right) if right else None


def _rounded(number: float) -> float:
    return math.copysign(math.floor(abs(number) + 0.5), number)


def _substring(text: str, start: float, length: float = math.inf) -> str:
    first = int(min(max(start, 0), len(text)))
    return text[first : first + int(min(max(length, 0), len(text)))]


def _shifted(sign: int) -> Callable[[Period, Any], Period]:
    return lambda period, length: Period(period.start + sign * length, period.end + sign * length)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "not": lambda a: not a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divided,
    "mod": _mod,
    "time_add": _shifted(1),
    "time_sub": _shifted(-1),
    "time_between": lambda a, b: a.start - b.start,
    "duration_add": lambda a, b: a + b,
    "duration_sub": lambda a, b: a - b,
    "substringof": lambda a, b: a in b,
    "contains": lambda a, b: b in a,
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
    "length": lambda a: float(len(a)),
    "indexof": lambda a, b: float(a.find(b)),
    "substring": _substring,
    "tolower": lambda a: a.lower(),
    "toupper": lambda a: a.upper(),
    "trim": lambda a: a.strip(" "),
    "concat": lambda a, b: a + b,
    "year": lambda a: float(a.start.year),
    "month": lambda a: float(a.start.month),
    "day": lambda a: float(a.start.day),
    "hour": lambda a: float(a.start.hour),
    "minute": lambda a: float(a.start.minute),
    "second": lambda a: float(a.start.second),
    "fractionalseconds": lambda a: a.start.microsecond / 1e6,
    "totaloffsetminutes": lambda a: 0.0,
    "date": lambda a: a.start.date(),
    "time": lambda a: a.start.time(),
    "mindatetime": lambda: Period(MIN, MIN),
    "maxdatetime": lambda: Period(MAX, MAX),
    "round": _rounded,
    "floor": lambda a: float(math.floor(a)),
    "ceiling": lambda a: float(math.ceil(a)),
}
