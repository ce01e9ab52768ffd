"""When entities were of the scopes that are asked for (clauses 4.18 and 4.19; the example of C.5.16)."""

from collections.abc import Collection
from dataclasses import replace

from spiegelstad.accounts.public import Actor
from spiegelstad.context.errors import TooComplexQuery
from spiegelstad.context.queries.histories import Wanted, histories
from spiegelstad.context.rules.scope_history import SCOPE, Span, spans
from spiegelstad.context.rules.scopes import ScopeExpr
from spiegelstad.context.rules.temporal import TemporalQuery

MOST_CHANGES = 20_000
"""Scopes of one entity that a filter looks at."""
MOST_SPANS = 500
"""Parts of time that one answer is made of."""


def in_scopes(
    actor: Actor, entity_ids: Collection[str], query: TemporalQuery, wanted: ScopeExpr
) -> dict[str, list[Span]]:
    """Return when in that time each entity was of these scopes, of those that ever were.

    The time of a scope is its `observedAt`, whatever time is asked about.
    """
    asked = Wanted(replace(query, timeproperty="observedAt"), frozenset({SCOPE}), limit=MOST_CHANGES + 1, standing=True)
    found = {}
    for id_, history in histories(actor, entity_ids, asked).items():
        if len(history[SCOPE]) > MOST_CHANGES:
            raise TooComplexQuery(
                f"An entity had more than {MOST_CHANGES:,} scopes in that time.", remedy="Ask for a shorter time."
            )
        if several := spans(history[SCOPE], wanted, asked.ends()):
            found[id_] = several
    return found


def narrowed(actor: Actor, entity_ids: Collection[str], wanted: Wanted, scopes: ScopeExpr) -> Wanted:
    """Return what is wanted of entities that were of these scopes: only the time when they were."""
    whole = [wanted.ends()]
    parts = {
        id_: several for id_, several in in_scopes(actor, entity_ids, wanted.query, scopes).items() if several != whole
    }
    if sum(len(several) for several in parts.values()) > MOST_SPANS:
        raise TooComplexQuery(
            "These entities changed scope too often in that time.", remedy="Ask for a shorter time, or fewer entities."
        )
    return replace(wanted, spans=parts)
