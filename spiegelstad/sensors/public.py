"""The door of the sensor register."""

from spiegelstad.sensors.actions import (
    CannotBeActive,
    InvalidDevice,
    activate_device,
    on_version_published,
    register_declared,
    register_device,
    require_purposes,
)
from spiegelstad.sensors.alarms import watch_silence
from spiegelstad.sensors.queries import (
    Device,
    RegisteredKind,
    UnknownDevice,
    described_device,
    device,
    devices,
    registered_kinds,
    silent_devices,
)
from spiegelstad.sensors.rules import DeviceIn
from spiegelstad.sensors.uses import Derived, note_use, tell_derived_by
from spiegelstad.sensors.vocabulary import KIND_NAMES, Kind, State

__all__ = [
    "KIND_NAMES",
    "CannotBeActive",
    "Derived",
    "Device",
    "DeviceIn",
    "InvalidDevice",
    "Kind",
    "RegisteredKind",
    "State",
    "UnknownDevice",
    "activate_device",
    "described_device",
    "device",
    "devices",
    "note_use",
    "on_version_published",
    "register_declared",
    "register_device",
    "registered_kinds",
    "require_purposes",
    "silent_devices",
    "tell_derived_by",
    "watch_silence",
]
