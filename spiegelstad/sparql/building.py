"""Bringing the stores up to date: what changed since the last time, by the event log; or all of it.

A store is built anew when there is none, and when a city changed what it keeps closed. Everything in it is what an
anonymous reader may see.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import orjson
from pyoxigraph import NamedNode, Quad, Store

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.context import public as context
from spiegelstad.sparql import store
from spiegelstad.sparql.formats.entities import node_of, quads_of
from spiegelstad.sparql.store import Current
from spiegelstad.sparql.vocabulary import BASE

Item = TypeVar("Item")
_EVENTS = 20_000
_MOST_ROUNDS = 10
_ENTITIES = 2_000
_QUADS = 100_000


def policy_of(tenant_id: str) -> str:
    """Return a fingerprint of what a city keeps closed."""
    said = accounts.tenant(tenant_id).settings.get("context", {}).get("classifications", {})
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def refresh_all() -> dict[str, int]:
    """Bring the stores of all cities up to date; return how many graphs changed in each. One process at a time."""
    log, done = context.LogReader("sparql"), Counter[str]()
    for _round in range(_MOST_ROUNDS):
        events = log.read(_EVENTS)
        changed: dict[str, set[str]] = defaultdict(set)
        for event in events:
            changed[event.tenant_id].add(event.entity_id)
        done.update({tenant_id: _refresh(tenant_id, changed[tenant_id]) for tenant_id in accounts.tenant_ids()})
        if events:
            log.move(events[-1].sequence)
        if len(events) < _EVENTS:
            break
    return dict(done)


def _refresh(tenant_id: str, changed: set[str]) -> int:
    """Write what changed, and publish it when something did. Doing it twice gives the same."""
    reader = Actor.anonymous(tenant_id)
    place = store.current(tenant_id)
    policy = policy_of(tenant_id)
    described = catalogue.states(reader)
    if place is None or place.policy != policy:
        return _build(tenant_id, reader, policy, described)
    renewed = {slug for slug in described.keys() | place.datasets if described.get(slug) != place.datasets.get(slug)}
    if not changed and not renewed:
        return 0
    opened = store.opened(tenant_id, place.primary)
    for some in _in_pieces(iter(sorted(changed)), _ENTITIES):
        found = {document.id: document for document in context.documents(reader, some)}
        for id_ in some:
            store.replace_graph(opened, node_of(id_), quads_of(found[id_]) if id_ in found else ())
    for slug in renewed - described.keys():
        store.replace_graph(opened, _graph_of(slug), ())
    for slug, quads in catalogue.dataset_quads(reader, sorted(renewed & described.keys()), BASE):
        store.replace_graph(opened, _graph_of(slug), _in_graph(slug, quads))
    _publish(tenant_id, opened, replace(place, policy=policy, datasets=described))
    return len(changed) + len(renewed)


def _build(tenant_id: str, reader: Actor, policy: str, described: dict[str, str]) -> int:
    primary = store.new_primary(tenant_id)
    opened = store.opened(tenant_id, primary)
    graphs = 0

    def quads() -> Iterator[Quad]:
        nonlocal graphs
        for document in context.all_documents(reader):
            graphs += 1
            yield from quads_of(document)
        for slug, told in catalogue.dataset_quads(reader, sorted(described), BASE):
            graphs += 1
            yield from _in_graph(slug, told)

    for some in _in_pieces(quads(), _QUADS):
        opened.bulk_extend(some)
    _publish(tenant_id, opened, Current(primary, "", "", policy, described))
    return graphs


def _graph_of(slug: str) -> NamedNode:
    return NamedNode(f"{BASE}data/{slug}")


def _in_graph(slug: str, quads: Iterable[Quad]) -> Iterator[Quad]:
    graph = _graph_of(slug)
    return (Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)


def _publish(tenant_id: str, opened: Store, place: Current) -> None:
    generation, moment = store.new_generation(), now().isoformat()
    store.publish(tenant_id, opened, replace(place, generation=generation, built_at=moment))


def _in_pieces(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while some := list(islice(items, size)):
        yield some
