"""Attributes as they come in: normalized, concise and simplified, mixed as clause 4.5 allows, become what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.purposes import Purpose
from spiegelstad.context.formats.values import READERS, read_any
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import NULL, VALUE_MEMBER, Attributes, Either, Instance, is_null
from spiegelstad.context.rules.geojson import GEOMETRIES, geometry, is_geometry
from spiegelstad.context.rules.terms import CORE, Context

_KIND_OF_MEMBER = {member: kind for kind, member in VALUE_MEMBER.items() if kind != "GeoProperty"}
_SYSTEM_TIMES = frozenset({"createdAt", "modifiedAt", "deletedAt"})
# What answers hold and requests may therefore echo: not taken in.
_OUTPUT_ONLY = frozenset(
    {"lang", "entity", "entityList", "previousValue", "previousObject", "previousLanguageMap", "previousVocab"}
    | {"previousJson", "previousValueList", "previousObjectList"}
)
_OTHERS = frozenset({"unitCode", "observedAt", "datasetId", "expiresAt", "objectType", "instanceId"})
# Terms of the core @context that are no attributes of their own (clause 4.5.1).
NOT_ATTRIBUTES = frozenset({*_KIND_OF_MEMBER, "scope"}) | _SYSTEM_TIMES | _OUTPUT_ONLY | _OTHERS
_NOT_ATTRIBUTE_IRIS = frozenset(CORE.expand(term) for term in NOT_ATTRIBUTES)
_TYPE = frozenset({"type", "@type"})
_MEMBERS = NOT_ATTRIBUTES | _TYPE
_WRAPPED = frozenset({"languageMap", "vocab", "json"})  # members that the simplified representation names
_WITH_UNIT = frozenset({"Property", "GeoProperty", "ListProperty", ""})
_WITH_OBJECT_TYPE = frozenset({"Relationship", "ListRelationship", ""})


@dataclass(frozen=True, slots=True)
class AttributeReader:
    """Reads attributes. `system`: keep createdAt, modifiedAt, deletedAt and instanceId, as another broker says them."""

    context: Context
    purpose: Purpose
    system: bool = False

    def read(self, given: Any, what: str) -> dict[str, Instance]:
        """Return the instances of one attribute by datasetId (empty for the default one).

        `what`: its name as given, for errors. BadRequestData says what is wrong.
        """
        if isinstance(given, list) and self._are_instances(given):
            return self._read_several(given, what)
        if isinstance(given, dict) and (by_dataset := _by_dataset(given)) is not None:
            return self._read_by_dataset(by_dataset, what)
        instance = self._read_one(given, what)
        return {instance.get("datasetId", ""): instance}

    def read_part(self, given: Any, what: str) -> dict[str, Instance]:
        """Return the instances of a part of one attribute: an object is its members, never a bare value (5.6.4)."""
        if not isinstance(given, dict) or is_geometry(given):
            return self.read(given, what)
        instance = self._read_members(given, _kind(given, what, self.purpose) or "", what)
        return {instance.get("datasetId", ""): instance}

    def _are_instances(self, given: list[Any]) -> bool:
        """Say whether a list holds instances, or parts of some, which a datasetId tells; else it is one value."""
        if self.purpose.simplified or not given:
            return False
        if self.purpose.partial and any(isinstance(one, dict) and "datasetId" in one for one in given):
            return True
        return _is_instance(given[0])

    def _read_several(self, given: list[Any], what: str) -> dict[str, Instance]:
        found: dict[str, Instance] = {}
        for one in given:
            if not (_is_instance(one) or (self.purpose.partial and isinstance(one, dict))):
                raise BadRequestData(f"{what} is a list in which not all are instances of an attribute.")
            instance = self._read_one(one, what)
            dataset = instance.get("datasetId", "")
            if dataset in found:
                raise BadRequestData(f"{what} has two instances with the datasetId {dataset or '@none'!r}.")
            found[dataset] = instance
        return found

    def _read_by_dataset(self, given: dict[str, Any], what: str) -> dict[str, Instance]:
        found: dict[str, Instance] = {}
        for dataset, value in given.items():
            instance = self._read_one(value, what)
            instance.pop("datasetId", None)
            found["" if dataset == "@none" else dataset] = (
                instance if dataset == "@none" else {**instance, "datasetId": dataset}
            )
        return found

    def _read_one(self, given: Any, what: str) -> Instance:
        if isinstance(given, dict) and self.purpose.simplified:
            return self._read_simplified(given, what)
        if isinstance(given, dict):
            kind = _kind(given, what, self.purpose)
            if kind is not None:
                return self._read_members(given, kind, what)
        return self._read_bare(given, what)

    def _read_simplified(self, given: dict[str, Any], what: str) -> Instance:
        """Return an object as clause 4.5.4 has it, without type: a value, or one under the name of its member."""
        if _states_kind(given):
            raise BadRequestData(f"{what} is not in the simplified representation, which changes no type.")
        kind = _KIND_OF_MEMBER[next(iter(given))] if len(given) == 1 and not _WRAPPED.isdisjoint(given) else ""
        if not kind:
            return self._read_bare(given, what)
        instance = self._read_members(given, kind, what)
        instance.pop("type", None)
        return instance

    def _read_bare(self, given: Any, what: str) -> Instance:
        if isinstance(given, str) and given == NULL:
            return self._null(what)
        value = read_any(given, what, self.context, self.purpose)
        if self.purpose.partial:
            return {"value": self._either(value, what)}
        return {"type": _kind_of_value(value), "value": value}

    def _either(self, value: Any, what: str) -> Any:
        """Return an object that is merged with the sub-attributes that it may mean instead of a value."""
        if not isinstance(value, dict) or not value or self.purpose.simplified:
            return value
        return Either(value, partial(self._read_children, value, what))

    def _read_children(self, given: Mapping[str, Any], what: str) -> Attributes | None:
        children: Attributes = {}
        try:
            for key, value in given.items():
                self._read_child(children, key, value, what)
        except BadRequestData:
            return None
        return children

    def _null(self, what: str) -> Instance:
        if not self.purpose.nulls:
            raise BadRequestData(f'{what} is "{NULL}", which only an update or a merge may hold.')
        return {"value": NULL}

    def _read_members(self, given: Mapping[str, Any], kind: str, what: str) -> Instance:
        instance: Instance = {"type": kind} if kind else {}
        own = VALUE_MEMBER[kind] if kind else "value"
        children: Attributes = {}
        for key, value in given.items():
            if key == own:
                read = READERS[kind or "Property"](value, what, self.context, self.purpose)
                if isinstance(read, str) and read == NULL:
                    return self._null_with_dataset(given, what)
                instance[own] = read
            elif key not in _MEMBERS:
                self._read_child(children, key, value, what)
            elif key not in _TYPE:
                self._read_member(instance, key, value, kind, what)
        if own not in instance and not self.purpose.partial:
            raise BadRequestData(f"{what} is a {kind} without {own}.")
        if children:
            instance["attributes"] = children
        return instance

    def _null_with_dataset(self, given: Mapping[str, Any], what: str) -> Instance:
        return self._null(what) | _dataset(given.get("datasetId", "@none"), what)

    def _read_child(self, children: Attributes, key: str, given: Any, what: str) -> None:
        iri = attribute_iri(key, self.context)
        if iri in children:
            raise BadRequestData(f"{what} holds {iri} twice.")
        instances = self.read(given, f"{key} of {what}")
        if self.purpose.nulls and not self.purpose.partial:
            # The whole attribute is replaced: a sub-attribute that is null is just not there.
            instances = {dataset: one for dataset, one in instances.items() if not is_null(one)}
        if instances:
            children[iri] = instances

    def _read_member(self, instance: Instance, key: str, given: Any, kind: str, what: str) -> None:
        """Read a member that is neither the value nor a sub-attribute."""
        if key == "datasetId":
            instance.update(_dataset(given, what))
        elif key in _OTHERS and given == NULL and self.purpose.nulls:
            # A null deletes only in a part; what is replaced as a whole just lacks the member.
            instance.update({key: NULL} if self.purpose.partial else {})
        elif key in {"observedAt", "expiresAt"}:
            instance[key] = lexical.time(given, f"{key} of {what}")
        elif key == "unitCode" and kind in _WITH_UNIT:
            instance[key] = _unit_code(given, what)
        elif key == "objectType" and kind in _WITH_OBJECT_TYPE:
            instance[key] = type_iris(given, self.context)
        elif key in _SYSTEM_TIMES or key == "instanceId":
            if self.system:
                instance[key] = given if key == "instanceId" else lexical.time(given, f"{key} of {what}")
        elif key not in _OUTPUT_ONLY:
            raise BadRequestData(f"{what} has the member {key}, which a {kind or 'Property'} cannot have.")


def read_instances(given: Any, what: str, context: Context, purpose: Purpose) -> dict[str, Instance]:
    """Return the instances of one attribute by datasetId; see `AttributeReader.read`."""
    return AttributeReader(context, purpose).read(given, what)


def is_read_as_members(value: Any) -> bool:
    """Say whether this value, standing by itself, would be read as something else than a value."""
    if isinstance(value, list):
        return bool(value) and _is_instance(value[0])
    if not isinstance(value, dict):
        return False
    return "type" in value or not _KIND_OF_MEMBER.keys().isdisjoint(value) or _by_dataset(value) is not None


def _is_instance(given: Any) -> bool:
    """Say whether a member of a list is an instance of an attribute, not a value of a list of values."""
    return isinstance(given, dict) and (_states_kind(given) or not _KIND_OF_MEMBER.keys().isdisjoint(given))


def _states_kind(given: Mapping[str, Any]) -> bool:
    stated = given.get("type")
    return isinstance(stated, str) and stated in VALUE_MEMBER


def _by_dataset(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the values by datasetId when this is the simplified form of several instances (clause 4.5.4)."""
    if len(given) != 1 or not isinstance(inner := given.get("dataset"), dict) or not inner:
        return None
    return inner if all(key == "@none" or lexical.is_uri(key) for key in inner) else None


