"""CQL2 JSON."""

from typing import Any

import orjson

from spiegelstad.ogc.cql2.nodes import (
    MAX_DEPTH,
    Interval,
    InvalidFilter,
    Literal,
    Node,
    Property,
    Values,
    operator,
    require_small,
)
from spiegelstad.ogc.cql2.values import read_date, read_instant, read_moment, shape_of_box, shape_of_geojson

MAX_JSON_BYTES = 131_072


def read_json(text: str) -> Node:
    """Read a filter, or say what is wrong in it."""
    if len(text) > MAX_JSON_BYTES:
        raise InvalidFilter(f"The filter is longer than {MAX_JSON_BYTES:,} characters.")
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidFilter(f"The filter is not JSON: {str(error)[:100]}.") from None
    node = _node(given, 0)
    require_small(node)
    return node


def _node(given: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise InvalidFilter(f"The filter is nested more than {MAX_DEPTH} deep.")
    if isinstance(given, str | int | float):  # a truth is an int
        if isinstance(given, int) and abs(given) >= 2**63:
            raise InvalidFilter("A number of the filter is too large.")
        return Literal(given)
    if isinstance(given, list):
        return Values(tuple(_node(one, depth + 1) for one in given))
    if not isinstance(given, dict):
        raise InvalidFilter("null cannot stand in a filter: use isNull.")
    if "op" in given:
        return _operator(given, depth)
    match given:
        case {"property": str(name)}:
            return Property(name)
        case {"date": text}:
            return read_date(text)
        case {"timestamp": text}:
            return read_moment(text)
        case {"interval": [start, end]}:
            return Interval(_end_of_interval(start, depth), _end_of_interval(end, depth))
        case {"bbox": numbers}:
            return shape_of_box(numbers)
        case {"type": str()}:
            return shape_of_geojson(given)
    raise InvalidFilter(f"{orjson.dumps(given)[:80].decode('utf-8', 'replace')!r} is no part of a filter.")


def _operator(given: dict[str, Any], depth: int) -> Node:
    name, args = given["op"], given.get("args")
    if not isinstance(name, str) or not isinstance(args, list):
        raise InvalidFilter("An operator is {'op': a name, 'args': a list}.")
    return operator(name if name == "isNull" else name.lower(), *(_node(one, depth + 1) for one in args))


def _end_of_interval(given: Any, depth: int) -> Node | None:
    if given == "..":
        return None
    return read_instant(given) if isinstance(given, str) else _node(given, depth + 1)
