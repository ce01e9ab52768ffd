"""Nodes of the TREE of a stream: what it is, and the relations that lead to other nodes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from spiegelstad.base.localised import Localised
from spiegelstad.ldes.formats.members import moment
from spiegelstad.ldes.formats.terms import iri, line, lines, literal, number, texts, typed
from spiegelstad.ldes.rules.tiles import polygon_of
from spiegelstad.ldes.vocabulary import (
    DCAT,
    DCT,
    DELETE,
    GENERATED,
    GEO,
    GEOMETRY,
    ISSUED,
    LDES,
    RDF,
    RDFS,
    TREE,
    VERSION_OF,
    XSD,
)

POLLING_S = 60


@dataclass(frozen=True, slots=True)
class Relation:
    """A link to a node, with what holds for all members that are reached by it: bounds of time, or a tile."""

    node: str
    at_least: datetime | None = None
    before: datetime | None = None
    at_most: datetime | None = None
    tile: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its IRI, that of its stream, and where its links lead."""

    iri: str
    stream: str
    relations: list[Relation] = field(default_factory=list)
    is_immutable: bool = False


def node(given: Node) -> str:
    """Return the triples of a node."""
    subject, stream = iri(given.iri), iri(given.stream)
    parts = [paths(given.stream), typed(subject, f"{TREE}Node"), line(subject, f"{DCT}isPartOf", stream)]
    if given.is_immutable:
        parts.append(line(subject, f"{LDES}immutable", literal("true", f"{XSD}boolean")))
    found = (one for relation in given.relations for one in _relations(relation))
    for place, (class_, facts) in enumerate(found):
        label = f"_:relation{place}"
        parts += [line(subject, f"{TREE}relation", label), typed(label, TREE + class_), lines(label, facts)]
    return "".join(parts)


def paths(stream: str) -> str:
    """Return how the members of a stream are ordered and what they are versions of."""
    facts = [
        (f"{LDES}timestampPath", iri(ISSUED)),
        (f"{LDES}versionOfPath", iri(VERSION_OF)),
        (f"{LDES}versionTimestampPath", iri(GENERATED)),
        (f"{LDES}versionDeletePath", iri(f"{RDF}type")),
        (f"{LDES}versionDeleteObject", iri(DELETE)),
        (f"{LDES}pollingInterval", number(POLLING_S)),
        (f"{TREE}shape", iri(f"{stream}#shape")),
    ]
    return typed(iri(stream), f"{LDES}EventStream") + lines(iri(stream), facts)


def _relations(given: Relation) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    to = (f"{TREE}node", iri(given.node))
    bounds = (
        ("GreaterThanOrEqualToRelation", given.at_least),
        ("LessThanRelation", given.before),
        ("LessThanOrEqualToRelation", given.at_most),
    )
    found = [
        (class_, [to, (f"{TREE}path", iri(ISSUED)), (f"{TREE}value", literal(moment(bound), f"{XSD}dateTime"))])
        for class_, bound in bounds
        if bound is not None
    ]
    if given.tile:
        area = literal(polygon_of(given.tile), f"{GEO}wktLiteral")
        found.append(
            ("GeospatiallyContainsRelation", [to, (f"{TREE}path", iri(GEOMETRY)), (f"{TREE}value", area)])
        )  # fmt: skip
    return found or [("Relation", [to])]


@dataclass(frozen=True, slots=True)
class View:
    """A view of a stream: the IRI of its root, and for how many days all is kept (None: always)."""

    root: str
    stream: str
    is_by_time: bool
    days: int | None


def view(given: View) -> str:
    """Return the description of a view, with its policy of retention."""
    root, about, policy = iri(given.root), iri(f"{given.root}#view"), iri(f"{given.root}#retention")
    classes = [iri(f"{TREE}ViewDescription"), iri(f"{DCAT}DataService")]
    classes += [iri(f"{LDES}EventSource")] * given.is_by_time
    facts = [
        (f"{RDF}type", classes),
        (f"{DCAT}servesDataset", [iri(given.stream)]),
        (f"{DCAT}endpointURL", [root]),
    ]
    parts = [line(root, f"{TREE}viewDescription", about), lines(about, facts)]
    if given.days is not None:
        period = literal(f"P{given.days}D", f"{XSD}duration")
        kept = [
            (f"{LDES}fullLogDuration", period),
            (f"{LDES}versionAmount", number(1)),
            (f"{LDES}versionDeleteDuration", period),
        ]
        parts += [line(one, f"{LDES}retentionPolicy", policy) for one in (root, about)]
        parts += [typed(policy, f"{LDES}RetentionPolicy"), lines(policy, kept)]
    return "".join(parts)


def entry(stream: str, root: str) -> str:
    """Return the triple by which clients find the root of a view."""
    return line(iri(stream), f"{TREE}view", iri(root))


def title(stream: str, name: Localised, description: Localised, about: str = "") -> str:
    """Return what a stream is called, and (IRI) what it is about."""
    subject = iri(stream)
    facts = [(f"{DCT}title", texts(name)), (f"{DCT}description", texts(description))]
    return lines(subject, facts) + (line(subject, f"{RDFS}seeAlso", iri(about)) if about else "")
