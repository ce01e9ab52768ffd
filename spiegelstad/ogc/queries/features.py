"""Features of a collection: a page of those that were asked for, or one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spiegelstad.base.clock import BRUSSELS, in_brussels
from spiegelstad.base.errors import InvalidInput
from spiegelstad.ogc.cql2.checking import require_condition
from spiegelstad.ogc.cql2.nodes import Interval, InvalidFilter, Literal, Node, Property, operator
from spiegelstad.ogc.cql2.values import read_instant, read_number
from spiegelstad.ogc.layers.building import ROW
from spiegelstad.ogc.layers.layer import Layer, Positions
from spiegelstad.ogc.layers.matching import matching
from spiegelstad.ogc.queries.collections import Collection, NoSuchFeature

MAX_SORTED = 1_000_000


class TooManyToSort(InvalidInput):
    """More features than can be put in order."""

    title = "Too many features to sort"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which features, in which order (`sort`: names, each with whether the largest comes first), and which of them."""

    condition: Node | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """The positions of the features on a page, and how many there are in all."""

    layer: Layer
    positions: Positions
    matched: int


def page(collection: Collection, asked: Asked) -> Page:
    """Return a page; `InvalidFilter` when the filter does not fit the collection."""
    if asked.condition is not None:
        require_condition(asked.condition, collection.properties)
    layer = collection.layer()
    found = matching(layer, asked.condition)
    end = asked.offset + asked.limit
    matched = layer.table.num_rows if found is None else len(found)
    if asked.sort:
        found = _sorted(layer, np.arange(matched) if found is None else found, asked.sort)
    positions = np.arange(min(asked.offset, matched), min(end, matched)) if found is None else found[asked.offset : end]
    return Page(layer, positions, matched)


def position_of(layer: Layer, id_: str) -> int:
    """Return where the feature with this id is, or raise `NoSuchFeature`."""
    column = layer.table.column(layer.key or ROW)
    try:
        wanted = pa.scalar(id_).cast(column.type)
    except pa.ArrowInvalid:
        wanted = None
    found = pc.index(column, wanted).as_py() if wanted is not None else -1
    if found < 0:
        raise NoSuchFeature(f"There is no feature {id_[:80]!r} in this collection.")
    return int(found)


def _sorted(layer: Layer, positions: Positions, sort: tuple[tuple[str, bool], ...]) -> Positions:
    if len(positions) > MAX_SORTED:
        raise TooManyToSort(f"More than {MAX_SORTED:,} features cannot be sorted.", remedy="Add a bbox or a filter.")
    keys = [(name, "descending" if is_down else "ascending") for name, is_down in sort]
    table = layer.table.select([name for name, _ in sort]).take(pa.array(positions))
    table = table.append_column(ROW, pa.array(np.arange(len(positions))))
    order = pc.sort_indices(table, sort_keys=[*keys, (ROW, "ascending")])
    return np.asarray(positions[order.to_numpy()])


def equals(name: str, kind: str, text: str) -> Node:
    """Return the condition that a property has the value that a parameter writes."""
    return operator("=", Property(name), Literal(_value(name, kind, text)))


def _value(name: str, kind: str, text: str) -> Any:
    try:
        if kind == "number":
            return read_number(text)
        if kind == "truth":
            return {"true": True, "false": False}[text.lower()]
        return read_instant(text).value if kind in {"date", "moment"} else text
    except (ValueError, KeyError):
        raise InvalidFilter(f"{name} is a {kind}, which {text[:60]!r} is not.", parameter=name) from None


def within_time(collection: Collection, text: str) -> Node:
    """Return the condition of the parameter datetime: an instant, or an interval with `..` or nothing for open."""
    if not collection.time:
        return Literal(False)
    kind = collection.properties[collection.time]
    ends = text.split("/")
    if len(ends) > 2:
        raise InvalidFilter("datetime is a moment, or two with a / between them.", parameter="datetime")
    read = [None if end in {"", ".."} and len(ends) == 2 else _as(kind, end, last) for last, end in enumerate(ends)]
    start, end = (read[0], read[-1])
    if len(ends) == 1:
        end = _as(kind, ends[0], 1)
    if start is not None and end is not None and start.value > end.value:  # type: ignore[operator]
        raise InvalidFilter("datetime begins after it ends.", parameter="datetime")
    return operator("t_intersects", Property(collection.time), Interval(start, end))


def _as(kind: str, text: str, last: int) -> Literal:
    """Read an instant as a date or a moment; a day is here from its midnight to its last microsecond in Brussels."""
    value = read_instant(text).value
    if kind == "date" and isinstance(value, datetime):
        return Literal(in_brussels(value).date())
    if kind == "moment" and isinstance(value, date) and not isinstance(value, datetime):
        time = datetime.max.time() if last else datetime.min.time()
        return Literal(datetime.combine(value, time, BRUSSELS))
    return Literal(value)
