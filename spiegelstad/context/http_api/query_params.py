"""A query for entities out of a request: of the parameters of a GET, or of the body of a POST (clause 5.2.23)."""

from collections.abc import Collection
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.entity_query import DEFAULT_LIMIT, MAX_LIMIT, EntityQuery, Selector
from spiegelstad.context.rules.geo import GeoQuery, parse_geo
from spiegelstad.context.rules.ordering import Order, parse_order
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.q import MEMBERS, QExpr, names
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.scopes import parse_scopes
from spiegelstad.context.rules.terms import Context
from spiegelstad.context.rules.types import parse_types

SELECTION = frozenset({"id", "type", "idPattern", "attrs", "q", "csf", "scopeQ", "local", "expandValues", "jsonKeys"})
GEO = frozenset({"geometry", "georel", "coordinates", "geoproperty"})
PAGING = frozenset({"limit", "offset", "after", "before", "count"})
ORDERING = frozenset({"orderBy", "collation", "orderFrom", "orderGeometry"})
MAX_IDS = 10_000


def query_of_params(asked: NgsiRequest) -> EntityQuery:
    """Return the query in the parameters of a request; BadRequestData when it is wrong or too wide."""
    params, context = asked.params, asked.context
    selector = _selector(params.get("id"), params.get("idPattern"), params.get("type"), context)
    q, scope_q = params.get("q"), params.get("scopeQ")
    _checked_csf(params.get("csf"), context)
    query = EntityQuery(
        selectors=(selector,) if selector != Selector() else (),
        attrs=_attrs(asked.listed("attrs"), context),
        q=parse_q(q, context, asked.listed("expandValues")) if q is not None else None,
        scope_q=parse_scopes(scope_q) if scope_q is not None else None,
        geo=_geo({name: params[name] for name in GEO if name in params}, context),
        order_by=_order(asked),
        **paging(asked),
    )
    _check_width(query, local=_is_local(asked, any_type=params.get("type") == "*"))
    return query


def query_of_body(asked: NgsiRequest) -> EntityQuery:
    """Return the query in the body of a request; BadRequestData when it is wrong or too wide."""
    body, context = asked.body, asked.context
    if not isinstance(body, dict) or body.get("type") != "Query":
        raise BadRequestData('The body is not an object of the type "Query".')
    entities = _objects(body["entities"], "entities") if "entities" in body else []
    selectors = tuple(_selector_of(one, context) for one in entities)
    q, scope_q = text_of(body, "q"), text_of(body, "scopeQ")
    _checked_csf(text_of(body, "csf"), context)
    query = EntityQuery(
        selectors=selectors,
        attrs=_attrs(texts_of(body, "attrs") or [], context),
        q=parse_q(q, context, texts_of(body, "expandValues") or []) if q is not None else None,
        scope_q=parse_scopes(scope_q) if scope_q is not None else None,
        geo=_geo(body["geoQ"], context) if "geoQ" in body else None,
        order_by=_order_of(body, context),
        **paging(asked),
    )
    any_type = any(one["type"] == "*" for one in entities)
    _check_width(query, local=_is_local(asked, any_type=any_type))
    return query


def paging(asked: NgsiRequest) -> dict[str, Any]:
    """Return which page is asked for (clause 5.5.9), as members of an EntityQuery."""
    count = asked.flag("count")
    limit = asked.number("limit", DEFAULT_LIMIT)
    if not limit and not count:
        raise BadRequestData("limit=0 goes with count=true only.")
    return {
        "limit": min(limit, MAX_LIMIT),
        "offset": asked.number("offset", 0),
        "after": asked.params.get("after", ""),
        "before": asked.params.get("before", ""),
        "count": count,
    }


def text_of(body: dict[str, Any], name: str) -> str | None:
    """Return a member that is a text, None when it is absent."""
    found = body.get(name)
    if found is None or isinstance(found, str):
        return found
    raise BadRequestData(f"{name} is not a text.")


