"""The NGSI-LD query language (clause 4.9): what a query says. `q_reading` reads it, `reference` gives it its meaning.

A path leads from an entity to a target: names of attributes, each of the one before (expanded), or of a member of an
attribute such as `observedAt` (as it is); then `[members]` of its value; or `{a path}` in the entity that a
relationship leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spiegelstad.context.rules.literals import Literal, Range
from spiegelstad.context.rules.patterns import Pattern

TIME_MEMBERS = frozenset({"createdAt", "modifiedAt", "observedAt", "expiresAt"})
MEMBERS = TIME_MEMBERS | {"unitCode", "datasetId", "instanceId", "objectType"}
"""Members of attributes that are no attributes themselves."""
ENTITY_MEMBERS = frozenset({"createdAt", "modifiedAt", "expiresAt"})
ANY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True)
class Path:
    """`names[[trailing]]`, or `names{hint:link}`: `hint` are the types of which the linked entity has at least one."""

    names: tuple[str, ...]
    trailing: tuple[str, ...] = ()
    link: Path | None = None
    hint: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """How many relationships it follows."""
        return 1 + self.link.depth if self.link else 0


@dataclass(frozen=True, slots=True)
class Exists:
    """The target is there."""

    path: Path


@dataclass(frozen=True, slots=True)
class Compare:
    """The target is equal to one of `values`, to none of them, or lies before or after the only one."""

    path: Path
    operator: str
    values: tuple[Literal | Range, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The target is a text in which the pattern is found, or (`negated`) is not found."""

    path: Path
    pattern: Pattern
    negated: bool


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    terms: tuple[QExpr, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of these holds; none: never."""

    terms: tuple[QExpr, ...]


Term = Exists | Compare | Match
QExpr = Term | All | Any


def terms(expression: QExpr) -> Iterator[Term]:
    """Return all the terms of a query."""
    if isinstance(expression, All | Any):
        for term in expression.terms:
            yield from terms(term)
    else:
        yield expression


def with_path(term: Term, path: Path) -> Term:
    """Return the same term about another path."""
    return replace(term, path=path)


def depth(expression: QExpr) -> int:
    """Return how many relationships its longest path follows."""
    return max((term.path.depth for term in terms(expression)), default=0)


def names(expression: QExpr) -> set[str]:
    """Return the attributes of the entity itself that it asks about, and the members such as `createdAt`."""
    return {term.path.names[0] for term in terms(expression)}


def without(expression: QExpr, closed: frozenset[str]) -> QExpr:
    """Return the query for somebody to whom these attributes are closed: a term about one of them never holds."""
    if not closed:
        return expression
    if isinstance(expression, All | Any):
        return replace(expression, terms=tuple(without(term, closed) for term in expression.terms))
    return Any(()) if _asks_about(expression.path, closed) else expression


def _asks_about(path: Path, closed: frozenset[str]) -> bool:
    return not closed.isdisjoint(path.names) or (path.link is not None and _asks_about(path.link, closed))
