"""Linked entities of which sources hold some, or parts (clauses 4.5.23 and 4.3.6): read a level at a time.

Where an entity is not kept here, its relationship has to say of which type it is (clause 4.5.23.1); what is kept here
has its own types too. So each source is asked once for each level, for what falls under its registration.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from spiegelstad.context.errors import TooComplexQuery
from spiegelstad.context.federation.asking import Answer, Call, ask_pages
from spiegelstad.context.federation.querying import query_call
from spiegelstad.context.federation.sources import Registry, Source
from spiegelstad.context.federation.versions import Version, combined, moment_now, versions_of
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.entities import by_ids
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.matching import Part, Wanted

MAX_ASKED = 1_000
MAX_ID_CHARS = 3_000
TIME_S = 10.0
_TIME_IS_UP = "no time was left to ask it for linked entities"


class LinkedEntities:
    """Reads the linked entities of one request. A source that failed is not asked for further levels.

    `warnings`: what the reader is told of sources. After `TIME_S` sources are asked no further level.
    """

    def __init__(self, asked: NgsiRequest, closed: frozenset[str], datasets: Collection[str] | None) -> None:
        self.warnings: list[str] = []
        self._asked, self._closed, self._datasets = asked, closed, frozenset(datasets or ())
        self._failed = set[int]()
        self._ends = time.monotonic() + TIME_S

    @cached_property
    def _registry(self) -> Registry:
        return Registry(self._asked)

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Document]:
        """Return those of a level that the reader may see: URIs, with the types (IRIs) that links to them name."""
        own = {one.id: one for one in by_ids(self._asked.actor, sorted(wanted), self._closed)}
        calls = list(self._calls(self._sources(wanted, own)))
        if not calls:
            return list(own.values())
        versions: dict[str, list[Version]] = {}
        for answer in self._answers(calls):
            self.warnings.append(answer.warning)
            if answer.failure:
                self._failed.add(answer.source.row.pk)
            found, warning = versions_of(self._asked, answer, self._closed)
            self.warnings.append(warning)
            for one in found:
                versions.setdefault(one.document.id, []).append(one)
        moment = moment_now()
        several = (combined(own.get(id_), versions.get(id_, []), moment) for id_ in own.keys() | versions.keys())
        return [one for one in several if one is not None]

    def _sources(self, wanted: Mapping[str, Collection[str]], own: Mapping[str, Document]) -> list[Source]:
        """Return who is asked for these entities, with what of them falls under each registration."""
        if not self._registry:
            return []
        of_types: dict[frozenset[str], list[str]] = {}
        for id_, types in wanted.items():
            known = frozenset(types).union(own[id_].types if id_ in own else ())
            if known:
                of_types.setdefault(known, []).append(id_)
        several = [
            Wanted(tuple(frozenset({iri}) for iri in sorted(types)), tuple(sorted(uris)), dataset_ids=self._datasets)
            for types, uris in of_types.items()
        ]
        found = [one for one in self._registry.sources(several) if one.row.pk not in self._failed]
        return [one for one in found if one.offers("queryEntity") or one.offers("queryBatch")]

    def _calls(self, sources: Sequence[Source]) -> Iterator[Call]:
        """Return one question to each source; several when its list of ids is too long for an address."""
        if len({uri for one in sources for part in one.parts for uri in part.ids}) > MAX_ASKED:
            raise TooComplexQuery(
                f"More than {MAX_ASKED} linked entities to ask of other brokers.",
                remedy="Ask for fewer entities, a lower joinLevel, or local=true.",
            )
        for source in sources:
            whole = _whole(source.parts)
            for ids in _lists(whole.ids):
                yield query_call(source, replace(whole, ids=ids), (), {})

    def _answers(self, calls: Sequence[Call]) -> list[Answer]:
        if time.monotonic() >= self._ends:
            return [Answer(one, failure=_TIME_IS_UP) for one in calls]
        return ask_pages(calls)


def _whole(parts: Sequence[Part]) -> Part:
    """Return what is asked of a source for several parts at once; of its answer each part takes what is its own."""
    some_attributes = all(part.registered for part in parts)
    return Part(
        tuple(sorted({one for part in parts for one in part.types or ()}, key=sorted)),
        tuple(sorted({uri for part in parts for uri in part.ids})),
        None,
        frozenset(),
        frozenset[str]().union(*(part.registered for part in parts)) if some_attributes else frozenset(),
    )


def _lists(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cut ids into lists that fit into an address."""
    several, chars = list[str](), 0
    for uri in ids:
        if several and chars + len(uri) > MAX_ID_CHARS:
            yield tuple(several)
            several, chars = [], 0
        several.append(uri)
        chars += len(uri) + 1
    yield tuple(several)
