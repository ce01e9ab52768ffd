"""The temporal evolution of an entity as it comes in: instances in arrays, or simplified (clauses 4.5.6 to 4.5.9)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.instances import AttributeReader, attribute_iri, read_instances, type_iris
from spiegelstad.context.formats.purposes import FRAGMENT
from spiegelstad.context.formats.reading import read_entity
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.changes import deleted
from spiegelstad.context.rules.documents import VALUE_MEMBER, Document, Instance
from spiegelstad.context.rules.scope_history import SCOPE
from spiegelstad.context.rules.terms import Context

PLURALS: Final = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}
"""Where the simplified representation holds the values of each type."""
WRAPPED: Final = frozenset({"LanguageProperty", "VocabProperty", "JsonProperty"})
"""Types of which the simplified representation holds each value in an object, under the name of its member."""
_KIND_OF_PLURAL = {plural: kind for kind, plural in PLURALS.items() if kind != "GeoProperty"}
_ENTITY_MEMBERS = frozenset(
    {"id", "@id", "type", "@type", "@context", "createdAt", "modifiedAt", "deletedAt", "expiresAt"}
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """Instances to be added, as (IRI, instance) without times of writing, those of the scope named SCOPE.

    `types` are empty when none were given.
    """

    id: str
    types: list[str] = field(default_factory=list)
    instances: list[tuple[str, Instance]] = field(default_factory=list)


def read_evolution(payload: Any, context: Context, *, entity_id: str = "") -> Fragment:
    """Return an entity's evolution, or with `entity_id` a fragment of it. BadRequestData says what is wrong."""
    if not isinstance(payload, dict):
        raise BadRequestData("The evolution of an entity is a JSON object.")
    id_ = payload.get("id", payload.get("@id", entity_id or None))
    if entity_id and id_ != entity_id:
        raise BadRequestData(f"The id in the body, {lexical.shortly(id_)}, is not the id in the address, {entity_id}.")
    types = payload.get("type", payload.get("@type"))
    if types is None and not entity_id:
        raise BadRequestData("The entity has no type.")
    instances = [
        (evolving_iri(key, context), instance)
        for key, given in payload.items()
        if key not in _ENTITY_MEMBERS
        for instance in _instances(given, key, context)
    ]
    if "scope" in payload and _is_plain_scope(payload["scope"]):
        _date_scope(instances)
    return Fragment(
        lexical.uri(id_, "The id of the entity"), [] if types is None else type_iris(types, context), instances
    )


def read_past(payload: Any, context: Context) -> tuple[Document, list[tuple[str, Instance]]]:
    """Return an entity's evolution as another broker tells it: its head, and instances that were not deleted."""
    if not isinstance(payload, dict):
        raise BadRequestData("The evolution of an entity is a JSON object.")
    head = {name: payload[name] for name in _ENTITY_MEMBERS.intersection(payload)}
    reader = AttributeReader(context, FRAGMENT, system=True)
    instances = []
    for key, given in payload.items():
        if key not in _ENTITY_MEMBERS:
            if key == "scope" and _is_plain_scope(given):
                continue  # it does not say since when
            iri = evolving_iri(key, context)
            for one in given if isinstance(given, list) else [given]:
                if not (isinstance(one, dict) and "deletedAt" in one):
                    instances += [(iri, instance) for instance in reader.read(one, key).values()]
    return read_entity(head, context, system=True), instances


def read_instance(payload: Any, name: str, context: Context) -> Instance:
    """Return the one instance of a fragment that replaces another (5.6.14): it holds just the attribute named."""
    if not isinstance(payload, dict):
        raise BadRequestData("A fragment is a JSON object.")
    wanted = evolving_iri(name, context)
    found: list[Instance] = []
    for key, given in payload.items():
        if key in _ENTITY_MEMBERS:
            continue
        if evolving_iri(key, context) != wanted:
            raise BadRequestData(f"The fragment holds {lexical.shortly(key)}, which is not the attribute {name}.")
        found += _instances(given, key, context)
    if len(found) != 1:
        raise BadRequestData(f"The fragment holds {len(found)} instances of {name}, not one.")
    return found[0]


