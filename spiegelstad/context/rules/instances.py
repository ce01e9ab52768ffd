"""What writes do to one instance of an attribute: stamp it, complete it by its target, patch it, merge it. Pure."""

from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import geojson, lexical
from spiegelstad.context.rules.documents import NULL, VALUE_MEMBER, Attributes, Either, Instance, is_null

_WITH_UNIT = frozenset({"Property", "GeoProperty", "ListProperty"})
_VALUES = frozenset(VALUE_MEMBER.values())


def stamped(instance: Instance, now: str, previous: Instance | None) -> Instance:
    """Return an instance with createdAt (of `previous`, when it replaces one) and modifiedAt, sub-attributes too."""
    found = {
        **instance,
        "createdAt": previous.get("createdAt", now) if previous is not None else now,
        "modifiedAt": now,
    }
    children = instance.get("attributes")
    if children:
        before = previous.get("attributes", {}) if previous is not None else {}
        found["attributes"] = {
            iri: {dataset: stamped(one, now, before.get(iri, {}).get(dataset)) for dataset, one in several.items()}
            for iri, several in children.items()
        }
    return found


def completed(instance: Instance, what: str) -> Instance:
    """Return an instance that has no target to say its type: whole, without nulls; BadRequestData when it cannot be."""
    kind = instance.get("type") or _kind_of(instance)
    if VALUE_MEMBER[kind] not in instance and "value" not in instance:
        raise BadRequestData(f"{what} is new and has no value.")
    found = _with_value_as(kind, instance, what, "")
    member = VALUE_MEMBER[kind]
    found[member] = _merged_value(None, found[member])
    _check_texts(found, what)
    for key in [key for key, value in found.items() if key != member and value == NULL]:
        del found[key]
    children = _children({}, instance.get("attributes", {}), "", "")
    found.pop("attributes", None)
    return {**found, "attributes": children} if children else found


def _kind_of(instance: Instance) -> str:
    if geojson.is_geometry(instance.get("value")):
        return "GeoProperty"
    return next((kind for kind, member in VALUE_MEMBER.items() if member in instance), "Property")


def patched(before: Instance, part: Instance, what: str, now: str) -> Instance:
    """Return an instance with the members of `part` in place of its own (clause 5.5.8); null deletes a member."""
    if part.get("type", before["type"]) != before["type"]:
        raise BadRequestData(f"{what} is a {before['type']}; a partial update cannot make it a {part['type']}.")
    part = _with_value_as(before["type"], part, what, "")
    return _put_together(before, part, now, _replaced_children(before.get("attributes", {}), part, now))


def merged(
    before: Instance, part: Instance, what: str, now: str, *, observed_at: str = "", language: str = ""
) -> Instance:
    """Return an instance merged with `part` to any depth (clause 5.5.12). Another type takes the new value alone."""
    part = _meant(before, part)
    kind = str(part.get("type", before["type"]))
    part = _with_value_as(kind, part, what, language)
    base = before if kind == before["type"] else _retyped(before, kind, part, what)
    member = VALUE_MEMBER[kind]
    if member in part:
        value = _merged_value(base.get(member), part[member])
        if value == {} and part[member] and member in base and not isinstance(base[member], dict):
            value = base[member]  # only nulls, and nothing that they could delete
        part = {**part, member: value}
        _check_texts(part, what)
    if observed_at and "observedAt" in before and "observedAt" not in part:
        part = {**part, "observedAt": observed_at}
    children = _children(base.get("attributes", {}), part.get("attributes", {}), now, language)
    return _put_together(base, part, now, children)


def _meant(before: Instance, part: Instance) -> Instance:
    """Return a part whose value may mean sub-attributes: it does when they are there, and not in the value."""
    value = part.get("value")
    if not isinstance(value, Either) or len(value) > len(before.get("attributes", ())):
        return part
    held = before.get("value", before.get("json"))
    if isinstance(held, dict) and not held.keys().isdisjoint(value):
        return part
    children = value.children()
    if children is None or not children.keys() <= before["attributes"].keys():
        return part
    rest = {member: one for member, one in part.items() if member != "value"}
    return {**rest, "attributes": children}


def _put_together(before: Instance, part: Instance, now: str, children: Attributes) -> Instance:
    found = {**before, **part, "modifiedAt": now}
    for key in [key for key, value in part.items() if value == NULL]:
        found.pop(key)
    found.pop("attributes", None)
    return {**found, "attributes": children} if children else found


