"""Builders of devices, for tests."""

from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.sensors.public import DeviceIn, Kind, register_device


def make_device(tenant_id: str, key: str, **more: Any) -> DeviceIn:
    """Register an active bicycle counter of mobiliteit by the system, but for what is given otherwise; return it."""
    fields: dict[str, Any] = {
        "name": {"nl": f"Paal {key}", "en": f"Post {key}"},
        "kind": Kind.BICYCLES,
        "department": "mobiliteit",
        "purpose": "traffic-counts",
        "is_active": True,
    }
    device = DeviceIn(key=key, **{**fields, **more})
    register_device(by=Actor.system(tenant_id, "tests"), device=device)
    return device
