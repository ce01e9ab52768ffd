"""Whether a subscription is told of an event (clause 5.8.6). Pure, but for what `lookup` does."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from spiegelstad.context.notifying.rule import Rule, Subscriber
from spiegelstad.context.queries.event_log import Event
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.documents import Attributes, Document, Instance, time_text
from spiegelstad.context.rules.merging import alive
from spiegelstad.context.rules.reference import Lookup, matches
from spiegelstad.governance.public import readable

_TIMES = ("createdAt", "modifiedAt")


def concerns(subscriber: Subscriber, event: Event, lookup: Lookup | None = None) -> bool:
    """Say whether this subscriber is told: it may know of the entity, is triggered by the change, and the rest fits.

    An entity that was deleted is judged by what it was.
    """
    document = event.after or event.before
    if document is None or not readable(subscriber.reader, event.classification, event.department):
        return False
    open_part = alive(without(document, subscriber.closed), time_text(event.at))
    return is_triggered(subscriber.rule, event, subscriber.closed) and matches(open_part, subscriber.rule.query, lookup)


def without(document: Document, closed: frozenset[str]) -> Document:
    """Return the document without attributes that are closed: what nobody sees decides nothing."""
    if closed.isdisjoint(document.attributes):
        return document
    return replace(document, attributes={iri: one for iri, one in document.attributes.items() if iri not in closed})


def is_triggered(rule: Rule, event: Event, closed: frozenset[str] = frozenset()) -> bool:
    """Say whether what happened is among the triggers, in an attribute that is watched."""
    if event.kind == "entityUpdated":
        return any(True for _ in watched_changes(rule, event, closed))
    attributes = (event.after or event.before or Document(event.entity_id, [])).attributes
    has_watched = not closed.issuperset(watched_of(rule, attributes))
    if event.kind == "entityDeleted":
        return "entityDeleted" in rule.triggers and (rule.watched is None or has_watched)
    is_told_of_new = "entityCreated" in rule.triggers and (rule.watched is None or has_watched)
    return is_told_of_new or ("attributeCreated" in rule.triggers and has_watched)


def watched_of(rule: Rule, attributes: Iterable[str]) -> Iterable[str]:
    """Return those of the attributes that the rule watches."""
    return attributes if rule.watched is None else rule.watched.intersection(attributes)


def watched_changes(rule: Rule, event: Event, closed: frozenset[str] = frozenset()) -> Iterator[Change]:
    """Yield the changes that trigger the rule. An attribute that was given its own value again did not change."""
    attributes = event.after.attributes if event.after else {}
    for change in event.changes:
        if (
            change.kind in rule.triggers
            and change.attribute not in closed
            and (rule.watched is None or change.attribute in rule.watched)
            and is_real(change, attributes)
        ):
            yield change


def is_real(change: Change, attributes: Attributes) -> bool:
    """Say whether anything but times of the system differs from before."""
    if change.kind != "attributeUpdated" or change.previous is None:
        return True
    present = attributes.get(change.attribute, {}).get(change.dataset)
    return present is None or _content(present) != _content(change.previous)


def _content(instance: Instance) -> Instance:
    """Return an instance without the times that the system gives."""
    content = {name: value for name, value in instance.items() if name not in _TIMES}
    if "attributes" in content:
        content["attributes"] = {
            iri: {dataset: _content(one) for dataset, one in instances.items()}
            for iri, instances in content["attributes"].items()
        }
    return content
