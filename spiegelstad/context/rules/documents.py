"""What an entity is inside this room: plain JSON with expanded names, the same in memory, in the table and in the log.

An instance of an attribute is a dict:

    {"type": "Property", "value": 21.5, "unitCode": "CEL", "observedAt": "2026-11-22T07:00:00.000000Z",
     "createdAt": …, "modifiedAt": …, "attributes": {IRI: {datasetId or "": instance}}}

`type` is one of `VALUE_MEMBER`, which names the member that holds the value:

- `value`: any JSON (Property), a GeoJSON geometry (GeoProperty);
- `object`: a URI or a list of URIs; `objectList`: a list of URIs;
- `languageMap`: language tag → text or list of texts;
- `vocab`: an expanded IRI or a list of them;
- `json`: any JSON, never expanded; `valueList`: a list of JSON.

Optional: `unitCode`, `observedAt`, `datasetId`, `expiresAt`, `objectType` (list of IRIs), `createdAt`, `modifiedAt`,
`instanceId`, `attributes` (sub-attributes). Times are texts that sort: always six decimals and Z.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Instance = dict[str, Any]
Attributes = dict[str, dict[str, Instance]]
"""IRI → datasetId (empty for the default instance) → instance."""

NULL: Final = "urn:ngsi-ld:null"
"""What stands for null where JSON-LD would drop it (clause 4.5.0): in an update it means "delete this"."""

VALUE_MEMBER: Final[Mapping[str, str]] = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}

LOCATION: Final = "https://uri.etsi.org/ngsi-ld/location"
"""The attribute that says where an entity is, unless a query names another (clause 4.7)."""


@dataclass(slots=True)
class Document:
    """An entity in its present state. `types` are IRIs, times stored texts, `expires_at` None when it lives on."""

    id: str
    types: list[str]
    scopes: list[str] = field(default_factory=list)
    attributes: Attributes = field(default_factory=dict)
    created_at: str = ""
    modified_at: str = ""
    expires_at: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what the event log keeps; `from_json` reads it back. The parts are shared, not copied."""
        return {
            "id": self.id,
            "types": self.types,
            "scopes": self.scopes,
            "attributes": self.attributes,
            "createdAt": self.created_at,
            "modifiedAt": self.modified_at,
            "expiresAt": self.expires_at,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Document":
        """Return the document that `to_json` wrote."""
        return cls(
            given["id"],
            given["types"],
            given["scopes"],
            given["attributes"],
            given["createdAt"],
            given["modifiedAt"],
            given["expiresAt"],
        )


class Either(dict[str, Any]):
    """An object in a merge that is a value or names sub-attributes: its target decides.

    `children`: reads them, None when they cannot be attributes; only few targets ask.
    """

    def __init__(self, value: Mapping[str, Any], children: Callable[[], Attributes | None]) -> None:
        super().__init__(value)
        self.children = children


def time_text(moment: datetime) -> str:
    """Write a time as it is stored: `2026-11-22T07:00:00.000000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def time_of(text: str) -> datetime:
    """Read a stored time."""
    return datetime.fromisoformat(text)


def shown_time(text: str) -> str:
    """Write a stored time as answers show it: without decimals that are zero, in groups of three."""
    if text.endswith("000000Z"):
        return text[:19] + "Z"
    return text[:23] + "Z" if text.endswith("000Z") else text


def is_null(instance: Instance) -> bool:
    """Say whether an instance as read from a fragment means "delete this": `{"value": NULL}` without a type."""
    return instance.get("value") == NULL and "type" not in instance
