"""Definitions of sources whose messages come by themselves: what is wrong is named with its key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spiegelstad.ingest.definition.folder import check, read_definitions
from spiegelstad.ingest.testing import live_definition, write_city
from spiegelstad.ingest.vocabulary import Way

PLACE = {"host": "mqtt.example.be", "topics": ["city/+/air"]}
LIVE = live_definition()


def problems(tmp_path: Path, **changes: Any) -> list[tuple[str, str, str]]:
    found = check(write_city(tmp_path, live_definition(**changes)))
    assert all(problem.file.endswith("air-quality.yaml") and problem.line > 0 for problem in found)
    return [(problem.key, problem.message, problem.remedy) for problem in found]


def mqtt(**changes: Any) -> dict[str, Any]:
    return {"where": {"mqtt": {**PLACE, **changes}}}


def test_definition_that_is_right_has_no_problems(tmp_path):
    assert problems(tmp_path) == []
    assert problems(tmp_path, **mqtt(shared=True, credentials="gent-lora", topics=["#", "+/a/+", "$SYS/x", "/"])) == []


@pytest.mark.parametrize(
    ("changes", "key", "said", "remedy"),
    [
        (mqtt(host="mqtt://x"), "where.mqtt.host", "match pattern", ""),
        (mqtt(host="user:pw@x"), "where.mqtt.host", "match pattern", ""),
        (mqtt(port=0), "where.mqtt.port", "greater than or equal to 1", ""),
        (mqtt(topics=[]), "where.mqtt.topics", "at least 1", ""),
        (mqtt(topics=[""]), "where.mqtt.topics[0]", "isn't a topic", "city/+/air"),
        (mqtt(topics=["a/b+/c"]), "where.mqtt.topics[0]", "beside other signs", "whole level"),
        (mqtt(topics=["a/#/c"]), "where.mqtt.topics[0]", "isn't the last level", "at the end"),
        (mqtt(topics=["$share/g/a"]), "where.mqtt.topics[0]", "isn't part of the topic", "shared: true"),
        (mqtt(password="x"), "where.mqtt.password", "unknown key", "Known keys"),
        (mqtt(credentials="Gent Lora"), "where.mqtt.credentials", "match pattern", ""),
        (mqtt(protocol="mqtt-4"), "where.mqtt.protocol", "should be", "mqtt-5"),
        ({"where": {"mqtt": PLACE, "schedule": "* * * * *"}}, "where.schedule", "by themselves", "Remove"),
        ({"where": {"mqtt": PLACE, "webhook": {}}}, "where.webhook", "exclude each other", "Keep one"),
        ({"where": {"mqtt": PLACE}, "format": {"type": "csv"}}, "format.type", "can't be `csv`", "`json`"),
        ({"where": {"webhook": {}}}, "format.type", "can't be `json`", "`chirpstack`"),
        ({"where": {"webhook": {"check": "signature"}}}, "where.webhook.check", "with a secret", "Add `secret`"),
        ({"where": {"webhook": {"secret": "x"}}}, "where.webhook.secret", "check: signature", "Remove"),
        ({"where": {"url": "https://x.be/a"}, "format": {"type": "chirpstack"}}, "format.type", "messages", "mqtt"),
        ({"where": {"url": "https://x.be/a"}, "format": {"type": "gbfs"}}, "format.records", "no such", "`stations`"),
        ({"where": {"gbfs": {"url": "https://x.be/gbfs.json"}}}, "format.type", "gives GBFS", "gbfs"),
        ({"unique": ["time"]}, "unique", "isn't for messages", "Remove"),
        ({"rules": [{"freshness": "PT1H", "column": "time"}]}, "rules", "isn't for messages", "Remove"),
        ({"keep": [{"inside": "city", "lon": "lon", "lat": "lat"}]}, "keep[0].inside", "isn't for messages", "Remove"),
        ({"columns": {**LIVE["columns"], "g": {"type": "geometry"}}}, "columns.g.type", "no geometry", "lon and lat"),
        ({"entities": None, "observations": None}, "", "nothing is made", "Add `entities`"),
        (
            {"columns": {**LIVE["columns"], "d": {"type": "date", "format": "unix"}}},
            "columns.d.format",
            "not a date",
            "datetime",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changes, key, said, remedy):
    found = problems(tmp_path, **changes)
    assert any(at == key and said in message and remedy in todo for at, message, todo in found), found


@pytest.mark.parametrize(
    ("where", "way"), [({"mqtt": PLACE}, Way.MQTT), ({"webhook": {}}, Way.WEBHOOK), ({"file": "a.json"}, Way.RUN)]
)
def test_way_in_follows_from_the_place(tmp_path, where, way):
    kind = "chirpstack" if way is Way.WEBHOOK else "json"
    [file] = read_definitions(write_city(tmp_path, live_definition(where=where, format={"type": kind}))).sources
    assert file.definition.where.way is way


def test_port_is_the_usual_one_unless_given(tmp_path):
    for given, port in ((mqtt(), 8883), (mqtt(tls=False), 1883), (mqtt(port=9), 9)):
        [file] = read_definitions(write_city(tmp_path, live_definition(**given))).sources
        assert file.definition.where.mqtt is not None
        assert file.definition.where.mqtt.real_port == port
