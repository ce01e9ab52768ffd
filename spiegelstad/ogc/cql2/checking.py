"""Whether a filter can be asked of a collection: its properties are there, and what is compared can be compared."""

from collections.abc import Mapping
from datetime import datetime

from spiegelstad.ogc.cql2.nodes import (
    ARITHMETIC,
    CASES,
    COMPARISONS,
    INTERVALS_ONLY,
    LOGIC,
    SPATIAL,
    Interval,
    InvalidFilter,
    Literal,
    Node,
    Op,
    Property,
    Shape,
    Values,
)

KINDS = {
    "VARCHAR": "text",
    "BIGINT": "number",
    "DOUBLE": "number",
    "BOOLEAN": "truth",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "moment",
    "BLOB": "shape",
}
"""What the values of a column's type are."""

_ORDERED = frozenset({"text", "number", "date", "moment"})
_TIMES = {"date": "date", "moment": "moment", "dates": "date", "moments": "moment", "forever": ""}


def require_condition(node: Node, properties: Mapping[str, str]) -> None:
    """Refuse what is no condition over these properties (name to kind); the error names what is wrong."""
    if _kind(node, properties) != "truth":
        raise InvalidFilter("The filter says nothing that is true or false.")


def _kind(node: Node, properties: Mapping[str, str]) -> str:
    match node:
        case Literal(value=value):
            return _kind_of_value(value)
        case Property(name=name):
            if name not in properties:
                raise InvalidFilter(
                    f"There is no property {name[:60]!r}.", remedy="Look at the queryables.", property=name[:60]
                )
            return properties[name]
        case Shape():
            return "shape"
        case Interval():
            return _kind_of_interval(node, properties)
        case Values():
            raise InvalidFilter("A list can stand after in only.")
        case Op():
            return _kind_of_operator(node, properties)


def _kind_of_value(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "moment" if isinstance(value, datetime) else "date"


def _kind_of_interval(interval: Interval, properties: Mapping[str, str]) -> str:
    kinds = {_kind(end, properties) for end in (interval.start, interval.end) if end is not None}
    if not kinds:
        return "forever"
    if len(kinds) > 1 or not kinds <= {"date", "moment"}:
        raise InvalidFilter("An interval goes from a date to a date, or from a moment to a moment.")
    return f"{kinds.pop()}s"


def _kind_of_operator(node: Op, properties: Mapping[str, str]) -> str:
    name = node.name
    if name in SPATIAL:
        _require(name, "a geometry", {"shape"}, *(_kind(one, properties) for one in node.args))
    elif name in LOGIC:
        _require(name, "a condition", {"truth"}, *(_kind(one, properties) for one in node.args))
    elif name in ARITHMETIC:
        _require(name, "a number", {"number"}, *(_kind(one, properties) for one in node.args))
        return "number"
    elif name in CASES:
        _require(name, "a text", {"text"}, _kind(node.args[0], properties))
        return "text"
    elif name == "isNull":
        if not isinstance(node.args[0], Property):
            raise InvalidFilter("isNull takes a property.", function=name)
        _kind(node.args[0], properties)
    elif name == "like":
        _require(name, "a text", {"text"}, *(_kind(one, properties) for one in node.args))
        if _has_property(node.args[1]):
            raise InvalidFilter("The pattern of LIKE is a text, not a property.")
    elif name in COMPARISONS or name in {"between", "in"}:
        _require_comparable(node, properties)
    else:
        _require_times(node, properties)
    return "truth"


def _require(name: str, wanted: str, good: set[str], *kinds: str) -> None:
    for kind in kinds:
        if kind not in good:
            raise InvalidFilter(f"{name} takes {wanted}, not a {kind}.", function=name)


def _require_comparable(node: Op, properties: Mapping[str, str]) -> None:
    listed = node.args[1].items if node.name == "in" and isinstance(node.args[1], Values) else ()
    if node.name == "in" and not listed:
        raise InvalidFilter("in takes a list of values.", function="in")
    given = (node.args[0], *listed) if listed else node.args
    kinds = [_kind(one, properties) for one in given]
    good = _ORDERED | {"truth"} if node.name in {"=", "<>", "in"} else _ORDERED
    for kind in kinds:
        if kind not in good:
            raise InvalidFilter(f"{node.name} cannot compare a {kind}.", function=node.name)
    if len(set(kinds)) > 1:
        names = [one.name for one in given if isinstance(one, Property)]
        about = f": {names[0]!r} is a {properties[names[0]]}" if names else ""
        raise InvalidFilter(
            f"{node.name} cannot compare a {kinds[0]} with a {next(k for k in kinds if k != kinds[0])}{about}.",
            **({"property": names[0]} if names else {}),
        )


def _require_times(node: Op, properties: Mapping[str, str]) -> None:
    kinds = [_kind(one, properties) for one in node.args]
    _require(node.name, "a date, a moment or an interval", set(_TIMES), *kinds)
    if node.name in INTERVALS_ONLY and {"date", "moment"} & set(kinds):
        raise InvalidFilter(
            f"{node.name} takes two intervals.", remedy="Use t_intersects for a moment.", function=node.name
        )
    if len({_TIMES[kind] for kind in kinds} - {""}) > 1:
        raise InvalidFilter(f"{node.name} cannot compare dates with moments.", function=node.name)


def _has_property(node: Node) -> bool:
    return isinstance(node, Property) or (isinstance(node, Op) and any(map(_has_property, node.args)))
