"""Streams of entities: what the event log of the live context tells, type by type, of what is open to all.

The consumer's place is moved in the transaction in which the members come: killed anywhere, all of it is done again or
none. What is older than the log comes from the rows of the entities.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context import public as context
from spiegelstad.ldes import models
from spiegelstad.ldes.actions.appending import Arrival, append, stream_of
from spiegelstad.ldes.actions.removing import remove
from spiegelstad.ldes.formats.entities import Bounds, body_of, bounds_of, entity_iri, gone_of
from spiegelstad.ldes.formats.terms import iri
from spiegelstad.ldes.rules.tiles import tiles_of
from spiegelstad.ldes.vocabulary import Kind

CONSUMER = "ldes"
_FOLLOWING = 0x6C646573  # the number of the lock that one follower at a time holds
_UNTOLD = sql.load(Path(__file__).parent, "untold")
_PIECE = 10_000
_WAIT_S = 0.02
_PATIENCE_S = 10.0
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
Report = Callable[[int], None]
_Placed = tuple[Arrival, Bounds]
"""A member that comes, and the box round its place."""


def closed_to_all(tenant_id: str) -> frozenset[str]:
    """Return the types and attributes (IRIs) of a city that an anonymous reader may not see."""
    return context.closed_attributes(Actor.anonymous(tenant_id), accounts.tenant(tenant_id).settings)


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of the follower; False when another has it."""
    ((is_mine,),) = sql.rows("SELECT pg_try_advisory_lock(%s)", [_FOLLOWING])
    try:
        yield is_mine
    finally:
        if is_mine:
            sql.rows("SELECT pg_advisory_unlock(%s)", [_FOLLOWING])


def follow(*, complete: bool = False, report: Report = lambda done: None) -> int:
    """Tell what the log tells since the last time, in every city; return how many members came.

    First what is closed now is taken out. `complete`: also look for open entities that no stream tells of. Nothing
    happens when another follower is at it.
    """
    with _alone() as is_mine:
        if not is_mine:
            return 0
        cities = {tenant_id: _City(tenant_id) for tenant_id in accounts.tenant_ids()}
        for city in cities.values():
            city.take_out_closed()
        reader, done, patience = context.LogReader(CONSUMER), 0, time.monotonic() + _PATIENCE_S
        while (events := reader.read(_PIECE)) or (reader.is_waiting and time.monotonic() < patience):
            if not events:
                time.sleep(_WAIT_S)
                continue
            done += _tell(reader, cities, events)
            report(done)
        for city in cities.values():
            done += city.fill(reader.place, everything=complete)
    return done


def _tell(reader: context.LogReader, cities: dict[str, "_City"], events: Sequence[context.Event]) -> int:
    by_city: dict[str, list[context.Event]] = defaultdict(list)
    for event in events:
        by_city[event.tenant_id].append(event)
    try:
        with transaction.atomic():
            done = sum(cities[tenant_id].tell(found) for tenant_id, found in by_city.items() if tenant_id in cities)
            reader.move(events[-1].sequence)
    except BaseException:
        reader.rewind()
        raise
    return done


