"""What the endpoint says about itself (SPARQL 1.1 Service Description)."""

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from spiegelstad.sparql.vocabulary import PREFIXES

_SD = "http://www.w3.org/ns/sparql-service-description#"
_COMMENT = "Each entity and each dataset is a named graph."
_FORMATS = "http://www.w3.org/ns/formats/"


def service_description(base: str) -> list[Quad]:
    """Return the description of the endpoint at `<base>sparql`."""
    service, dataset, graph = NamedNode(f"{base}sparql"), BlankNode("dataset"), BlankNode("graph")
    a = NamedNode(f"{PREFIXES['rdf']}type")
    facts: list[tuple[NamedNode | BlankNode, NamedNode, NamedNode | BlankNode | Literal]] = [
        (service, a, _sd("Service")),
        (service, _sd("endpoint"), service),
        (service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        (service, _sd("feature"), _sd("UnionDefaultGraph")),
        (service, _sd("defaultDataset"), dataset),
        (dataset, a, _sd("Dataset")),
        (dataset, _sd("defaultGraph"), graph),
        (graph, a, _sd("Graph")),
        (service, NamedNode(f"{PREFIXES['rdfs']}comment"), Literal(_COMMENT, language="en")),
    ]
    names = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle")
    facts += [(service, _sd("resultFormat"), NamedNode(_FORMATS + name)) for name in (*names, "RDF_XML", "JSON-LD")]
    return [Quad(*fact) for fact in facts]


def _sd(name: str) -> NamedNode:
    return NamedNode(_SD + name)
