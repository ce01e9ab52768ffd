# ruff: noqa: S608  fragments of this room are put together; what comes from outside is a parameter
"""st_* and geo.* in SQL: boxes under GiST find the candidates, shapely decides, and the answer goes into the statement.

The database needs no extension for it. Geometries are those of locations, features and observed areas: one per thing
or place, not one per observation.
"""

from typing import Any

import orjson
from shapely.geometry.base import BaseGeometry

from spiegelstad.sensorthings.queries.scope import Scope
from spiegelstad.sensorthings.queries.tables import TABLES
from spiegelstad.sensorthings.rules import geometries
from spiegelstad.sensorthings.rules.expressions import Call, Field, Literal, geometry_of
from spiegelstad.sensorthings.rules.geometries import NEEDS_TOUCHING_BOXES, PREDICATES
from spiegelstad.sensorthings.rules.model import EntityType

_MEASURES = {"geo.distance", "geo.length"}


def is_geometric(node: Call) -> bool:
    """Whether this is a function of geometries."""
    return node.name in PREDICATES or node.name in _MEASURES or node.name == "st_relate"


def presence(entity_type: EntityType, alias: str) -> str:
    """Return an expression that is null where there is no geometry."""
    return f"{alias}.observed_area" if entity_type.name == "Datastream" else f"{alias}.box"


def write(scope: Scope, node: Call, entity_type: EntityType, alias: str) -> str:
    """Return the value of a function of this entity's geometry and, mostly, a literal one."""
    given = next((found for arg in node.args if (found := geometry_of(arg)) is not None), None)
    if given is None and any(arg.type in {"null", "geometry"} and isinstance(arg, Literal) for arg in node.args):
        return "NULL::float8" if node.name in _MEASURES else "NULL::boolean"
    box = given.bounds if given is not None and node.name in NEEDS_TOUCHING_BOXES else None
    candidates = _candidates(scope, entity_type, box)
    (id_,) = TABLES[entity_type.name].id(alias)
    if node.name in _MEASURES:
        values = [geometries.measure(node.name, shape, given) for _, shape in candidates]
        numbers = scope.param([number for number, _ in candidates], "bigint[]")
        return f"(SELECT v FROM unnest({numbers}, {scope.param(values, 'float8[]')}) g(n, v) WHERE g.n = {id_})"
    chosen = scope.param([number for number, shape in candidates if _holds(node, shape, given)], "bigint[]")
    return f"CASE WHEN {presence(entity_type, alias)} IS NOT NULL THEN {id_} = ANY({chosen}) END"


def _holds(node: Call, shape: BaseGeometry, given: BaseGeometry | None) -> bool:
    assert given is not None
    pattern = node.args[2].value if len(node.args) == 3 and isinstance(node.args[2], Literal) else ""
    pair = (shape, given) if isinstance(node.args[0], Field) else (given, shape)
    return geometries.holds(node.name, *pair, str(pattern))


def _candidates(
    scope: Scope, entity_type: EntityType, box: tuple[float, float, float, float] | None
) -> list[tuple[int, BaseGeometry]]:
    table, a = TABLES[entity_type.name], scope.alias()
    column = {"Location": "location", "FeatureOfInterest": "feature", "Datastream": "observed_area"}[entity_type.name]
    conditions = [table.policy(a), f"{presence(entity_type, a)} IS NOT NULL"]
    if box is not None and entity_type.name != "Datastream":
        conditions.append(f"{a}.box && {scope.param(_box(box), 'box')}")
    (id_,) = table.id(a)
    rows = scope.geometries(f"SELECT {id_}, {a}.{column} FROM {table.source(a)} WHERE {' AND '.join(conditions)}")
    return [(number, shape) for number, text in rows if (shape := _shape(text)) is not None]


def _shape(text: Any) -> BaseGeometry | None:
    return geometries.read_geometry(orjson.loads(text) if isinstance(text, str) else text)


def _box(bounds: tuple[float, float, float, float]) -> str:
    return f"(({bounds[0]!r},{bounds[1]!r}),({bounds[2]!r},{bounds[3]!r}))"