def texts_of(body: dict[str, Any], name: str) -> list[str] | None:
    """Return a member that is a list of texts, None when it is absent."""
    found = body.get(name)
    if found is None:
        return None
    if isinstance(found, list) and found and all(isinstance(one, str) for one in found):
        return found
    raise BadRequestData(f"{name} is not a list of texts.")


def _objects(found: Any, name: str) -> list[dict[str, Any]]:
    if isinstance(found, list) and all(isinstance(one, dict) for one in found) and 0 < len(found) <= MAX_IDS:
        return found
    raise BadRequestData(f"{name} is not a list of objects, one at least and {MAX_IDS} at most.")


def _selector_of(one: dict[str, Any], context: Context) -> Selector:
    types = text_of(one, "type")
    if types is None:
        raise BadRequestData("Each of entities has a type.")
    ids = one.get("id")
    if isinstance(ids, list):
        ids = ",".join(str(part) for part in ids)
    elif ids is not None and not isinstance(ids, str):
        raise BadRequestData("The id of one of entities is not a text.")
    return _selector(ids, text_of(one, "idPattern"), types, context)


def _selector(ids: str | None, id_pattern: str | None, types: str | None, context: Context) -> Selector:
    parts = ids.split(",") if ids is not None else []
    if len(parts) > MAX_IDS:
        raise BadRequestData(f"A query names at most {MAX_IDS} ids.")
    return Selector(
        tuple(lexical.uri(part.strip(), "An id") for part in parts),
        pattern(id_pattern) if id_pattern is not None else None,
        parse_types(types, context) if types is not None else None,
    )


def _attrs(given: Collection[str], context: Context) -> tuple[str, ...]:
    return tuple(context.expand(lexical.name(name, "the name of an attribute")) for name in given)


def _geo(given: Any, context: Context) -> GeoQuery | None:
    if not given or (isinstance(given, dict) and set(given) == {"geoproperty"}):
        return None
    if not isinstance(given, dict) or not {"georel", "geometry", "coordinates"} <= set(given):
        raise BadRequestData("A geoquery has georel, geometry and coordinates.")
    words = [given["georel"], given["geometry"], given.get("geoproperty", "")]
    if not all(isinstance(word, str) for word in words):
        raise BadRequestData("georel, geometry and geoproperty are texts.")
    return parse_geo(words[0], words[1], given["coordinates"], words[2], context)


def _order(asked: NgsiRequest) -> tuple[Order, ...]:
    params = asked.params
    if "orderBy" not in params:
        return ()
    if not _is_local(asked, any_type=params.get("type") == "*"):
        raise BadRequestData("orderBy goes with local=true only.")
    given = (params.get(name, "") for name in ("orderBy", "collation", "orderFrom", "orderGeometry"))
    return parse_order(next(given), asked.context, *given)


def _order_of(body: dict[str, Any], context: Context) -> tuple[Order, ...]:
    orders = texts_of(body, "orderBy")
    return parse_order(",".join(orders), context, text_of(body, "collation") or "") if orders else ()


def _checked_csf(csf: str | None, context: Context) -> None:
    """The filter of context sources has to be right, whether there are sources or not."""
    if csf is not None:
        parse_q(csf, context)


def _is_local(asked: NgsiRequest, *, any_type: bool) -> bool:
    if any_type and asked.params.get("local") == "false":
        raise BadRequestData("type=* is local; local=false contradicts it.")
    return any_type or asked.flag("local")


def _check_width(query: EntityQuery, *, local: bool) -> None:
    """Refuse a query that says too little (clause 5.7.2.4)."""
    typed = bool(query.selectors) and all(one.types is not None for one in query.selectors)
    if not (local or typed or query.attrs or query.geo or (query.q and _says_something(query.q))):
        raise BadRequestData("The query is too wide.", remedy="Add type, attrs, q, georel or local=true.")


def _says_something(q: QExpr) -> bool:
    return not names(q) <= MEMBERS
