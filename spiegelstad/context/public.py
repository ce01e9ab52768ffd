"""The door of the live context."""

from spiegelstad.context.actions.entities import delete_entity
from spiegelstad.context.actions.plain_entities import EntityIn, upsert_entities
from spiegelstad.context.actions.plain_sources import SourceIn, register_source
from spiegelstad.context.actions.purging import classify_entities
from spiegelstad.context.queries.notifications import count_notifications
from spiegelstad.context.queries.plain_entities import Entity, entities

__all__ = [
    "Entity",
    "EntityIn",
    "SourceIn",
    "classify_entities",
    "count_notifications",
    "delete_entity",
    "entities",
    "register_source",
    "upsert_entities",
]
