"""What sources told of the past: read, and put together with what is kept here (clauses 4.5.5, 5.7.3 and 5.7.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.contexts import load_context
from spiegelstad.context.federation.asking import WRONG, Answer
from spiegelstad.context.federation.sources import Source
from spiegelstad.context.federation.versions import Version, standing, warnings_header
from spiegelstad.context.formats.temporal_reading import read_past
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.entities import Page
from spiegelstad.context.rules.documents import Document, Instance, time_of
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.histories import Evolution, Head, History, Point
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.shares import share_of
from spiegelstad.context.rules.temporal import TemporalQuery
from spiegelstad.context.rules.temporal_page import Cut, cut_of


@dataclass(slots=True)
class Pasts:
    """What sources told. `versions`: by id, documents whose attributes are lists of points (`History`); `cut`: where
    the first of them ends though there is more.
    """

    versions: dict[str, list[Version]] = field(default_factory=dict)
    cut: Cut | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that tell which sources did not do their part."""
        return warnings_header(list(dict.fromkeys(self.warnings)))

    def warn(self, source: Source, text: str) -> None:
        """Note what a source did not do."""
        self.warnings.append(f'{WRONG} - "{source.row.uri}: {text}"')

    def keep(self, versions: Iterable[Version]) -> list[datetime]:
        """Keep what a source told, with what it told before of the same entity; return the times of all instances."""
        times = list[datetime]()
        for one in versions:
            known = self.versions.setdefault(one.document.id, [])
            before = next((other for other in known if other.source.row.pk == one.source.row.pk), None)
            if before is None:
                known.append(one)
            else:
                history = history_of(before.document)
                for iri, points in history_of(one.document).items():
                    history[iri] = [*history.get(iri, []), *points]
            times += [at for points in history_of(one.document).values() for at, _ in points]
        return times

    def end_at(self, cut: Cut) -> None:
        """Note that a source told not all: what is shown ends where the first of them ends."""
        self.cut = first_of(self.cut, cut)

    def heads(self) -> dict[str, Head]:
        """Return the entities that sources told of, without their histories."""
        return {id_: Head(_head([one.document for one in several])) for id_, several in self.versions.items()}

    def joined(self, own: Evolution, query: TemporalQuery) -> Evolution:
        """Return an evolution together with what sources have of it, forwards in time."""
        versions = self.versions.get(own.head.document.id)
        if not versions:
            return own
        history: Any = own.history
        several, spare = standing(replace(own.head.document, attributes=history), versions)
        points: defaultdict[str, dict[tuple[str, str], Point]] = defaultdict(dict)
        for document in several:
            _take(points, document, query, only_adds=False)
        for document in spare:
            _take(points, document, query, only_adds=True)
        return Evolution(own.head, {iri: sorted(found.values(), key=_at) for iri, found in sorted(points.items())})


def first_of(one: Cut | None, other: Cut | None) -> Cut | None:
    """Return the cut that keeps less."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda cut: cut.at) if one.backwards else min(one, other, key=lambda cut: cut.at)


def shortened(
    evolutions: Sequence[Evolution], cut: Cut | None, limit: int, last_n: int | None
) -> tuple[list[Evolution], Cut | None]:
    """Return evolutions as an answer shows them, at most `limit` instances of an attribute, and where they end.

    They come forwards in time, and go backwards when the last were asked for.
    """
    backwards = last_n is not None
    shown = [_turned(one, last_n) for one in evolutions] if backwards else list(evolutions)
    times = ([at for at, _ in points] for one in shown for points in one.history.values())
    cut = first_of(cut, cut_of(times, limit, backwards=backwards))
    if cut is None:
        return shown, None
    return [Evolution(one.head, _kept(one.history, cut)) for one in shown], cut


def _turned(one: Evolution, last_n: int | None) -> Evolution:
    return Evolution(one.head, {iri: points[::-1][:last_n] for iri, points in one.history.items()})


def _kept(history: History, cut: Cut) -> History:
    kept = {iri: [point for point in points if cut.keeps(point[0])] for iri, points in history.items()}
    return {iri: points for iri, points in kept.items() if points}


def page_of(query: EntityQuery, own: Sequence[Head], elsewhere: Mapping[str, Head]) -> tuple[list[Head], Page]:
    """Return the page of a query: `own` are the first that are kept here, one more than a page beyond its offset."""
    found = {one.document.id: one for one in own}
    for id_, head in elsewhere.items():
        if id_ not in found and id_ > query.after and (not query.before or id_ < query.before):
            found[id_] = head
    start = 0 if query.after or query.before else query.offset
    ids = sorted(found, reverse=bool(query.before))[start : start + query.limit + 1]
    over = len(ids) > query.limit
    heads = [found[id_] for id_ in sorted(ids[: query.limit])]
    earlier = over if query.before else bool(query.after or query.offset)
    return heads, Page([one.document for one in heads], None, more=bool(query.before) or over, earlier=earlier)


def read_versions(asked: NgsiRequest, answer: Answer, query: TemporalQuery) -> list[Version]:
    """Return the evolutions of an answer that its source may tell, as far as they can be read and are open here."""
    if answer.failure and not isinstance(answer.body, list):
        return []
    closed = closed_attributes(asked.actor, asked.tenant.settings)
    given = answer.body if isinstance(answer.body, list) else [answer.body]
    found = []
    for item in given:
        try:
            document = _read(asked, item, answer.source, query)
        except (SpiegelstadError, RecursionError):
            continue
        share = share_of(document, answer.source.parts)
        if share is not None and closed.isdisjoint(share.types):
            share.attributes = {iri: one for iri, one in share.attributes.items() if iri not in closed}
            found.append(Version(answer.source, share))
    return found


def _read(asked: NgsiRequest, item: Any, source: Source, query: TemporalQuery) -> Document:
    context = source.context
    if isinstance(item, dict) and "@context" in item:
        context = load_context(by=asked.actor, given=item["@context"])
    document, instances = read_past(item, context)
    history: defaultdict[str, list[Point]] = defaultdict(list)
    for iri, instance in instances:
        at = instance.get(query.timeproperty) or instance.get("modifiedAt") or instance.get("observedAt")
        if at:
            history[iri].append((time_of(at), instance))
    attributes: Any = dict(history)
    return replace(document, attributes=attributes)


def history_of(document: Document) -> History:
    """Return the attributes of a document of this module as what they are."""
    found: Any = document.attributes
    return found  # type: ignore[no-any-return]


def _take(
    points: defaultdict[str, dict[tuple[str, str], Point]], document: Document, query: TemporalQuery, *, only_adds: bool
) -> None:
    """Take in instances; of two of one dataset and time the one that was modified last stays."""
    for iri, several in history_of(document).items():
        known = points[iri]
        for at, instance in several:
            key = (instance.get("datasetId", ""), str(instance.get(query.timeproperty, at)))
            if key not in known or (not only_adds and _age(instance) > _age(known[key][1])):
                known[key] = (at, instance)


def _age(instance: Instance) -> str:
    found: str = instance.get("modifiedAt", "")
    return found


def _at(point: Point) -> datetime:
    return point[0]


def _head(documents: Sequence[Document]) -> Document:
    """Return the entity as such, of what several sources say of it."""
    first = documents[0]
    return Document(
        first.id,
        list(dict.fromkeys(iri for one in documents for iri in one.types)),
        list(dict.fromkeys(scope for one in documents for scope in one.scopes)),
        created_at=min((one.created_at for one in documents if one.created_at), default=first.created_at),
        modified_at=max(one.modified_at for one in documents),
    )
