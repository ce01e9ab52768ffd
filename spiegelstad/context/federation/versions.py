"""The versions of entities that sources answer with, read and put together with ours (clauses 4.5.5 and 5.7.1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.contexts import load_context
from spiegelstad.context.federation.asking import WRONG, Answer
from spiegelstad.context.federation.sources import Source
from spiegelstad.context.formats.reading import CREATE, read_entity
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules.combining import combine
from spiegelstad.context.rules.documents import Document, time_text
from spiegelstad.context.rules.registrations import PROXIED
from spiegelstad.context.rules.shares import rest_of, share_of
from spiegelstad.context.rules.terms import Context

WARNING = "NGSILD-Warning"


@dataclass(frozen=True, slots=True)
class Version:
    """An entity as a source has it, without what the source is not registered for."""

    source: Source
    document: Document


def versions_of(asked: NgsiRequest, answer: Answer, closed: frozenset[str]) -> tuple[list[Version], str]:
    """Return the entities of an answer that its source may give, and a warning when some could not be read.

    What is closed to the reader here is closed to them whatever its source.
    """
    given = answer.body if isinstance(answer.body, list) else [answer.body]
    found, unread = [], 0
    for item in given if answer.body is not None else ():
        try:
            document = _read(asked, item, answer.source.context)
        except (SpiegelstadError, RecursionError):
            unread += 1
            continue
        share = share_of(document, answer.source.parts)
        if share is not None and closed.isdisjoint(share.types):
            share.attributes = {iri: one for iri, one in share.attributes.items() if iri not in closed}
            found.append(Version(answer.source, share))
    return found, _unread(answer.source, unread) if unread else ""


def _read(asked: NgsiRequest, item: Any, context: Context) -> Document:
    if isinstance(item, dict) and "@context" in item:
        context = load_context(by=asked.actor, given=item["@context"])
    return read_entity(item, context, purpose=CREATE, system=True)


def _unread(source: Source, count: int) -> str:
    return f'{WRONG} - "{source.row.uri}: {count} of its entities could not be read"'


def combined(own: Document | None, versions: Sequence[Version], moment: str) -> Document | None:
    """Return the entity of these versions; what a proxied source has for itself is taken from there alone."""
    several, spare = standing(own, versions)
    document = combine(several, moment, spare)
    if document is not None:
        document.created_at = document.created_at or moment
        document.modified_at = document.modified_at or moment
    return document


def standing(own: Document | None, versions: Sequence[Version]) -> tuple[list[Document], list[Document]]:
    """Return what each has to say: without what a proxied source has for itself; and what auxiliary sources add."""
    several: list[Document] = [] if own is None else list(_without_proxied([own], versions, PROXIED))
    for one in versions:
        if one.source.mode == "exclusive":
            several.append(one.document)
        elif one.source.mode != "auxiliary":
            above = PROXIED if one.source.mode == "inclusive" else frozenset({"exclusive"})
            several += _without_proxied([one.document], versions, above)
    return several, [one.document for one in versions if one.source.mode == "auxiliary"]


def _without_proxied(
    documents: Sequence[Document], versions: Sequence[Version], modes: frozenset[str]
) -> Iterator[Document]:
    for document in documents:
        rest: Document | None = document
        for one in versions:
            if one.source.mode in modes and rest is not None:
                rest = rest_of(rest, one.source.parts)
        if rest is not None:
            yield rest


def moment_now() -> str:
    """Return the present as a stored time."""
    return time_text(now())


def warnings_header(warnings: Sequence[str]) -> dict[str, str]:
    """Return the header that tells of sources that did not do their part (clause 6.3.17)."""
    told = dict.fromkeys(one for one in warnings if one)
    return {WARNING: ", ".join(told)} if told else {}
