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

from spiegelstad.catalogue.formats.dcat.terms import expanded

ADDRESS, STRING = "", expanded("xsd:string")
Statement = tuple[str, str, str]
"""What is said of a subject: the property, an address or text, and which of them: `ADDRESS`, `@nl`, or a datatype."""
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:.")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
_NOT_IN_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_IRI = re.compile(
    '[\u0000-\u0020<>"{}|\\\\^`\\[\\]\u007f-\u009f\ud800-\uf8ff\ufff0-\U0010ffff]|%(?![0-9A-Fa-f]{2})'
)
_NAME_AT_END = re.compile(r"[/#:][A-Za-z_][A-Za-z0-9_.-]*$")
_GRAPH = DefaultGraph()
_RANGES = {
    expanded("dct:provenance"): "dct:ProvenanceStatement",
    expanded("dct:spatial"): "dct:Location",
    expanded("dct:temporal"): "dct:PeriodOfTime",
    expanded("dcatap:applicableLegislation"): "eli:LegalResource",
    expanded("foaf:page"): "foaf:Document",
    expanded("prov:wasGeneratedBy"): "prov:Activity",
}
"""What a property leads to, which DCAT-AP asks to say; the classes of which it asks nothing more."""


@lru_cache(maxsize=4_096)
def iri(text: str) -> str | None:
    """Return an absolute address, with what may not stand in one percent-encoded; None if it is none."""
    if not _SCHEME.match(text):
        return None
    start, mark, rest = text.partition("#")
    text = f"{start}{mark}{rest.replace('#', '%23')}"  # one address has one fragment
    try:
        return NamedNode(_NOT_IN_IRI.sub(lambda found: quote(found[0].encode("utf-8", "replace")), text)).value
    except ValueError:
        return None


def clean(text: str) -> str:
    """Return text as all three forms can hold it: lines end with a newline, without characters that XML forbids."""
    if text.isprintable():
        return text.strip()
    return _NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@lru_cache(maxsize=256)
def _tag(language: str) -> str:
    return f"@{language.lower()}" if _LANGUAGE.match(language) else STRING


class Node:
    """One subject with what is said of it, each once and in order; a method adds nothing when it is given nothing."""

    __slots__ = ("address", "found")

    def __init__(self, address: str) -> None:
        self.address = address
        self.found: dict[Statement, None] = {}

    def a(self, *types: str) -> "Node":
        """Say what it is: `dcat:Dataset`."""
        for name in types:
            self.found[expanded("rdf:type"), expanded(name), ADDRESS] = None
        return self

    def link(self, predicate: str, *targets: "str | Node | None") -> "Node":
        """Point to addresses or nodes."""
        for target in targets:
            if isinstance(target, Node):
                self.found[expanded(predicate), target.address, ADDRESS] = None
            elif target and (address := iri(target)) is not None:
                self.found[expanded(predicate), address, ADDRESS] = None
        return self

    def text(self, predicate: str, value: Mapping[str, str]) -> "Node":
        """Write a text in its languages."""
        for language, text in value.items():
            if words := clean(text):
                self.found[expanded(predicate), words, _tag(language)] = None
        return self

    def value(self, predicate: str, value: object, datatype: str = "xsd:string") -> "Node":
        """Write a value of a datatype; moments as `xsd:dateTime`."""
        if isinstance(value, datetime):
            value, datatype = value.isoformat(), "xsd:dateTime"
        if value is not None and (words := clean(str(value))):
            self.found[expanded(predicate), words, expanded(datatype)] = None
        return self


class Graph:
    """Nodes by their address; asking for one twice gives the same."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._concepts: dict[tuple[Any, ...], Node] = {}

    def named(self, uri: str, *types: str) -> Node | None:
        """Return the node of an address with these types; None when it is no address."""
        found = self._nodes.get(uri)
        if found is None:
            address = iri(uri)
            if address is None:
                return None
            found = self._nodes.setdefault(address, Node(address))
        return found.a(*types) if types else found

    def node(self, uri: str, *types: str) -> Node:
        """Return the node of an address that is one, as we made it."""
        found = self.named(uri, *types)
        assert found is not None, uri
        return found

    def concept(self, uri: str, label: Mapping[str, str], scheme: str = "", *types: str) -> Node:
        """Return a concept of a list, with its label. Asked in the same words again, it is not written again."""
        asked = (uri, *label.items(), scheme, types)
        found = self._concepts.get(asked)
        if found is None:
            found = self.node(uri, "skos:Concept", *types).text("skos:prefLabel", label).link("skos:inScheme", scheme)
            self._concepts[asked] = found
        return found

    def also(self, statements: str, uri: str, host: str) -> None:
        """Add what others state (N-Triples); their blank nodes get an address below `uri`, as ours all have one.

        They describe nothing at other hosts, so a place or law there gets its type from the property that leads to it;
        nothing of ours, at `host`, does. What RDF/XML cannot hold is left out: a property whose address ends in no
        name, and characters XML forbids.
        """
        names: dict[str, str] = {}

        def address(value: Any) -> str:
            if isinstance(value, BlankNode):
                return names.setdefault(value.value, f"{uri}#stated-{len(names) + 1}")
            found: str = value.value
            return found

        for quad in parse(statements, format=RdfFormat.N_TRIPLES):
            if _NAME_AT_END.search(quad.predicate.value):
                target: Any = quad.object
                if isinstance(target, Literal):
                    kind = f"@{target.language}" if target.language else target.datatype.value
                    said = (quad.predicate.value, _NOT_IN_XML.sub("", target.value), kind)
                else:
                    said = (quad.predicate.value, address(target), ADDRESS)
                    if said[0] in _RANGES and not said[1].startswith(host):
                        self.named(said[1], _RANGES[said[0]])
                self.node(address(quad.subject)).found[said] = None

    def subjects(self) -> Iterator[tuple[str, dict[Statement, None]]]:
        """Yield each subject of which something is said, with that."""
        return ((address, node.found) for address, node in self._nodes.items() if node.found)

    def quads(self) -> Iterator[Quad]:
        """Yield everything, subject by subject, for who works with pyoxigraph."""
        for address, found in self.subjects():
            subject = NamedNode(address)
            for predicate, value, kind in found:
                yield Quad(subject, _name(predicate), _object(value, kind), _GRAPH)


def _object(value: str, kind: str) -> NamedNode | Literal:
    if kind == ADDRESS:
        return NamedNode(value)
    return Literal(value, language=kind[1:]) if kind[0] == "@" else Literal(value, datatype=_name(kind))


@lru_cache(maxsize=512)
def _name(address: str) -> NamedNode:
    return NamedNode(address)
