"""A query for entities (clause 5.7.2.3): what is asked for, with expanded names. `reference` says which match."""

from dataclasses import dataclass

from spiegelstad.context.rules import q as q_language
from spiegelstad.context.rules.geo import GeoQuery
from spiegelstad.context.rules.ordering import Order
from spiegelstad.context.rules.patterns import Pattern
from spiegelstad.context.rules.scopes import ScopeExpr
from spiegelstad.context.rules.types import TypeExpr

DEFAULT_LIMIT = 20
MAX_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Selector:
    """Entities by id, or by a pattern of ids (an id goes before a pattern), and by type (clause 5.2.33)."""

    ids: tuple[str, ...] = ()
    id_pattern: Pattern | None = None
    types: TypeExpr | None = None


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """What is asked for. An entity fits one of `selectors` (or there is none), and all the rest.

    `attrs`: IRIs of which it has at least one. `after`, `before`: ids between which the page lies, instead of `offset`;
    `only`: the ids of an entity map, in which alone is looked.
    """

    selectors: tuple[Selector, ...] = ()
    attrs: tuple[str, ...] = ()
    q: q_language.QExpr | None = None
    scope_q: ScopeExpr | None = None
    geo: GeoQuery | None = None
    order_by: tuple[Order, ...] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    after: str = ""
    before: str = ""
    count: bool = False
    only: frozenset[str] | None = None
