"""JSON-LD 1.1 with short names: a context of prefixes, then one object for each subject."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from pyoxigraph import Literal, NamedNode, Quad

from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

_STRING = f"{PREFIXES['xsd']}string"
_PREFIXED = re.compile(f"({'|'.join(PREFIXES)}):")


def write(quads: Sequence[Quad]) -> bytes:
    """Write a graph without blank nodes.

    An address such as `spdx:0`, which is whole as it stands, would be read as a short name: then that prefix is not
    used.
    """
    taken = frozenset(found[1] for address in _addresses(quads) if (found := _PREFIXED.match(address)))
    subjects: dict[str, dict[str, Any]] = {}
    for quad in quads:
        assert isinstance(quad.subject, NamedNode)
        node = subjects.setdefault(quad.subject.value, {"@id": quad.subject.value})
        if quad.predicate.value == f"{PREFIXES['rdf']}type":
            node.setdefault("@type", []).append(_short(quad.object.value, taken))  # type: ignore[union-attr]
        else:
            node.setdefault(_short(quad.predicate.value, taken), []).append(_object(quad.object, taken))
    context = {prefix: start for prefix, start in PREFIXES.items() if prefix not in taken}
    return orjson.dumps({"@context": context, "@graph": list(subjects.values())}, option=orjson.OPT_INDENT_2)


def _addresses(quads: Iterable[Quad]) -> Iterable[str]:
    """Return every address that is written, each once."""
    found: set[str] = set()
    for quad in quads:
        target = quad.object.datatype if isinstance(quad.object, Literal) else quad.object
        found.update((quad.subject.value, quad.predicate.value, target.value))  # type: ignore[union-attr]
    return found


def _object(value: Any, taken: frozenset[str]) -> dict[str, str]:
    if isinstance(value, NamedNode):
        return {"@id": value.value}
    assert isinstance(value, Literal)
    if value.language:
        return {"@value": value.value, "@language": value.language}
    if value.datatype.value == _STRING:
        return {"@value": value.value}
    return {"@value": value.value, "@type": _short(value.datatype.value, taken)}


@lru_cache(maxsize=512)
def _short(iri: str, taken: frozenset[str]) -> str:
    """Return a property, type or datatype by its prefix; anything else whole. What follows `:` is no `//`."""
    for prefix, start in PREFIXES.items():
        if prefix not in taken and iri.startswith(start) and not iri.startswith("//", len(start)):
            return f"{prefix}:{iri[len(start) :]}"
    return iri
