"""Entities and attributes as they come in become documents (clauses 4.5.1, 5.4 and 5.5.4).

In a document read from a fragment an empty list of types or scopes, and an `expires_at` that is None, mean "not
given"; scopes `[NULL]` and `expires_at` `NULL` mean "delete"; an instance without type leaves it to its target, and
one for which `documents.is_null` holds is to be deleted.
"""

from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.instances import AttributeReader, attribute_iri, type_iris
from spiegelstad.context.formats.purposes import CREATE, FRAGMENT, MERGE, MERGE_SIMPLIFIED, PATCH, UPDATE, Purpose
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import NULL, Document, Instance
from spiegelstad.context.rules.terms import Context

__all__ = [
    "CREATE",
    "FRAGMENT",
    "MERGE",
    "MERGE_SIMPLIFIED",
    "PATCH",
    "UPDATE",
    "Purpose",
    "read_attribute",
    "read_entity",
]

_ENTITY_MEMBERS = frozenset(
    {"id", "@id", "type", "@type", "scope", "expiresAt", "@context", "createdAt", "modifiedAt", "deletedAt"}
)


def read_entity(
    payload: Any, context: Context, *, purpose: Purpose = CREATE, entity_id: str = "", system: bool = False
) -> Document:
    """Return the document of an entity or of a fragment of one.

    `entity_id`: the one in the address, which an id in the payload must equal; `system`: believe createdAt and
    modifiedAt (of another broker). Times of the document are empty otherwise. BadRequestData says what is wrong.
    """
    if not isinstance(payload, dict):
        raise BadRequestData("An entity is a JSON object.")
    document = Document(_read_id(payload, entity_id), _read_types(payload, context, purpose))
    attributes = document.attributes
    reader = AttributeReader(context, purpose, system)
    for key, given in payload.items():
        if key in _ENTITY_MEMBERS:
            continue
        iri = attribute_iri(key, context)
        if iri in attributes:
            raise BadRequestData(f"The entity holds {iri} twice.")
        attributes[iri] = reader.read(given, key)
    _read_others(document, payload, purpose, system=system)
    return document


def _read_id(payload: dict[str, Any], entity_id: str) -> str:
    given = payload.get("id", payload.get("@id"))
    if given is None and entity_id:
        return entity_id
    found = lexical.uri(given, "The id of the entity")
    if entity_id and found != entity_id:
        raise BadRequestData(f"The id in the body, {found}, is not the id in the address, {entity_id}.")
    return found


def _read_types(payload: dict[str, Any], context: Context, purpose: Purpose) -> list[str]:
    given = payload.get("type", payload.get("@type"))
    if given is None:
        if purpose.whole:
            raise BadRequestData("The entity has no type.")
        return []
    return type_iris(given, context)


def _read_others(document: Document, payload: dict[str, Any], purpose: Purpose, *, system: bool) -> None:
    if "scope" in payload:
        given = payload["scope"]
        deletes = purpose.nulls and given in (NULL, [NULL])
        document.scopes = [NULL] if deletes else lexical.scopes(given)
    if "expiresAt" in payload:
        given = payload["expiresAt"]
        document.expires_at = NULL if purpose.nulls and given == NULL else lexical.time(given, "expiresAt")
    if system:
        document.created_at = lexical.time(payload["createdAt"], "createdAt") if "createdAt" in payload else ""
        document.modified_at = lexical.time(payload["modifiedAt"], "modifiedAt") if "modifiedAt" in payload else ""


def read_attribute(
    payload: Any, name: str, context: Context, *, purpose: Purpose = FRAGMENT, system: bool = False
) -> tuple[str, dict[str, Instance]]:
    """Return the IRI and the instances by datasetId of a fragment of one attribute; `name` stands in the address.

    An object is always read as the members of the attribute when the fragment is partial (clause 5.6.4).
    """
    iri = attribute_iri(name, context)
    if isinstance(payload, dict):
        payload = {key: value for key, value in payload.items() if key != "@context"}
    reader = AttributeReader(context, purpose, system)
    return iri, reader.read_part(payload, name) if purpose.partial else reader.read(payload, name)
