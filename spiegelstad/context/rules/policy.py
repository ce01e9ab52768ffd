"""Which types and attributes are closed, and to whom. Pure.

A city says it in its settings (city.yaml), by IRI of a type or of an attribute, or its name in the core @context:

    context: {classifications: {Camera: {classification: internal}, plate: {classification: personal}}}

What is not named is open; what no longer shall be closed is named as `public`. A closed type closes the whole entity:
its row carries the classification. A closed attribute is left out of what is shown and cannot be asked about, for a
filter on it would tell its value.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from spiegelstad.accounts.public import Actor
from spiegelstad.context.rules.terms import CORE
from spiegelstad.governance.public import Classification, readable


class Closure(NamedTuple):
    """Who may read something: by classification, and for confidential data by department."""

    classification: Classification
    department: str


OPEN = Closure(Classification.PUBLIC, "")
_STRICTNESS = list(Classification)


def closures(tenant_settings: Mapping[str, Any]) -> dict[str, Closure]:
    """Return what a city closes, by IRI."""
    return dict(_closures(tenant_settings))


def _closures(tenant_settings: Mapping[str, Any]) -> Iterator[tuple[str, Closure]]:
    named = tenant_settings.get("context", {}).get("classifications", {})
    for iri, said in named.items():
        yield CORE.expand(iri), Closure(Classification(said["classification"]), said.get("department", ""))


def closed_attributes(actor: Actor, tenant_settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the IRIs that this actor may not read, of types as well as attributes."""
    return frozenset(iri for iri, closure in _closures(tenant_settings) if not readable(actor, *closure))


def closure_of(types: Collection[str], closed: Mapping[str, Closure]) -> Closure | None:
    """Return the strictest closure among an entity's types; None when the city names none of them."""
    return strictest(closed[iri] for iri in types if iri in closed)


def strictest(closures: Iterable[Closure]) -> Closure | None:
    """Return the one that lets the fewest read, the first among equals."""
    return max(closures, key=strictness, default=None)


def strictness(closure: Closure) -> int:
    """Return a number that is larger when fewer may read."""
    return _STRICTNESS.index(closure.classification)
