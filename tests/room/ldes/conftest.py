"""Streams to be followed: a dataset with a key, entities with places, and a client that walks a TREE."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client

from spiegelstad.catalogue.public import Column
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version

TREE = "https://w3id.org/tree#"
LDES = "https://w3id.org/ldes#"
DCT = "http://purl.org/dc/terms/"
HOST = "http://testserver"


@dataclass
class Walk:
    """What a client found that followed every relation of a view: members by issue time, and the bytes of nodes."""

    members: list[str] = field(default_factory=list)
    facts: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    nodes: dict[str, bytes] = field(default_factory=dict)
    immutable: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture
def reader(client: Client) -> Callable[..., Any]:
    """Give a function that reads an address as an rdflib graph; the answer must be 200."""
    import rdflib

    def read(path: str, accept: str = "application/n-quads") -> tuple[Any, Any]:
        answer = client.get(path.removeprefix(HOST), headers={"accept": accept})
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:300])
        assert answer.headers["Content-Type"] == accept
        formats = {"application/n-quads": "nt", "application/n-triples": "nt", "text/turtle": "turtle",
                   "application/trig": "trig", "application/ld+json": "json-ld"}  # fmt: skip
        found, graph = rdflib.Dataset(), rdflib.Graph()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own reader uses what rdflib has deprecated
            found.parse(data=answer.content, format=formats[accept])
        for subject, predicate, value, _ in found.quads():
            graph.add((subject, predicate, value))
        return answer, graph

    return read


@pytest.fixture
def walk(reader: Callable[..., Any]) -> Callable[..., Walk]:
    """Give a client by the text of TREE: begin at a view, follow every tree:relation once, take every tree:member."""
    from rdflib import URIRef

    def relations(graph: Any, node: Any) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
        conditions: dict[str, list[tuple[str, str, str]]] = {}
        for relation in graph.objects(node, URIRef(f"{TREE}relation")):
            to = str(graph.value(relation, URIRef(f"{TREE}node")))
            kind = str(graph.value(relation, URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")))
            path, value = (graph.value(relation, URIRef(TREE + name)) for name in ("path", "value"))
            conditions.setdefault(to, []).append((kind.removeprefix(TREE), str(path or ""), str(value or "")))
        yield from conditions.items()

    def follow(start: str, accept: str = "application/n-quads") -> Walk:
        found, todo, seen = Walk(), [(start, [])], set()
        while todo:
            path, conditions = todo.pop(0)
            assert path not in seen, f"{path} is reached twice"
            seen.add(path)
            answer, graph = reader(path, accept)
            address = path if path.startswith("http") else HOST + path
            here = URIRef(address)
            found.nodes[address] = answer.content
            if "immutable" in answer.headers["Cache-Control"]:
                found.immutable[address] = answer.content
                assert graph.value(here, URIRef(f"{LDES}immutable")) is not None
            for member in graph.objects(None, URIRef(f"{TREE}member")):
                facts: dict[str, list[str]] = {}
                for predicate, value in graph.predicate_objects(member):
                    facts.setdefault(str(predicate), []).append(str(value))
                for kind, on, bound in conditions:
                    assert _holds(kind, facts.get(on, []), bound), (member, kind, bound, facts)
                found.members.append(str(member))
                found.facts[str(member)] = facts
            todo += [(to, conditions + more) for to, more in relations(graph, here)]
        found.members.sort(key=lambda member: found.facts[member][f"{DCT}issued"])
        return found

    return follow


def _holds(kind: str, values: list[str], bound: str) -> bool:
    """Whether every value meets the condition: what is gone has no place any more, and is told where it was."""
    import shapely

    if kind == "GeospatiallyContainsRelation":
        return all(shapely.from_wkt(bound).buffer(1e-9).contains(shapely.from_wkt(value)) for value in values)
    compare = {
        "Relation": lambda value: True,
        "GreaterThanOrEqualToRelation": lambda value: value >= bound,
        "LessThanRelation": lambda value: value < bound,
        "LessThanOrEqualToRelation": lambda value: value <= bound,
    }[kind]
    return all(compare(value) for value in values)


@dataclass(frozen=True)
class Trees:
    """An open dataset of trees, known by their number."""

    tenant_id: str
    slug: str = "trees"

    def publish(self, rows: dict[str, tuple[str, float, float]]) -> Any:
        """Publish a version: number → kind, longitude, latitude."""
        table = pa.table({
            "number": pa.array(list(rows), pa.string()),
            "kind": pa.array([kind for kind, _, _ in rows.values()], pa.string()),
            "lon": pa.array([lon for _, lon, _ in rows.values()], pa.float64()),
            "lat": pa.array([lat for _, _, lat in rows.values()], pa.float64()),
        })  # fmt: skip
        return make_version(self.tenant_id, self.slug, table, columns=self.columns(table))

    @staticmethod
    def columns(table: pa.Table) -> tuple[Column, ...]:
        """Return the columns, of which the first is the key."""
        first, *rest = columns_of(table)
        return (Column(first.name, first.type, role="identifier", description={"nl": "nummer"}), *rest)

    def declare(self) -> Trees:
        """Declare the dataset; it has no version yet."""
        names = {"number": pa.string(), "kind": pa.string(), "lon": pa.float64(), "lat": pa.float64()}
        empty = pa.table({name: pa.array([], type_) for name, type_ in names.items()})
        make_dataset(self.tenant_id, self.slug, self.columns(empty), title={"nl": "Bomen", "en": "Trees"})
        return self


@pytest.fixture
def trees(tenant: str) -> Trees:
    """Declare a dataset of trees."""
    return Trees(tenant).declare()
