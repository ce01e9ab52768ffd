"""Builders of sources, for tests and demos: a folder with a city, definitions and data files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from spiegelstad.accounts.public import Actor
from spiegelstad.ingest import actions, running
from spiegelstad.ingest.records import Run

LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"
COUNTS = (
    "place;time;count\n"
    "Korenmarkt;2026-01-05T08:00:00+01:00;120\n"
    "Coupure;2026-01-05T08:00:00+01:00;340\n"
    "Coupure;2026-01-05T08:15:00+01:00;-3\n"
)


def definition(slug: str = "bicycle-counts", **changes: Any) -> dict[str, Any]:
    """Return a source of mobiliteit that reads `<slug>.csv`; `changes` replace keys, and None removes one."""
    whole: dict[str, Any] = {
        "source": slug,
        "title": {"nl": f"Tellingen {slug}", "en": f"Counts {slug}"},
        "description": {"nl": "Een bron om te proberen.", "en": "A source to try things with."},
        "publisher": "Stad Voorbeeld",
        "department": "mobiliteit",
        "theme": "mobility",
        "licence": LICENCE,
        "where": {"file": f"{slug}.csv"},
        "format": {"type": "csv", "separator": ";"},
        "columns": {
            "place": {"required": True},
            "time": {"type": "datetime", "required": True},
            "count": {"type": "integer", "unit": "C62", "minimum": 0},
        },
        "unique": ["place", "time"],
        "quarantine": {"share": 0.9},
    }
    merged = {**whole, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def city(tenant_id: str = "teststad") -> dict[str, Any]:
    """Return a city.yaml with the departments of `accounts.testing`."""
    return {
        "tenant": tenant_id,
        "name": {"nl": "Teststad", "en": "Test city"},
        "languages": ["nl", "en"],
        "bbox": [3.6, 51.0, 3.8, 51.1],
        "area_types": [
            {"slug": "municipality", "name": {"nl": "Gemeente"}, "level": 2},
            {"slug": "wijk", "name": {"nl": "Wijk"}, "level": 3},
        ],
        "departments": [
            {"slug": "mobiliteit", "name": {"nl": "Dienst Mobiliteit", "en": "Mobility"}},
            {"slug": "milieu", "name": {"nl": "Dienst Milieu", "en": "Environment"}},
        ],
        "privacy": {
            "controller": {"name": "Stad Teststad", "email": "info@teststad.example"},
            "data_protection_officer": {"name": "Functionaris", "email": "privacy@teststad.example"},
        },
    }


def write_city(folder: Path, *sources: Mapping[str, Any], tenant_id: str = "teststad") -> Path:
    """Write a city's folder with these sources; those that were there and aren't named go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        old.unlink()
    for name, content in [("city", city(tenant_id)), *((str(one["source"]), one) for one in sources)]:
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def write_data(name: str, content: str | bytes) -> Path:
    """Write a file below the installation's own data folder (`var/data`)."""
    path = Path(settings.VAR) / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def make_source(tenant_id: str, folder: Path, *sources: Mapping[str, Any]) -> Actor:
    """Take over these sources (default: one of counts, with its file); return the actor who did."""
    by = Actor.system(tenant_id, "testing")
    if not sources:
        write_data("bicycle-counts.csv", COUNTS)
    actions.sync_sources(by=by, folder=write_city(folder, *(sources or (definition(),)), tenant_id=tenant_id))
    return by


def make_run(tenant_id: str, folder: Path, *sources: Mapping[str, Any]) -> Run:
    """Take over these sources and run the first."""
    by = make_source(tenant_id, folder, *sources)
    return running.run_source(by=by, slug=str((sources or (definition(),))[0]["source"]))


def live_definition(slug: str = "air-quality", **changes: Any) -> dict[str, Any]:
    """Return a source of messages over MQTT without TLS: temperatures of sensors, each an entity with a series."""
    live: dict[str, Any] = {
        "where": {"mqtt": {"host": "127.0.0.1", "tls": False, "topics": ["city/+/air"]}},
        "format": {"type": "json"},
        "columns": {
            "sensor": {"from": "message.topic.1", "required": True, "pattern": "[a-z0-9-]+"},
            "time": {"type": "datetime", "required": True},
            "temperature": {"type": "number", "unit": "CEL", "required": True, "minimum": -40, "maximum": 60},
            "battery": {"type": "integer", "unit": "P1"},
            "lon": {"type": "number"},
            "lat": {"type": "number"},
        },
        "entities": {
            "type": "Device",
            "id": "urn:ngsi-ld:Device:{sensor}",
            "name": "Sensor {sensor}",
            "lon": "lon",
            "lat": "lat",
            "attributes": ["battery"],
        },
        "observations": [
            {
                "series": "temperature:{sensor}",
                "entity": "urn:ngsi-ld:Device:{sensor}",
                "property": "temperature",
                "name": {"nl": "Temperatuur {sensor}", "en": "Temperature {sensor}"},
                "observed_at": "time",
                "value": "temperature",
                "unit": "CEL",
            }
        ],
        "unique": None,
        "quarantine": None,
    }
    return definition(slug, **{**live, **changes})


def chirpstack_event(*, heard_by: int = 2, **changes: Any) -> dict[str, Any]:
    """Return an `up` event of ChirpStack v4; `decoded` replaces what its decoder made."""
    heard = [{"gatewayId": "church", "rssi": -101, "snr": 2.0}, {"gatewayId": "town-hall", "rssi": -48, "snr": 9.0}]
    return {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2026-03-01T11:00:00.775023242+00:00",
        "deviceInfo": {
            "tenantName": "city",
            "applicationName": "parks",
            "deviceName": "bench-7",
            "devEui": "0101010101010101",
            "tags": {"street": "Coupure"},
        },
        "devAddr": "00189440",
        "adr": True,
        "dr": 1,
        "fCnt": changes.get("counter", 41),
        "fPort": 2,
        "confirmed": False,
        "data": "AQID",
        "object": changes.get("decoded", {"temperature": 12.5}),
        "rxInfo": heard[-heard_by:],
        "txInfo": {"frequency": 868100000},
    }


def things_stack_event(**changes: Any) -> dict[str, Any]:
    """Return an uplink message of The Things Stack v3; `decoded` replaces what its decoder made."""
    return {
        "end_device_ids": {
            "device_id": "bench-7",
            "application_ids": {"application_id": "parks"},
            "dev_eui": "0101010101010101",
            "dev_addr": "00BCB929",
        },
        "correlation_ids": ["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ"],
        "received_at": "2026-03-01T11:00:01.100000000Z",
        "uplink_message": {
            "session_key_id": "AXBSH1Pk6Z0G166fN+kcSQ==",
            "f_port": 2,
            "f_cnt": changes.get("counter", 41),
            "frm_payload": "AQID",
            "decoded_payload": changes.get("decoded", {"temperature": 12.5}),
            "rx_metadata": [
                {"gateway_ids": {"gateway_id": "church"}, "rssi": -101, "snr": 2.0},
                {"gateway_ids": {"gateway_id": "town-hall"}, "rssi": -48, "snr": 9.0},
            ],
            "received_at": "2026-03-01T11:00:00.775023242Z",
            "locations": {"user": {"latitude": 51.05, "longitude": 3.72, "source": "SOURCE_REGISTRY"}},
        },
    }