class _City:
    """The streams of one city while the log is followed."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.closed = closed_to_all(tenant_id)
        found = models.Stream.objects.filter(tenant_id=tenant_id, kind=Kind.TYPE)
        self.names = dict(found.values_list("type_iri", "name"))
        self.to_fill: set[str] = set()

    def stream(self, type_: str) -> models.Stream:
        """Return the stream of a type under lock."""
        if type_ not in self.names:
            self.names[type_] = name_of(type_, self.names.values())
            self.to_fill.add(type_)
        return stream_of(
            self.tenant_id, Kind.TYPE, self.names[type_],
            lambda: models.Stream(
                tenant_id=self.tenant_id, kind=Kind.TYPE, name=self.names[type_], type_iri=type_,
                closed=sorted(self.closed),
            ),
        )  # fmt: skip

    def tell(self, events: Sequence[context.Event]) -> int:
        """Add a member for each event of an open entity; what became closed goes, and is not told as it was before."""
        shut = {event.entity_id: event.sequence for event in events if not self._is_open(event)}
        arrivals: dict[str, list[_Placed]] = defaultdict(list)
        for event in events:
            document = event.after or event.before
            if document is not None and event.sequence > shut.get(event.entity_id, 0):
                arrival = self._arrival(event, document)
                for type_ in document.types:
                    arrivals[type_].append(arrival)
        if shut:
            self._remove_entities(shut)
        return sum(append(self.stream(type_), _placed(found)) for type_, found in sorted(arrivals.items()))

    def _is_open(self, event: context.Event) -> bool:
        document = event.after or event.before
        return event.classification == "public" and document is not None and self.closed.isdisjoint(document.types)

    def _arrival(self, event: context.Event, document: context.Document) -> _Placed:
        object_, gone = entity_iri(event.entity_id), event.after is None
        if gone:
            body, bounds = gone_of(document), bounds_of(document, self.closed)
        else:
            body, bounds = body_of(document, self.closed)
        return Arrival(event.at, f"{object_}#version-{event.sequence}", object_, body, gone=gone), bounds

    def take_out_closed(self) -> None:
        """Remove what was told and is closed now: whole types, members that tell a closed attribute, and entities."""
        for type_ in sorted(self.names):
            self._take_out(type_)
        self._remove_entities(context.closed_entities(self.tenant_id))

    def _take_out(self, type_: str) -> None:
        with transaction.atomic():
            stream = self.stream(type_)
            if type_ in self.closed:
                remove(stream, "true", {})
            elif newly := sorted(self.closed.difference(stream.closed)):
                params = {f"name{place}": iri(name) for place, name in enumerate(newly)}
                if remove(stream, " OR ".join(f"strpos(body, %({name})s) > 0" for name in params), params):
                    self.to_fill.add(type_)
            elif type_ in stream.closed:  # it is open again
                self.to_fill.add(type_)
            if stream.closed != sorted(self.closed):
                stream.closed = sorted(self.closed)
                stream.save()

    def _remove_entities(self, ids: Collection[str]) -> None:
        objects = [entity_iri(id_) for id_ in ids]
        for type_ in sorted(self.names) if objects else ():
            with transaction.atomic():
                remove(
                    self.stream(type_), "md5(object) IN (SELECT md5(unnest(%(objects)s::text[])))", {"objects": objects}
                )

    def fill(self, place: int, *, everything: bool) -> int:
        """Add the present state of open entities that no stream tells of, and that the log tells no more of."""
        types = (
            {type_ for type_ in context.open_types(self.tenant_id) if type_ not in self.closed} if everything else ()
        )
        return sum(self._fill(type_, place) for type_ in sorted({*types, *self.to_fill} - self.closed))

    def _fill(self, type_: str, place: int) -> int:
        done = 0
        for documents in context.settled_entities(self.tenant_id, type_, place):
            open_ = {entity_iri(one.id): one for one in documents if self.closed.isdisjoint(one.types)}
            with transaction.atomic():
                stream = self.stream(type_)
                params = {"tenant": self.tenant_id, "stream": stream.id, "objects": list(open_)}
                missing = [open_[object_] for (object_,) in sql.rows(_UNTOLD, params)]
                done += append(stream, _placed([self._state(stream, document) for document in missing]))
        return done

    def _state(self, stream: models.Stream, document: context.Document) -> _Placed:
        object_, (body, bounds) = entity_iri(document.id), body_of(document, self.closed)
        moment = datetime.fromisoformat(document.modified_at)
        return Arrival(moment, f"{object_}#{stream.name}-{{}}", object_, body), bounds


def _placed(found: Sequence[_Placed]) -> list[Arrival]:
    """Give each arrival the tile of its box."""
    tiles = tiles_of([box for _, box in found])
    return [arrival._replace(tile=tile) for (arrival, _), tile in zip(found, tiles, strict=True)]


def name_of(type_: str, taken: Collection[str]) -> str:
    """Return the short name of a type in addresses; one that another type has gets a few digits of its own."""
    short = context.CORE.compact(type_)
    if not _PLAIN_NAME.fullmatch(short):
        short = re.sub(r"[^A-Za-z0-9._-]+", "-", re.split(r"[/#:]", type_.rstrip("/#"))[-1]).strip("-.")[:80] or "type"
    return short if short not in taken else f"{short}-{sha256(type_.encode()).hexdigest()[:8]}"
