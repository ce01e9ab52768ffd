"""What may be active, how a device does, and how far it is. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt

from spiegelstad.accounts.public import Role
from spiegelstad.base.localised import Localised
from spiegelstad.governance.public import Act, Classification
from spiegelstad.mirror.public import Latest
from spiegelstad.sensors.vocabulary import Kind, State

EARTH_M = 6_371_009.0
_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
REGISTER_DEVICE = Act("sensors.register_device", roles=_STEWARDS)
READ_DEVICE = Act("sensors.read_device", reads=True)


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


def problems(device: DeviceIn, departments: Collection[str], purposes: Collection[str]) -> list[str]:
    """Return why this device cannot be active, a sentence each; empty when it can."""
    found = []
    if not device.department:
        found.append("It has no owner: name the department that answers for it.")
    elif device.department not in departments:
        found.append(f"There is no department {device.department!r}.")
    if not device.purpose:
        found.append("It has no purpose: name one of the processing register.")
    elif device.purpose not in purposes:
        found.append(f"The processing register has no purpose {device.purpose!r}.")
    if device.recognises_people and not device.safeguards:
        found.append("It can recognise people: tell what protects them.")
    return found


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