def _retyped(before: Instance, kind: str, part: Instance, what: str) -> Instance:
    """Return what of an instance stays when it gets another type."""
    if VALUE_MEMBER[kind] not in part:
        raise BadRequestData(f"{what} is a {before['type']}; to make it a {kind} it needs {VALUE_MEMBER[kind]}.")
    gone = {"type", VALUE_MEMBER[before["type"]], "objectType"} | (set() if kind in _WITH_UNIT else {"unitCode"})
    return {member: value for member, value in before.items() if member not in gone}


def _with_value_as(kind: str, part: Instance, what: str, language: str) -> Instance:
    """Return a part with its type, and a plain value put where that type has its value (clause 5.6.17.4)."""
    if "type" in part:
        return dict(part)
    if kind not in _WITH_UNIT and "unitCode" in part:
        raise BadRequestData(f"{what} is a {kind}, which cannot have a unitCode.")
    if kind not in ("Relationship", "ListRelationship") and "objectType" in part:
        raise BadRequestData(f"{what} is a {kind}, which cannot have an objectType.")
    found = {"type": kind, **part}
    if not (_VALUES - {"value", VALUE_MEMBER[kind]}).isdisjoint(part):
        raise BadRequestData(f"{what} is a {kind}, which this value does not fit.")
    if "value" in part:
        del found["value"]
        found[VALUE_MEMBER[kind]] = _as_value_of(kind, part["value"], what, language)
    return found


def _as_value_of(kind: str, value: Any, what: str, language: str) -> Any:
    """Return a plain value as the value of an attribute of this kind; BadRequestData when it cannot be that."""
    if kind == "Property" or (kind == "JsonProperty" and isinstance(value, dict | list)):
        return value
    if kind == "GeoProperty":
        return geojson.geometry(value, what)
    if kind == "Relationship" and (lexical.is_uri(value) or _are_uris(value)):
        return value
    if kind == "ListRelationship" and _are_uris(value):
        return value
    if kind == "LanguageProperty" and (isinstance(value, str) or _are_texts(value)):
        return {language or "@none": value}
    if kind == "ListProperty" and isinstance(value, list):
        return value
    raise BadRequestData(f"{what} is a {kind}, which this value does not fit.")


def _check_texts(instance: Instance, what: str) -> None:
    """Refuse a LanguageProperty whose last text was deleted."""
    if instance.get("languageMap") == {}:
        raise BadRequestData(f"{what} would have no text in any language.", remedy="Delete the attribute itself.")


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _are_uris(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(lexical.is_uri(one) for one in value)


def _merged_value(before: Any, given: Any) -> Any:
    """Merge a value as RFC 7396 has it, with the NGSI-LD null for null. A geometry is replaced as a whole."""
    if not isinstance(given, dict) or geojson.is_geometry(given) or "@value" in given:
        return given
    found = dict(before) if isinstance(before, dict) and "@value" not in before else {}
    for key, value in given.items():
        if value == NULL:
            found.pop(key, None)
        else:
            found[key] = _merged_value(found.get(key), value)
    return found


def _children(before: Attributes, given: Attributes, now: str, language: str) -> Attributes:
    """Merge sub-attributes; null deletes one. `now` is empty when the whole is stamped afterwards."""
    found = dict(before)
    for iri, several in given.items():
        instances = dict(found.get(iri, {}))
        for dataset, one in several.items():
            if is_null(one):
                instances.pop(dataset, None)
            elif dataset in instances:
                instances[dataset] = merged(instances[dataset], one, iri, now, language=language)
            else:
                whole = completed(one, iri)
                instances[dataset] = stamped(whole, now, None) if now else whole
        found[iri] = instances
    return {iri: instances for iri, instances in found.items() if instances}


def _replaced_children(before: Attributes, part: Instance, now: str) -> Attributes:
    """Put the sub-attributes of a part in place of the old ones; null deletes one."""
    found = dict(before)
    for iri, several in part.get("attributes", {}).items():
        instances = dict(found.get(iri, {}))
        for dataset, one in several.items():
            if is_null(one):
                instances.pop(dataset, None)
            else:
                instances[dataset] = stamped(completed(one, iri), now, instances.get(dataset))
        found[iri] = instances
    return {iri: instances for iri, instances in found.items() if instances}
