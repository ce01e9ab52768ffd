"""Who uses what a device measures: counts by kind of reader and month, and the figures that are made of it.

Counting (`base.counting`) keeps nothing of a reader: no address, account, key or moment, only that a month had one more
of a kind.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from spiegelstad.accounts.public import STAFF, Actor, ActorKind
from spiegelstad.base import sql
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.counting import Tally
from spiegelstad.base.localised import Localised
from spiegelstad.governance.public import visible
from spiegelstad.mirror import public as mirror
from spiegelstad.sensors import models
from spiegelstad.sensors.rules import Asked, asked_of
from spiegelstad.sensors.vocabulary import Reader, Way


@dataclass(frozen=True, slots=True)
class Derived:
    """What is made of the data of devices: a figure with a page."""

    name: Localised
    url: str


TellsDerived = Callable[[Actor, Collection[str]], Iterable[Derived]]
"""Gives what this actor may see of what is made of series of these properties."""

_tellers: list[TellsDerived] = []


def tell_derived_by(teller: TellsDerived) -> None:
    """Let a higher room tell what it makes of devices; done once, when the program starts."""
    if teller not in _tellers:
        _tellers.append(teller)


def derived(actor: Actor, properties: Collection[str]) -> list[Derived]:
    """Return what is made of series of these properties, as far as this actor may see it."""
    return [one for teller in _tellers for one in teller(actor, properties)] if properties else []


def note_use(request: HttpRequest) -> None:
    """Count a successful read, when it is about one device; who asks is looked at only then."""
    if (asked := asked_of(request.path)) is not None:
        by: Actor = request.actor  # type: ignore[attr-defined]
        tally.note((by.tenant_id, asked, _reader(by, asked)))


def _reader(by: Actor, asked: Asked) -> Reader:
    if by.kind is ActorKind.KEY:
        return Reader.KEY
    if asked.way is not Way.PAGE:
        return Reader.PROGRAM
    return Reader.STAFF if by.roles & STAFF else Reader.VISITOR


def _write(counted: Mapping[tuple[str, Asked, Reader], int]) -> None:
    """Add to the counts of this month. What is about no device of the register is forgotten."""
    month, total = now().astimezone(BRUSSELS).date().replace(day=1), Counter[tuple[str, UUID, date, str]]()
    for tenant_id in {tenant for tenant, _, _ in counted}:
        devices = _devices(tenant_id, {asked for tenant, asked, _ in counted if tenant == tenant_id})
        for (tenant, asked, reader), times in counted.items():
            for device_id in devices.get(asked, ()) if tenant == tenant_id else ():
                total[tenant_id, device_id, month, reader.value] += times
    if total:
        columns = [*(list(column) for column in zip(*total, strict=True)), list(total.values())]
        names = ("tenants", "devices", "months", "readers", "times")
        sql.rows(sql.load(__file__, "add_uses"), dict(zip(names, columns, strict=True)))


tally = Tally(_write)


def _devices(tenant_id: str, asked: Collection[Asked]) -> dict[Asked, set[UUID]]:
    """Return which devices each address is about: by key, by entity, or by one of its series."""
    names = {way: {one.name for one in asked if one.way is way} for way in Way}
    program = Actor.system(tenant_id, "uses")
    known = mirror.series(program, keys=names[Way.SERIES])
    known += mirror.series(program, ids=[int(number) for number in names[Way.DATASTREAM]])
    keys, entities = {one.key for one in known}, names[Way.ENTITY] | {one.entity_id for one in known if one.entity_id}
    wanted = Q(key__in=names[Way.PAGE]) | Q(entity_id__in=entities) | Q(series__overlap=list(keys))
    found: dict[Asked, set[UUID]] = defaultdict(set)
    for row in models.Device.objects.filter(wanted, tenant_id=tenant_id):
        found[Asked(Way.PAGE, row.key)].add(row.pk)
        found[Asked(Way.ENTITY, row.entity_id)].add(row.pk)
        for one in known:
            if one.key in row.series or (one.entity_id and one.entity_id == row.entity_id):
                found[Asked(Way.SERIES, one.key)].add(row.pk)
                found[Asked(Way.DATASTREAM, str(one.id))].add(row.pk)
    return found


def uses(actor: Actor, key: str, since: date) -> dict[Reader, int]:
    """Return how often each kind of reader asked for a device since a month. 1 query."""
    rows = models.Use.objects.filter(visible(actor, "device__"), device__key=key, month__gte=since)
    total: Counter[Reader] = Counter()
    for reader, times in rows.values_list("reader", "times"):
        total[Reader(reader)] += times
    return {reader: total[reader] for reader in Reader if total[reader]}
