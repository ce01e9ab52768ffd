"""Query entities of which sources hold some, or parts (clauses 4.3.6.7 and 5.7.2.4).

Sources are asked for all that matches, which is then put together, in the order of ids, page by page. They filter
themselves when whole entities lie with each of them and they are spoken to in the names of the request; else (split
entities) they are asked broadly, and the filters are applied here, to the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import orjson

from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.entity_maps import create_map
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.federation.asking import Call, ask_pages
from spiegelstad.context.federation.payloads import sending
from spiegelstad.context.federation.retrieving import selector_params
from spiegelstad.context.federation.sources import Source, sources_for
from spiegelstad.context.federation.versions import Version, combined, moment_now, versions_of
from spiegelstad.context.http_api.entity_maps import HEADER, LOCAL, MapUse
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.models import EntityMap
from spiegelstad.context.queries.entities import Page, by_ids, get, ids, opened_query
from spiegelstad.context.queries.entity_maps import get_map
from spiegelstad.context.rules.discovery import SourceQuery
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.matching import Part, wanted_of
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.reference import matches
from spiegelstad.context.rules.types import ANY_TYPE

_TEXTS = ("q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "expandValues")
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Queried:
    """A page of entities of all sources together, the entity map in use, and warnings of sources that failed."""

    page: Page
    entity_map: EntityMap | None
    warnings: Sequence[str] = ()


def queried(
    asked: NgsiRequest, query: EntityQuery, use: MapUse, closed: frozenset[str], datasets: frozenset[str] | None
) -> Queried | None:
    """Return a page out of what we hold and what sources hold; None when there is no source for this query."""
    if is_local(query):
        return None
    broad = _broad(asked, query)
    found = sources_for(asked, wanted_of(broad, datasets), about_of(asked, query))
    sources = [one for one in found if one.offers("queryEntity") or one.offers("queryBatch")]
    return _Union(asked, query, closed, sources, use).answer() if sources else None


def is_local(query: EntityQuery) -> bool:
    """Say whether a query is about what is here: the type `*` asks for that (table 6.4.3.2-1)."""
    return any(one.types == ANY_TYPE for one in query.selectors)


def _broad(asked: NgsiRequest, query: EntityQuery) -> EntityQuery:
    """Return what sources are asked: where entities lie in parts with several, without what the whole has to meet."""
    return replace(query, q=None, geo=None, scope_q=None) if asked.flag("splitEntities") else query


def about_of(asked: NgsiRequest, query: EntityQuery) -> SourceQuery:
    """Return what the sources of a query have to have, besides its entities: the place, the scope, the members."""
    csf = asked.body.get("csf") if isinstance(asked.body, dict) else asked.params.get("csf")
    return SourceQuery(
        geo=query.geo, scope_q=query.scope_q, csf=parse_q(csf, asked.context) if csf is not None else None
    )


class _Union:
    """All that the sources and we ourselves hold for a query."""

    def __init__(
        self,
        asked: NgsiRequest,
        query: EntityQuery,
        closed: frozenset[str],
        sources: list[Source],
        use: MapUse,
    ) -> None:
        broad = _broad(asked, query)
        self.actor: Actor = asked.actor
        self.query, self.closed = opened_query(query, closed), closed
        filters = {} if broad is not query else filters_of(asked)
        self.use, self.map = use, _known_map(asked.actor, use)
        linked = _linked(self.map)
        calls = [query_call(one, part, query.attrs, filters) for one in sources for part in one.parts]
        answers = ask_pages([_with_map(one, use, linked.get(one.source.row.uri, "")) for one in calls])
        self.linked_maps = {one.source.row.uri: one.entity_map for one in answers if one.entity_map}
        self.warnings = [answer.warning for answer in answers]
        self.remote: dict[str, list[Version]] = {}
        for answer in answers:
            versions, warning = versions_of(asked, answer, closed)
            self.warnings.append(warning)
            for version in versions:
                self.remote.setdefault(version.document.id, []).append(version)
        self.checks_all = broad is not query or bool(closed)  # a source does not know what is closed here
        self.has_filters = bool(filters)
        self.own = set(ids(asked.actor, replace(broad, only=query.only), closed))

    def answer(self) -> Queried:
        """Return the page that the query asks for."""
        entity_map = self._map()
        if entity_map is not None:
            self._keep_to(entity_map.entities)
        order = sorted(self.own | self.remote.keys())
        count = self._count(order) if self.query.count else None
        return Queried(replace(self._page(order), count=count), entity_map, self.warnings)

    def _count(self, order: Sequence[str]) -> int:
        """Count the entities; what only we hold and have filtered need not be put together for it."""
        sure = set[str]() if self.checks_all else self.own - self.remote.keys()
        return len(sure) + sum(1 for _ in self._accepted([id_ for id_ in order if id_ not in sure]))

    def _page(self, order: list[str]) -> Page:
        query = self.query
        if not query.limit:
            return Page([], None)
        if query.before:
            there = [id_ for id_ in reversed(order) if id_ < query.before]
            found = list(islice(self._accepted(there), query.limit + 1))
            return Page(found[: query.limit][::-1], None, more=True, earlier=len(found) > query.limit)
        there = [id_ for id_ in order if id_ > query.after] if query.after else order
        start = 0 if query.after else query.offset
        found = list(islice(self._accepted(there), start, start + query.limit + 1))
        over = len(found) > query.limit
        return Page(found[: query.limit], None, more=over, earlier=bool(query.after or query.offset))

    def _accepted(self, order: Sequence[str]) -> Iterator[Document]:
        """Put the entities together, in this order, and leave out those that do not match as a whole."""
        moment = moment_now()
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            own = {one.id: one for one in by_ids(self.actor, self.own.intersection(batch), self.closed)}
            for id_ in batch:
                versions = self.remote.get(id_, [])
                document = combined(own.get(id_), versions, moment)
                if document is not None and self._fits(document, versions):
                    yield document

    def _fits(self, document: Document, versions: Sequence[Version]) -> bool:
        if self.query.attrs and not any(iri in document.attributes for iri in self.query.attrs):
            return False
        return not self._is_checked(versions) or matches(document, self.query, self._linked)

    def _linked(self, id_: str) -> Document | None:
        return get(self.actor, id_, self.closed)

    def _is_checked(self, versions: Sequence[Version]) -> bool:
        """Whether the filters have to be applied here, for not every source could."""
        return self.checks_all or (self.has_filters and any(not one.source.passes_names for one in versions))

    def _map(self) -> EntityMap | None:
        if not self.use.wanted or self.map is not None:
            return self.map
        entities: dict[str, list[str]] = {id_: [LOCAL] for id_ in sorted(self.own)}
        for id_, versions in self.remote.items():
            entities.setdefault(id_, []).extend(one.source.row.uri for one in versions)
        return create_map(by=self.actor, entities=entities, linked_maps=self.linked_maps, lifetime=self.use.lifetime)

    def _keep_to(self, entities: Mapping[str, list[str]]) -> None:
        """Leave out what the map does not have."""
        self.own = {id_ for id_ in self.own if LOCAL in entities.get(id_, ())}
        kept = {
            id_: [one for one in versions if one.source.row.uri in entities[id_]]
            for id_, versions in self.remote.items()
            if id_ in entities
        }
        self.remote = {id_: versions for id_, versions in kept.items() if versions}


def _known_map(actor: Actor, use: MapUse) -> EntityMap | None:
    """Return the entity map that the request names, when it is still there."""
    if not use.uri:
        return None
    try:
        return get_map(actor, use.uri)
    except ResourceNotFound:
        return None


def _linked(entity_map: EntityMap | None) -> Mapping[str, str]:
    """Return where the maps of sources are that go with a map, by registration."""
    return entity_map.linked_maps if entity_map is not None else {}


def _with_map(call: Call, use: MapUse, linked: str) -> Call:
    """Let a source go by a map of its own, where it makes them; one that is asked several things has none (5.14.4)."""
    source = call.source
    if not use.wanted or len(source.parts) > 1 or not source.offers("createEntityMapQueryEntity"):
        return call
    if linked:
        return replace(call, headers={**call.headers, HEADER: linked})
    return replace(call, params={**call.params, "entityMap": "true"}) if call.method == "GET" else call


def filters_of(asked: NgsiRequest) -> dict[str, str]:
    """Return the filters of a query as its parameters or its body have them."""
    if not isinstance(asked.body, dict):
        return {name: asked.params.get(name, "") for name in _TEXTS if name in asked.params}
    given: dict[str, Any] = {**asked.body, **(asked.body.get("geoQ") or {})}
    return {name: _text(given[name]) for name in _TEXTS if name in given}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def query_call(source: Source, part: Part, attributes: Sequence[str], filters: Mapping[str, str]) -> Call:
    """Return the question to a source; one that offers queries by POST only gets it in a body (clause 6.23)."""
    own_filters = filters if source.passes_names else {}
    params = {"options": "sysAttrs", **own_filters, **selector_params(source, part)}
    names = part.registered.intersection(attributes) or part.registered or attributes
    if names:
        params["attrs"] = ",".join(sorted(source.context.compact(iri) for iri in names))
    return Call(source, "GET", "entities", params) if source.offers("queryEntity") else _by_post(source, params)


def _by_post(source: Source, params: Mapping[str, str]) -> Call:
    body: dict[str, Any] = {"type": "Query"}
    if selector := {name: params[name] for name in ("id", "idPattern", "type") if name in params}:
        body["entities"] = [{"type": "*", **selector}]
        if "id" in selector:
            body["entities"][0]["id"] = selector["id"].split(",")
    if "georel" in params:
        geo = {name: params[name] for name in ("georel", "geometry", "geoproperty") if name in params}
        body["geoQ"] = {**geo, "coordinates": orjson.loads(params["coordinates"])}
    body |= {name: params[name] for name in ("q", "scopeQ") if name in params}
    body |= {name: params[name].split(",") for name in ("attrs", "expandValues") if name in params}
    return sending(source, "POST", "entityOperations/query", {"options": "sysAttrs"}, body)
