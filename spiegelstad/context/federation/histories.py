"""What entities were, of which sources hold some, or parts: asking the sources (clauses 5.7.3 and 5.7.4).

A query asks sources twice: first which entities match, and then, for the page that is shown, what these were. So no
history is fetched that is not shown, and none is cut shorter than one that is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.federation.asking import Call, ask, ask_pages
from spiegelstad.context.federation.pasts import Pasts, page_of, read_versions
from spiegelstad.context.federation.payloads import sending
from spiegelstad.context.federation.querying import about_of, filters_of
from spiegelstad.context.federation.retrieving import selector_params
from spiegelstad.context.federation.sources import Source, sources_for
from spiegelstad.context.federation.versions import Version
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.http_api.temporal_params import Asked
from spiegelstad.context.queries.entities import Page
from spiegelstad.context.queries.temporal import find_heads, head
from spiegelstad.context.rules.discovery import SourceQuery
from spiegelstad.context.rules.documents import Document, shown_time, time_text
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.histories import Head
from spiegelstad.context.rules.matching import Part, Wanted, wanted_of
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.q import names
from spiegelstad.context.rules.temporal import TemporalQuery
from spiegelstad.context.rules.temporal_page import Cut
from spiegelstad.context.rules.types import ANY_TYPE

MOST_ROUNDS = 100
"""How often a source is asked for the rest of a history that is to be added up."""
_PIECE = 100
_PARTLY = 206
_TICK = datetime.resolution


@dataclass(frozen=True, slots=True)
class Found:
    """The entities that an answer shows; `own`: ids of those that are kept here and open; `page`: None for one."""

    heads: list[Head]
    own: frozenset[str]
    pasts: Pasts
    page: Page | None = None


def found_one(asked: NgsiRequest, entity_id: str, how: Asked) -> Found:
    """Find the evolution of an entity, here and at sources. ResourceNotFound when nobody has it."""
    pasts = past_of_one(asked, entity_id, how)
    try:
        return Found([head(asked.actor, entity_id)], frozenset({entity_id}), pasts)
    except ResourceNotFound:
        if entity_id not in pasts.versions:
            raise
    return Found([pasts.heads()[entity_id]], frozenset(), pasts)


def found_all(asked: NgsiRequest, query: EntityQuery, how: Asked) -> Found:
    """Find the page of evolutions that match, here and at sources."""
    told = matching_elsewhere(asked, query, how)
    if not told.versions:
        heads, page = find_heads(asked.actor, query, how.wanted)
        return Found(heads, frozenset(one.document.id for one in heads), told, page)
    elsewhere = told.heads()
    more = replace(query, limit=query.offset + query.limit + 1)
    own, counted = find_heads(asked.actor, replace(more, offset=0), how.wanted)
    heads, page = page_of(query, own, elsewhere)
    if query.count:
        both = replace(
            query, only=frozenset(elsewhere), limit=len(elsewhere), offset=0, after="", before="", count=False
        )
        known = find_heads(asked.actor, both, how.wanted)[0]
        page = replace(page, count=(counted.count or 0) + len(elsewhere) - len(known))
    pasts = pasts_of(asked, [one.document.id for one in heads], told, how)
    return Found(heads, frozenset(one.document.id for one in own), pasts, page)


def past_of_one(asked: NgsiRequest, entity_id: str, how: Asked) -> Pasts:
    """Ask the sources that may know of an entity what it was."""
    wanted = Wanted(None, (entity_id,), attributes=how.wanted.attributes or frozenset())
    found = Pasts()
    for source in sources_for(asked, [wanted], SourceQuery(temporal=how.query, without_interval=True)):
        if source.offers("retrieveTemporal"):
            _fetch(asked, found, source, entity_id, how)
    return found


def matching_elsewhere(asked: NgsiRequest, query: EntityQuery, how: Asked) -> Pasts:
    """Ask sources which of their entities match; their histories are not told yet."""
    found, closed = Pasts(), closed_attributes(asked.actor, asked.tenant.settings)
    if any(one.types == ANY_TYPE for one in query.selectors) or _asks_about(query, closed):
        return found
    about = replace(about_of(asked, query), temporal=how.query, without_interval=True)
    filters, calls = filters_of(asked), list[Call]()
    for source in sources_for(asked, wanted_of(query, how.wanted.datasets), about):
        if filters and source.offers("queryTemporal") and not source.passes_names:
            found.warn(source, "it is spoken to in other names than those of this query")
        elif source.offers("queryTemporal"):
            calls += [_question(source, part, query, filters, how.query) for part in source.parts]
    for answer in ask_pages(calls):
        found.warnings.append(answer.warning)
        found.keep(read_versions(asked, answer, how.query))
    return found


def pasts_of(asked: NgsiRequest, ids: Iterable[str], told: Pasts, how: Asked) -> Pasts:
    """Ask sources what these entities were, of which they told that they match."""
    found = Pasts(warnings=told.warnings)
    by_source: dict[int, list[Version]] = {}
    for id_ in ids:
        for version in told.versions.get(id_, ()):
            by_source.setdefault(version.source.row.pk, []).append(version)
    for several in by_source.values():
        for start in range(0, len(several), _PIECE):
            piece = several[start : start + _PIECE]
            _fetch(asked, found, piece[0].source, [one.document for one in piece], how)
    return found


def _asks_about(query: EntityQuery, closed: frozenset[str]) -> bool:
    """Say whether a query asks about what is closed to the reader: no source may tell."""
    asked = {*(names(query.q) if query.q else ()), *((query.geo.attribute,) if query.geo else ())}
    return not closed.isdisjoint(asked)


def _question(
    source: Source, part: Part, query: EntityQuery, filters: Mapping[str, str], within: TemporalQuery
) -> Call:
    """Return the question which entities match; one instance of each attribute is enough of an answer."""
    params = {**filters, **_times(within), "lastN": "1", "options": "sysAttrs", **selector_params(source, part)}
    named = part.registered.intersection(query.attrs) or part.registered or query.attrs
    if named:
        params["attrs"] = _listed(source, named)
    return Call(source, "GET", "temporal/entities", params)


def _fetch(asked: NgsiRequest, found: Pasts, source: Source, which: str | Sequence[Document], how: Asked) -> None:
    """Ask a source what these entities were, or the one with this id; when it is to be added up, to the last of it."""
    query, whole = how.query, how.aggregation is not None
    last_n = None if whole else how.last_n
    for _ in range(MOST_ROUNDS):
        call = _retrieval(source, which, query, last_n, how)
        [answer] = ask([call])
        found.warnings.append(answer.warning)
        times = found.keep(read_versions(asked, answer, how.query))
        if answer.status != _PARTLY or not times:
            return
        if not whole:
            found.end_at(Cut(min(times) - _TICK, True) if last_n is not None else Cut(max(times) + _TICK, False))
            return
        query = _from(query, shown_time(time_text(max(times))))
    found.warn(source, "it has more than can be added up")


def _retrieval(
    source: Source, which: str | Sequence[Document], query: TemporalQuery, last_n: int | None, how: Asked
) -> Call:
    params, within = {"options": "sysAttrs"}, _times(query)
    named = _registered(source) & how.wanted.attributes if how.wanted.attributes else _registered(source)
    last = {"lastN": last_n} if last_n is not None else {}
    if isinstance(which, str):
        params |= within | {name: str(value) for name, value in last.items()}
        if named:
            params["attrs"] = _listed(source, named)
        return Call(source, "GET", f"temporal/entities/{quote(which, safe=':')}", params)
    compact = source.context.compact
    entities = [{"id": one.id, "type": compact(one.types[0])} for one in which]
    body = {"type": "Query", "entities": entities, "temporalQ": {**within, **last}}
    if named:
        body["attrs"] = sorted(compact(iri) for iri in named)
    return sending(source, "POST", "temporal/entityOperations/query", {**params, "limit": str(len(which))}, body)


def _registered(source: Source) -> frozenset[str]:
    """Return the attributes that a source is registered for; empty: all."""
    if any(not part.registered for part in source.parts):
        return frozenset(iri for part in source.parts for iri in part.attributes if not part.registered)
    return frozenset().union(*(part.registered for part in source.parts))


def _listed(source: Source, iris: Iterable[str]) -> str:
    return ",".join(sorted(source.context.compact(iri) for iri in iris))


def _times(query: TemporalQuery) -> dict[str, str]:
    """Return a temporal query as parameters."""
    given = {"timerel": query.timerel, "timeproperty": query.timeproperty}
    times = {"timeAt": query.time_at, "endTimeAt": query.end_time_at}
    return {name: value for name, value in given.items() if value} | {
        name: shown_time(value) for name, value in times.items() if value
    }


def _from(query: TemporalQuery, at: str) -> TemporalQuery:
    """Return what is left of a temporal query from a moment on."""
    if query.timerel == "before":
        return TemporalQuery("between", at, query.time_at, query.timeproperty)
    return replace(query, timerel=query.timerel or "after", time_at=at)
