"""A query for entities as SQL. It agrees with rules/reference (tested), but for geometry: SQL finds candidates by box.

Every condition is about one row of `context_entity`, under an alias.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.fields import Box
from spiegelstad.context.models import Entity
from spiegelstad.context.queries.jsonpath_of import indexed_path_of, path_of, presence_of, quoted
from spiegelstad.context.rules import q as q_language
from spiegelstad.context.rules.documents import time_text
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.geo import GeoQuery
from spiegelstad.context.rules.literals import Kind, Literal, Range
from spiegelstad.context.rules.q import ENTITY_MEMBERS, MEMBERS, All, Exists, Match, Path, QExpr
from spiegelstad.context.rules.scopes import ScopeExpr, ScopePattern
from spiegelstad.context.rules.types import TypeExpr
from spiegelstad.context.vocabulary import LOCATION, NGSI_LD
from spiegelstad.governance.public import visible

INDEXED_PLACES = frozenset({f"{NGSI_LD}observationSpace", f"{NGSI_LD}operationSpace"})
"""GeoProperties that have an index of their own, beside `location`."""
_COLUMNS = {"createdAt": "created_at", "modifiedAt": "modified_at", "expiresAt": "expires_at"}
_SQL_EQUAL = {"==": "=", "!=": "="}


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with `%s` for its parameters."""

    sql: str
    params: tuple[Any, ...] = ()


# As in the index and the statistics context_entity_irregular: has an instance with a datasetId, or in languages.
IRREGULAR = (
    "jsonb_path_exists({alias}.attributes, "
    "'$.*.keyvalue() ? (@.key != \"\" || exists(@.value.languageMap))'::jsonpath) IS TRUE"
)
NEVER = Condition("false")


def joined(conditions: list[Condition], operator: str, empty: str) -> Condition:
    """Join by AND or OR; `empty`: what no conditions mean."""
    if not conditions:
        return Condition(empty)
    if len(conditions) == 1:
        return conditions[0]
    sql = f" {operator} ".join(condition.sql for condition in conditions)
    return Condition(f"({sql})", tuple(param for condition in conditions for param in condition.params))


@lru_cache(maxsize=2_048)
def readable(actor: Actor, alias: str) -> Condition:
    """Return what rows an actor may read, of its city, that have not expired."""
    sql, params = Entity.objects.filter(visible(actor)).query.sql_with_params()
    where = sql.partition(" WHERE ")[2].replace('"context_entity".', f"{alias}.")
    return Condition(f"{where} AND ({alias}.expires_at IS NULL OR {alias}.expires_at > now())", tuple(params))


def where(query: EntityQuery, actor: Actor, alias: str = "e") -> Condition:
    """Return the condition that a row fits the query and may be read. Geometry: that it is a candidate."""
    found = [readable(actor, alias)]
    if query.selectors:
        found.append(joined([_selected(one, alias) for one in query.selectors], "OR", "true"))
    if query.attrs:
        found.append(_present(query.attrs, alias))
    if query.only is not None:
        found.append(Condition(f"{alias}.id = ANY(%s)", (sorted(query.only),)))
    if query.scope_q is not None:
        found.append(_scopes(query.scope_q, alias))
    if query.geo is not None:  # before q, which costs more for each row
        found.append(_candidates(query.geo, alias))
    if query.q is not None:
        found.append(_expression(query.q, actor, alias))
    return joined(found, "AND", "true")


def _present(attrs: tuple[str, ...], alias: str) -> Condition:
    """Return that one of these attributes is there, in an instance that has not expired."""
    moment = time_text(now())
    living = [Condition(f"({alias}.attributes @? %s::jsonpath) IS TRUE", (presence_of(iri, moment),)) for iri in attrs]
    named = Condition(f"{alias}.attributes ?| %s", (list(attrs),))
    return joined([named, joined(living, "OR", "false")], "AND", "true")


def _selected(selector: Selector, alias: str) -> Condition:
    found = []
    if selector.ids:
        found.append(Condition(f"{alias}.id = ANY(%s)", (list(selector.ids),)))
    elif selector.id_pattern is not None:
        operator = "~*" if selector.id_pattern.ignores_case else "~"
        found.append(Condition(f"{alias}.id {operator} %s", (selector.id_pattern.portable,)))
    if selector.types is not None:
        found.append(types_condition(selector.types, alias))
    return joined(found, "AND", "true")


def types_condition(types: TypeExpr, alias: str) -> Condition:
    """Return the condition that an entity has the types asked for."""
    if frozenset() in types:
        return Condition("true")
    if all(len(one) == 1 for one in types):
        return Condition(f"{alias}.types && %s::text[]", (sorted(name for one in types for name in one),))
    return joined([Condition(f"{alias}.types @> %s::text[]", (sorted(one),)) for one in types], "OR", "true")


def _scopes(scopes: ScopeExpr, alias: str) -> Condition:
    return joined(
        [joined([_scope(one, alias) for one in together], "AND", "true") for together in scopes], "OR", "true"
    )


def _scope(scope: ScopePattern, alias: str) -> Condition:
    if scope.is_plain:
        plain = "/".join(scope.levels)
        return Condition(f"{alias}.scopes && %s::text[]", ([plain, f"/{plain}"],))
    return Condition(f"EXISTS (SELECT FROM unnest({alias}.scopes) s WHERE s ~ %s)", (scope.expression,))


