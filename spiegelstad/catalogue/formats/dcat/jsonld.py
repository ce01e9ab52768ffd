"""JSON-LD 1.1 with short names: a context of prefixes, then one object for each subject."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from pyoxigraph import Literal, NamedNode, Quad

from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

_TYPE, _STRING = f"{PREFIXES['rdf']}type", f"{PREFIXES['xsd']}string"
_PREFIXED = re.compile(f"({'|'.join(PREFIXES)}):")


def write(quads: Sequence[Quad], without: frozenset[str] = frozenset()) -> bytes:
    """Write a graph without blank nodes, `without` some of the prefixes.

    A whole address such as `spdx:0` would be read as a short name: where there is one, that prefix is not used.
    """
    subjects: dict[str, dict[str, Any]] = {}
    addresses: set[str] = set()
    for quad in quads:
        assert isinstance(quad.subject, NamedNode)
        subject, predicate, target = quad.subject.value, quad.predicate.value, quad.object
        node = subjects.setdefault(subject, {"@id": subject})
        if isinstance(target, NamedNode):
            name = target.value
            value: Any = _short(name, without) if predicate == _TYPE else {"@id": name}
        else:
            assert isinstance(target, Literal)
            name = target.datatype.value
            value = _literal(target, name, without)
        node.setdefault("@type" if predicate == _TYPE else _short(predicate, without), []).append(value)
        addresses.update((subject, predicate, name))
    taken = frozenset(found[1] for address in addresses if (found := _PREFIXED.match(address)))
    if taken != without:
        return write(quads, taken)
    context = {prefix: start for prefix, start in PREFIXES.items() if prefix not in without}
    return orjson.dumps({"@context": context, "@graph": list(subjects.values())}, option=orjson.OPT_INDENT_2)


def _literal(value: Literal, datatype: str, without: frozenset[str]) -> dict[str, str]:
    if value.language:
        return {"@value": value.value, "@language": value.language}
    if datatype == _STRING:
        return {"@value": value.value}
    return {"@value": value.value, "@type": _short(datatype, without)}


@lru_cache(maxsize=512)
def _short(iri: str, without: frozenset[str]) -> str:
    """Return a property, type or datatype by its prefix; anything else whole. What follows `:` is no `//`."""
    for prefix, start in PREFIXES.items():
        if prefix not in without and iri.startswith(start) and not iri.startswith("//", len(start)):
            return f"{prefix}:{iri[len(start) :]}"
    return iri
