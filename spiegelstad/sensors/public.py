"""The door of the sensor register."""

from spiegelstad.sensors.actions import (
    CannotBeActive,
    InvalidDevice,
    activate_device,
    on_version_published,
    register_declared,
    register_device,
)
from spiegelstad.sensors.alarms import watch_silence
from spiegelstad.sensors.queries import Device, UnknownDevice, described_device, device, devices, silent_devices
from spiegelstad.sensors.rules import DeviceIn
from spiegelstad.sensors.uses import Derived, keep_writing, tell_derived_by
from spiegelstad.sensors.vocabulary import Kind, State

__all__ = [
    "CannotBeActive",
    "Derived",
    "Device",
    "DeviceIn",
    "InvalidDevice",
    "Kind",
    "State",
    "UnknownDevice",
    "activate_device",
    "described_device",
    "device",
    "devices",
    "keep_writing",
    "on_version_published",
    "register_declared",
    "register_device",
    "silent_devices",
    "tell_derived_by",
    "watch_silence",
]
