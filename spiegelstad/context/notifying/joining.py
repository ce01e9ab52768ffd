"""Entities that a notification shows with those they link to (clause 4.5.23), and that a query follows links to."""

from collections.abc import Callable
from functools import partial
from typing import Any

from spiegelstad.context.formats.form import Form
from spiegelstad.context.formats.rendering import geojson_feature, render, shown_links
from spiegelstad.context.notifying.rule import Subscriber
from spiegelstad.context.queries import entities
from spiegelstad.context.rules.documents import Document, Instance
from spiegelstad.context.rules.targets import relationship_objects


class Joiner:
    """Shows entities as a subscriber wants them. Lives for one batch of events: what it has looked up it knows."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Document | None] = {}

    def lookup(self, subscriber: Subscriber) -> Callable[[str], Document | None]:
        """Return the function that gives an entity as it is now, if this subscriber may read it."""
        return partial(self._get, subscriber)

    def _get(self, subscriber: Subscriber, id_: str) -> Document | None:
        key = (subscriber.pk, id_)
        if key not in self._known:
            self._known[key] = entities.get(subscriber.reader, id_, subscriber.closed)
        return self._known[key]

    def __call__(self, subscriber: Subscriber, document: Document) -> list[dict[str, Any]]:
        """Render an entity; joined flat, those it links to follow it."""
        rule = subscriber.rule
        form = rule.form.without(subscriber.closed) if subscriber.closed else rule.form
        make = geojson_feature if rule.is_geojson else render
        if not rule.join_level:
            return [make(document, rule.context, form)]
        if rule.join == "inline":
            return [make(document, rule.context, form, self._linking(subscriber, form, rule.join_level, {document.id}))]
        found = {document.id: (document, form)}
        self._gather(subscriber, document, form, rule.join_level, found)
        return [make(one, rule.context, its_form) for one, its_form in found.values()]

    def _linking(
        self, subscriber: Subscriber, form: Form, level: int, seen: set[str]
    ) -> Callable[[str, Instance], Any]:
        """Return what puts the entities that a relationship leads to in its place; one that is above is left out."""

        def link(iri: str, instance: Instance) -> Any:
            targets = relationship_objects(instance)
            if not targets:
                return None
            linked_form = form.linked(iri)
            rendered = []
            for id_ in targets:
                linked = self._get(subscriber, id_) if id_ not in seen else None
                if linked is not None:
                    deeper = self._linking(subscriber, linked_form, level - 1, seen | {id_}) if level > 1 else None
                    rendered.append(render(linked, subscriber.rule.context, linked_form, deeper))
            if not rendered:
                return None
            is_list = instance["type"] == "ListRelationship" or isinstance(instance.get("object"), list)
            return rendered if is_list else rendered[0]

        return link

    def _gather(
        self, subscriber: Subscriber, document: Document, form: Form, level: int, found: dict[str, Any]
    ) -> None:
        for iri, _, uris in shown_links(document, form):
            for id_ in uris:
                linked = self._get(subscriber, id_) if id_ not in found else None
                if linked is not None:
                    found[id_] = (linked, form.linked(iri))
                    if level > 1:
                        self._gather(subscriber, linked, form.linked(iri), level - 1, found)
