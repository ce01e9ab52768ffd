"""The temporal evolution of entities: of one by its id, or of those that match a query (clauses 5.7.3 and 5.7.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.sql import rows
from spiegelstad.context.errors import ResourceNotFound, TooComplexQuery
from spiegelstad.context.queries.entities import Page, opened_query
from spiegelstad.context.queries.histories import Wanted, histories, with_history
from spiegelstad.context.queries.scopes import in_scopes
from spiegelstad.context.queries.sql_of import where
from spiegelstad.context.rules.documents import Attributes, Document, time_text
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.histories import Evolution, Head, History
from spiegelstad.context.rules.q import names
from spiegelstad.context.rules.reference import matches
from spiegelstad.context.rules.temporal_page import Cut, cut_of, limit_for

BATCH = 500
MOST_MATCHED = 20_000
"""Instances of one attribute that a filter looks at."""

_HEADS = """
SELECT e.id, e.types, e.created_at, e.modified_at, e.deleted_at
FROM (
    SELECT past.tenant_id, past.id, past.types, past.scopes, past.created_at, past.deleted_at, present.expires_at,
        greatest(past.modified_at, present.modified_at) AS modified_at,
        coalesce(present.classification, past.classification) AS classification,
        coalesce(present.department, past.department) AS department
    FROM context_temporalentity past
    LEFT JOIN context_entity present ON present.tenant_id = past.tenant_id AND present.id = past.id
) e
"""


@dataclass(frozen=True, slots=True)
class Evolutions:
    """Evolutions of entities; `cut`: where all of them end though there is more."""

    found: list[Evolution]
    cut: Cut | None = None

    def times(self) -> list[datetime]:
        """Return the times of all the instances."""
        return [at for one in self.found for points in one.history.values() for at, _ in points]


def head(actor: Actor, entity_id: str) -> Head:
    """Return the head of an entity; ResourceNotFound when there is none, or none for this actor."""
    found = _heads(actor, EntityQuery(only=frozenset({entity_id})), 1)
    if not found:
        raise ResourceNotFound(f"There is no evolution of an entity {entity_id}.")
    return found[0]


def evolutions(actor: Actor, heads: Sequence[Head], wanted: Wanted, last_n: int | None) -> Evolutions:
    """Return the evolution of each, forwards in time, or of the last `last_n` instances backwards."""
    limit = limit_for(len(heads))
    cutting = last_n is None or last_n > limit
    asked = replace(wanted, limit=limit + 1 if cutting else last_n or limit, newest=last_n is not None, standing=True)
    read = histories(actor, [one.document.id for one in heads], asked)
    found = [Evolution(one, read.get(one.document.id, {})) for one in heads]
    cut = None
    if cutting:
        begin = wanted.ends()[0]  # what stood before has no part in where an answer ends
        times = ([at for at, _ in points if at >= begin] for history in read.values() for points in history.values())
        cut = cut_of(times, limit, backwards=asked.newest)
    return Evolutions([_cut(one, cut) for one in found] if cut else found, cut)


def _cut(one: Evolution, cut: Cut) -> Evolution:
    kept = {name: [point for point in points if cut.keeps(point[0])] for name, points in one.history.items()}
    return Evolution(one.head, {name: points for name, points in kept.items() if points})


def find_heads(actor: Actor, query: EntityQuery, wanted: Wanted) -> tuple[list[Head], Page]:
    """Return the entities of a page that match in that time, and the page, with the count of all when asked.

    Types, ids and who may read are asked of the database, and who ever had the scopes; the filters by value, place and
    scope are applied to all instances in that time, entity by entity (5.7.4.4).
    """
    query = opened_query(query, wanted.closed)
    start = 0 if query.after or query.before else query.offset
    found = list(islice(_matching(actor, query, wanted), start, start + query.limit + 1))
    over = len(found) > query.limit
    kept = found[: query.limit]
    backwards = bool(query.before)
    if backwards:
        kept.reverse()
    count = sum(1 for _ in _matching(actor, replace(query, after="", before=""), wanted)) if query.count else None
    earlier = over if backwards else bool(query.after or query.offset)
    return kept, Page([one.document for one in kept], count, more=backwards or over, earlier=earlier)


def _matching(actor: Actor, query: EntityQuery, wanted: Wanted) -> Iterator[Head]:
    """Return the entities that match, in the order of ids: from `after` on, or from `before` back."""
    concerned = replace(wanted, datasets=None, attributes=frozenset(query.attrs) or None)
    while batch := _heads(actor, query, BATCH):
        there = with_history(actor, [one.document.id for one in batch], concerned)
        kept = [one for one in batch if one.document.id in there]
        if query.scope_q is not None:
            inside = in_scopes(actor, [one.document.id for one in kept], wanted.query, query.scope_q)
            kept = [one for one in kept if one.document.id in inside]
        yield from _filtered(actor, kept, query, concerned) if query.q or query.geo else kept
        if len(batch) < BATCH:
            return
        last = batch[-1].document.id
        query = replace(query, before=last) if query.before else replace(query, after=last)


def _filtered(actor: Actor, heads: list[Head], query: EntityQuery, wanted: Wanted) -> Iterator[Head]:
    asked_about = {*(names(query.q) if query.q else ()), *((query.geo.attribute,) if query.geo else ())}
    asked = replace(wanted, attributes=frozenset(asked_about), limit=MOST_MATCHED + 1, newest=False)
    only = EntityQuery(q=query.q, geo=query.geo)
    for start in range(0, len(heads), BATCH // 10):
        part = heads[start : start + BATCH // 10]
        read = histories(actor, [one.document.id for one in part], asked)
        for one in part:
            attributes = _all_instances(read.get(one.document.id, {}))
            if matches(replace(one.document, attributes=attributes), only):
                yield one


def _all_instances(history: History) -> Attributes:
    """Return a history as if each instance were of a dataset of its own: a filter then holds if it does for any."""
    if any(len(points) > MOST_MATCHED for points in history.values()):
        raise TooComplexQuery(
            f"An attribute has more than {MOST_MATCHED:,} instances in that time to filter by.",
            remedy="Ask for a shorter time.",
        )
    return {
        name: {str(number): instance for number, (_, instance) in enumerate(points) if "deletedAt" not in instance}
        for name, points in history.items()
    }


def _heads(actor: Actor, query: EntityQuery, limit: int) -> list[Head]:
    condition = where(EntityQuery(selectors=query.selectors, scope_q=query.scope_q, only=query.only), actor)
    seek, order = ("<", "DESC") if query.before else (">", "")
    statement = f"{_HEADS} WHERE {condition.sql} AND e.id {seek} %s ORDER BY e.id {order} LIMIT %s"
    params = [*condition.params, query.before or query.after, limit]
    if query.only is None:
        found = rows(statement, params)
    else:  # got by their keys, whatever is asked: the plan can stay
        with sql.prepared() as cursor:
            found = cursor.execute(statement.encode(), params).fetchall()
    return [
        Head(
            Document(id_, types, [], {}, time_text(created_at), time_text(modified_at)),
            time_text(deleted_at) if deleted_at else "",
        )
        for id_, types, created_at, modified_at, deleted_at in found
    ]
