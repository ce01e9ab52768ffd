"""Which entities match a query: the slow and obvious version, which decides what the SQL has to answer.

Subscriptions use it too, on one entity at a time.
"""

import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.geo import holds_for
from spiegelstad.context.rules.literals import TEMPORAL, Kind, Literal, Range, temporal
from spiegelstad.context.rules.q import All, Exists, Match, Path, QExpr, Term, with_path
from spiegelstad.context.rules.q import Any as AnyOf
from spiegelstad.context.rules.scopes import has_scopes
from spiegelstad.context.rules.targets import Target, relationship_objects, targets
from spiegelstad.context.rules.types import has_types

Lookup = Callable[[str], Document | None]
"""Gives an entity by its id, when there is one and the actor may read it."""
_ORDERINGS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def matches(document: Document, query: EntityQuery, lookup: Lookup | None = None) -> bool:
    """Say whether an entity is asked for, as it is: what expired has been left out (`merging.alive`).

    Without `lookup` no relationship leads anywhere.
    """
    return (
        (not query.selectors or any(_selected(document, one) for one in query.selectors))
        and (not query.attrs or any(iri in document.attributes for iri in query.attrs))
        and (query.only is None or document.id in query.only)
        and (query.scope_q is None or has_scopes(document.scopes, query.scope_q))
        and (query.q is None or holds(document, query.q, lookup))
        and (query.geo is None or holds_for(document.attributes, query.geo))
    )


def _selected(document: Document, selector: Selector) -> bool:
    if selector.types is not None and not has_types(document.types, selector.types):
        return False
    if selector.ids:
        return document.id in selector.ids
    return selector.id_pattern is None or selector.id_pattern.found_in(document.id)


def holds(document: Document, expression: QExpr, lookup: Lookup | None = None) -> bool:
    """Say whether a query in the language of clause 4.9 holds for an entity."""
    if isinstance(expression, All):
        return all(holds(document, term, lookup) for term in expression.terms)
    if isinstance(expression, AnyOf):
        return any(holds(document, term, lookup) for term in expression.terms)
    path = expression.path
    if path.link is not None:
        inner = with_path(expression, path.link)
        return any(holds(linked, inner, lookup) for linked in _linked(document, path, lookup))
    return any(_holds(target, expression) for target in targets(document, path))


def _linked(document: Document, path: Path, lookup: Lookup | None) -> Iterator[Document]:
    for instance in document.attributes.get(path.names[0], {}).values():
        for uri in relationship_objects(instance):
            linked = lookup(uri) if lookup else None
            if linked is not None and (not path.hint or not set(path.hint).isdisjoint(linked.types)):
                yield linked


def _holds(target: Target, term: Term) -> bool:
    if isinstance(term, Exists):
        return True
    if isinstance(term, Match):
        return _matches(target, term)
    if term.operator in ("==", "!="):
        found = any(_equal(value, wanted, target.family) for value in target.values for wanted in term.values)
        return found is (term.operator == "==")
    wanted = term.values[0]
    assert isinstance(wanted, Literal)
    return any(_ordered(value, term.operator, wanted, target.family) for value in target.values)


def _matches(target: Target, term: Match) -> bool:
    texts = [one for value in target.values for one in _scalars(value) if isinstance(one, str)]
    if target.family == "uri" or not texts:
        return False
    return any(term.pattern.found_in(text) for text in texts) is not term.negated


def _equal(value: Any, wanted: Literal | Range, family: str) -> bool:
    if isinstance(wanted, Range):
        return _ordered(value, ">=", wanted.low, family) and _ordered(value, "<=", wanted.high, family)
    items = value if isinstance(value, list) else []
    return any(_compared(one, operator.eq, wanted, family) for item in (value, *items) for one in _scalars(item))


def _ordered(value: Any, symbol: str, wanted: Literal, family: str) -> bool:
    if family == "uri":
        return False
    return any(_compared(one, _ORDERINGS[symbol], wanted, family) for one in _scalars(value))


def _scalars(value: Any) -> list[Any]:
    """Return a value, and what it holds when it is a typed value of JSON-LD."""
    return [value, value["@value"]] if isinstance(value, dict) and "@value" in value else [value]


def _compared(value: Any, compare: Callable[[Any, Any], bool], wanted: Literal, family: str) -> bool:
    """Compare when the types are the same. Members are texts that sort, times among them."""
    comparable = _comparable(value, wanted.kind, family)
    return comparable is not None and compare(comparable, wanted.value)


def _comparable(value: Any, kind: Kind, family: str) -> Any:
    if isinstance(value, str):
        if kind is Kind.TEXT or (family == "member" and kind is Kind.DATE_TIME):
            return value
        return temporal(value, kind) if kind in TEMPORAL and family == "json" else None
    if kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if kind is Kind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value))
    return None