def evolving_iri(name: str, context: Context) -> str:
    """Return the IRI of what has a history: an attribute, or the scope."""
    return SCOPE if name == "scope" else attribute_iri(name, context)


def _is_plain_scope(given: Any) -> bool:
    """Say whether scopes are given as those of an entity in its present state are: one, or a list of them."""
    return isinstance(given, str) or (isinstance(given, list) and not any(isinstance(one, dict) for one in given))


def _date_scope(instances: list[tuple[str, Instance]]) -> None:
    """Let a scope that says no time count from the first moment that came with it, where there is any."""
    if moments := [one["observedAt"] for _, one in instances if "observedAt" in one]:
        for iri, one in instances:
            if iri == SCOPE:
                one["observedAt"] = min(moments)


def _instances(given: Any, name: str, context: Context) -> Iterator[Instance]:
    if name == "scope":
        several = {"type": "Property", "value": given} if _is_plain_scope(given) else given
        if given != []:  # no scopes are given then
            yield from map(_checked_scope, _read_all(several, name, context))
    else:
        yield from _read_all(given, name, context)


def _checked_scope(instance: Instance) -> Instance:
    """Return an instance of the scope: scopes, and no more than their time (clause 4.5.6)."""
    if not _IS_SCOPE.issuperset(instance) or instance["type"] != "Property":
        raise BadRequestData("scope is a Property with a value and observedAt.")
    scopes = lexical.scopes(instance["value"])
    if not scopes:
        raise BadRequestData("scope has no value.")
    return {**instance, "value": scopes[0] if len(scopes) == 1 else scopes}


def _read_all(given: Any, name: str, context: Context) -> Iterator[Instance]:
    several = given if isinstance(given, list) and all(isinstance(one, dict) for one in given) else [given]
    for one in several:
        if isinstance(one, dict) and (gone := _deletion(one, name)) is not None:
            yield gone
        elif isinstance(one, dict) and (kind := _simplified_kind(one)) is not None:
            for expanded in _expanded(one, kind, name):
                yield from read_instances(expanded, name, context, FRAGMENT).values()
        else:
            yield from read_instances(one, name, context, FRAGMENT).values()


def _deletion(given: dict[str, Any], name: str) -> Instance | None:
    """Return an instance that tells that the attribute was deleted (4.5.7 and 4.5.8); None when it is another."""
    if "deletedAt" not in given:
        return None
    for kind, member in VALUE_MEMBER.items():
        gone = deleted({"type": kind}, lexical.time(given["deletedAt"], f"deletedAt of {name}"))
        if given.get("type", kind) == kind and given.get(member) == gone[member]:
            if given.get("datasetId", "@none") != "@none":
                gone["datasetId"] = lexical.uri(given["datasetId"], f"The datasetId of {name}")
            if "observedAt" in given:
                gone["observedAt"] = lexical.time(given["observedAt"], f"observedAt of {name}")
            return gone
    return None


def _simplified_kind(given: dict[str, Any]) -> str | None:
    """Return the type of an attribute in the simplified representation; None when it is another."""
    stated = given.get("type")
    plural = next((member for member in given if member in _KIND_OF_PLURAL), None)
    if plural is None or not isinstance(given[plural], list) or not _IS_SIMPLIFIED.issuperset({*given} - {plural}):
        return None
    kind = stated if stated in VALUE_MEMBER else None if stated is not None else _KIND_OF_PLURAL[plural]
    return kind if kind is not None and PLURALS[kind] == plural else None


_IS_SIMPLIFIED = frozenset({"type", "datasetId"})
_IS_SCOPE = frozenset({"type", "value", "observedAt"})


def _expanded(given: dict[str, Any], kind: str, name: str) -> Iterator[dict[str, Any]]:
    member = VALUE_MEMBER[kind]
    dataset = {"datasetId": given["datasetId"]} if "datasetId" in given else {}
    for pair in given[PLURALS[kind]]:
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadRequestData(f"{name} holds something that is not a value with its time.")
        value, at = pair
        if kind in WRAPPED and isinstance(value, dict) and list(value) == [member]:
            value = value[member]
        yield {"type": kind, member: value, "observedAt": at, **dataset}
