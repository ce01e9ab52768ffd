"""A graph in the making: nodes with their properties, in order and each once. What is empty is never written.

There are no blank nodes: whatever has no address of its own has one under its dataset's (`…/data/x#contact`). So two
writings of a description are equal as sets of triples.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from spiegelstad.catalogue.formats.dcat.terms import expanded, term

Object = NamedNode | Literal
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:.")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
_NOT_IN_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_IRI = re.compile(
    '[\u0000-\u0020<>"{}|\\\\^`\\[\\]\u007f-\u009f\ud800-\uf8ff\ufff0-\U0010ffff]|%(?![0-9A-Fa-f]{2})'
)
_NAME_AT_END = re.compile(r"[/#:][A-Za-z_][A-Za-z0-9_.-]*$")
_GRAPH = DefaultGraph()


@lru_cache(maxsize=4_096)
def iri(text: str) -> NamedNode | None:
    """Return the node of an absolute address, with what may not stand in one percent-encoded; None if it is none."""
    if not _SCHEME.match(text):
        return None
    try:
        return NamedNode(_NOT_IN_IRI.sub(lambda found: quote(found[0].encode("utf-8", "replace")), text))
    except ValueError:
        return None


def clean(text: str) -> str:
    """Return text as all three forms can hold it: lines end with a newline, without characters that XML forbids."""
    return _NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


class Node:
    """One subject; each method adds nothing when it is given nothing.

    Statements are told apart by text: the hash of a node of pyoxigraph takes as long as all the rest.
    """

    def __init__(self, uri: NamedNode) -> None:
        self.uri = uri
        self.address = uri.value
        self.found: dict[str, Quad] = {}

    def put(self, predicate: str, key: str, target: Object) -> None:
        """State something; `key` tells the object from others of the same predicate."""
        statement = f"{expanded(predicate)} {key}"
        if statement not in self.found:
            self.found[statement] = Quad(self.uri, term(predicate), target, _GRAPH)

    def a(self, *types: str) -> "Node":
        """Say what it is: `dcat:Dataset`."""
        for name in types:
            self.put("rdf:type", expanded(name), term(name))
        return self

    def link(self, predicate: str, *targets: "str | Node | None") -> "Node":
        """Point to addresses or nodes."""
        for target in targets:
            if isinstance(target, Node):
                self.put(predicate, target.address, target.uri)
            elif target and (node := iri(target)) is not None:
                self.put(predicate, node.value, node)
        return self

    def text(self, predicate: str, value: Mapping[str, str]) -> "Node":
        """Write a text in its languages."""
        for language, text in value.items():
            if words := clean(text):
                tag = language.lower() if _LANGUAGE.match(language) else ""
                self.put(predicate, f'"{tag}"{words}', Literal(words, language=tag) if tag else Literal(words))
        return self

    def value(self, predicate: str, value: object, datatype: str = "xsd:string") -> "Node":
        """Write a value of a datatype; moments as `xsd:dateTime`."""
        if isinstance(value, datetime):
            value, datatype = value.isoformat(), "xsd:dateTime"
        if value is not None and (words := clean(str(value))):
            key = "" if datatype == "xsd:string" else expanded(datatype)
            self.put(predicate, f'"{key}"{words}', Literal(words, datatype=term(datatype)))
        return self


class Graph:
    """Nodes by their address; asking for one twice gives the same."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}

    def named(self, uri: str, *types: str) -> Node | None:
        """Return the node of an address with these types; None when it is no address."""
        found = self._nodes.get(uri)
        if found is None:
            name = iri(uri)
            if name is None:
                return None
            found = self._nodes.setdefault(name.value, Node(name))
        return found.a(*types) if types else found

    def node(self, uri: str, *types: str) -> Node:
        """Return the node of an address that is one, as we made it."""
        found = self.named(uri, *types)
        assert found is not None, uri
        return found

    def concept(self, uri: str, label: Mapping[str, str], scheme: str = "", *types: str) -> Node:
        """Return a concept of a list, with its label."""
        return self.node(uri, "skos:Concept", *types).text("skos:prefLabel", label).link("skos:inScheme", scheme)

    def also(self, statements: str, uri: str) -> None:
        """Add what others state (N-Triples); their blank nodes get an address below `uri`, as ours all have one.

        What RDF/XML cannot hold is left out: a property whose address ends in no name, and characters XML forbids.
        """
        names: dict[BlankNode, NamedNode] = {}

        def named(value: Any) -> Any:
            if isinstance(value, BlankNode):
                return names.setdefault(value, NamedNode(f"{uri}#stated-{len(names) + 1}"))
            if isinstance(value, Literal) and _NOT_IN_XML.search(value.value):
                text = _NOT_IN_XML.sub("", value.value)
                tag, type_ = value.language, value.datatype
                return Literal(text, language=tag) if tag else Literal(text, datatype=type_)
            return value

        for quad in parse(statements, format=RdfFormat.N_TRIPLES):
            if _NAME_AT_END.search(quad.predicate.value):
                target = named(quad.object)
                key = target.value if isinstance(target, NamedNode) else _key(target)
                self.node(named(quad.subject).value).put(quad.predicate.value, key, target)

    def quads(self) -> Iterator[Quad]:
        """Yield everything, subject by subject."""
        for node in self._nodes.values():
            yield from node.found.values()


def _key(literal: Literal) -> str:
    """Return the key of a literal as `Node` makes it."""
    tag = literal.language or literal.datatype.value
    return f'"{"" if tag == expanded("xsd:string") else tag}"{literal.value}'
