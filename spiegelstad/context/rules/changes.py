"""What a write changed in an entity, and how notifications show it (clauses 5.3.1 and 5.8.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from spiegelstad.context.rules.documents import NULL, VALUE_MEMBER, Instance

ChangeKind = Literal["attributeCreated", "attributeUpdated", "attributeDeleted"]

_PREVIOUS = {member: f"previous{member[0].upper()}{member[1:]}" for member in VALUE_MEMBER.values()}
_KIND_OF = {member: kind for kind, member in reversed(list(VALUE_MEMBER.items()))}


@dataclass(frozen=True, slots=True)
class Change:
    """One instance of an attribute that was made, updated or deleted; `previous` is the stored instance before."""

    attribute: str
    dataset: str
    kind: ChangeKind
    previous: Instance | None = None

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Change":
        """Return the change that the event log keeps: this dataclass as JSON."""
        return cls(given["attribute"], given["dataset"], given["kind"], given["previous"])


def with_previous(instance: Instance, previous: Instance | None) -> Instance:
    """Return an instance with the value it had before, for `showChanges` (previousValue, previousObject, …)."""
    if previous is None:
        return instance
    member = VALUE_MEMBER[previous["type"]]
    return {**instance, _PREVIOUS[member]: previous[member]}


def previous_of(shown: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the instance that stood before one of a notification, as shown there; None when it does not tell."""
    for member, name in _PREVIOUS.items():
        if name in shown:
            kind = shown["type"] if VALUE_MEMBER.get(str(shown.get("type"))) == member else _KIND_OF[member]
            return {"type": kind, member: shown[name], **{key: shown[key] for key in ("datasetId",) if key in shown}}
    return None


def deleted(previous: Instance, now: str) -> Instance:
    """Return what stands for an instance that was deleted at `now` (clause 4.5.0): its value is the NGSI-LD null."""
    kind = previous["type"]
    gone: Instance = {"type": kind, VALUE_MEMBER[kind]: _null_of(kind), "deletedAt": now}
    if "datasetId" in previous:
        gone["datasetId"] = previous["datasetId"]
    return gone


def _null_of(kind: str) -> Any:
    if kind == "LanguageProperty":
        return {"@none": NULL}
    return [NULL] if kind in ("ListProperty", "ListRelationship") else NULL
