"""RDF/XML (RDF 1.1): one description for each subject; a property has a short name, or brings its own namespace."""

import re
from functools import lru_cache
from xml.sax.saxutils import escape

from spiegelstad.catalogue.formats.dcat.graph import ADDRESS, STRING, Graph
from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

_START = "".join(f' xmlns:{prefix}="{escape(start)}"' for prefix, start in PREFIXES.items())
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*$")
_NAMESPACES = {start: prefix for prefix, start in PREFIXES.items()}


def write(graph: Graph) -> bytes:
    """Write a graph. Each property ends in a name (`Graph.also` keeps out what does not)."""
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{_START}>\n']
    for subject, found in graph.subjects():
        lines.append(f'<rdf:Description rdf:about="{escape(subject)}">\n')
        for predicate, value, kind in found:
            start, end = _tags(predicate)
            if kind == ADDRESS:
                lines.append(f'\t<{start} rdf:resource="{escape(value)}"/>\n')
            else:
                lines.append(f"\t<{start}{_kind(kind)}>{escape(value)}</{end}>\n")
        lines.append("</rdf:Description>\n")
    return "".join((*lines, "</rdf:RDF>\n")).encode()


@lru_cache(maxsize=512)
def _tags(predicate: str) -> tuple[str, str]:
    """Return what stands in the start and in the end tag of a property."""
    name = _NAME.search(predicate)
    assert name is not None, predicate
    namespace = predicate[: name.start()]
    if prefix := _NAMESPACES.get(namespace):
        return f"{prefix}:{name[0]}", f"{prefix}:{name[0]}"
    return f'own:{name[0]} xmlns:own="{escape(namespace)}"', f"own:{name[0]}"


@lru_cache(maxsize=512)
def _kind(kind: str) -> str:
    """Return the attribute of a literal that tells its language or its datatype."""
    if kind[0] == "@":
        return f' xml:lang="{kind[1:]}"'
    return "" if kind == STRING else f' rdf:datatype="{escape(kind)}"'
