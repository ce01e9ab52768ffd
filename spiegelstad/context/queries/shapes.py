"""The shapes of entities: which types and attributes they have together. A city has few, and an index on them.

By that index types and attributes are told without reading all the entities, and a page of a type is found wherever
its ids lie: they mostly begin with their type, so that the first of a type may come after half a million others.
"""

from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.queries.jsonpath_of import indexed_path_of
from spiegelstad.context.queries.sql_of import Condition, joined, readable, types_condition
from spiegelstad.context.rules import q as q_language
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.q import MEMBERS, All, QExpr

# As in the index context_entity_shapes. Kinds are those of all instances, by attribute.
SHAPE = (
    "hash_array_extended(e.types, jsonb_hash_extended(jsonb_path_query_array(e.attributes, '$.keyvalue().key'),"
    " jsonb_hash_extended(jsonb_path_query_array(e.attributes, '$.*.*.type'), 0)))"
)
MOST = 200
"""Shapes that a page is gathered from; a city that has more is asked without them, and counted again after a while."""
_COUNTED_AGAIN_S = 60.0
_crowded_until: dict[str, float] = {}  # city → monotonic time
_ALL = 1_000_000_000
_ROOM = Path(__file__).parent


class Shape(NamedTuple):
    """A shape, of the entities with one closure."""

    classification: str
    department: str
    number: int


def filled(statement: str, actor: Actor, condition: Condition | None = None) -> tuple[str, dict[str, Any]]:
    """Return a statement of sql/discovery.sql with all that it names in braces, and the parameters of that."""
    parts = {"kinds": _text("kinds"), "shapes": _text("shapes"), "shape": SHAPE}
    text, params = _text(statement), {"tenant": actor.tenant_id, "most": _ALL if condition is None else MOST}
    for name, given in (("readable", readable(actor, "e")), ("condition", condition or Condition("true"))):
        first, *rest = given.sql.split("%s")
        parts[name] = first + "".join(f"%({name}_{number})s{part}" for number, part in enumerate(rest))
        params |= {f"{name}_{number}": value for number, value in enumerate(given.params)}
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text, params


def _text(statement: str) -> str:
    return sql.load(_ROOM, statement)


def shapes_for(actor: Actor, query: EntityQuery) -> list[Shape] | None:
    """Return the shapes of the entities that may match; None when there are too many, or the query says nothing of
    them, or is answered better by another index.
    """
    condition = _condition(query)
    if condition is None or monotonic() < _crowded_until.get(actor.tenant_id, 0.0):
        return None
    text, params = filled("shapes_that_may", actor, condition)
    with sql.prepared() as cursor:
        found = cursor.execute(text.encode(), params).fetchall()
    if len(found) == MOST:
        _crowded_until[actor.tenant_id] = monotonic() + _COUNTED_AGAIN_S
        return None
    return [Shape(*row[:3]) for row in found if row[4]]


def _condition(query: EntityQuery) -> Condition | None:
    """Return what a query says of types and attributes."""
    if query.only is not None or any(one.ids for one in query.selectors):
        return None
    found = []
    if query.selectors and all(one.types is not None for one in query.selectors):
        types = [types_condition(one.types, "e") for one in query.selectors if one.types is not None]
        found.append(joined(types, "OR", "true"))
    if query.attrs:
        found.append(Condition("e.attributes ?| %s", (list(query.attrs),)))
    if query.q is not None:
        if _is_indexed(query.q):
            return None
        found.append(_presence(query.q))
    return joined(found, "AND", "true") if found else None


def _is_indexed(expression: QExpr) -> bool:
    if isinstance(expression, All):
        return any(_is_indexed(term) for term in expression.terms)
    if isinstance(expression, q_language.Any):
        return bool(expression.terms) and all(_is_indexed(term) for term in expression.terms)
    return expression.path.link is None and bool(indexed_path_of(expression))


def _presence(expression: QExpr) -> Condition:
    """Return which attributes are there when an expression holds: each term needs its own."""
    if isinstance(expression, All):
        return joined([_presence(term) for term in expression.terms], "AND", "true")
    if isinstance(expression, q_language.Any):
        return joined([_presence(term) for term in expression.terms], "OR", "false")
    name = expression.path.names[0]
    return Condition("true") if name in MEMBERS else Condition("e.attributes ? %s", (name,))
