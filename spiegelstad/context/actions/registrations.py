"""Making, changing and ending context source registrations (clauses 5.9.2 to 5.9.4); who subscribed is told."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.context.errors import AlreadyExists, SourceConflict
from spiegelstad.context.models import Registration
from spiegelstad.context.notifying.registrations import lock_registrations, tell_change
from spiegelstad.context.queries.entities import find
from spiegelstad.context.queries.registrations import one, sources
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.event_acts import REGISTER
from spiegelstad.context.rules.matching import Wanted, parts_of
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.registrations import INTERVALS, PROXIED, attributes_of, read_registration, updated
from spiegelstad.context.rules.subscriptions import check_expiry, expiry
from spiegelstad.context.rules.terms import Context
from spiegelstad.governance.public import Thing, record, require


def create_registration(*, by: Actor, given: Mapping[str, Any], context: Context, context_url: str) -> str:
    """Register a context source and return the id. `context_url`: the whole address of the @context.

    BadRequestData, AlreadyExists or SourceConflict.
    """
    document = read_registration(given, context)
    check_expiry(document, now())
    uri: str = document.setdefault("id", f"urn:ngsi-ld:ContextSourceRegistration:{new_id()}")
    thing = Thing("registration", uri, by.tenant_id)
    require(by, REGISTER, thing)
    moment = now()
    try:
        with transaction.atomic():
            lock_registrations(by.tenant_id)
            end_expired(by=by)
            _check_conflicts(by, document)
            row = Registration.objects.create(
                tenant_id=by.tenant_id,
                uri=uri,
                document=document,
                context={"source": context.source, "url": context_url},
                created_at=moment,
                modified_at=moment,
                mode=document.get("mode", "inclusive"),
                expires_at=expiry(document),
            )
            tell_change(row, None, document)
            record(by, REGISTER, thing, details={"source": _host(document)})
    except IntegrityError:
        raise AlreadyExists(f"There is a registration {uri} already.") from None
    return uri


def update_registration(*, by: Actor, uri: str, fragment: Mapping[str, Any], context: Context) -> None:
    """Change what the fragment names. BadRequestData, ResourceNotFound or SourceConflict."""
    with transaction.atomic():
        lock_registrations(by.tenant_id)
        row = one(by, uri, lock=True)
        before = row.document
        row.document = updated(before, fragment, context)
        if "expiresAt" in fragment:
            check_expiry(row.document, now())
        _check_conflicts(by, row.document)
        row.mode, row.expires_at = row.document.get("mode", "inclusive"), expiry(row.document)
        row.modified_at = now()
        row.save(update_fields=["document", "mode", "expires_at", "modified_at"])
        tell_change(row, before, row.document)
        record(by, REGISTER, Thing("registration", uri, by.tenant_id), details={"source": _host(row.document)})


def delete_registration(*, by: Actor, uri: str) -> None:
    """End a registration. ResourceNotFound."""
    with transaction.atomic():
        lock_registrations(by.tenant_id)
        row = one(by, uri, lock=True)
        row.delete()
        tell_change(row, row.document, None)
        record(by, REGISTER, Thing("registration", uri, by.tenant_id), details={"deleted": True})


def end_expired(*, by: Actor) -> int:
    """End the registrations whose time is over, and tell it to who waits for that; return how many."""
    with transaction.atomic():
        lock_registrations(by.tenant_id)
        expired = Registration.objects.filter(tenant_id=by.tenant_id, expires_at__lte=now())
        for row in expired:
            row.delete()
            tell_change(row, row.document, None)
    return len(expired)


def _check_conflicts(by: Actor, document: Mapping[str, Any]) -> None:
    """Refuse a proxied source for what is here already, or for what an exclusive one has (clause 4.3.6.3).

    Sources of histories know of other data than those of the present.
    """
    mode = document.get("mode", "inclusive")
    if mode not in PROXIED or any(name in document for name in INTERVALS):
        return
    for wanted in _what_it_has(document):
        for other in sources(by.tenant_id):
            clashes = other.mode == "exclusive" or (mode == "exclusive" and other.mode == "redirect")
            if other.uri != document["id"] and clashes and parts_of(other.document, wanted):
                raise SourceConflict(f"The registration {other.uri} has some of this for itself.")
        _check_entities(by, wanted)


def _what_it_has(document: Mapping[str, Any]) -> list[Wanted]:
    found = []
    for info in document["information"]:
        for entity in info.get("entities", [{}]):
            types = entity.get("type", [])
            listed = types if isinstance(types, list) else [types]
            found.append(
                Wanted(
                    types=tuple(frozenset({iri}) for iri in listed) or None,
                    ids=(entity["id"],) if "id" in entity else (),
                    id_pattern=pattern(entity["idPattern"]) if "idPattern" in entity else None,
                    attributes=attributes_of(info),
                )
            )
    return found


def _check_entities(by: Actor, wanted: Wanted) -> None:
    selector = Selector(wanted.ids, wanted.id_pattern, wanted.types)
    query = EntityQuery((selector,), attrs=tuple(sorted(wanted.attributes)), limit=1)
    if find(Actor.system(by.tenant_id, "registrations"), query).documents:
        raise SourceConflict("Some of what this source has for itself is kept here.", remedy="Delete that first.")


def _host(document: Mapping[str, Any]) -> str:
    return urlsplit(document["endpoint"]).hostname or ""
