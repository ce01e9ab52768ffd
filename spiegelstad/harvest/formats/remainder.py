"""What a record of DCAT says more than our catalogue has fields for: kept as statements, and told again with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from spiegelstad.harvest.formats.rdf import RDF_TYPE, Graph, Node, Term
from spiegelstad.harvest.formats.terms import ADMS, DCAT, DCATAP, DCT, DPV

MAX_STATEMENTS = 1_000
_TOLD_BY_US = frozenset({
    RDF_TYPE, f"{DCT}title", f"{DCT}description", f"{DCT}identifier", f"{DCT}language", f"{DCT}publisher",
    f"{DCT}accessRights", f"{DCT}accrualPeriodicity", f"{DCT}conformsTo", f"{DCT}license",
    f"{DCAT}keyword", f"{DCAT}contactPoint", f"{DCAT}landingPage", f"{DCAT}theme", f"{DCAT}distribution",
    f"{DCATAP}hvdCategory", f"{ADMS}status", f"{DPV}hasLegalBasis", f"{DCAT}endpointURL",
})  # fmt: skip
_THINGS_OF_THEIR_OWN = frozenset(
    NamedNode(f"{DCAT}{name}") for name in ("Dataset", "DatasetSeries", "Catalog", "CatalogRecord", "DataService")
)


def statements(graph: Graph, node: Node) -> str:
    """Return the other statements about a dataset, and about what they lead to, in N-Triples; nothing past the limit.

    Other datasets and services are pointed to, not described, and so is whatever has an address at another host than
    the dataset: nobody describes in our catalogue what is not theirs. What is no right IRI is left out.
    """
    if not isinstance(node, NamedNode):
        return ""
    found = list(_limited(_statements(graph, node)))
    if not found or len(found) > MAX_STATEMENTS:
        return ""
    return (serialize(found, format=RdfFormat.N_TRIPLES) or b"").decode()


def _statements(graph: Graph, node: NamedNode) -> Iterator[Triple]:
    host = _host(node)
    waiting: list[Node] = [node]
    seen: set[Term] = {node}
    while waiting:
        about = waiting.pop()
        for predicate, values in graph.about.get(about, {}).items():
            if about == node and predicate in _TOLD_BY_US:
                continue
            for value in values:
                if isinstance(value, NamedNode) and value.value.endswith("#authoritative"):
                    continue  # a field of ours
                if _is_right(about) and _is_right(NamedNode(predicate)) and _is_right(value):
                    yield Triple(about, NamedNode(predicate), value)
                if isinstance(value, NamedNode | BlankNode) and value not in seen and _is_part(graph, value, host):
                    seen.add(value)
                    waiting.append(value)


def _is_part(graph: Graph, value: Node, host: str) -> bool:
    if isinstance(value, NamedNode) and not (_is_right(value) and _host(value) == host):
        return False
    return value in graph.about and not _THINGS_OF_THEIR_OWN.intersection(graph.values(value, RDF_TYPE))


def _host(value: NamedNode) -> str:
    try:
        return urlsplit(value.value).netloc
    except ValueError:
        return ""


def _is_right(value: Term) -> bool:
    """Whether a term can be written: the reading was lenient about IRIs and languages."""
    try:
        if isinstance(value, NamedNode):
            NamedNode(value.value)
        elif isinstance(value, Literal):
            Literal(value.value, language=value.language) if value.language else NamedNode(value.datatype.value)
    except ValueError:
        return False
    return not isinstance(value, Triple)


def _limited(found: Iterable[Triple]) -> Iterator[Triple]:
    for number, one in enumerate(found):
        yield one
        if number >= MAX_STATEMENTS:
            return
