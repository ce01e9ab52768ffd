"""What may be active, how a device does, and how far it is. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from django.utils.translation import gettext as _

from spiegelstad.accounts.public import Role
from spiegelstad.base.localised import Localised
from spiegelstad.governance.public import Act, Classification
from spiegelstad.mirror.public import Latest
from spiegelstad.sensors.vocabulary import Kind, State, Way

RESERVED = frozenset({"new"})
"""Addresses of pages beside those of devices, so not the keys of any."""

EARTH_M = 6_371_009.0
_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
REGISTER_DEVICE = Act("sensors.register_device", roles=_STEWARDS)
WATCH_SILENCE = Act("sensors.watch_silence")  # for the program itself


@dataclass(frozen=True, slots=True)
class DeviceIn:
    """A device as it is declared. `purpose`: a key of the processing register; lon, lat: degrees WGS84."""

    key: str
    name: Localised
    kind: Kind
    entity_id: str = ""
    series: tuple[str, ...] = ()
    department: str = ""
    purpose: str = ""
    recognises_people: bool = False
    safeguards: Mapping[str, str] = field(default_factory=dict)
    stored_at: Mapping[str, str] = field(default_factory=dict)
    since: dt.date | None = None
    lon: float | None = None
    lat: float | None = None
    is_active: bool = False
    classification: Classification = Classification.PUBLIC


def problems(device: DeviceIn, departments: Collection[str], purposes: Collection[str]) -> dict[str, str]:
    """Return why this device cannot be active: a sentence for each field that is at fault; empty when it can."""
    found = {}
    if not device.department:
        found["department"] = _("It has no owner: name the department that answers for it.")
    elif device.department not in departments:
        found["department"] = _("There is no department “{name}”.").format(name=device.department)
    if not device.purpose:
        found["purpose"] = _("It has no purpose: name one of the processing register.")
    elif device.purpose not in purposes:
        found["purpose"] = _("The processing register has no purpose “{name}”.").format(name=device.purpose)
    if device.recognises_people and not device.safeguards:
        found["safeguards"] = _("It can recognise people: tell what protects them.")
    return found


class Asked(NamedTuple):
    """What an address is about. `name`: key of a device, URN of an entity, key or number of a series."""

    way: Way
    name: str


_ADDRESSES = (
    ("/sensors/", Way.PAGE, re.compile(r"/sensors/([-\w]+)")),
    ("/api/series/", Way.SERIES, re.compile(r"/api/series/(.+)/(?:raw|hourly|daily)")),
    ("/ngsi-ld/v1/", Way.ENTITY, re.compile(r"/ngsi-ld/v1/(?:temporal/)?entities/(.+)")),
    ("/sensorthings/", Way.DATASTREAM, re.compile(r"/sensorthings/v1\.1/Datastreams\((\d{1,18})\)(?:/.*)?")),
)


def asked_of(path: str) -> Asked | None:
    """Return what an address is about, when it is one device, entity or series; a list of many is about none."""
    for start, way, pattern in _ADDRESSES:
        if path.startswith(start):
            found = pattern.fullmatch(path)
            return Asked(way, found[1].rstrip("/")) if found else None
    return None


def state_of(is_active: bool, readings: Sequence[Latest], moment: dt.datetime) -> State:
    """Return how a device does at this moment, by the newest values of its series."""
    if not is_active:
        return State.INACTIVE
    if any(one.is_late(moment) for one in readings):
        return State.SILENT
    return State.MEASURING if any(one.newest_at is not None for one in readings) else State.WAITING


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the metres between two points in degrees, over a sphere: right to half a percent."""
    up, across = radians(other_lat - lat), radians(other_lon - lon)
    share = sin(up / 2) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(across / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(share)))
