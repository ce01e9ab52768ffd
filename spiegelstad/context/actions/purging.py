"""Acts on all entities of a kind: purge (clause 5.6.21 of version 1.9.1), those whose time is over, and closing."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from django.db import transaction

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.actions.attribute_series import follow_owners
from spiegelstad.context.actions.changing import Work
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.queries.entities import ids
from spiegelstad.context.rules import merging
from spiegelstad.context.rules.acts import CLASSIFY_ENTITIES, DELETE_ENTITIES
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.policy import closures, strictness
from spiegelstad.governance.public import Thing, record, require

PIECE = 1_000
_HERE = Path(__file__).parent


def purge(*, by: Actor, query: EntityQuery, drop: Collection[str] = (), keep: Collection[str] = ()) -> int:
    """Delete the entities that match, or only some of their attributes; return how many entities were touched.

    `drop`: delete just these attributes (IRIs); `keep`: all but these. A thousand entities go in one transaction, in
    which they are looked at again: what no longer matches stays. BadRequestData when both are given.
    """
    if drop and keep:
        raise BadRequestData("A purge either drops attributes or keeps them.")
    require(by, DELETE_ENTITIES, Thing("entity", "", by.tenant_id, department=min(by.departments, default="")))
    found, done = ids(by, query), 0
    for first in range(0, len(found), PIECE):
        with transaction.atomic():
            work = Work(by, DELETE_ENTITIES, found[first : first + PIECE])
            for entity_id in ids(by, replace(query, only=frozenset(work.held))):
                _purge_one(work, work.one(entity_id), drop, keep)
            work.finish()
            if work.written:
                done += len(work.written)
                details = {"purged": len(work.written), "drop": sorted(drop), "keep": sorted(keep)}
                record(by, DELETE_ENTITIES, Thing("entity", min(work.held), by.tenant_id), details=details)
    return done


def _purge_one(work: Work, document: Document, drop: Collection[str], keep: Collection[str]) -> None:
    if not (drop or keep):
        work.delete(document)
        return
    after, changes = document, []
    for iri in [iri for iri in document.attributes if (iri in drop if drop else iri not in keep)]:
        outcome = merging.delete_attribute(after, iri, work.now, delete_all=True)
        after = outcome.document
        changes += outcome.changes
    work.change(document, merging.Outcome(after, changes, []))


def delete_expired(*, by: Actor) -> int:
    """Delete the entities whose time is over, with their events; return how many. Nobody saw them any more."""
    done = 0
    while found := _expired(by.tenant_id):
        with transaction.atomic():
            work = Work(by, DELETE_ENTITIES, found)
            work.finish()
        done += len(work.written)
    return done


def _expired(tenant_id: str) -> list[str]:
    params = {"tenant": tenant_id, "now": now(), "limit": PIECE}
    return [id_ for (id_,) in sql.rows(sql.load(_HERE, "expired_entities"), params)]


def classify_entities(*, by: Actor) -> int:
    """Give entities of the types that the city names, their histories and series, and the series of the attributes that
    it names, the classification it says now; return how many entities changed.
    """
    thing = Thing("entity", "", by.tenant_id)
    require(by, CLASSIFY_ENTITIES, thing)
    named = sorted(closures(tenant(by.tenant_id).settings).items(), key=lambda item: strictness(item[1]))
    changed: set[str] = set()
    with transaction.atomic():
        for iri, closure in named:  # the strictest last, for an entity may have several of these types
            params = {"tenant": by.tenant_id, "type": iri, **closure._asdict()}
            changed |= {id_ for (id_,) in sql.rows(sql.load(_HERE, "classify_entities"), params)}
        follow_owners(by.tenant_id, changed, [iri for iri, _ in named])
        if changed:
            record(by, CLASSIFY_ENTITIES, thing, details={"changed": len(changed)})
    return len(changed)
