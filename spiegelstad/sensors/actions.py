"""Writes of the register: declaring a device, and taking over those that the city's YAML declares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, ActorKind
from spiegelstad.base import sql
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.catalogue.public import VersionPublished
from spiegelstad.context import public as context
from spiegelstad.governance.public import Thing, activities, record, require
from spiegelstad.sensors import models
from spiegelstad.sensors.queries import described_device
from spiegelstad.sensors.rules import REGISTER_DEVICE, RESERVED, DeviceIn, problems
from spiegelstad.sensors.vocabulary import Kind


class InvalidDevice(InvalidInput):
    """The device is not described in a way that can be kept."""

    title = "Invalid device"


class CannotBeActive(Conflict):
    """A device that nobody answers for, or without a purpose, does not measure in this city.

    `reasons`: a sentence for each field that is at fault.
    """

    title = "The device cannot be active"

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(" ".join(reasons.values()), remedy=_("Register it as not in use until that is settled."))
        self.reasons = reasons


def register_device(*, by: Actor, device: DeviceIn) -> None:
    """Put a device in the register, or change what stands there under its key.

    For a steward of its department; without a department, for an administrator. What a person changes stays as that
    person left it when the city's YAML is taken over again. Raises InvalidDevice, and CannotBeActive with every reason
    when it is to be active without owner, purpose or, where it can recognise people, safeguards.
    """
    require(by, REGISTER_DEVICE, _thing(by, device.key, device.department))
    if not device.key or slugify(device.key) != device.key or device.key in RESERVED:
        raise InvalidDevice(f"{device.key!r} can't stand in an address: use small letters, digits and hyphens.")
    if (device.lon is None) != (device.lat is None):
        raise InvalidDevice("A place has a longitude and a latitude.")
    why_not = problems(device, accounts.departments(by.tenant_id), activities(by))
    if device.is_active and why_not:
        raise CannotBeActive(why_not)
    with transaction.atomic():
        row = models.Device.objects.select_for_update().filter(tenant_id=by.tenant_id, key=device.key).first()
        if row is None:
            row = models.Device(tenant_id=by.tenant_id)
        else:
            require(by, REGISTER_DEVICE, _thing(by, device.key, row.department))
        changed = _changed(row, device)
        for name, value in changed.items():
            setattr(row, name, value)
        if by.kind is ActorKind.PERSON:
            row.by_hand = sorted({*row.by_hand, *changed})
        row.save()
        record(by, REGISTER_DEVICE, _thing(by, device.key, device.department), details={"changed": sorted(changed)})


def activate_device(*, by: Actor, key: str, active: bool) -> None:
    """Take a device into use or out of it; the same people may as register it, and for the same reasons not."""
    register_device(by=by, device=replace(described_device(by, key), is_active=active))


def _thing(by: Actor, key: str, department: str) -> Thing:
    return Thing("device", key, by.tenant_id, department=department)


def _changed(row: models.Device, device: DeviceIn) -> dict[str, Any]:
    """Return the fields of the row that would change, with their new values."""
    values = {**asdict(device), "name": dict(device.name), "series": list(device.series)}
    return {one.name: values[one.name] for one in fields(device) if getattr(row, one.name) != values[one.name]}


def register_declared(*, by: Actor) -> int:
    """Register the entities that the city's YAML declares to be devices; returns how many were new or changed.

    What a person has set stays as it is. A device that is in the register already stays active or inactive, as its
    steward left it; one that was inactive because it lacked an owner, a purpose or safeguards becomes active when the
    city tells them.
    """
    groups = accounts.tenant(by.tenant_id).settings.get("devices", [])
    if not groups:
        return 0
    departments, purposes, count = accounts.departments(by.tenant_id), activities(by), 0
    with transaction.atomic():
        # One at a time: two that find the same new device would both make it.
        sql.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": f"sensors:{by.tenant_id}"})
        known = {row.key: row for row in models.Device.objects.filter(tenant_id=by.tenant_id)}
        for declared in _declared(by, groups):
            row = known.get(declared.key)
            device = (
                declared if row is None else replace(declared, **{name: getattr(row, name) for name in row.by_hand})
            )
            may_be_active = not problems(device, departments, purposes)
            stays_off = row is not None and not row.is_active and ("is_active" in row.by_hand or not _lacked(row))
            wanted = replace(device, is_active=may_be_active and not stays_off)
            if row is None or _changed(row, wanted):
                register_device(by=by, device=wanted)
                count += 1
    return count


def require_purposes(*, by: Actor) -> None:
    """Go on when the processing register still has the purpose of every device in use, else raise CannotBeActive."""
    require(by, REGISTER_DEVICE, _thing(by, "*", ""))
    lost = models.Device.objects.filter(tenant_id=by.tenant_id, is_active=True).exclude(purpose__in=activities(by))
    text = _("The processing register has no purpose “{name}”, and the device {key} is in use for it.")
    if reasons := {row.key: text.format(name=row.purpose, key=row.key) for row in lost.order_by("key")}:
        raise CannotBeActive(reasons)


def _lacked(row: models.Device) -> bool:
    """Whether this device was inactive because too little was told of it, and not because its steward wanted so."""
    return not row.department or not row.purpose or (row.recognises_people and not row.safeguards)


def _declared(by: Actor, groups: Sequence[Mapping[str, Any]]) -> Iterator[DeviceIn]:
    for group in groups:
        for entity in context.entities(by, type=group["type"]):
            if all(str(entity.attributes.get(name)) == value for name, value in group["where"].items()):
                yield _device(entity, group)


def _device(entity: context.Entity, group: Mapping[str, Any]) -> DeviceIn:
    """Return the device that an entity is, as its group declares it."""
    if group["kind"] not in set(Kind):
        raise InvalidDevice(f"There is no kind of device {group['kind']!r}.", remedy=f"Known: {', '.join(Kind)}.")
    return DeviceIn(
        key=slugify(entity.id.removeprefix("urn:ngsi-ld:").replace(":", "-")),
        name={"nl": entity.name, "en": entity.name},
        kind=Kind(group["kind"]),
        entity_id=entity.id,
        department=group["department"],
        purpose=group["purpose"],
        recognises_people=group["recognises_people"],
        safeguards=group["safeguards"] or {},
        stored_at=group["stored_at"] or {},
        since=_day(entity.attributes.get(group["since"])) if group["since"] else None,
        lon=entity.lon,
        lat=entity.lat,
    )


def _day(told: object) -> dt.date | None:
    """Return a day or the day of a moment; None where a source tells something else, which is no reason to leave all
    devices of the city out of the register."""
    try:
        return dt.date.fromisoformat(str(told)[:10])
    except ValueError:
        return None


def on_version_published(event: VersionPublished) -> None:
    """Look for new devices when a source was read: it may have brought entities."""
    register_declared(by=Actor.system(event.tenant_id, "sensors"))
