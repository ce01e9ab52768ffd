"""An expression of $filter or $orderby with its types: what the parser makes, and what gives it meaning.

Types: number, text, boolean, time (moment or period), date, clock (time of day), duration, geometry, json (known only
when it is read), null.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from spiegelstad.sensorthings.errors import InvalidOption
from spiegelstad.sensorthings.rules.lexer import Value, literal_type
from spiegelstad.sensorthings.rules.model import EntityType, Kind, target_of
from spiegelstad.sensorthings.rules.times import read_period

ID = "@iot.id"
_KINDS = {Kind.NUMBER: "number", Kind.TEXT: "text", Kind.TIME: "time", Kind.JSON: "json", Kind.RESULT: "json"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value."""

    value: Value
    type: str


@dataclass(frozen=True, slots=True)
class Field:
    """A property reached over relations (`hops`), and the steps into it when it is JSON."""

    hops: tuple[str, ...]
    property: str
    steps: tuple[str, ...]
    type: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function on arguments that have the types it asks for. `as`: read JSON as that type, or null."""

    name: str
    args: tuple["Node", ...]
    type: str


Node = Literal | Field | Call

EQUALITIES = frozenset({"eq", "ne"})
COMPARISONS = EQUALITIES | {"gt", "ge", "lt", "le"}
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "mod"})
_ORDERED = frozenset({"number", "text", "time", "date", "clock", "duration", "boolean"})
_TIMES = {"time", "date", "clock", "duration"}

_PARTS_OF_TIME = ("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes")
_RELATIONS_IN_SPACE = (
    "st_equals", "st_disjoint", "st_touches", "st_within", "st_overlaps", "st_crosses", "st_intersects", "st_contains",
)  # fmt: skip

# name: (types of arguments, how many may be left out, type of the result)
FUNCTIONS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "substringof": (("text", "text"), 0, "boolean"),
    "contains": (("text", "text"), 0, "boolean"),
    "startswith": (("text", "text"), 0, "boolean"),
    "endswith": (("text", "text"), 0, "boolean"),
    "length": (("text",), 0, "number"),
    "indexof": (("text", "text"), 0, "number"),
    "substring": (("text", "number", "number"), 1, "text"),
    "tolower": (("text",), 0, "text"),
    "toupper": (("text",), 0, "text"),
    "trim": (("text",), 0, "text"),
    "concat": (("text", "text"), 0, "text"),
    **dict.fromkeys(_PARTS_OF_TIME, (("time",), 0, "number")),
    "date": (("time",), 0, "date"),
    "time": (("time",), 0, "clock"),
    "now": ((), 0, "time"),
    "mindatetime": ((), 0, "time"),
    "maxdatetime": ((), 0, "time"),
    "round": (("number",), 0, "number"),
    "floor": (("number",), 0, "number"),
    "ceiling": (("number",), 0, "number"),
    "geo.distance": (("geometry", "geometry"), 0, "number"),
    "geo.length": (("geometry",), 0, "number"),
    "geo.intersects": (("geometry", "geometry"), 0, "boolean"),
    **dict.fromkeys(_RELATIONS_IN_SPACE, (("geometry", "geometry"), 0, "boolean")),
    "st_relate": (("geometry", "geometry", "text"), 0, "boolean"),
}


def literal(value: Value) -> Literal:
    """Return a literal with its type."""
    return Literal(value, literal_type(value))


def field(path: str, entity_type: EntityType) -> Field:
    """Return the field that a path means on this type (`Datastream/Thing/properties/owner`); raises InvalidOption."""
    parts = path.replace("[", "/").replace("]", "").split("/")
    hops: list[str] = []
    current = entity_type
    while parts and parts[0] in current.relations:
        current = target_of(current.relations[parts[0]])
        hops.append(parts.pop(0))
    if not parts:
        raise InvalidOption(f"{path!r} names a relation, not a property.")
    first, *steps = parts
    if first in {"id", ID}:
        if steps:
            raise InvalidOption(f"{path!r}: an id has no parts.")
        return Field(tuple(hops), ID, (), "text" if current.name == "Observation" else "number")
    known = current.properties.get(first)
    if known is None:
        raise InvalidOption(f"A {current.name} has no property {first!r}.")
    if known.kind is Kind.GEOMETRY:
        return Field(tuple(hops), first, tuple(steps), "json" if steps else "geometry")
    if steps and known.kind not in {Kind.JSON, Kind.RESULT}:
        raise InvalidOption(f"{path!r}: {first} has no parts.")
    return Field(tuple(hops), first, tuple(steps), _KINDS[known.kind])


def call(name: str, args: list[Node]) -> Call:
    """Return a function called on these arguments; raises InvalidOption when they don't suit it."""
    if name not in FUNCTIONS:
        raise InvalidOption(f"There is no function {name!r}.")
    wanted, optional, result = FUNCTIONS[name]
    if not len(wanted) - optional <= len(args) <= len(wanted):
        raise InvalidOption(f"{name} takes {len(wanted)} argument{'' if len(wanted) == 1 else 's'}, not {len(args)}.")
    taken = tuple(coerce(arg, kind, name) for arg, kind in zip(args, wanted, strict=False))
    if "geometry" in wanted:
        _check_geometry(name, taken)
    return Call(name, taken, result)


