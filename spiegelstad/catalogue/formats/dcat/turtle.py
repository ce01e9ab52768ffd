"""Turtle (RDF 1.1): one block for each subject, a line for each statement; properties and datatypes by short names."""

import re
from functools import lru_cache

from spiegelstad.catalogue.formats.dcat.graph import ADDRESS, STRING, Graph
from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

_PREFIXES = "".join(f"@prefix {prefix}: <{start}> .\n" for prefix, start in PREFIXES.items())
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TO_ESCAPE = re.compile(r'["\\\n\r]')
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def write(graph: Graph) -> bytes:
    """Write a graph."""
    blocks = [_PREFIXES]
    for subject, found in graph.subjects():
        said = [f"{_short(predicate)} {_object(value, kind)}" for predicate, value, kind in found]
        blocks.append(f"<{subject}> " + " ;\n\t".join(said) + " .\n")
    return "".join(blocks).encode()


def _object(value: str, kind: str) -> str:
    if kind == ADDRESS:
        return f"<{value}>"
    return f'"{_TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], value)}"{_kind(kind)}'


@lru_cache(maxsize=512)
def _kind(kind: str) -> str:
    """Return what follows a literal: its language or its datatype."""
    return kind if kind[0] == "@" else "" if kind == STRING else f"^^{_short(kind)}"


@lru_cache(maxsize=512)
def _short(address: str) -> str:
    for prefix, start in PREFIXES.items():
        if address.startswith(start) and _NAME.fullmatch(address, len(start)):
            return f"{prefix}:{address[len(start) :]}"
    return f"<{address}>"
