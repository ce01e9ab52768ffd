"""The subscribers of all cities in memory, found by what an event is about: ten thousand cost as little as ten."""

from collections import defaultdict
from collections.abc import Hashable, Iterator

from spiegelstad.context.notifying.rule import Subscriber
from spiegelstad.context.queries.event_log import Event
from spiegelstad.context.rules.entity_query import Selector

ANYTHING = ""


class Index:
    """Finds the few subscribers that an event may concern, by the entity's id, or by its type and what changed."""

    def __init__(self) -> None:
        self._all: dict[int, Subscriber] = {}
        self._places: dict[Hashable, dict[int, Subscriber]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, pk: object) -> bool:
        return pk in self._all

    def get(self, pk: int) -> Subscriber | None:
        """Return one, when it is here."""
        return self._all.get(pk)

    def put(self, subscriber: Subscriber) -> None:
        """Add one, or put it in the place of what it was."""
        self.remove(subscriber.pk)
        self._all[subscriber.pk] = subscriber
        for place in _places(subscriber):
            self._places[place][subscriber.pk] = subscriber

    def remove(self, pk: int) -> None:
        """Take one out; nothing happens when it is not here."""
        if (known := self._all.pop(pk, None)) is not None:
            for place in _places(known):
                self._places[place].pop(pk, None)
                if not self._places[place]:
                    del self._places[place]

    def candidates(self, event: Event) -> Iterator[Subscriber]:
        """Yield each subscriber once that may have to be told, in the order in which they were made."""
        found: dict[int, Subscriber] = {}
        for place in _asked(event):
            found.update(self._places.get(place, {}))
        return iter([found[pk] for pk in sorted(found)])


def _places(subscriber: Subscriber) -> Iterator[Hashable]:
    rule, city = subscriber.rule, subscriber.tenant_id
    for selector in rule.query.selectors or (Selector(),):
        if selector.ids:
            yield from (("id", city, id_) for id_ in selector.ids)
            continue
        for type_ in _types(selector):
            yield from (("type", city, type_, attribute) for attribute in rule.watched or (ANYTHING,))


def _types(selector: Selector) -> Iterator[str]:
    """Yield a type for each alternative: an entity that is selected has at least one of them."""
    for alternative in selector.types or (frozenset(),):
        yield min(alternative, default=ANYTHING)


def _asked(event: Event) -> Iterator[Hashable]:
    document = event.after or event.before
    yield ("id", event.tenant_id, event.entity_id)
    if document is None:
        return
    changed = {change.attribute for change in event.changes}
    if event.kind != "entityUpdated":
        changed |= document.attributes.keys()
    for type_ in (*document.types, ANYTHING):
        yield from (("type", event.tenant_id, type_, attribute) for attribute in (*changed, ANYTHING))
