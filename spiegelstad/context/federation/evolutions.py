"""Evolutions as answers show them, out of what is kept here and what sources told."""

from __future__ import annotations

from dataclasses import replace

from spiegelstad.accounts.public import Actor
from spiegelstad.context.errors import TooComplexQuery
from spiegelstad.context.federation.histories import Found
from spiegelstad.context.federation.pasts import first_of, shortened
from spiegelstad.context.http_api.temporal_params import Asked
from spiegelstad.context.queries.aggregates import MOST_ADDED_UP, added_up, aggregates
from spiegelstad.context.queries.histories import histories
from spiegelstad.context.queries.temporal import Evolutions, evolutions
from spiegelstad.context.rules.histories import Evolution, Sums
from spiegelstad.context.rules.temporal import Aggregation
from spiegelstad.context.rules.temporal_page import limit_for


def evolutions_of(actor: Actor, found: Found, how: Asked) -> Evolutions:
    """Return the evolution of each entity, as `queries.temporal.evolutions` does for those that are kept here."""
    own = evolutions(actor, [one for one in found.heads if one.document.id in found.own], how.wanted, how.last_n)
    if not found.pasts.versions:
        return own
    kept = {one.head.document.id: one for one in own.found}
    joined = [found.pasts.joined(kept.get(one.document.id, Evolution(one)), how.query) for one in found.heads]
    cut = first_of(own.cut, found.pasts.cut)
    return Evolutions(*shortened(joined, cut, limit_for(len(joined)), how.last_n))


def sums_of(actor: Actor, found: Found, how: Asked, asked: Aggregation) -> dict[str, Sums]:
    """Return what each entity adds up to; what sources have some of is read and added up here."""
    shared = [one for one in found.heads if one.document.id in found.pasts.versions]
    alone = [one.document.id for one in found.heads if one.document.id not in found.pasts.versions]
    sums = aggregates(actor, alone, how.wanted, asked)
    kept = [one.document.id for one in shared if one.document.id in found.own]
    read = histories(actor, kept, replace(how.wanted, limit=MOST_ADDED_UP + 1, newest=False)) if kept else {}
    for one in shared:
        whole = found.pasts.joined(Evolution(one, read.get(one.document.id, {})), how.query)
        if any(len(points) > MOST_ADDED_UP for points in whole.history.values()):
            raise TooComplexQuery(
                "There are too many instances in that time to add up.", remedy="Ask for a shorter time."
            )
        sums[one.document.id] = {iri: added_up(points, how.wanted, asked) for iri, points in whole.history.items()}
    return sums
