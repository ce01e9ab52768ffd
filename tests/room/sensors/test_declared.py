"""Devices in `city.yaml`: taken over with the city, and refused with the place of what is wrong."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from spiegelstad.accounts import public as accounts
from spiegelstad.catalogue.public import VersionPublished
from spiegelstad.context import public as context
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.testing import city
from spiegelstad.sensors import public as sensors

GROUP = {"type": "Device", "kind": "air", "department": "milieu", "purpose": "environment-monitoring"}


def write(folder: Path, **group: Any) -> Path:
    content = {**city(), "devices": [{**GROUP, **group}]}
    (folder / "city.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def test_city_declares_its_devices(tenant: str, tmp_path: Path) -> None:
    safeguards = {"nl": "Beelden worden gewist."}
    by = ingest.set_up_city(write(tmp_path, recognises_people=True, safeguards=safeguards))
    assert accounts.tenant(tenant).settings["devices"][0]["purpose"] == "environment-monitoring"
    entity = context.EntityIn(id="urn:ngsi-ld:Device:1", type="Device", name="Neus", lon=3.7, lat=51.05)
    context.upsert_entities(by=by, entities=[entity])
    sensors.on_version_published(VersionPublished(tenant_id=tenant, slug="sensors", version_id=uuid4()))
    found = sensors.device(by, "device-1")
    assert (found.is_active, found.safeguards, found.stored_at, found.since) == (True, safeguards, {}, None)


@pytest.mark.parametrize(
    ("group", "path", "words"),
    [
        ({"department": "nergens"}, "devices[0].department", "nergens"),
        ({"purpose": "curiosity"}, "devices[0].purpose", "environment-monitoring"),
        ({"type": "a device"}, "devices[0].type", ""),
        ({"safeguards": {}}, "devices[0].safeguards", ""),
        ({"colour": "red"}, "devices[0].colour", ""),
    ],
)
def test_wrong_devices_are_refused_by_name(tmp_path: Path, group: dict[str, Any], path: str, words: str) -> None:
    (problem,) = ingest.check(write(tmp_path, **group))
    assert problem.key == path
    assert words in f"{problem.message} {problem.remedy}"
