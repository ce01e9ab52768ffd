"""The door of the live context."""

from spiegelstad.context.actions.entities import delete_entity
from spiegelstad.context.actions.plain_entities import EntityIn, upsert_entities
from spiegelstad.context.actions.plain_sources import SourceIn, register_source
from spiegelstad.context.actions.purging import classify_entities
from spiegelstad.context.names import names_of_attribute, names_of_type
from spiegelstad.context.queries.discovery import RegisteredType, registered_types
from spiegelstad.context.queries.entities import by_ids as documents
from spiegelstad.context.queries.entities import walk as all_documents
from spiegelstad.context.queries.event_log import (
    Event,
    LogReader,
    closed_entities,
    open_types,
    settled_entities,
)
from spiegelstad.context.queries.notifications import count_notifications
from spiegelstad.context.queries.plain_entities import Entity, entities
from spiegelstad.context.rules.documents import Document, Instance
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.terms import CORE

__all__ = [
    "CORE",
    "Document",
    "Entity",
    "EntityIn",
    "Event",
    "Instance",
    "LogReader",
    "RegisteredType",
    "SourceIn",
    "all_documents",
    "classify_entities",
    "closed_attributes",
    "closed_entities",
    "count_notifications",
    "delete_entity",
    "documents",
    "entities",
    "names_of_attribute",
    "names_of_type",
    "open_types",
    "register_source",
    "registered_types",
    "settled_entities",
    "upsert_entities",
]
