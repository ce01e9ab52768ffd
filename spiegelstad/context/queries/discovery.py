"""Which types and attributes there are (clauses 5.7.5 to 5.7.10), in what the actor may read."""

from dataclasses import dataclass
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.queries.closed import closed_to
from spiegelstad.context.queries.shapes import filled
from spiegelstad.context.rules.terms import CORE


@dataclass(frozen=True, slots=True)
class Described:
    """A type or an attribute by IRI. `names`: of a type its attributes, of an attribute the types that have it."""

    iri: str
    names: list[str]


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type: how many entities have it, and their attributes with the types of these (Property, …)."""

    iri: str
    count: int
    attributes: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class AttributeInfo:
    """An attribute: how many instances there are, of which types (Property, …), in entities of which types."""

    iri: str
    count: int
    kinds: list[str]
    types: list[str]


@dataclass(frozen=True, slots=True)
class RegisteredType:
    """That there are entities of a type (its term, or its IRI), and how they are classified. Nothing of them."""

    name: str
    classification: str
    department: str


def registered_types(actor: Actor) -> list[RegisteredType]:
    """Return every type of the actor's city with its classifications, for the register that everyone reads. 1 query."""
    found = _rows(actor, "registered_types")
    return [RegisteredType(CORE.compact(iri), *closure) for iri, *closure in found]


def types(actor: Actor) -> list[str]:
    """Return the types of entities as IRIs."""
    return [iri for (iri,) in _rows(actor, "types")]


def types_with_attributes(actor: Actor) -> list[Described]:
    """Return the types with the attributes that their entities have."""
    return _described(actor, "types_with_attributes")


def type_info(actor: Actor, iri: str) -> TypeInfo | None:
    """Return what is known of a type; None when no entity has it."""
    [(count,)] = _rows(actor, "count_of_type", iri)
    closed = closed_to(actor)
    attributes = {name: kinds for name, kinds in _rows(actor, "attributes_of_type", iri) if name not in closed}
    return TypeInfo(iri, count, attributes) if count else None


def attributes(actor: Actor) -> list[str]:
    """Return the attributes as IRIs."""
    closed = closed_to(actor)
    return [iri for (iri,) in _rows(actor, "attributes") if iri not in closed]


def attributes_with_types(actor: Actor) -> list[Described]:
    """Return the attributes with the types of the entities that have them."""
    closed = closed_to(actor)
    return [one for one in _described(actor, "attributes_with_types") if one.iri not in closed]


def attribute_info(actor: Actor, iri: str) -> AttributeInfo | None:
    """Return what is known of an attribute; None when no entity has it."""
    found = [] if iri in closed_to(actor) else _rows(actor, "attribute", iri)
    return AttributeInfo(iri, *found[0]) if found else None


def _described(actor: Actor, statement: str) -> list[Described]:
    closed = closed_to(actor)
    found = _rows(actor, statement)
    return [Described(iri, [name for name in names if name not in closed]) for iri, names in found]


def _rows(actor: Actor, statement: str, name: str = "") -> list[tuple[Any, ...]]:
    text, params = filled(statement, actor)
    return sql.rows(text, {**params, "name": name})
