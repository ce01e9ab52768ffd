"""JSON-LD 1.1 with short names: a context of prefixes, then one object for each subject."""

import re
from functools import lru_cache
from typing import Any

import orjson

from spiegelstad.catalogue.formats.dcat.graph import ADDRESS, STRING, Graph
from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

_TYPE = f"{PREFIXES['rdf']}type"
_PREFIXED = re.compile(f"({'|'.join(PREFIXES)}):")


def write(graph: Graph, without: frozenset[str] = frozenset()) -> bytes:
    """Write a graph without blank nodes, `without` some of the prefixes.

    A whole address such as `spdx:0` would be read as a short name: where there is one, that prefix is not used.
    """
    subjects = []
    addresses: set[str] = set()
    for subject, found in graph.subjects():
        node: dict[str, Any] = {"@id": subject}
        for predicate, value, kind in found:
            if kind != ADDRESS:
                node.setdefault(_short(predicate, without), []).append(_literal(value, kind, without))
            elif predicate == _TYPE:
                node.setdefault("@type", []).append(_short(value, without))
            else:
                node.setdefault(_short(predicate, without), []).append({"@id": value})
            addresses.update((predicate, value if kind == ADDRESS else kind))
        addresses.add(subject)
        subjects.append(node)
    taken = frozenset(short[1] for address in addresses if (short := _PREFIXED.match(address)))
    if taken != without:
        return write(graph, taken)
    context = {prefix: start for prefix, start in PREFIXES.items() if prefix not in without}
    return orjson.dumps({"@context": context, "@graph": subjects}, option=orjson.OPT_INDENT_2)


def _literal(value: str, kind: str, without: frozenset[str]) -> dict[str, str]:
    if kind[0] == "@":
        return {"@value": value, "@language": kind[1:]}
    if kind == STRING:
        return {"@value": value}
    return {"@value": value, "@type": _short(kind, without)}


@lru_cache(maxsize=512)
def _short(iri: str, without: frozenset[str]) -> str:
    """Return a property, type or datatype by its prefix; anything else whole. What follows `:` is no `//`."""
    for prefix, start in PREFIXES.items():
        if prefix not in without and iri.startswith(start) and not iri.startswith("//", len(start)):
            return f"{prefix}:{iri[len(start) :]}"
    return iri