def _kind(given: Mapping[str, Any], what: str, purpose: Purpose) -> str | None:
    """Return the type of an attribute; empty when its target must say; None when this is a bare value."""
    stated = given.get("type")
    if stated is not None:
        if isinstance(stated, str) and stated in VALUE_MEMBER:
            return stated
        if isinstance(stated, str) and stated in GEOMETRIES:
            geometry(given, what)
            return None
        raise BadRequestData(
            f"{what} has the type {lexical.shortly(stated)}, which is no type of attribute.",
            remedy=f"Types are {', '.join(VALUE_MEMBER)}, or a GeoJSON geometry.",
        )
    implied = [kind for member, kind in _KIND_OF_MEMBER.items() if member in given]
    if len(implied) > 1:
        raise BadRequestData(f"{what} has more than one of {', '.join(_KIND_OF_MEMBER)}.")
    if not implied:
        return "" if purpose.partial and _holds_members(given) else None
    if implied[0] != "Property":
        return implied[0]
    return "" if purpose.partial else _kind_of_value(given["value"])


def _kind_of_value(value: Any) -> str:
    return "GeoProperty" if isinstance(value, dict) and is_geometry(value) else "Property"


def _holds_members(given: Mapping[str, Any]) -> bool:
    """Say whether an object without type and value is a part of an attribute, not a value that is an object."""
    if "@value" in given:  # a typed value of JSON-LD, which has an @type as well
        return False
    return not _MEMBERS.isdisjoint(given) or any(isinstance(one, dict) and _states_kind(one) for one in given.values())


