"""Uplinks of ChirpStack v4 and The Things Stack v3: the same record from both."""

import json
from copy import deepcopy
from typing import Any

import pytest

from spiegelstad.base.clock import now
from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.formats.messages import Message, UnreadableMessage, records_of
from spiegelstad.ingest.testing import chirpstack_event, things_stack_event


def read(kind: str, event: Any) -> Any:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return records_of(Message(body, now()), Format.model_validate({"type": kind}))


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("chirpstack", chirpstack_event(decoded={"temperature": 12.5})),
        ("things-stack", things_stack_event(decoded={"temperature": 12.5})),
    ],
)
def test_uplinks_of_both_networks_are_one_record(kind, event):
    [record] = read(kind, event)
    values = record.values
    assert values["device"]["eui"] == "0101010101010101"
    assert values["device"]["name"] == "bench-7"
    assert values["application"] == "parks"
    assert values["decoded"] == {"temperature": 12.5}
    assert (values["port"], values["counter"]) == (2, 41)
    assert values["gateway"] == {"id": "town-hall", "rssi": -48, "snr": 9.0}, "the one that heard it best"
    assert record.uplink is not None and record.uplink.at.isoformat() == "2026-03-01T11:00:00.775023+00:00"


@pytest.mark.parametrize(
    ("kind", "event"), [("chirpstack", chirpstack_event()), ("things-stack", things_stack_event())]
)
def test_uplink_with_counter_zero_is_an_uplink(kind, event):
    event = deepcopy(event)
    event.get("uplink_message", event).pop("fCnt", None)
    event.get("uplink_message", event).pop("f_cnt", None)
    [record] = read(kind, event)
    assert record.values["counter"] == 0


def test_other_events_are_no_uplinks():
    join = {key: value for key, value in chirpstack_event().items() if key in ("deduplicationId", "time", "deviceInfo")}
    assert read("chirpstack", join) == []
    accepted = {"end_device_ids": things_stack_event()["end_device_ids"], "join_accept": {}}
    assert read("things-stack", accepted) == []


def test_the_same_uplink_has_the_same_digest_and_another_has_not():
    first, again = read("chirpstack", chirpstack_event())[0], read("chirpstack", chirpstack_event(heard_by=1))[0]
    other = read("chirpstack", {**chirpstack_event(), "fCnt": 42})[0]
    assert first.uplink == again.uplink
    assert first.uplink.digest != other.uplink.digest


@pytest.mark.parametrize("kind", ["chirpstack", "things-stack"])
@pytest.mark.parametrize(
    "event", [b"nonsense", [], 3, None, {}, {"deviceInfo": 3}, {"end_device_ids": []}, {"uplink_message": "x"}]
)
def test_what_is_no_event_is_unreadable_and_says_why(kind, event):
    with pytest.raises(UnreadableMessage) as caught:
        read(kind, event)
    assert str(caught.value)
