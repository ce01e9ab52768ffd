"""JSON-LD 1.1 with short names: a context of prefixes, then one object for each subject."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson
from pyoxigraph import Literal, NamedNode, Quad

from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

_STRING = f"{PREFIXES['xsd']}string"


def write(quads: Iterable[Quad]) -> bytes:
    """Write a graph without blank nodes."""
    subjects: dict[str, dict[str, Any]] = {}
    for quad in quads:
        assert isinstance(quad.subject, NamedNode)
        node = subjects.setdefault(quad.subject.value, {"@id": quad.subject.value})
        if quad.predicate.value == f"{PREFIXES['rdf']}type":
            node.setdefault("@type", []).append(_short(quad.object.value))  # type: ignore[union-attr]
        else:
            node.setdefault(_short(quad.predicate.value), []).append(_object(quad.object))
    return orjson.dumps({"@context": PREFIXES, "@graph": list(subjects.values())}, option=orjson.OPT_INDENT_2)


def _object(value: Any) -> dict[str, str]:
    if isinstance(value, NamedNode):
        return {"@id": value.value}
    assert isinstance(value, Literal)
    if value.language:
        return {"@value": value.value, "@language": value.language}
    if value.datatype.value == _STRING:
        return {"@value": value.value}
    return {"@value": value.value, "@type": _short(value.datatype.value)}


@lru_cache(maxsize=512)
def _short(iri: str) -> str:
    """Return a property, type or datatype by its prefix; anything else whole."""
    for prefix, start in PREFIXES.items():
        if iri.startswith(start):
            return f"{prefix}:{iri[len(start) :]}"
    return iri
