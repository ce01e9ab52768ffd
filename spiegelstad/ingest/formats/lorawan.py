"""Uplinks of LoRaWAN network servers as one and the same record: ChirpStack v4 and The Things Stack v3. Pure.

A record has `device.eui`, `device.name`, `device.tags.…`, `application`, `time` (RFC 3339), `port`, `counter`, what the
decoder made of the payload under `decoded.…`, the payload itself as `data` (base64), and of the gateway that heard it
best `gateway.id`, `gateway.rssi`, `gateway.snr`; `location.lon`, `location.lat` when the network says where it stands.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NotAnUplink(Exception):
    """An event of another kind (a join, a status, an acknowledgement), which holds no measurements."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """How a network knows an uplink: a digest of device, session, counter, port and payload; and its time."""

    digest: str
    at: dt.datetime


def chirpstack_uplink(body: Any) -> tuple[dict[str, Any], Uplink]:
    """Read the `up` event of ChirpStack v4 (JSON). Raises NotAnUplink, or ValueError with a sentence."""
    event = _object(body)
    device = _object(event.get("deviceInfo"))
    if device and "rxInfo" not in event:
        raise NotAnUplink
    heard = [_object(one) for one in event.get("rxInfo") or []]
    best = max(heard, key=_strength, default={})
    eui = _text(device, "devEui", "it names no device (`deviceInfo.devEui`)")
    values = {
        "device": {"eui": eui.lower(), "name": device.get("deviceName"), "tags": device.get("tags") or {}},
        "application": device.get("applicationName"),
        "time": _text(event, "time", "it has no `time`"),
        "port": event.get("fPort"),
        "counter": event.get("fCnt", 0),  # protobuf leaves out a zero
        "decoded": event.get("object") or {},
        "data": event.get("data"),
        "gateway": {"id": best.get("gatewayId"), "rssi": best.get("rssi"), "snr": best.get("snr")},
        "location": {},  # those it gives are of gateways
    }
    return values, _known_as(values, str(event.get("devAddr")))


def things_stack_uplink(body: Any) -> tuple[dict[str, Any], Uplink]:
    """Read the uplink message of The Things Stack v3 (JSON). Raises NotAnUplink, or ValueError with a sentence."""
    event = _object(body)
    device = _object(event.get("end_device_ids"))
    if "uplink_message" not in event and device:
        raise NotAnUplink
    uplink = _object(event.get("uplink_message"))
    best = max((_object(one) for one in uplink.get("rx_metadata") or []), key=_strength, default={})
    name = _text(device, "device_id", "it names no device (`end_device_ids.device_id`)")
    time = _text({"time": uplink.get("received_at") or event.get("received_at")}, "time", "it has no `received_at`")
    values = {
        "device": {"eui": str(device.get("dev_eui") or name).lower(), "name": name, "tags": {}},
        "application": _object(device.get("application_ids")).get("application_id"),
        "time": time,
        "port": uplink.get("f_port"),
        "counter": uplink.get("f_cnt", 0),  # protobuf leaves out a zero
        "decoded": uplink.get("decoded_payload") or {},
        "data": uplink.get("frm_payload"),
        "gateway": {
            "id": _object(best.get("gateway_ids")).get("gateway_id"),
            "rssi": best.get("rssi"),
            "snr": best.get("snr"),
        },
        "location": _location(_object(uplink.get("locations"))),
    }
    return values, _known_as(values, str(uplink.get("session_key_id") or device.get("dev_addr")))


def _object(value: Any) -> Mapping[str, Any]:
    """Give an object; nothing counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("it isn't an event of this kind of network server")
    return value


def _text(values: Mapping[str, Any], key: str, problem: str) -> str:
    found = values.get(key)
    if not isinstance(found, str) or not found:
        raise ValueError(problem)
    return found


def _strength(heard: Mapping[str, Any]) -> float:
    strength = heard.get("rssi")
    return float(strength) if isinstance(strength, int | float) else float("-inf")


def _location(places: Mapping[str, Any]) -> dict[str, Any]:
    """Give the point of a device: as registered (`user`), else as found in another way."""
    place = _object(places.get("user") or next(iter(places.values()), None))
    return {"lon": place.get("longitude"), "lat": place.get("latitude")} if place else {}


def _known_as(values: Mapping[str, Any], session: str) -> Uplink:
    try:
        at = dt.datetime.fromisoformat(values["time"])
    except ValueError:
        raise ValueError("its time isn't one") from None
    if at.tzinfo is None:
        raise ValueError("its time has no zone")
    known = (values["device"]["eui"], session, values["counter"], values["port"], values["data"])
    return Uplink(hashlib.sha256(repr(known).encode()).hexdigest()[:32], at)
