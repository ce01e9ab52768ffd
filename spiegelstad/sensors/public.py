"""The door of the sensor register."""

from spiegelstad.sensors.actions import (
    CannotBeActive,
    InvalidDevice,
    on_version_published,
    register_declared,
    register_device,
)
from spiegelstad.sensors.queries import Device, UnknownDevice, device, devices, silent_devices
from spiegelstad.sensors.rules import DeviceIn
from spiegelstad.sensors.vocabulary import Kind, State

__all__ = [
    "CannotBeActive",
    "Device",
    "DeviceIn",
    "InvalidDevice",
    "Kind",
    "State",
    "UnknownDevice",
    "device",
    "devices",
    "on_version_published",
    "register_declared",
    "register_device",
    "silent_devices",
]
