"""Which part of a request falls under a context source registration (clause 5.12). Pure.

Registrations are documents as `rules/registrations.py` has them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.patterns import Pattern, pattern
from spiegelstad.context.rules.q import MEMBERS, names
from spiegelstad.context.rules.registrations import attributes_of
from spiegelstad.context.rules.types import ANY_TYPE, TypeExpr, has_types


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request is about: types, ids or a pattern of ids, and attributes (IRIs). Empty: any."""

    types: TypeExpr | None = None
    ids: tuple[str, ...] = ()
    id_pattern: Pattern | None = None
    attributes: frozenset[str] = frozenset()
    dataset_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a request that one registered part of information covers.

    What may be asked of the source: these types, ids, ids of this pattern and attributes (empty: any). `registered`:
    the attributes that it may answer with, `ids_registered` a pattern that its ids have.
    """

    types: TypeExpr | None
    ids: tuple[str, ...]
    id_pattern: Pattern | None
    attributes: frozenset[str]
    registered: frozenset[str]
    ids_registered: Pattern | None = None

    def allows(self, document: Document) -> bool:
        """Say whether an entity may come from the source by this part."""
        return (
            (self.types is None or has_types(document.types, self.types))
            and (not self.ids or document.id in self.ids)
            and all(one is None or one.found_in(document.id) for one in (self.id_pattern, self.ids_registered))
        )


def wanted_of(query: EntityQuery, dataset_ids: Collection[str] | None = None) -> tuple[Wanted, ...]:
    """Return what a query is about, for each of its selectors; what it filters by counts as asked for (5.10.2.4)."""
    attributes = set(query.attrs)
    if query.q is not None:
        attributes |= names(query.q) - MEMBERS
    if query.geo is not None:
        attributes.add(query.geo.attribute)
    return tuple(
        Wanted(one.types, one.ids, one.id_pattern, frozenset(attributes), frozenset(dataset_ids or ()))
        for one in query.selectors or (Selector(),)
    )


def parts_of(registration: Mapping[str, Any], wanted: Wanted) -> list[Part]:
    """Return the parts of a request that a registration covers; none when it does not match."""
    datasets = registration.get("datasetId")
    if datasets and wanted.dataset_ids and wanted.dataset_ids.isdisjoint(_dataset(one) for one in datasets):
        return []
    return [part for info in registration["information"] for part in _parts(info, wanted)]


def matching_information(registration: Mapping[str, Any], wanted: Wanted) -> list[Any]:
    """Return the parts of the information that match a request."""
    return [info for info in registration["information"] if any(True for _ in _parts(info, wanted))]


def covers(registration: Mapping[str, Any], type_: str | None = None, attribute: str | None = None) -> bool:
    """Say whether a registration may be about a type and an attribute (IRIs; None: any)."""
    return any(
        (type_ is None or type_ in _types_of(info, type_))
        and (attribute is None or attribute in (attributes_of(info) or {attribute}))
        for info in registration["information"]
    )


def _types_of(info: Mapping[str, Any], otherwise: str) -> Collection[str]:
    """Return the types of one part of the information; one without entities is about all."""
    given = [one["type"] for one in info.get("entities", [{"type": otherwise}])]
    return {iri for one in given for iri in (one if isinstance(one, list) else [one])}


def _dataset(given: str) -> str:
    return "" if given == "@none" else given


def _parts(info: Mapping[str, Any], wanted: Wanted) -> Iterator[Part]:
    registered = attributes_of(info)
    attributes = wanted.attributes & registered if wanted.attributes and registered else wanted.attributes | registered
    if wanted.attributes and not attributes:
        return
    if "entities" not in info:
        yield Part(wanted.types, wanted.ids, wanted.id_pattern, attributes, registered)
        return
    for entity in info["entities"]:
        given = entity["type"]
        types = _types(frozenset(given if isinstance(given, list) else [given]), wanted.types)
        if types is not None:
            yield from _of_ids(entity, wanted, types, attributes, registered)


def _types(registered: Collection[str], wanted: TypeExpr | None) -> TypeExpr | None:
    """Return the types to ask for; None when the registration is of others."""
    if wanted is None or wanted == ANY_TYPE:
        return tuple(frozenset({iri}) for iri in sorted(registered))
    return tuple(one for one in wanted if one.issubset(registered)) or None


def _of_ids(
    entity: Mapping[str, Any],
    wanted: Wanted,
    types: TypeExpr,
    attributes: frozenset[str],
    registered: frozenset[str],
) -> Iterator[Part]:
    one = entity.get("id")
    known = pattern(entity["idPattern"]) if one is None and "idPattern" in entity else None
    if one is not None:
        is_wanted = one in wanted.ids if wanted.ids else wanted.id_pattern is None or wanted.id_pattern.found_in(one)
        if is_wanted:
            yield Part(types, (one,), None, attributes, registered)
    elif wanted.ids:
        ids = tuple(id_ for id_ in wanted.ids if known is None or known.found_in(id_))
        if ids:
            yield Part(types, ids, None, attributes, registered)
    else:
        yield Part(types, (), wanted.id_pattern or known, attributes, registered, known)
