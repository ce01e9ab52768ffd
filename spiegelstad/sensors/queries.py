"""Which devices there are for this actor, how they do, and which of a steward's are silent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from django.contrib.postgres.aggregates import BoolOr

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.clock import now
from spiegelstad.base.errors import NotFound
from spiegelstad.base.localised import Localised
from spiegelstad.governance.public import visible
from spiegelstad.mirror import public as mirror
from spiegelstad.sensors import models
from spiegelstad.sensors.rules import DeviceIn, distance_m, state_of
from spiegelstad.sensors.vocabulary import Kind, State

SHOWN_SILENCES = 5


class UnknownDevice(NotFound):
    """The register has no device with this key, or not for this actor."""

    title = "Unknown device"


@dataclass(frozen=True, slots=True)
class Device:
    """A device as read, with the newest values of its series that the actor may read. lon, lat: degrees WGS84.

    `state` is that of all its series; `is_closed`: the actor may not read some of them.
    """

    key: str
    name: Localised
    kind: Kind
    entity_id: str
    department: str
    purpose: str
    recognises_people: bool
    safeguards: Localised
    stored_at: Localised
    since: dt.date | None
    lon: float | None
    lat: float | None
    is_active: bool
    readings: tuple[mirror.Latest, ...]
    state: State
    is_closed: bool

    @property
    def properties(self) -> frozenset[str]:
        """What its series measure, in the words of the mirror."""
        return frozenset(one.property for one in self.readings)

    @property
    def newest(self) -> mirror.Latest | None:
        """The newest value that counts."""
        known = [one for one in self.readings if one.observed_at is not None]
        return max(known, key=lambda one: (one.observed_at, one.key), default=None)

    @property
    def heard_at(self) -> dt.datetime | None:
        """When it last measured anything, good or bad."""
        return max((one.newest_at for one in self.readings if one.newest_at is not None), default=None)

    def metres_from(self, lon: float, lat: float) -> float | None:
        """How far it is from a point in degrees; None without a place."""
        return None if self.lon is None or self.lat is None else distance_m(lon, lat, self.lon, self.lat)


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which a device should have measured and did not. `heard_at`: None when it never did."""

    heard_at: dt.datetime | None
    noticed_at: dt.datetime
    ended_at: dt.datetime | None


def devices(actor: Actor, kind: Kind | None = None) -> list[Device]:
    """Return the devices that `actor` may see, by key; of one kind when that is given. 3 queries."""
    rows = models.Device.objects.filter(visible(actor))
    if kind is not None:
        rows = rows.filter(kind=kind)
    return _read(list(rows.order_by("key")), mirror.latest(_program(actor)), mirror.latest(actor))


def device(actor: Actor, key: str) -> Device:
    """Return one device; raises UnknownDevice. 4 queries."""
    row = models.Device.objects.filter(visible(actor), key=key).first()
    if row is None:
        raise UnknownDevice(f"The register has no device {key!r}.")
    own = mirror.series_of_entities(_program(actor), [row.entity_id]) if row.entity_id else []
    keys = {*row.series, *(one.key for one in own)}
    return _read([row], mirror.latest(_program(actor), keys=keys), mirror.latest(actor, keys=keys))[0]


def described_device(actor: Actor, key: str) -> DeviceIn:
    """Return what the register was told of a device, to be changed; raises UnknownDevice. 1 query."""
    row = models.Device.objects.filter(visible(actor), key=key).first()
    if row is None:
        raise UnknownDevice(f"The register has no device {key!r}.")
    told = {one.name: getattr(row, one.name) for one in fields(DeviceIn)}
    return DeviceIn(**{**told, "kind": Kind(row.kind), "series": tuple(row.series)})


def silent_devices(actor: Actor, known: Sequence[Device] | None = None) -> list[Device]:
    """Return the active devices that `actor` answers for and that should have measured: the longest silent first.

    A steward answers for the own departments, an administrator and the program for all; others for none. `known`: the
    devices that `actor` may see, where they were read already.
    """
    everywhere = actor.is_system or Role.ADMINISTRATOR in actor.roles
    mine = actor.departments if Role.STEWARD in actor.roles else frozenset()
    if not everywhere and not mine:
        return []
    known = devices(actor) if known is None else known
    found = [one for one in known if one.state is State.SILENT and (everywhere or one.department in mine)]
    return sorted(found, key=lambda one: (one.heard_at is not None, one.heard_at, one.key))


def silences(actor: Actor, key: str) -> list[Silence]:
    """Return the newest silences of a device, the present one included. 1 query."""
    rows = models.Silence.objects.filter(visible(actor, "device__"), device__key=key).order_by("-noticed_at")
    return [Silence(row.heard_at, row.noticed_at, row.ended_at) for row in rows[:SHOWN_SILENCES]]


def alarms(actor: Actor) -> dict[str, dt.datetime]:
    """Return since when each silent device of the city has been an alarm, by key. 1 query."""
    rows = models.Silence.objects.filter(visible(actor, "device__"), ended_at=None)
    return dict(rows.values_list("device__key", "noticed_at"))


def _program(actor: Actor) -> Actor:
    """Return the register itself in the actor's city: how a device does it knows of closed series too."""
    return Actor.system(actor.tenant_id, "register")


def _read(
    rows: Sequence[models.Device], latest: Sequence[mirror.Latest], readable: Sequence[mirror.Latest]
) -> list[Device]:
    open_to_actor = {one.key for one in readable}
    by_key = {one.key: one for one in latest}
    by_entity: dict[str, list[mirror.Latest]] = defaultdict(list)
    for one in latest:
        if one.entity_id:
            by_entity[one.entity_id].append(one)
    moment, found = now(), []
    for row in rows:
        own = by_entity.get(row.entity_id, []) if row.entity_id else []
        named = [by_key[key] for key in row.series if key in by_key and by_key[key] not in own]
        every = (*own, *named)
        readings = tuple(one for one in every if one.key in open_to_actor)
        found.append(
            Device(
                key=row.key,
                name=row.name,
                kind=Kind(row.kind),
                entity_id=row.entity_id,
                department=row.department,
                purpose=row.purpose,
                recognises_people=row.recognises_people,
                safeguards=row.safeguards,
                stored_at=row.stored_at,
                since=row.since,
                lon=row.lon,
                lat=row.lat,
                is_active=row.is_active,
                readings=readings,
                state=state_of(row.is_active, every, moment),
                is_closed=len(readings) < len(every),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class RegisteredKind:
    """That a department has devices of a kind for a purpose, and how they are classified."""

    kind: Kind
    department: str
    purpose: str
    classification: str
    recognises_people: bool


def registered_kinds(actor: Actor) -> list[RegisteredKind]:
    """Return the kinds of devices in the actor's city, for the register that everyone reads. 1 query."""
    rows = models.Device.objects.filter(tenant_id=actor.tenant_id)
    fields = ("kind", "department", "purpose", "classification")
    found = rows.values_list(*fields).annotate(recognises=BoolOr("recognises_people")).order_by(*fields)
    return [RegisteredKind(Kind(kind), *rest) for kind, *rest in found]
