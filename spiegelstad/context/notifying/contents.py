"""What a notification says of one entity (clauses 5.3.1 and 5.8.6)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from spiegelstad.context.notifying.matching import is_real
from spiegelstad.context.notifying.rule import Subscriber
from spiegelstad.context.queries.event_log import Event
from spiegelstad.context.rules.changes import Change, deleted, with_previous
from spiegelstad.context.rules.documents import NULL, Attributes, Document, shown_time, time_text
from spiegelstad.context.rules.merging import alive

Show = Callable[[Subscriber, Document], list[dict[str, Any]]]
"""Renders an entity; with those it links to, more than one when they are joined flat."""


def entities_of(subscriber: Subscriber, event: Event, show: Show) -> list[dict[str, Any]]:
    """Return what stands in the notification's data for an event: the entity, and those joined to it."""
    at = time_text(event.at)
    if event.after is None:
        return [_gone(subscriber, event, at, show)]
    document, emptied = _with_changes(subscriber, event, alive(event.after, at), at)
    shown = show(subscriber, document)
    for iri in emptied:
        _say_null(subscriber, shown[0], iri)
    return shown


def _with_changes(subscriber: Subscriber, event: Event, document: Document, at: str) -> tuple[Document, list[str]]:
    """Return the document with what went and what was before, and the attributes of which just null is said."""
    rule = subscriber.rule
    attributes = dict(document.attributes)
    emptied = []
    for change in event.changes:
        if change.previous is None:
            continue
        if change.kind == "attributeDeleted":
            if "attributeDeleted" not in rule.triggers or change.attribute in subscriber.closed:
                continue
            _put(attributes, change, _deletion(change, at, with_previous_value=rule.show_changes))
            if not change.dataset and not rule.show_changes and not rule.form.sys_attrs:
                emptied.append(change.attribute)
        elif (
            rule.show_changes
            and (present := attributes.get(change.attribute, {}).get(change.dataset))
            and is_real(change, document.attributes)
        ):
            _put(attributes, change, with_previous(present, change.previous))
    if not event.changes:
        return document, emptied
    return replace(document, attributes=attributes), emptied


def _put(attributes: Attributes, change: Change, instance: dict[str, Any]) -> None:
    attributes[change.attribute] = {**attributes.get(change.attribute, {}), change.dataset: instance}


def _deletion(change: Change, at: str, *, with_previous_value: bool) -> dict[str, Any]:
    assert change.previous is not None
    gone = deleted(change.previous, at)
    return with_previous(gone, change.previous) if with_previous_value else gone


def _say_null(subscriber: Subscriber, entity: dict[str, Any], iri: str) -> None:
    """Say only that an attribute is null, where no more is wanted and no other instance of it is left."""
    members = entity["properties"] if subscriber.rule.is_geojson else entity
    name = subscriber.rule.context.compact(iri)
    if name in members and not isinstance(members[name], list):
        members[name] = NULL


def _gone(subscriber: Subscriber, event: Event, at: str, show: Show) -> dict[str, Any]:
    """Return what is said of an entity that was deleted: that it was, and what it was when changes are shown."""
    assert event.before is not None
    attributes: Attributes = {}
    if subscriber.rule.show_changes:
        attributes = {
            iri: {dataset: with_previous(deleted(one, at), one) for dataset, one in instances.items()}
            for iri, instances in event.before.attributes.items()
        }
    entity = show(subscriber, replace(event.before, attributes=attributes, scopes=[], expires_at=None))[0]
    members = entity["properties"] if subscriber.rule.is_geojson else entity
    members["deletedAt"] = shown_time(at)
    return entity
