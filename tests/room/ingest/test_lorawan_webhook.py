"""`/api/lorawan/<source>`: who may send, what becomes of an uplink, and that the same one counts once."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.context import public as context
from spiegelstad.ingest import http_api, models
from spiegelstad.ingest.live import receiving
from spiegelstad.ingest.testing import chirpstack_event, live_definition, make_source, things_stack_event
from spiegelstad.mirror import public as mirror

COLUMNS = {
    "sensor": {"from": "device.eui", "required": True},
    "name": {"from": "device.name"},
    "time": {"type": "datetime", "required": True},
    "temperature": {"from": "decoded.temperature", "type": "number", "unit": "CEL", "required": True, "maximum": 60},
    "battery": {"from": "decoded.battery", "type": "integer", "unit": "P1"},
    "lon": {"from": "location.lon", "type": "number"},
    "lat": {"from": "location.lat", "type": "number"},
}


def source(tenant: str, folder: Path, kind: str = "chirpstack", **webhook: Any) -> None:
    definition = live_definition("parks", where={"webhook": webhook}, format={"type": kind}, columns=COLUMNS)
    make_source(tenant, folder, definition)


@pytest.fixture
def send(tenant: str) -> Callable[..., Any]:
    key, _ = make_key(tenant, ["observations:write"])

    def send(event: Any, key: str = key, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {key}", **headers} if key else headers
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return Client().post("/api/lorawan/parks?event=up", body, content_type="application/json", headers=given)

    return send


def values(tenant: str) -> list[float]:
    by = Actor.system(tenant, "tests")
    day = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    known = [one.key for one in mirror.series(by)]
    found: list[float] = mirror.raw(by, known, *day)["value"].to_pylist() if known else []
    return found


@pytest.mark.parametrize(("kind", "event"), [("chirpstack", chirpstack_event), ("things-stack", things_stack_event)])
def test_uplink_becomes_an_entity_and_an_observation(tenant, folder, send, kind, event):
    source(tenant, folder, kind)
    answer = send(event(decoded={"temperature": 12.5, "battery": 90}))
    assert (answer.status_code, answer.json()["taken"]) == (200, 1)
    assert values(tenant) == [12.5]
    [entity] = context.entities(Actor.system(tenant, "tests"), type="Device")
    assert entity.id == "urn:ngsi-ld:Device:0101010101010101"
    assert entity.attributes["battery"] == 90


def test_same_uplink_again_is_a_duplicate_and_counted(tenant, folder, send):
    source(tenant, folder)
    send(chirpstack_event())
    later = {**chirpstack_event(heard_by=1), "time": "2026-03-01T11:00:02+00:00"}
    assert send(later).json() == {"taken": 0, "refused": 0, "skipped": 0, "duplicates": 1}
    assert len(values(tenant)) == 1
    assert send(chirpstack_event(counter=42)).json()["taken"] == 1
    intake = models.Intake.objects.get()
    assert (intake.messages, intake.rows, intake.duplicates, intake.receiver) == (3, 2, 1, "web")


def test_same_counter_and_value_hours_later_is_another_uplink(tenant, folder, send):
    source(tenant, folder)
    send(chirpstack_event())
    assert send({**chirpstack_event(), "time": "2026-03-01T15:00:02+00:00"}).json()["taken"] == 1


def test_uplink_that_breaks_a_rule_is_kept_with_its_reason(tenant, folder, send):
    source(tenant, folder)
    answer = send(chirpstack_event(decoded={"temperature": 99}))
    assert (answer.status_code, answer.json()["refused"]) == (200, 1)
    [row] = mirror.refused_rows(Actor.system(tenant, "tests"))
    assert row.reason == "temperature is larger than 60"
    assert row.sender == "system:source parks"
    assert "deduplicationId" in row.text
    assert values(tenant) == []


def test_other_events_are_skipped(tenant, folder, send):
    source(tenant, folder)
    join = {key: chirpstack_event()[key] for key in ("deduplicationId", "time", "deviceInfo")}
    assert send(join).json() == {"taken": 0, "refused": 0, "skipped": 1, "duplicates": 0}


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"deviceInfo": 1}'])
def test_nonsense_is_refused_and_never_an_error(tenant, folder, send, body):
    source(tenant, folder)
    assert send(body).json()["refused"] == 1


def test_too_large_a_message_is_413(tenant, folder, send):
    source(tenant, folder)
    assert send(b" " * 300_000).status_code == 413


def test_without_the_right_key_nothing_is_taken(tenant, other_tenant, folder, send):
    source(tenant, folder)
    assert send(chirpstack_event(), key="").status_code == 401
    assert send(chirpstack_event(), key=make_key(tenant, ["data:read"])[0]).status_code == 403
    assert send(chirpstack_event(), key=make_key(other_tenant, ["observations:write"])[0]).status_code == 404
    assert values(tenant) == []


def test_unknown_source_and_one_without_webhook_are_404(tenant, folder, send):
    make_source(tenant, folder, live_definition("parks"))
    assert send(chirpstack_event()).status_code == 404


def test_signature_takes_the_place_of_a_key(tenant, folder, send, monkeypatch):
    source(tenant, folder, check="signature", header="X-Sign", secret="parks")
    body = json.dumps(chirpstack_event()).encode()
    right = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
    assert send(body, key="", **{"X-Sign": right}).status_code == 409, "the secret is not set"
    monkeypatch.setenv("SPIEGELSTAD_SECRET_PARKS", "hush")
    assert send(body, key="", **{"X-Sign": "0" * 64}).status_code == 401
    assert send(body, key="").status_code == 401
    assert send(body + b" ", key="", **{"X-Sign": right}).status_code == 401
    assert values(tenant) == []
    assert send(body, key="", **{"X-Sign": f"sha256={right}"}).json()["taken"] == 1


def test_database_that_is_away_is_503_and_says_when(tenant, folder, send, monkeypatch):
    source(tenant, folder)

    def busy(**_given: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(receiving.mirror, "import_observations", busy)
    answer = send(chirpstack_event())
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    monkeypatch.undo()
    assert send(chirpstack_event()).json()["taken"] == 1, "what was not acknowledged counts when it comes again"


def test_all_places_taken_is_429_and_says_when(tenant, folder, send):
    source(tenant, folder)
    for _ in range(http_api.AT_ONCE):
        http_api._slots.acquire()
    try:
        answer = send(chirpstack_event())
    finally:
        for _ in range(http_api.AT_ONCE):
            http_api._slots.release()
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")


def test_processes_that_take_turns_leave_what_came_last(tenant, folder, send, monkeypatch):
    source(tenant, folder)
    first, second = {}, {}
    for counter, (battery, process) in enumerate(((80, first), (79, second), (80, first))):
        monkeypatch.setattr(http_api, "_receivers", process)
        decoded = {"temperature": 12.5, "battery": battery}
        assert send(chirpstack_event(counter=counter, decoded=decoded)).json()["taken"] == 1
    [entity] = context.entities(Actor.system(tenant, "tests"), type="Device")
    assert len(first) == len(second) == 1
    assert entity.attributes["battery"] == 80


def test_new_definition_counts_for_the_next_uplink(tenant, folder, send):
    source(tenant, folder)
    send(chirpstack_event())
    definition = live_definition("parks", where={"webhook": {}}, format={"type": "chirpstack"}, columns=COLUMNS)
    definition["columns"] = {**COLUMNS, "temperature": {**COLUMNS["temperature"], "maximum": 5}}
    make_source(tenant, folder, definition)
    assert send(chirpstack_event(counter=42)).json()["refused"] == 1
