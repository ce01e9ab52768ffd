"""The entity ordering language (clause 4.23): `name,age;desc`, `address[city]`, `location;dist-asc`.

Values of several types come in the order numbers, texts, objects, lists, booleans, times, dates, moments, null, and
entities without the attribute last, whatever the direction. Texts are ordered without regard to accents and case, then
by them: close to the root collation of Unicode, for every language asked for.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.geo import distance_m, shape_of
from spiegelstad.context.rules.geojson import geometry, is_geometry
from spiegelstad.context.rules.literals import Kind, temporal
from spiegelstad.context.rules.q import Exists, Path
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.targets import targets
from spiegelstad.context.rules.terms import Context

ENTITY_MEMBERS = frozenset({"id", "type", "scope"})
DIRECTIONS = frozenset({"asc", "desc", "dist-asc", "dist-desc"})
MAX_ORDERS = 10
_PLACE, _ABSENT = 0, 10
_COLLATION = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Order:
    """By `path` (or by a member of the entity: id, type, scope); by distance from a geometry when `origin` is one."""

    path: Path
    descending: bool = False
    origin: dict[str, Any] | None = None


def parse_order(
    text: str, context: Context, collation: str = "", origin: str = "", origin_kind: str = ""
) -> tuple[Order, ...]:
    """Read an ordering. `origin`: coordinates to measure from, as JSON. BadRequestData when anything is wrong."""
    if collation and not _COLLATION.fullmatch(collation):
        raise BadRequestData(f"{collation!r} is not a collation.")
    place = _place(origin, origin_kind or "Point") if origin else None
    parts = text.split(",")
    if len(parts) > MAX_ORDERS:
        raise BadRequestData(f"An ordering has at most {MAX_ORDERS} members.")
    return tuple(_order(part, context, place) for part in parts)


def _place(origin: str, kind: str) -> dict[str, Any]:
    try:
        coordinates = orjson.loads(origin)
    except orjson.JSONDecodeError:
        raise BadRequestData(f"orderFrom is not JSON: {origin[:200]!r}.") from None
    return geometry({"type": kind, "coordinates": coordinates}, "orderFrom")


def _order(text: str, context: Context, place: dict[str, Any] | None) -> Order:
    name, _, direction = text.partition(";")
    if direction and direction not in DIRECTIONS:
        raise BadRequestData(f"{direction!r} is not a direction.", remedy="asc, desc, dist-asc or dist-desc.")
    by_distance = direction.startswith("dist-")
    if by_distance and place is None:
        raise BadRequestData("Ordering by distance needs orderFrom.")
    path = Path((name,)) if name in ENTITY_MEMBERS else _path(name, context)
    return Order(path, direction.endswith("desc"), place if by_distance else None)


def _path(name: str, context: Context) -> Path:
    term = parse_q(name, context)
    if not isinstance(term, Exists) or term.path.link is not None:
        raise BadRequestData(f"{name!r} is not an attribute to order by.")
    return term.path


def in_order(found: list[Document], orders: Sequence[Order]) -> list[Document]:
    """Return the documents in this order; equal ones stay as they are."""
    for order in reversed(orders):
        keys = {document.id: _key(document, order) for document in found}
        sign = -1 if order.descending else 1  # the ranks of types stay as they are when the rest is turned round
        found = sorted(found, key=lambda one: (sign * keys[one.id][0], keys[one.id][1]), reverse=order.descending)
    return found


def _key(document: Document, order: Order) -> tuple[int, Any]:
    """Return the rank of the type of the value, and what orders it among its equals."""
    name = order.path.names[0]
    if name in ENTITY_MEMBERS:
        members = {"id": [document.id], "type": document.types, "scope": document.scopes}[name]
        return _ranked(members[0]) if members else (_ABSENT, 0)
    found = next(iter(targets(_single(document, name), order.path)), None)
    if found is None or not found.values:
        return _ABSENT, 0
    value = found.values[0]
    if order.origin is not None and isinstance(value, dict) and is_geometry(value):
        return _PLACE, distance_m(shape_of(value), shape_of(order.origin))
    return _ranked(value["@value"] if isinstance(value, dict) and "@value" in value else value)


def _single(document: Document, name: str) -> Document:
    """Return the entity with one instance of the attribute: the default, else that of the first datasetId."""
    instances = document.attributes.get(name, {})
    kept = {dataset: instances[dataset] for dataset in sorted(instances)[:1]}
    return replace(document, attributes={name: kept})


def _ranked(value: Any) -> tuple[int, Any]:
    match value:
        case bool():
            return 5, value
        case int() | float():
            return 1, value
        case str():
            return _ranked_text(value)
        case dict():
            return 3, 0
        case list():
            return 4, 0
    return 9, 0


def _ranked_text(text: str) -> tuple[int, Any]:
    for rank, kind in ((6, Kind.TIME), (7, Kind.DATE), (8, Kind.DATE_TIME)):
        if (moment := temporal(text, kind)) is not None:
            return rank, moment
    letters = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return 2, (letters.casefold(), text.swapcase())