def _expression(expression: QExpr, actor: Actor, alias: str) -> Condition:
    if isinstance(expression, All):
        return joined([_expression(term, actor, alias) for term in expression.terms], "AND", "true")
    if isinstance(expression, q_language.Any):
        return joined([_expression(term, actor, alias) for term in expression.terms], "OR", "false")
    path = expression.path
    if path.link is not None:
        return _linked(expression, path, actor, alias)
    if path.names[0] in MEMBERS:
        return _of_column(expression, alias)
    # IS TRUE keeps the index on attributes out of it, which would give all rows for what is not an equality; the
    # operator lets the planner try the path on its sample of rows.
    exact = Condition(f"({alias}.attributes @? %s::jsonpath) IS TRUE", (path_of(expression, time_text(now())),))
    indexed = indexed_path_of(expression)
    if not indexed:
        return exact
    candidates = f"({alias}.attributes @? %s::jsonpath OR {IRREGULAR.format(alias=alias)})"
    return joined([exact, Condition(candidates, (indexed,))], "AND", "true")


def _linked(term: q_language.Term, path: Path, actor: Actor, alias: str) -> Condition:
    """Return that an entity to which a relationship leads fits the rest of the path."""
    assert path.link is not None
    other = f"{alias}l"
    may_read = readable(actor, other)
    inner = _expression(q_language.with_path(term, path.link), actor, other)
    hint = Condition(f" AND {other}.types && %s::text[]", (sorted(path.hint),)) if path.hint else Condition("")
    living = f"lax $.{quoted(path.names[0])}.* ? (!(@.expiresAt <= {quoted(time_text(now()))}))"
    paths = (f"{living}.object[*]", f"{living}.objectList[*]")
    # An array, so that the entities are got by their key.
    sql = (
        f"EXISTS (SELECT FROM context_entity {other} WHERE {may_read.sql} AND {other}.id = ANY(ARRAY("  # noqa: S608
        f"SELECT uri #>> '{{}}' FROM jsonb_path_query({alias}.attributes, %s::jsonpath) uri UNION ALL "
        f"SELECT uri #>> '{{}}' FROM jsonb_path_query({alias}.attributes, %s::jsonpath) uri))"
        f"{hint.sql} AND {inner.sql})"
    )
    return Condition(sql, (*may_read.params, *paths, *hint.params, *inner.params))


def _of_column(term: q_language.Term, alias: str) -> Condition:
    """Return a condition on createdAt, modifiedAt or expiresAt of the entity, as stored text compares."""
    name = term.path.names[0]
    if name not in ENTITY_MEMBERS or len(term.path.names) > 1 or term.path.trailing:
        return NEVER
    column = f"{alias}.{_COLUMNS[name]}"
    exists = Condition(f"{column} IS NOT NULL")
    text = f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    if isinstance(term, Exists):
        return exists
    if isinstance(term, Match):
        like = Condition(f"{text} {'!' * term.negated}~{'*' * term.pattern.ignores_case} %s", (term.pattern.portable,))
        return joined([exists, like], "AND", "true")
    tests = joined([_compared_column(column, text, term.operator, one) for one in term.values], "OR", "false")
    negation = "NOT " if term.operator == "!=" else ""
    return joined([exists, Condition(f"{negation}({tests.sql})", tests.params)], "AND", "true")


def _compared_column(column: str, text: str, symbol: str, wanted: Literal | Range) -> Condition:
    """Return the comparison, for "unequal" that of equal values."""
    if isinstance(wanted, Range):
        ends = ((">=", wanted.low), ("<=", wanted.high))
        return joined([_compared_column(column, text, end, value) for end, value in ends], "AND", "true")
    operator = _SQL_EQUAL.get(symbol, symbol)
    if wanted.kind is Kind.DATE_TIME:
        return Condition(f"{column} {operator} %s::timestamptz", (wanted.value,))
    return Condition(f'{text} COLLATE "C" {operator} %s', (wanted.value,)) if wanted.kind is Kind.TEXT else NEVER


def _candidates(geo: GeoQuery, alias: str) -> Condition:
    """Return where geometry has to be looked at: where the box round it allows it, or there is the attribute."""
    present = Condition(f"{alias}.attributes ? %s", (geo.attribute,))
    box = boxed(geo, alias)
    if box is None:
        return present
    return box if geo.attribute == LOCATION else joined([present, box], "AND", "true")


def boxed(geo: GeoQuery, alias: str) -> Condition | None:
    """Return the part of that which an index on boxes answers; None when none does."""
    if not geo.box_operator:
        return None
    if geo.attribute == LOCATION:
        return _touching(f"{alias}.box", geo)
    if geo.attribute in INDEXED_PLACES:
        return _touching(f"context_box({alias}.attributes, '{geo.attribute}')", geo)
    return None


def _touching(box: str, geo: GeoQuery) -> Condition:
    tests = [Condition(f"{box} {geo.box_operator} %s::box", (box_text(one),)) for one in geo.boxes]
    return joined(tests, "OR", "false")


def box_text(box: Box) -> str:
    """Return a box as PostgreSQL writes it."""
    return f"(({box[0]!r},{box[1]!r}),({box[2]!r},{box[3]!r}))"