def _dataset(given: Any, what: str) -> Instance:
    return {} if given == "@none" else {"datasetId": lexical.uri(given, f"The datasetId of {what}")}


def _unit_code(given: Any, what: str) -> str:
    if isinstance(given, str) and given and given != NULL:
        return given
    raise BadRequestData(f"The unitCode of {what} is not a UN/CEFACT code: {lexical.shortly(given)}.")


def attribute_iri(key: Any, context: Context) -> str:
    """Return the IRI of an attribute's name; BadRequestData when it cannot be one."""
    if isinstance(key, str) and key in NOT_ATTRIBUTES:
        raise BadRequestData(f"{key} is a word of NGSI-LD itself, and no attribute.")
    iri = context.expand(lexical.name(key, "the name of an attribute"))
    if iri[0] == "@" or iri in _NOT_ATTRIBUTE_IRIS:
        raise BadRequestData(f"{lexical.shortly(key)} stands for {iri}, which is not an attribute.")
    return iri


def type_iris(given: Any, context: Context) -> list[str]:
    """Return the IRIs of one type name or a list of them, each once."""
    several = given if isinstance(given, list) else [given]
    if not several:
        raise BadRequestData("The list of types is empty.")
    iris = [context.expand(lexical.name(one, "the name of a type")) for one in several]
    if any(iri[0] == "@" or iri == NULL for iri in iris):
        raise BadRequestData(f"{lexical.shortly(given)} is not a type.")
    return list(dict.fromkeys(iris)) if len(iris) > 1 else iris
