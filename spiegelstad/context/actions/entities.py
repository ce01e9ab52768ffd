"""Acts on one entity (clauses 5.6.1 to 5.6.6 and 5.6.17 to 5.6.19).

Fragments are documents as `formats/reading.py` reads them. `types`: the entity must be of these, else it is not found.
All raise ResourceNotFound when there is no such entity, and Forbidden when `by` may not write it.
"""

from collections.abc import Callable

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.changing import Result, Work
from spiegelstad.context.actions.writing import retried
from spiegelstad.context.errors import AlreadyExists
from spiegelstad.context.rules import merging
from spiegelstad.context.rules.acts import DELETE_ENTITIES, WRITE_ENTITIES
from spiegelstad.context.rules.documents import Document, Instance
from spiegelstad.context.rules.merging import Outcome
from spiegelstad.context.rules.types import TypeExpr
from spiegelstad.governance.public import Thing, record

Rule = Callable[[Document, str], Outcome]
"""Given an entity and the present moment (a stored time): what becomes of it."""


@retried
def create_entity(*, by: Actor, document: Document) -> None:
    """Create an entity (5.6.1); AlreadyExists when there is one with its id."""
    work = Work(by, WRITE_ENTITIES, [document.id])
    if work.find(document.id) is not None:
        raise AlreadyExists(f"There is an entity {document.id} already.")
    work.create(document)
    work.finish()


def replace_entity(*, by: Actor, entity_id: str, fragment: Document, types: TypeExpr | None = None) -> None:
    """Replace all content of an entity (5.6.18)."""
    _change(by, entity_id, types, lambda document, now: merging.replace(document, fragment, now))


def append_attributes(
    *, by: Actor, entity_id: str, fragment: Document, overwrite: bool = True, types: TypeExpr | None = None
) -> Result:
    """Add attributes (5.6.3); without `overwrite` those that exist are left and named in the result."""
    return _change(
        by, entity_id, types, lambda document, now: merging.append(document, fragment, now, overwrite=overwrite)
    )


def update_attributes(*, by: Actor, entity_id: str, fragment: Document, types: TypeExpr | None = None) -> Result:
    """Replace attributes, or delete those that are null (5.6.2)."""
    return _change(by, entity_id, types, lambda document, now: merging.update(document, fragment, now))


def merge_entity(
    *,
    by: Actor,
    entity_id: str,
    fragment: Document,
    observed_at: str = "",
    language: str = "",
    types: TypeExpr | None = None,
) -> None:
    """Merge a fragment into an entity to any depth (5.6.17); `observed_at` and `language`: see `merging.merge`."""
    _change(
        by,
        entity_id,
        types,
        lambda document, now: merging.merge(document, fragment, now, observed_at=observed_at, language=language),
    )


def update_attribute(
    *, by: Actor, entity_id: str, iri: str, instances: dict[str, Instance], types: TypeExpr | None = None
) -> None:
    """Replace members of an attribute (5.6.4); ResourceNotFound when the entity has no such instance."""
    _change(by, entity_id, types, lambda document, now: merging.partial_update(document, iri, instances, now))


def replace_attribute(
    *, by: Actor, entity_id: str, iri: str, instances: dict[str, Instance], types: TypeExpr | None = None
) -> None:
    """Replace an attribute (5.6.19); ResourceNotFound when the entity has no such instance."""
    _change(by, entity_id, types, lambda document, now: merging.replace_attribute(document, iri, instances, now))


def delete_attribute(
    *,
    by: Actor,
    entity_id: str,
    iri: str,
    dataset: str = "",
    delete_all: bool = False,
    types: TypeExpr | None = None,
) -> None:
    """Delete one instance of an attribute, or all (5.6.5); ResourceNotFound when the entity has no such instance."""
    _change(
        by,
        entity_id,
        types,
        lambda document, now: merging.delete_attribute(document, iri, now, dataset=dataset, delete_all=delete_all),
    )


def delete_scope(*, by: Actor, entity_id: str, types: TypeExpr | None = None) -> None:
    """Delete the scopes of an entity (5.6.5); ResourceNotFound when it has none."""
    _change(by, entity_id, types, merging.delete_scope)


def delete_entity(*, by: Actor, entity_id: str, types: TypeExpr | None = None) -> None:
    """Delete an entity (5.6.6). Its history stays."""
    with transaction.atomic():
        work = Work(by, DELETE_ENTITIES, [entity_id])
        work.delete(work.one(entity_id, types))
        work.finish()
        record(by, DELETE_ENTITIES, Thing("entity", entity_id, by.tenant_id))


def _change(by: Actor, entity_id: str, types: TypeExpr | None, rule: Rule) -> Result:
    with transaction.atomic():
        work = Work(by, WRITE_ENTITIES, [entity_id])
        before = work.one(entity_id, types)
        result = work.change(before, rule(before, work.now))
        work.finish()
        return result
