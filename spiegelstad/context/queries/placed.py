"""Entities by place, in the order of ids. Geometry is checked here, on the candidates of the SQL.

PostgreSQL knows not how many boxes lie where: it takes every place to be small, and would read and sort all that lies
there. So we count first, as far as it matters. Where many lie, the table is walked in the order of ids for a while,
which finds a page long before the whole place would have been read.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.queries.selecting import COLUMNS, as_documents, documents
from spiegelstad.context.queries.sql_of import Condition, boxed, joined, where
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.geo import GeoQuery, holds_for

MANY = 2_000
"""So many candidates are read in the time that a walk through WALKED rows takes, or more."""
WALKED = 5_000
_MAX_BATCH = 2_000


def placed(actor: Actor, query: EntityQuery, geo: GeoQuery, wanted: int) -> Iterator[Document]:
    """Return the entities whose geometry fits, in the order of ids (from `before` down), batch by batch.

    `wanted`: how many of them will be looked at, more or less.
    """
    condition = where(query, actor)
    size = min(ceil(wanted / geo.share), _MAX_BATCH)
    walks = size < WALKED and not _names_ids(query) and _are_many(geo)
    while True:
        batch = _walked(actor, condition, query, size) if walks else _found(condition, query, size)
        yield from (document for document in batch if holds_for(document.attributes, geo))
        if len(batch) < size and not walks:
            return
        walks = walks and len(batch) == size
        if batch:
            last = batch[-1].id
            query = replace(query, before=last) if query.before else replace(query, after=last)
        size = min(4 * size, _MAX_BATCH)


def seek(query: EntityQuery, alias: str = "e") -> list[Condition]:
    """Return where the page lies, when that is by ids."""
    if query.before:
        return [Condition(f"{alias}.id < %s", (query.before,))]
    return [Condition(f"{alias}.id > %s", (query.after,))] if query.after else []


def _names_ids(query: EntityQuery) -> bool:
    return query.only is not None or any(one.ids for one in query.selectors)


def _are_many(geo: GeoQuery) -> bool:
    candidates = boxed(geo, "e")
    if candidates is None:
        return False
    with sql.prepared() as cursor:
        statement = f"SELECT count(*) FROM (SELECT FROM context_entity e WHERE {candidates.sql} LIMIT {MANY}) c"  # noqa: S608
        [(count,)] = cursor.execute(statement.encode(), candidates.params).fetchall()
    return bool(count == MANY)


def _found(condition: Condition, query: EntityQuery, size: int) -> list[Document]:
    return documents(joined([condition, *seek(query)], "AND", "true"), f"ORDER BY e.id {_down(query)} LIMIT {size}")


def _walked(actor: Actor, condition: Condition, query: EntityQuery, size: int) -> list[Document]:
    """Return the first that match among the next WALKED entities."""
    near = joined([Condition("w.tenant_id = %s", (actor.tenant_id,)), *seek(query, "w")], "AND", "true")
    down = _down(query)
    statement = (
        f"SELECT {COLUMNS} FROM ("  # noqa: S608 - values are parameters
        f"SELECT * FROM context_entity w WHERE {near.sql} ORDER BY w.id {down} LIMIT {WALKED}) e "
        f"WHERE {condition.sql} ORDER BY e.id {down} LIMIT {size}"
    )
    return as_documents(sql.rows(statement, [*near.params, *condition.params]))


def _down(query: EntityQuery) -> str:
    return "DESC" if query.before else ""