def _check_geometry(name: str, args: tuple[Node, ...]) -> None:
    if sum(isinstance(arg, Field) for arg in args) > 1:
        raise InvalidOption(f"{name} compares a property with a literal geography'…', not two properties.")
    if name == "st_relate":
        pattern = args[2]
        if not isinstance(pattern, Literal) or not _is_pattern(pattern.value):
            raise InvalidOption("st_relate takes a literal pattern of nine characters 0, 1, 2, T, F or *.")


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and len(value) == 9 and set(value) <= set("012TF*")


def coerce(node: Node, wanted: str, where: str) -> Node:
    """Return the node as the wanted type: JSON is read as it, and a text that holds a moment is one."""
    if node.type in {wanted, "null"}:
        return node
    if node.type == "json" and wanted in {"number", "text", "boolean"}:
        return Call("as", (node,), wanted)
    if isinstance(node, Literal) and isinstance(node.value, str) and wanted == "time":
        try:
            return literal(read_period(node.value))
        except ValueError as error:
            raise InvalidOption(f"{where}: {error}") from None
    raise InvalidOption(f"{where} takes a {wanted}, not a {node.type}.")


def logical(name: str, args: list[Node]) -> Call:
    """Return `and`, `or` or `not` of conditions."""
    return Call(name, tuple(coerce(arg, "boolean", name) for arg in args), "boolean")


def comparison(name: str, left: Node, right: Node) -> Call:
    """Return a comparison of two values of one type, or of anything with null."""
    if "null" in {left.type, right.type}:
        if name not in {"eq", "ne"}:
            return Call(name, (literal(None), literal(None)), "boolean")
        return Call(f"{name}_null", (right if left.type == "null" else left,), "boolean")
    kind = _common(name, left, right)
    return Call(name, (coerce(left, kind, name), coerce(right, kind, name)), "boolean")


def _common(name: str, left: Node, right: Node) -> str:
    if left.type == right.type == "json":
        return "json" if name in {"eq", "ne"} else "number"
    kind = left.type if right.type == "json" else right.type if left.type == "json" else left.type
    if {left.type, right.type} == {"time", "text"}:
        kind = "time"
    if kind == "geometry":
        raise InvalidOption("Geometries are compared by functions such as st_equals.")
    if kind not in _ORDERED:
        raise InvalidOption(f"{name} cannot compare a {left.type} with a {right.type}.")
    return kind


def arithmetic(name: str, left: Node, right: Node) -> Call:
    """Return a calculation with numbers, or with moments and durations (`now() sub duration'P1D'`)."""
    types = (left.type, right.type)
    if name == "sub" and types == ("time", "time"):
        return Call("time_between", (left, right), "duration")
    if name in {"add", "sub"} and types == ("time", "duration"):
        return Call(f"time_{name}", (left, right), "time")
    if name in {"add", "sub"} and types == ("duration", "duration"):
        return Call(f"duration_{name}", (left, right), "duration")
    if set(types) & _TIMES:
        raise InvalidOption(f"{name} cannot calculate with a {left.type} and a {right.type}.")
    return Call(name, (coerce(left, "number", name), coerce(right, "number", name)), "number")


def fields(node: Node) -> Iterator[Field]:
    """Yield every field in an expression."""
    if isinstance(node, Field):
        yield node
    elif isinstance(node, Call):
        for arg in node.args:
            yield from fields(arg)


def geometry_of(node: Node) -> BaseGeometry | None:
    """Return the geometry of a literal."""
    return node.value if isinstance(node, Literal) and isinstance(node.value, BaseGeometry) else None
