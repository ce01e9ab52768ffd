"""What a city itself does with personal data: taken over with its folder, shown apart, and of that city alone."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.catalogue.models import Dataset
from spiegelstad.governance import public as governance
from spiegelstad.governance.models import AuditEntry
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.testing import definition, write_city
from spiegelstad.sensors.public import CannotBeActive
from spiegelstad.sensors.testing import make_device

pytestmark = pytest.mark.django_db
HERE = {"host": "localhost"}
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "keep-the-data-register.md"
YOUTH = next(
    found["activities"]["youth-work"]
    for found in map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    if "activities" in found
)
CLOSED = {"classification": "personal", "classification_reason": "Over jongeren.", "processing": "youth-work"}


def write(folder: Path, activities: dict[str, Any], *sources: dict[str, Any]) -> Path:
    write_city(folder, *sources)
    (folder / "processing.yaml").write_text(yaml.safe_dump({"activities": activities}), encoding="utf-8")
    return folder


def page_of(client: Client, host: str = "localhost") -> str:
    return unescape(client.get("/register/processing", headers={"host": host}).content.decode())


def test_register_shows_what_the_city_does_apart(tenant: str, client: Client, tmp_path: Path) -> None:
    before = page_of(client)
    assert "Wat deze stad" not in before and "Wat deze site doet met gegevens van mensen" in before
    ingest.set_up_city(write(tmp_path, {"youth-work": YOUTH}, definition("visits", **CLOSED)))
    own, _, program = page_of(client).partition("Wat deze site doet met gegevens van mensen")
    assert "Wat deze stad doet met gegevens van mensen" in own
    for text in (YOUTH["purpose"]["nl"], YOUTH["retention"]["nl"], YOUTH["dpia"]["nl"], "Tellingen visits"):
        assert text in own and text not in program
    assert "Aanmelden" in program and "Aanmelden" not in own.partition("Wat deze stad")[2]
    whole = json.loads(client.get("/register/processing.json", headers=HERE).content)["activities"]
    assert [one["key"] for one in whole if one["declared_by"] == "city"] == ["youth-work"]
    assert {one["key"] for one in whole if one["declared_by"] == "program"} == set(governance.processing_register())
    (entry,) = list(client.get("/register.json?kind=dataset", headers=HERE).json()["entries"])
    assert entry["retention"] == YOUTH["retention"]["nl"], "the data register has it from there"


def test_another_city_has_nothing_of_it(tenant: str, client: Client, tmp_path: Path) -> None:
    make_tenant("anderstad", host="ander.localhost")
    by = ingest.set_up_city(write(tmp_path, {"youth-work": YOUTH}))
    assert "Jeugdwerking" in page_of(client) and "Jeugdwerking" not in page_of(client, "ander.localhost")
    other = Actor.system("anderstad", "tests")
    assert "youth-work" in governance.activities(by)
    assert governance.activities(other) == governance.processing_register()
    with pytest.raises(CannotBeActive):
        make_device("anderstad", "paal-1", purpose="youth-work")


def test_change_is_in_the_audit_log_once(tenant: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {"youth-work": YOUTH})
    for _ in range(2):
        ingest.set_up_city(folder)
    ingest.set_up_city(write(folder, {"youth-work": {**YOUTH, "retention": {"nl": "een jaar", "en": "a year"}}}))
    ingest.set_up_city(write(folder, {}))
    told = AuditEntry.objects.filter(tenant_id=tenant, act="ingest.declare_processing")
    assert [one.details for one in told] == [{"changed": ["youth-work"]}] * 3
    assert governance.verify_audit(tenant) == []


def test_activity_stays_while_data_names_it(tenant: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {"youth-work": YOUTH}, definition("visits", **CLOSED))
    by = ingest.set_up_city(folder)
    with pytest.raises(ingest.InvalidDefinitions, match="visits"):  # its source is gone, its data is not
        ingest.set_up_city(write(folder, {}))
    assert "youth-work" in governance.activities(by)
    Dataset.objects.filter(tenant_id=tenant, slug="visits").update(status="destroyed")
    ingest.set_up_city(write(folder, {}))
    assert "youth-work" not in governance.activities(by)


def test_activity_stays_while_a_device_is_in_use_for_it(tenant: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {"youth-work": YOUTH})
    by = ingest.set_up_city(folder)
    make_device(tenant, "paal-1", purpose="youth-work")
    with pytest.raises(CannotBeActive, match="paal-1"):
        ingest.set_up_city(write(folder, {}))
    assert "youth-work" in governance.activities(by)


def test_key_that_the_program_takes_later_is_the_program_s(tenant: str, tmp_path: Path, monkeypatch: Any) -> None:
    by = ingest.set_up_city(write(tmp_path, {"youth-work": YOUTH}))
    of_program = governance.processing_register()["sign-in"]
    monkeypatch.setitem(governance.processing_register(), "youth-work", of_program)
    assert governance.activities(by)["youth-work"] is of_program
