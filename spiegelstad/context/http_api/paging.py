"""Link headers to the next and the previous page (clauses 5.5.9 and 6.3.10).

A link names the last (or first) id of this page, so that no entity is passed over or comes twice when others come and
go; `offset` beside it tells where the page would have begun. Ordered pages have their offset only.
"""

from urllib.parse import urlencode

from spiegelstad.context.errors import InvalidRequest
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.entities import Page
from spiegelstad.context.rules.entity_query import DEFAULT_LIMIT, MAX_LIMIT, EntityQuery

_OWN = frozenset({"limit", "offset", "after", "before"})


def links(asked: NgsiRequest, query: EntityQuery, page: Page) -> dict[str, str]:
    """Return the headers that tell of other pages and of the count (clause 6.3.13)."""
    headers = {} if page.count is None else {"NGSILD-Results-Count": str(page.count)}
    found = []
    if page.more and page.documents:
        found.append(_link(asked, query, "next", {"after": page.documents[-1].id}))
    if page.earlier and query.limit:
        found.append(_link(asked, query, "prev", {"before": page.documents[0].id} if page.documents else {}))
    return {**headers, "Link": ", ".join(found)} if found else headers


def _link(asked: NgsiRequest, query: EntityQuery, relation: str, place: dict[str, str]) -> str:
    offset = query.offset + query.limit if relation == "next" else max(0, query.offset - query.limit)
    others = {name: value for name, value in asked.params.items() if name not in _OWN}
    params = {**others, "limit": query.limit, "offset": offset, **({} if query.order_by else place)}
    return f'<{asked.http.path}?{urlencode(params)}>;rel="{relation}";type="{asked.accept}"'


def page_asked(asked: NgsiRequest) -> tuple[int, int]:
    """Return limit and offset of a list of subscriptions or registrations."""
    limit, offset = asked.number("limit", DEFAULT_LIMIT), asked.number("offset", 0)
    if limit > MAX_LIMIT or (limit == 0 and not asked.flag("count")):
        raise InvalidRequest(f"limit goes from 1 to {MAX_LIMIT}; 0 only together with count.")
    return limit, offset


def list_headers(asked: NgsiRequest, limit: int, offset: int, *, more: bool, count: int | None) -> dict[str, str]:
    """Return the headers that tell of the other pages of such a list, and of the count."""
    headers = {} if count is None else {"NGSILD-Results-Count": str(count)}
    pages = [("next", offset + limit)] if more and limit else []
    if offset and limit:
        pages.append(("prev", max(offset - limit, 0)))
    links = []
    for relation, start in pages:
        params = asked.params.copy()
        params["limit"], params["offset"] = str(limit), str(start)
        links.append(f'<{asked.http.path}?{params.urlencode()}>; rel="{relation}"')
    return {**headers, "Link": ", ".join(links)} if links else headers
