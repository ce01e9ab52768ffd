"""Which of some rows a filter holds for: whole columns at a time, in three values as SQL has it (null is unknown)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from spiegelstad.ogc.cql2.nodes import (
    ARITHMETIC,
    COMPARISONS,
    SPATIAL,
    Interval,
    Literal,
    Node,
    Op,
    Property,
    Shape,
    Values,
)

Data = Any
"""An Arrow array, or a scalar that stands for every row."""

Bounds = tuple[float, float, float, float]
_COMPARE = {
    "=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal,
}  # fmt: skip
_CALCULATE: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.fmod, "^": np.power,
    "div": lambda a, b: np.trunc(np.divide(a, b)),
}  # fmt: skip
_RELATE: Mapping[str, Callable[[Any, Any], Any]] = {
    "s_intersects": shapely.intersects, "s_equals": shapely.equals, "s_disjoint": shapely.disjoint,
    "s_touches": shapely.touches, "s_within": shapely.within, "s_overlaps": shapely.overlaps,
    "s_crosses": shapely.crosses, "s_contains": shapely.contains,
}  # fmt: skip
_BEGINNING, _END = -(2**63) + 1, 2**63 - 1


class Rows(Protocol):
    """Some rows of a collection; `geometry` is the name of the property that is their shape."""

    @property
    def geometry(self) -> str:
        """Return that name."""

    def __len__(self) -> int:
        """Return how many."""

    def column(self, name: str) -> pa.Array:
        """Return the values of a property that is no shape."""

    def shapes(self) -> NDArray[np.object_]:
        """Return their shapes in WGS84, None where there is none."""

    def within(self, bounds: Bounds) -> NDArray[np.bool_]:
        """Whether each lies whole in a box, as far as is known without looking at the shapes."""


def holds(node: Node, rows: Rows) -> NDArray[np.bool_]:
    """Whether a filter that was checked holds for each row: unknown is no."""
    found = pc.fill_null(_data(node, rows), False)
    if isinstance(found, pa.Scalar):
        return np.full(len(rows), found.as_py())
    return np.asarray(found.to_numpy(zero_copy_only=False))


def _data(node: Node, rows: Rows) -> Data:
    match node:
        case Literal(value=value):
            return pa.scalar(value)
        case Property(name=name):
            return rows.column(name)
        case Op(name=name):
            return _operator(name, node.args, rows)
    raise TypeError(f"{node!r} was not checked")


def _operator(name: str, args: tuple[Node, ...], rows: Rows) -> Data:
    if name in SPATIAL:
        return _spatial(name, args[0], args[1], rows)
    if name.startswith("t_"):
        return _temporal(name, *_ends(args[0], rows), *_ends(args[1], rows))
    if name == "isNull":
        return _is_null(args[0], rows)
    if name == "in" and isinstance(args[1], Values):
        given = _data(args[0], rows)
        return _any(_compared("=", given, _data(one, rows)) for one in args[1].items)
    data = [_data(one, rows) for one in args]
    if name in COMPARISONS:
        return _compared(name, *data)
    if name in ARITHMETIC:
        return _calculate(name, *data)
    return _OTHERS[name](*data)


def _compared(name: str, left: Data, right: Data) -> Data:
    """Compare; a whole number with a decimal one in floating point, however large it is."""
    if pa.types.is_integer(left.type) and pa.types.is_floating(right.type):
        left = pc.cast(left, pa.float64(), safe=False)
    elif pa.types.is_floating(left.type) and pa.types.is_integer(right.type):
        right = pc.cast(right, pa.float64(), safe=False)
    return _COMPARE[name](left, right)


def _is_null(node: Node, rows: Rows) -> Data:
    if isinstance(node, Property) and node.name == rows.geometry:
        return pa.array(shapely.is_missing(rows.shapes()))
    return pc.is_null(_data(node, rows))


def _all(found: Any) -> Data:
    first, *others = found
    for one in others:
        first = pc.and_kleene(first, one)
    return first


def _any(found: Any) -> Data:
    first, *others = found
    for one in others:
        first = pc.or_kleene(first, one)
    return first


def _calculate(name: str, left: Data, right: Data) -> pa.Array:
    """Calculate in floating point; what is no finite number is unknown."""
    with np.errstate(all="ignore"):
        found = np.atleast_1d(_CALCULATE[name](_floats(left), _floats(right)))
    result = pa.array(found, mask=~np.isfinite(found))
    return result[0] if isinstance(left, pa.Scalar) and isinstance(right, pa.Scalar) else result


def _floats(data: Data) -> Any:
    if isinstance(data, pa.Scalar):
        value = data.as_py()
        return np.float64("nan") if value is None else np.float64(value)
    return pc.cast(data, pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _like(text: Data, pattern: Data) -> Data:
    return pc.match_like(text, pattern.as_py())


def _without_accents(text: Data) -> Data:
    return pc.replace_substring_regex(pc.utf8_normalize(text, form="NFD"), r"\p{Mn}", "")


_OTHERS: Mapping[str, Callable[..., Data]] = {
    "and": lambda *found: _all(found),
    "or": lambda *found: _any(found),
    "not": pc.invert,
    "between": lambda value, low, high: pc.and_kleene(_compared(">=", value, low), _compared("<=", value, high)),
    "like": _like,
    "casei": pc.utf8_lower,
    "accenti": _without_accents,
}


def _temporal(name: str, *ends: Data) -> Data:
    """Compare two stretches of time; unknown when an end of either is missing."""
    found = _TIMES[name](*ends)
    for end in ends:
        found = pc.if_else(pc.is_valid(end), found, pa.scalar(None, pa.bool_()))
    return found


def _ends(node: Node, rows: Rows) -> tuple[Data, Data]:
    """Return the first and last instant as whole numbers: days or microseconds since 1970."""
    if not isinstance(node, Interval):
        instant = _instant(node, rows)
        return instant, instant
    start = pa.scalar(_BEGINNING) if node.start is None else _instant(node.start, rows)
    end = pa.scalar(_END) if node.end is None else _instant(node.end, rows)
    return start, end


def _instant(node: Node, rows: Rows) -> Data:
    data = _data(node, rows)
    if pa.types.is_date(data.type):
        return data.cast(pa.int32()).cast(pa.int64())
    return data.cast(pa.timestamp("us", "UTC")).cast(pa.int64())


_eq, _lt, _le, _gt, _ge, _both = pc.equal, pc.less, pc.less_equal, pc.greater, pc.greater_equal, pc.and_kleene
_TIMES: Mapping[str, Callable[[Data, Data, Data, Data], Data]] = {
    "t_after": lambda s, e, s2, e2: _gt(s, e2),
    "t_before": lambda s, e, s2, e2: _lt(e, s2),
    "t_disjoint": lambda s, e, s2, e2: pc.or_kleene(_lt(e, s2), _gt(s, e2)),
    "t_equals": lambda s, e, s2, e2: _both(_eq(s, s2), _eq(e, e2)),
    "t_intersects": lambda s, e, s2, e2: _both(_le(s, e2), _ge(e, s2)),
    "t_contains": lambda s, e, s2, e2: _both(_lt(s, s2), _gt(e, e2)),
    "t_during": lambda s, e, s2, e2: _both(_gt(s, s2), _lt(e, e2)),
    "t_finishedby": lambda s, e, s2, e2: _both(_lt(s, s2), _eq(e, e2)),
    "t_finishes": lambda s, e, s2, e2: _both(_gt(s, s2), _eq(e, e2)),
    "t_meets": lambda s, e, s2, e2: _eq(e, s2),
    "t_metby": lambda s, e, s2, e2: _eq(s, e2),
    "t_overlappedby": lambda s, e, s2, e2: _all((_gt(s, s2), _lt(s, e2), _gt(e, e2))),
    "t_overlaps": lambda s, e, s2, e2: _all((_lt(s, s2), _gt(e, s2), _lt(e, e2))),
    "t_startedby": lambda s, e, s2, e2: _both(_eq(s, s2), _gt(e, e2)),
    "t_starts": lambda s, e, s2, e2: _both(_eq(s, s2), _lt(e, e2)),
}


def _spatial(name: str, left: Node, right: Node, rows: Rows) -> Data:
    box = _box_of(right) if isinstance(left, Property) else None
    if name == "s_intersects" and box is not None:
        return _in_box(box, right, rows)
    shapes = [one.geometry if isinstance(one, Shape) else rows.shapes() for one in (left, right)]
    return _related(name, *shapes)


def _related(name: str, left: Any, right: Any) -> Data:
    if isinstance(left, shapely.Geometry):
        shapely.prepare(left)
    try:
        found = _RELATE[name](left, right)
    except shapely.GEOSException:  # shapes that cross themselves
        found = _RELATE[name](shapely.make_valid(left), shapely.make_valid(right))
    if isinstance(found, np.ndarray):
        return pa.array(found, mask=shapely.is_missing(left) | shapely.is_missing(right))
    return pa.scalar(bool(found))


def _box_of(node: Node) -> Bounds | None:
    """Return the bounds of a shape that is a box along the axes."""
    if not isinstance(node, Shape) or not node.geometry.equals(shapely.envelope(node.geometry)):
        return None
    x0, y0, x1, y1 = node.geometry.bounds
    return (x0, y0, x1, y1)


def _in_box(bounds: Bounds, box: Node, rows: Rows) -> pa.Array:
    """Look at the shapes of those rows only that do not lie whole in the box."""
    found = rows.within(bounds)
    if found.all() or not isinstance(box, Shape):
        return pa.array(found)
    shapes = rows.shapes()
    open_ = np.flatnonzero(~found)
    known = ~shapely.is_missing(shapes)
    found[open_] = pc.fill_null(_related("s_intersects", box.geometry, shapes[open_]), False).to_numpy(
        zero_copy_only=False
    )
    return pa.array(found, mask=~known)
