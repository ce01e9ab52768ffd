"""The door of the live context."""

from spiegelstad.context.actions.plain_entities import EntityIn, upsert_entities
from spiegelstad.context.queries.plain_entities import Entity, entities

__all__ = [
    "Entity",
    "EntityIn",
    "entities",
    "upsert_entities",
]
