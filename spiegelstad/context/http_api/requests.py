"""What every operation reads of a request, by clauses 6.3.4 (preconditions), 6.3.5 (@context) and 6.3.14 (tenant)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, QueryDict

from spiegelstad.accounts.public import Actor, ActorKind, City, Tenant, who_asks
from spiegelstad.base.errors import Forbidden
from spiegelstad.base.limits import MAX_REQUEST_BYTES
from spiegelstad.context.actions.contexts import load_context
from spiegelstad.context.errors import (
    BadRequestData,
    BodyTooLarge,
    InvalidRequest,
    LengthRequired,
    NonexistentTenant,
    NotAcceptable,
    UnsupportedMediaType,
)
from spiegelstad.context.http_api.media import (
    ENTITY_TYPES,
    GEO_JSON,
    JSON,
    LD_JSON,
    MERGE_PATCH,
    PLAIN_TYPES,
    chosen_type,
    linked_context,
)
from spiegelstad.context.queries.entities import SOURCES, SOURCES_AND_ENTITY
from spiegelstad.context.rules.terms import CORE, Context

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_BATCH_BYTES = MAX_REQUEST_BYTES
MAX_DEPTH = 50
_NO_PARAMS = QueryDict()


class NotYourCity(Forbidden):
    """A key of one city was used for another."""


@dataclass(frozen=True, slots=True)
class NgsiRequest:
    """A request, read. `body` is without its @context; `accept` is the media type of the answer.

    `has_sources`: the city may have context source registrations; `entity`: the row that `read` was asked for.
    In a list sent as application/ld+json each item has an @context of its own: ask `context_of(item)`.
    """

    http: HttpRequest
    actor: Actor
    tenant: City | Tenant
    context: Context
    params: QueryDict
    body: Any
    content_type: str
    accept: str
    has_sources: bool = True
    entity: Sequence[bytes | None] = ()

    @property
    def tenant_id(self) -> str:
        """The id of the city asked."""
        return self.actor.tenant_id

    def context_of(self, item: dict[str, Any]) -> Context:
        """Take the @context out of one item of a list and return it, by the rules of clause 6.3.5."""
        return _context_of_body(self.actor, item, self.content_type, self.context)

    def flag(self, name: str) -> bool:
        """Return a parameter that is true or false (also when absent)."""
        given = self.params.get(name, "false")
        if given not in ("true", "false"):
            raise InvalidRequest(f"{name} is neither true nor false: {given!r}.")
        return given == "true"

    def number(self, name: str, default: int, *, at_least: int = 0) -> int:
        """Return a parameter that is a whole number of at most nine digits."""
        given = self.params.get(name)
        if given is None:
            return default
        if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) >= at_least):
            raise InvalidRequest(f"{name} is not a whole number from {at_least}: {given!r}.")
        return int(given)

    def listed(self, name: str) -> list[str]:
        """Return the parts of a parameter with commas; an absent one is an empty list, an empty part is refused."""
        given = self.params.get(name)
        if given is None:
            return []
        parts = [part.strip() for part in given.split(",")]
        if not all(parts):
            raise InvalidRequest(f"{name} has an empty part: {given!r}.")
        return parts

    def options(self, allowed: Collection[str]) -> frozenset[str]:
        """Return the parts of `options`; InvalidRequest when one is not for this operation."""
        found = frozenset(self.listed("options"))
        if strange := sorted(found - set(allowed)):
            raise InvalidRequest(f"This operation has no option {strange[0]!r}.")
        return found


def read(
    request: HttpRequest,
    *,
    body: bool = False,
    types: Sequence[str] | None = None,
    params: Collection[str] | None = None,
    limit_bytes: int = MAX_BODY_BYTES,
    keeps_context: bool = False,
    entity_id: str | None = None,
) -> NgsiRequest:
    """Read a request of the binding; the errors of clause 6.3 when it does not keep its rules.

    `body`: the operation has one. `types`: the media types it can answer with (a GET: JSON and JSON-LD), checked
    against Accept; None for what answers without a body. `params`: the parameters it knows; another is refused.
    `keeps_context`: the @context in the body is what the operation is about. `entity_id`: its row is read along.
    """
    offered = types or (PLAIN_TYPES if request.method == "GET" or _wants_geojson(request) else None)
    accept = _accepted(request, offered) if offered else JSON
    if body:
        _check_headers(request)
    actor, tenant, beside = _who_and_where(request, entity_id)
    given = request.GET if request.META.get("QUERY_STRING") else _NO_PARAMS
    _check_params(given, params)
    header = request.META.get("HTTP_LINK")
    link = linked_context(header) if header else None
    content_type = request.content_type or ""
    if body and content_type == LD_JSON and link is not None:
        raise BadRequestData("With application/ld+json the @context stands in the body, and not in a Link header.")
    context = load_context(by=actor, given=link) if link is not None else CORE
    payload = _json(request, limit_bytes) if body else None
    if isinstance(payload, dict) and not keeps_context:
        context = _context_of_body(actor, payload, content_type, context)
    elif isinstance(payload, list) and (items := [one for one in payload if isinstance(one, dict)]):
        _check_place_of_context(any("@context" in one for one in items), content_type)
    has_sources = beside[0] == b"t"
    return NgsiRequest(request, actor, tenant, context, given, payload, content_type, accept, has_sources, beside[1:])


def _wants_geojson(request: HttpRequest) -> bool:
    """Say whether GeoJSON is what would be answered if it could be: only entities can (clause 6.3.4)."""
    return chosen_type(request.META.get("HTTP_ACCEPT", ""), ENTITY_TYPES) == GEO_JSON


def _accepted(request: HttpRequest, offered: Sequence[str]) -> str:
    chosen = chosen_type(request.META.get("HTTP_ACCEPT", ""), tuple(offered))
    if chosen is None:
        raise NotAcceptable("None of the accepted media types is available here.", available=list(offered))
    return chosen


def _check_headers(request: HttpRequest) -> None:
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired("The request says not how long it is.")
    patch = (MERGE_PATCH,) if request.method == "PATCH" else ()
    if request.content_type not in (JSON, LD_JSON, *patch):
        raise UnsupportedMediaType(f"A body cannot be {request.content_type!r} here.")


def _who_and_where(request: HttpRequest, entity_id: str | None) -> tuple[Actor, City, Sequence[bytes | None]]:
    """Return the actor, the city (that of the header, else that of the key, else that of the host), and its row."""
    headers = request.META
    name = headers.get("HTTP_NGSILD_TENANT")
    found = who_asks(
        headers.get("HTTP_AUTHORIZATION", ""),
        city=name,
        host=request.get_host().rsplit(":", 1)[0],
        beside=SOURCES if entity_id is None else SOURCES_AND_ENTITY,
        params=None if entity_id is None else {"entity": entity_id},
    )
    actor, city = found.actor, found.city
    if city is None:
        raise NonexistentTenant(f"There is no tenant {name!r} here.")
    if settings.OPEN_CONTEXT and actor.kind is ActorKind.ANONYMOUS:
        actor = Actor.open(city.id)
    if actor.tenant_id != city.id:
        raise NotYourCity("This key is of another city.", remedy="Leave NGSILD-Tenant out, or use a key of its own.")
    request.actor = actor  # type: ignore[attr-defined]  # for middleware, which would ask the database again
    return actor, city, found.beside


def _check_params(params: QueryDict, known: Collection[str] | None) -> None:
    for name, values in params.lists():
        if known is not None and name not in known:
            raise InvalidRequest(f"This operation has no parameter {name!r}.")
        if len(values) > 1:
            raise InvalidRequest(f"The parameter {name!r} is there more than once.")


def _json(request: HttpRequest, limit_bytes: int) -> Any:
    if int(request.META["CONTENT_LENGTH"]) > limit_bytes:
        raise BodyTooLarge(f"The body is larger than {limit_bytes} bytes.")
    raw = request.body
    try:
        payload = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"The body is not JSON: {error}.") from None
    if not isinstance(payload, dict | list):
        raise BadRequestData("The body is neither an object nor an array.")
    _check_nesting(payload)
    if b"\\u0000" in raw and b"\\u0000" in orjson.dumps(payload).replace(b"\\\\", b""):
        raise BadRequestData("The body holds a NUL character, which no text can hold.")
    return payload


def _check_nesting(payload: Any) -> None:
    level = [payload]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
    raise BadRequestData(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _context_of_body(actor: Actor, body: dict[str, Any], content_type: str, linked: Context) -> Context:
    _check_place_of_context("@context" in body, content_type)
    return load_context(by=actor, given=body.pop("@context")) if content_type == LD_JSON else linked


def _check_place_of_context(in_body: bool, content_type: str) -> None:
    """Refuse a request whose @context does not stand where its media type wants it (clause 6.3.5)."""
    if in_body and content_type != LD_JSON:
        raise BadRequestData(
            "There is an @context in the body.", remedy="Send it as application/ld+json, or use a Link header."
        )
    if not in_body and content_type == LD_JSON:
        raise BadRequestData("There is no @context in the body, as application/ld+json must have.")
