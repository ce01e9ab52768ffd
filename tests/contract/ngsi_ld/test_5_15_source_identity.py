"""Clause 5.15 (6.33): who this context source is; and the description of the interface."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from spiegelstad.context.http_api import requests
from spiegelstad.context.http_api.operations import OPERATIONS, Operation
from spiegelstad.context.http_api.urls import PARTS

LD = "application/ld+json"


def test_5_15_1_identity_is_of_the_city(reader: Any) -> None:
    shown = reader.get("info/sourceIdentity").json()
    assert shown["type"] == "ContextSourceIdentity" and shown["id"].startswith("urn:")
    assert shown["contextSourceAlias"].startswith("teststad-")
    assert re.fullmatch(r"P\d+DT\d+H\d+M\d+S", shown["contextSourceUptime"])
    assert shown["contextSourceTimeAt"].endswith("Z")


def test_5_15_1_identity_stays_and_differs_by_city(reader: Any, other_tenant: str) -> None:
    first, again = (reader.get("info/sourceIdentity").json() for _ in range(2))
    other = reader.get("info/sourceIdentity", headers={"NGSILD-Tenant": other_tenant})
    assert first["contextSourceAlias"] == again["contextSourceAlias"] and first["id"] == again["id"]
    assert other.json()["contextSourceAlias"].startswith("anderstad-") and other.json()["id"] != first["id"]
    assert other.headers["NGSILD-Tenant"] == other_tenant


def test_5_15_1_identity_with_its_context(reader: Any) -> None:
    shown = reader.get("info/sourceIdentity", headers={"Accept": LD})
    assert shown.json()["@context"].endswith("v1.8.jsonld") and shown.headers["Content-Type"] == LD


def test_description_names_each_operation_once(reader: Any) -> None:
    described = reader.get("openapi.json").json()
    found = [(method.upper(), path) for path, methods in described["paths"].items() for method in methods]
    assert sorted(found) == sorted((one.method, one.path) for one in OPERATIONS)
    names = [one.name for one in OPERATIONS]
    assert len(set(names)) == len(names)


def _path(operation: Operation) -> str:
    return re.sub(r"\{\w+\}", "urn:ngsi-ld:x:1", operation.path.removeprefix("/"))


def test_description_has_the_methods_that_are_served(reader: Any) -> None:
    described: defaultdict[str, set[str]] = defaultdict(set)
    for one in OPERATIONS:
        described[_path(one)].add(one.method)
    served = {path: set(reader.send("TRACE", path).headers.get("Allow", "").split(", ")) for path in described}
    assert served == described


def test_description_leaves_nothing_out() -> None:
    served = [pattern.callback.methods for part in PARTS for pattern in part.urlpatterns]
    assert sum(len(methods) for methods in served) == len(OPERATIONS) + 1  # the description itself


def test_description_has_the_parameters_that_are_known(broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []
    monkeypatch.setattr(requests, "_check_params", lambda _given, known: seen.append(set(known)))
    wrong = {}
    for one in OPERATIONS:
        seen.clear()
        broker.send(one.method, _path(one), {} if one.body else None)
        if seen[:1] != [set(one.parameters)]:
            wrong[one.name] = seen
    assert wrong == {}


def test_reference_page_lists_the_operations() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "ngsi-ld.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]+ /\S*)` \| ([\d.]+) \| (.*) \|$", page, re.MULTILINE)
    shown = {row: (clause, tuple(re.findall(r"`(\w+)`", names))) for row, clause, names in rows}
    assert shown == {f"{one.method} {one.path}": (one.clause, one.parameters) for one in OPERATIONS}
