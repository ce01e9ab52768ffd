"""Linked entities in answers (clause 4.5.23): inline, in their relationships, or flat, after the entities asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spiegelstad.context.errors import BadRequestData, TooComplexQuery
from spiegelstad.context.federation.linking import LinkedEntities
from spiegelstad.context.formats.form import Form
from spiegelstad.context.formats.rendering import Link, feature_collection, geojson_feature, render, shown_links
from spiegelstad.context.http_api.media import GEO_JSON
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import Document, Instance
from spiegelstad.context.rules.projection import depth_of
from spiegelstad.context.rules.targets import relationship_objects

JOINING = frozenset({"join", "joinLevel", "containedBy"})
MAX_LEVEL = 10
MAX_LINKED = 5_000
_KINDS = ("inline", "flat", "@none")


@dataclass(frozen=True, slots=True)
class Join:
    """How linked entities come: `kind` is inline, flat or @none; `level` how far; `contained_by` are left out."""

    kind: str = "@none"
    level: int = 0
    contained_by: frozenset[str] = frozenset()


NO_JOIN = Join()


def join_from(given: Mapping[str, str | None]) -> Join:
    """Return what join, joinLevel and containedBy say of linked entities."""
    if given.keys().isdisjoint(JOINING):
        return NO_JOIN
    kind = given.get("join") or "@none"
    if kind not in _KINDS:
        raise BadRequestData(f"join={kind!r} is not one of {', '.join(_KINDS)}.")
    level = given.get("joinLevel") or "1"
    if not (level.isascii() and level.isdigit() and int(level[:9]) > 0):
        raise BadRequestData(f"joinLevel is not a whole number from 1: {level!r}.")
    if int(level[:9]) > MAX_LEVEL:
        raise TooComplexQuery(f"joinLevel is at most {MAX_LEVEL}.")
    uris = contained.split(",") if (contained := given.get("containedBy")) else []
    contained_by = frozenset(lexical.uri(uri.strip(), "containedBy") for uri in uris)
    return Join(kind, 0 if kind == "@none" else int(level), contained_by)


def check_depth(join: Join, form: Form, depth_of_q: int = 0) -> None:
    """Refuse what asks about entities further than linked entities are followed (clause 5.7.2.4)."""
    if max(depth_of_q, depth_of(form.pick), depth_of(form.omit)) > join.level:
        raise BadRequestData(
            "The query follows relationships further than linked entities are retrieved.",
            remedy="Add join=inline or join=flat, and a joinLevel.",
        )


def shown(
    asked: NgsiRequest, found: Sequence[Document], form: Form, join: Join
) -> tuple[list[dict[str, Any]], Sequence[str]]:
    """Return the entities as they stand in an answer, with those they link to: a list, of Features for GeoJSON.

    And what the reader is told of sources that failed.
    """
    if not join.level:
        return [_one(asked, one, form) for one in found], ()
    shower = _Shower(asked, found, form, join)
    return shower.all(), shower.linked.warnings


def answer_of(asked: NgsiRequest, entities: list[dict[str, Any]]) -> dict[str, Any] | list[Any]:
    """Return the payload of a list of entities: a FeatureCollection for GeoJSON."""
    return feature_collection(entities) if asked.accept == GEO_JSON else entities


def _one(asked: NgsiRequest, document: Document, form: Form, link: Link | None = None) -> dict[str, Any]:
    made = geojson_feature if asked.accept == GEO_JSON else render
    return made(document, asked.context, form, link)


class _Shower:
    """Has read all the linked entities, a level at a time."""

    def __init__(self, asked: NgsiRequest, found: Sequence[Document], form: Form, join: Join) -> None:
        self.asked, self.found, self.form, self.join = asked, found, form, join
        self.known = {document.id: document for document in found}
        self.linked = LinkedEntities(asked, form.closed, form.dataset_ids)
        level, seen = [(document, form) for document in found], set[Any]()
        for _ in range(join.level):
            level = self.read(level, seen)

    def read(self, level: Sequence[tuple[Document, Form]], seen: set[Any]) -> list[tuple[Document, Form]]:
        """Read what the shown relationships of a level lead to; return it, but for what was `seen` in that form."""
        following, wanted = dict[Any, Form](), dict[str, set[str]]()
        for document, form in level:
            for iri, instance, uris in shown_links(document, form):
                inner = form.linked(iri)
                for uri in uris:
                    if uri in self.join.contained_by:
                        continue
                    if uri not in self.known:
                        wanted.setdefault(uri, set()).update(instance.get("objectType", ()))
                    following.setdefault((uri, id(inner.pick), id(inner.omit)), inner)
        if len(self.known) + len(wanted) > MAX_LINKED:
            raise TooComplexQuery(f"More than {MAX_LINKED} linked entities.", remedy="Use a lower joinLevel.")
        if wanted:
            self.known |= {document.id: document for document in self.linked.read(wanted)}
        reached = [key for key in following if key[0] in self.known and key not in seen]
        seen.update(reached)
        return [(self.known[key[0]], following[key]) for key in reached]

    def all(self) -> list[dict[str, Any]]:
        if self.join.kind == "flat":
            return list(self.flat())
        return [
            _one(self.asked, one, self.form, self.link(self.form, self.join.contained_by | {one.id}, self.join.level))
            for one in self.found
        ]

    def link(self, form: Form, above: frozenset[str], level: int) -> Link:
        """Return what puts linked entities in relationships, but those inside which they would stand again."""

        def linked(iri: str, instance: Instance) -> Any:
            uris = relationship_objects(instance)
            inner = form.linked(iri)
            entities = {
                uri: self.inside(self.known[uri], inner, above | {uri}, level - 1)
                for uri in uris
                if uri in self.known and uri not in above
            }
            if not entities:
                return None
            if not isinstance(instance.get("object", []), list):
                return entities[uris[0]]
            if form.representation == "simplified":  # nothing else tells of the others there
                return [entities.get(uri, uri) for uri in uris]
            return [entities[uri] for uri in uris if uri in entities]

        return linked

    def inside(self, document: Document, form: Form, above: frozenset[str], level: int) -> dict[str, Any]:
        """Return an entity as it stands in another."""
        return render(document, self.asked.context, form, self.link(form, above, level) if level else None)

    def flat(self) -> Iterator[dict[str, Any]]:
        """Return all entities once: those found, then what they link to, level by level."""
        seen = {document.id for document in self.found} | self.join.contained_by
        level = [(document, self.form) for document in self.found]
        for _ in range(self.join.level + 1):
            following = []
            for document, form in level:
                yield _one(self.asked, document, form)
                for iri, _, uris in shown_links(document, form):
                    for uri in uris:
                        if uri in self.known and uri not in seen:
                            seen.add(uri)
                            following.append((self.known[uri], form.linked(iri)))
            level = following
