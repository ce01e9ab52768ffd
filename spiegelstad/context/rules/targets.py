"""What a path of a query leads to in an entity (clause 4.9)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from spiegelstad.context.rules.documents import Document, Instance
from spiegelstad.context.rules.q import ANY_LANGUAGE, ENTITY_MEMBERS, MEMBERS, Path


def relationship_objects(instance: Instance) -> list[str]:
    """Return the URIs that a Relationship or a ListRelationship leads to; of another attribute none."""
    found: Any = instance.get("object", instance.get("objectList", []))
    return found if isinstance(found, list) else [found]


class Target(NamedTuple):
    """What one instance has for a query: `values`, in a LanguageProperty one of each language.

    `family`: `json` for values of any type; `text`, in a language; `uri`, which have no order; `member`, stored texts.
    """

    family: str
    values: list[Any]


def targets(document: Document, path: Path) -> Iterator[Target]:
    """Return the target in each instance (clause 4.9: any instance will do, unless a language says otherwise)."""
    if path.names[0] in MEMBERS:
        yield from _entity_member(document, path.names[0])
        return
    instances = list(document.attributes.get(path.names[0], {}).values())
    for name in path.names[1:]:
        if name in MEMBERS:
            yield from (Target("member", [one[name]]) for one in instances if name in one and not path.trailing)
            return
        instances = [sub for one in instances for sub in one.get("attributes", {}).get(name, {}).values()]
    for one in instances:
        if (target := _target(one, path.trailing)) is not None:
            yield target


def _entity_member(document: Document, name: str) -> Iterator[Target]:
    values = {"createdAt": document.created_at, "modifiedAt": document.modified_at, "expiresAt": document.expires_at}
    if name in ENTITY_MEMBERS and values[name]:
        yield Target("member", [values[name]])


def _target(instance: Instance, trailing: tuple[str, ...]) -> Target | None:
    if "languageMap" in instance:
        return _in_languages(instance["languageMap"], trailing)
    for member in ("vocab", "object", "objectList"):
        if member in instance:
            return None if trailing else Target("uri", [instance[member]])
    value = next(instance[member] for member in ("value", "json", "valueList") if member in instance)
    for name in trailing:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return Target("json", [value])


def _in_languages(texts: dict[str, Any], trailing: tuple[str, ...]) -> Target | None:
    if trailing in ((), (ANY_LANGUAGE,)):
        return Target("text", list(texts.values()))
    return Target("text", [texts[trailing[0]]]) if len(trailing) == 1 and trailing[0] in texts else None
