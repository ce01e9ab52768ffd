"""Builders of entities, for tests, the demo and benchmarks."""

from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.entities import create_entity
from spiegelstad.context.formats.reading import CREATE, read_entity
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.terms import CORE, Context


def make_document(payload: dict[str, Any], context: Context = CORE) -> Document:
    """Return an entity as the acts take it, from what a client would send; id and type are made up when absent."""
    return read_entity({"id": "urn:ngsi-ld:Thing:1", "type": "Thing", **payload}, context, purpose=CREATE)


def make_entity(tenant_id: str, context: Context = CORE, **payload: Any) -> Document:
    """Create an entity, by the system: `make_entity("teststad", id="urn:x:1", type="Car", speed=30)`."""
    document = make_document(payload, context)
    create_entity(by=Actor.system(tenant_id, "tests"), document=document)
    return document
