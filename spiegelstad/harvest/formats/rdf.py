"""RDF as other catalogues write it (Turtle, RDF/XML, JSON-LD), read into a graph that is small and limited.

pyoxigraph parses. It follows no reference to another document, but it does expand the entities of an XML document, so
a document that declares any is refused; a JSON-LD context that lies elsewhere is asked for by `get_context`, which the
caller guards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

import orjson
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from spiegelstad.harvest.formats.plain import UnreadableDocument
from spiegelstad.harvest.formats.terms import MISSPELT

MAX_TRIPLES = 500_000
MAX_CONTEXTS = 5
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
ACCEPT = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, */*;q=0.1"
FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/x-turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}
Node = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal | Triple

_RANGE_VIOLATION = re.compile(
    r"<!--Range violation in input for ([\w:]+): found a literal((?:(?!--).)*+)-->\s*"
    r"<\1([^<>]*)>\s*<[^<>]*/>\s*</\1>",
    re.DOTALL,
)
_RESOURCE = re.compile(r'rdf:resource="([^"]*)"')


class Graph:
    """Triples by subject. `base`: the address of the document, which an empty reference stands for."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.about: dict[Node, dict[str, dict[Term, None]]] = {}
        self.misspelt: dict[Term, list[str]] = {}

    def add(self, subject: Node, predicate: str, value: Term) -> None:
        """Add a triple; one that is there already changes nothing. A misspelt property is read as what is meant."""
        if predicate in MISSPELT:
            self.misspelt.setdefault(subject, []).append(predicate)
            predicate = MISSPELT[predicate]
        self.about.setdefault(subject, {}).setdefault(predicate, {})[value] = None

    def values(self, subject: Term, *predicates: str) -> list[Term]:
        """Return the values of these properties, in the order of the document."""
        of = self.about.get(subject, {}) if isinstance(subject, NamedNode | BlankNode) else {}
        return [value for predicate in predicates for value in of.get(predicate, ())]

    def of_type(self, *types: str) -> Iterator[Node]:
        """Yield the subjects that have one of these types."""
        wanted = {NamedNode(one) for one in types}
        for subject, of in self.about.items():
            if wanted.intersection(of.get(RDF_TYPE, ())):
                yield subject


def read(body: bytes, media_type: str, base: str, get_context: Callable[[str], bytes]) -> Graph:
    """Read a document; UnreadableDocument when it is not RDF, or has more triples than `MAX_TRIPLES`."""
    form = format_of(body, media_type)
    if form == RdfFormat.RDF_XML:
        body = _checked_xml(body)
    elif form == RdfFormat.JSON_LD:
        body = _with_contexts(body, get_context)
    graph = Graph(base)
    try:
        for number, quad in enumerate(parse(body, format=form, base_iri=base, lenient=True)):
            if number >= MAX_TRIPLES:
                raise UnreadableDocument(f"The document has more than {MAX_TRIPLES} statements.")
            if isinstance(quad.subject, NamedNode | BlankNode):
                graph.add(quad.subject, quad.predicate.value, quad.object)
    except (SyntaxError, ValueError) as error:
        raise UnreadableDocument(f"This is no good {form.name}: {str(error)[:300]}.") from None
    return graph


def format_of(body: bytes, media_type: str) -> RdfFormat:
    """Return the format: what the sender says, or how the document begins where that says nothing."""
    said = FORMATS.get(media_type.split(";", 1)[0].strip().lower())
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise UnreadableDocument("A web page came back instead of a catalogue.", remedy="Check the address.")
    if said is not None:
        return said
    if start.startswith((b"{", b"[")):
        return RdfFormat.JSON_LD
    return RdfFormat.RDF_XML if start.startswith((b"<?xml", b"<rdf:rdf", b"<!--")) else RdfFormat.TURTLE


def _checked_xml(body: bytes) -> bytes:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"The XML is not UTF-8: {error.reason} at byte {error.start}.") from None
    if "<!ENTITY" in text:
        raise UnreadableDocument("The XML declares entities, which are not read: they can be made to fill all memory.")
    return _RANGE_VIOLATION.sub(_as_literal, text).encode()


def _as_literal(found: re.Match[str]) -> str:
    """Put back the text that a converter took out because an address belongs there, and told in a comment."""
    was = _RESOURCE.search(found[2])
    return f"<{found[1]}{found[3]}>{escape(was[1])}</{found[1]}>" if was else found[0]


def _with_contexts(body: bytes, get_context: Callable[[str], bytes]) -> bytes:
    """Put contexts that lie elsewhere in their place; those within these are not asked for."""
    try:
        document: Any = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableDocument(f"This is no good JSON: {error}.") from None
    if not isinstance(document, dict) or "@context" not in document:
        return body
    given = document["@context"] if isinstance(document["@context"], list) else [document["@context"]]
    addresses = [one for one in given if isinstance(one, str)]
    if not addresses:
        return body
    if len(addresses) > MAX_CONTEXTS:
        raise UnreadableDocument(f"The document has more than {MAX_CONTEXTS} contexts elsewhere.")
    found = [_context(get_context(one)) if isinstance(one, str) else one for one in given]
    return orjson.dumps({**document, "@context": found})


def _context(body: bytes) -> Any:
    try:
        return orjson.loads(body)["@context"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise UnreadableDocument("A context of the document is no JSON-LD context.") from None
