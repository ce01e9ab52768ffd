"""What sources tell us of entities becomes notifications of the subscriptions they were asked for (clause 5.8.6)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.ids import new_id
from spiegelstad.context.errors import BadRequestData, ResourceNotFound
from spiegelstad.context.federation.subscribing import wanted_of_rule
from spiegelstad.context.federation.versions import moment_now
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.formats.reading import CREATE, read_entity
from spiegelstad.context.models import SourceSubscription
from spiegelstad.context.notifying.joining import Joiner
from spiegelstad.context.notifying.queueing import queue
from spiegelstad.context.notifying.reading import subscriber_of
from spiegelstad.context.notifying.rule import Subscriber
from spiegelstad.context.queries import entities
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.changes import deleted, previous_of, with_previous
from spiegelstad.context.rules.combining import combine
from spiegelstad.context.rules.documents import NULL, Attributes, Document, shown_time
from spiegelstad.context.rules.matching import Part, parts_of
from spiegelstad.context.rules.reference import matches
from spiegelstad.context.rules.shares import share_of
from spiegelstad.context.rules.subscriptions import status_of
from spiegelstad.context.rules.terms import Context

MOST_ENTITIES = 10_000


def receive(token: str, payload: Any, context: Context) -> int:
    """Take a notification of a source and queue it for the subscription; return how many entities it tells of.

    ResourceNotFound when nobody asked for it (any more), BadRequestData when it is no notification.
    """
    row = SourceSubscription.objects.select_related("subscription", "registration").filter(token=token).first()
    if row is None or row.subscription is None or row.registration is None:
        raise ResourceNotFound("Nobody waits for this notification.")
    data = _data(payload)
    subscription = row.subscription
    status = status_of(is_active=subscription.is_active, expires_at=subscription.expires_at, now=now())
    subscriber = subscriber_of(subscription) if status == "active" else None
    if subscriber is None:
        return 0
    parts = [part for one in wanted_of_rule(subscriber.rule) for part in parts_of(row.registration.document, one)]
    told, ids = list[dict[str, Any]](), list[str]()
    for item in data:
        shown = _shown(subscriber, item, context, parts, row)
        if shown:
            told += shown
            ids.append(str(item.get("id", item.get("@id"))))
    if told:
        draft = {
            "subscription": subscriber.pk,
            "uri": f"urn:ngsi-ld:Notification:{new_id()}",
            "entities": ids,
            "data": orjson.dumps(told).decode(),
            "replaces": subscriber.rule.throttling_s > 0,
        }
        queue([draft])
    return len(ids)


def _data(payload: Any) -> list[dict[str, Any]]:
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data) or len(data) > MOST_ENTITIES:
        raise BadRequestData("This is not a notification with entities.")
    return data


def _shown(
    subscriber: Subscriber, item: dict[str, Any], context: Context, parts: list[Part], row: SourceSubscription
) -> list[dict[str, Any]]:
    """Return what is told of one entity; nothing when it is not for this subscriber, or cannot be read."""
    emptied = [name for name, value in item.items() if _is_gone(value)]
    try:
        gone = {attribute_iri(name, context): _gone_at(item[name]) for name in emptied}
        kept = {name: value for name, value in item.items() if name not in emptied}
        document = read_entity(kept, context, purpose=CREATE, system=True)
        deleted_at = shown_time(lexical.time(item["deletedAt"], "deletedAt")) if "deletedAt" in item else ""
    except (SpiegelstadError, RecursionError):
        return []
    before = _before(item, document, context) if subscriber.rule.show_changes else {}
    every: Attributes = {iri: {} for iri in (*document.attributes, *before, *gone)}
    share = share_of(replace(document, attributes=every), parts)
    if share is None or not subscriber.closed.isdisjoint(share.types):
        return []
    known = share.attributes.keys() - subscriber.closed
    removed = _removed(before, {iri: at for iri, at in gone.items() if iri in known})
    if deleted_at:
        [shown, *_] = Joiner()(subscriber, replace(share, attributes=removed))
        _members(subscriber, shown)["deletedAt"] = deleted_at
        return [shown]
    share.attributes = {
        iri: {dataset: with_previous(one, before.get(iri, {}).get(dataset)) for dataset, one in several.items()}
        for iri, several in document.attributes.items()
        if iri in known
    }
    whole = _whole(subscriber, share) if subscriber.rule.splits else share
    if not row.is_filtered and not matches(whole, subscriber.rule.query, Joiner().lookup(subscriber)):
        return []
    told = Joiner()(subscriber, replace(whole, attributes=removed | whole.attributes))
    for iri in known & gone.keys():
        _members(subscriber, told[0]).setdefault(subscriber.rule.context.compact(iri), NULL)
    return told


def _is_gone(value: Any) -> bool:
    """Say whether an attribute is told to have been deleted."""
    return value == NULL or (isinstance(value, dict) and "deletedAt" in value)


def _gone_at(value: Any) -> str:
    """Return when an attribute was deleted, as a stored time."""
    return lexical.time(value["deletedAt"], "deletedAt") if isinstance(value, dict) else moment_now()


def _before(item: dict[str, Any], document: Document, context: Context) -> Attributes:
    """Return what attributes of an entity were before, as far as that is told and can be read."""
    found: Attributes = {}
    for name, value in item.items():
        several = value if isinstance(value, list) else [value]
        told = [was for one in several if isinstance(one, dict) and (was := previous_of(one)) is not None]
        if told:
            alone = {"id": document.id, "type": document.types, name: told}
            with suppress(SpiegelstadError, RecursionError):
                found |= read_entity(alone, context, purpose=CREATE).attributes
    return found


def _removed(before: Attributes, gone: Mapping[str, str]) -> Attributes:
    """Return what stands for attributes that are gone, where it is told what they were."""
    return {
        iri: {dataset: with_previous(deleted(one, at), one) for dataset, one in before[iri].items()}
        for iri, at in gone.items()
        if iri in before
    }


def _whole(subscriber: Subscriber, share: Document) -> Document:
    """Return an entity with what is kept of it here."""
    own = entities.get(subscriber.reader, share.id, subscriber.closed)
    return (combine([own, share], moment_now()) if own is not None else None) or share


def _members(subscriber: Subscriber, shown: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = shown["properties"] if subscriber.rule.is_geojson else shown
    return members
