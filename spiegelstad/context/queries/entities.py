"""Entities as they are now: by id, or by a query, page by page. Policy is inside.

Pages come in the order of ids, and the next page begins after the last id of this one, so that entities that come and
go in the meantime never make one appear twice or not at all.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import orjson

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.sql import rows
from spiegelstad.context.queries.closed import closed_to
from spiegelstad.context.queries.counting import total
from spiegelstad.context.queries.ordered import ordered
from spiegelstad.context.queries.placed import placed, seek
from spiegelstad.context.queries.selecting import documents, documents_of_shapes, select
from spiegelstad.context.queries.shapes import shapes_for
from spiegelstad.context.queries.sql_of import Condition, joined, readable, where
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.geo import GeoQuery
from spiegelstad.context.rules.q import without
from spiegelstad.governance.public import readable as readable_by

_ALL = 1_000_000_000
SOURCES = sql.load(Path(__file__).parent, "has_sources")
SOURCES_AND_ENTITY = sql.load(Path(__file__).parent, "has_sources_and_entity")


@dataclass(frozen=True, slots=True)
class Page:
    """Entities in order. `count`: of all that match, when asked for; whether `more` follow, and `earlier` precede."""

    documents: list[Document]
    count: int | None
    more: bool = False
    earlier: bool = False


def opened(actor: Actor, row: Sequence[bytes | None], closed: frozenset[str]) -> Document | None:
    """Return the entity of a row of `SOURCES_AND_ENTITY` (without its first column) as the actor may read it."""
    id_, types, scopes, attributes, created_at, modified_at, expires_at, classification, department = (
        b"" if part is None else part for part in row
    )
    if not id_ or not readable_by(actor, classification.decode(), department.decode()):
        return None
    types, scopes, attributes = orjson.loads(types), orjson.loads(scopes), orjson.loads(attributes)
    times = (created_at.decode(), modified_at.decode(), expires_at.decode() or None)
    return _opened([Document(id_.decode(), types, scopes, attributes, *times)], closed)[0]


def get(actor: Actor, id: str, closed: frozenset[str] | None = None) -> Document | None:
    """Return an entity that the actor may read, whole but for what is closed to it; None when there is none."""
    found = by_ids(actor, [id], closed)
    return found[0] if found else None


def by_ids(actor: Actor, ids: Collection[str], closed: frozenset[str] | None = None) -> list[Document]:
    """Return those of these entities that the actor may read, in the order of ids.

    `closed`: the attributes closed to the actor; looked up when None.
    """
    wanted = Condition("e.id = ANY(%s)", (list(ids),))
    found = documents(joined([readable(actor, "e"), wanted], "AND", "true"), "ORDER BY e.id")
    return _opened(found, closed_to(actor) if closed is None else closed)


def walk(actor: Actor) -> Iterator[Document]:
    """Yield all entities that the actor may read, in the order of ids, without what is closed to it."""
    closed, after, size = closed_to(actor), "", 2_000
    while True:
        condition = joined([readable(actor, "e"), Condition("e.id > %s", (after,))], "AND", "true")
        found = _opened(documents(condition, "ORDER BY e.id LIMIT %s", [size]), closed)
        yield from found
        if len(found) < size:
            return
        after = found[-1].id


def find(actor: Actor, query: EntityQuery, closed: frozenset[str] | None = None) -> Page:
    """Return a page of the entities that match, without what is closed to the actor, and the count when asked for."""
    closed = closed_to(actor) if closed is None else closed
    query = opened_query(query, closed)
    condition = where(query, actor)
    count = total(condition, query.geo) if query.count else None
    if not query.limit:
        return Page([], count)
    if query.order_by:
        page = _turned(ordered(condition, query), query)
    elif query.geo is not None:
        page = _placed_page(actor, query, query.geo)
    else:
        page = _page(actor, condition, query)
    return replace(page, documents=_opened(page.documents, closed), count=count)


def ids(actor: Actor, query: EntityQuery, closed: frozenset[str] | None = None) -> list[str]:
    """Return the ids of all the entities that match, in order."""
    query = opened_query(query, closed_to(actor) if closed is None else closed)
    if query.geo is not None:
        return [document.id for document in placed(actor, query, query.geo, _ALL)]
    condition = where(query, actor)
    return [id_ for (id_,) in rows(f"{select('e.id', condition)} ORDER BY e.id", condition.params)]


def _page(actor: Actor, condition: Condition, query: EntityQuery) -> Page:
    shapes = shapes_for(actor, query)
    condition = joined([condition, *seek(query)], "AND", "true")
    offset = 0 if query.before or query.after else query.offset
    order = f"ORDER BY e.id {'DESC' if query.before else ''} LIMIT {{limit}} OFFSET {{offset}}"
    last = order.format(limit=query.limit + 1, offset=offset)
    if shapes is None:
        return _turned(documents(condition, last), query)
    first = order.format(limit=offset + query.limit + 1, offset=0)
    return _turned(documents_of_shapes(shapes, condition, first, last), query)


def _placed_page(actor: Actor, query: EntityQuery, geo: GeoQuery) -> Page:
    start = 0 if query.before or query.after else query.offset
    end = start + query.limit + 1
    return _turned(list(islice(placed(actor, query, geo, end), start, end)), query)


def _turned(found: list[Document], query: EntityQuery) -> Page:
    """Return the page of what was found with one too many, when there are as many."""
    over = len(found) > query.limit
    if query.before:
        return Page(found[: query.limit][::-1], None, more=True, earlier=over)
    return Page(found[: query.limit], None, more=over, earlier=bool(query.after or query.offset))


def opened_query(query: EntityQuery, closed: frozenset[str]) -> EntityQuery:
    """Return the query for somebody to whom these attributes are closed: what asks about them finds nothing."""
    if not closed:
        return query
    q = without(query.q, closed) if query.q is not None else None
    hidden_place = query.geo is not None and query.geo.attribute in closed
    attrs = tuple(iri for iri in query.attrs if iri not in closed)
    nothing = hidden_place or (query.attrs and not attrs)
    orders = tuple(order for order in query.order_by if closed.isdisjoint(order.path.names))
    return replace(query, q=q, attrs=attrs, order_by=orders, only=frozenset() if nothing else query.only)


def _opened(found: list[Document], closed: frozenset[str]) -> list[Document]:
    for document in found if closed else ():
        document.attributes = {iri: one for iri, one in document.attributes.items() if iri not in closed}
    return found
