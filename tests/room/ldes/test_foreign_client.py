"""The npm package `ldes-client`, which we did not write, replicates our streams.

It is fetched once into the tests' own folder; where node, npm or the network is absent, the test is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spiegelstad.context.testing import make_entity
from spiegelstad.ldes.actions.datasets import build_dataset
from spiegelstad.ldes.actions.entities import follow
from spiegelstad.ldes.rules import paging

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLIENT = "ldes-client@0.3.0"


@pytest.fixture(scope="module")
def ldes_client() -> Path:
    """Return the program of the client, or skip."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are absent: the foreign client of event streams cannot be run")
    folder = Path(os.environ["SPIEGELSTAD_VAR"]) / "node"
    program = folder / "node_modules" / "ldes-client" / "dist" / "bin" / "cli.js"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", CLIENT, "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not fetch {CLIENT} within three minutes")
        if done.returncode or not program.exists():
            pytest.skip(f"npm could not fetch {CLIENT}: {done.stderr[-200:]}")
    return program


def _told(program: Path, address: str, *options: str) -> list[str]:
    """Return what the client told: a text of N-Triples for each member, in its order."""
    command = ["node", str(program), address, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [part for part in done.stdout.split("\n\n") if part.startswith("<http")]


def _names(told: list[str]) -> list[str]:
    return [part.split(">", 1)[0].rpartition("/")[2] for part in told]


@pytest.mark.parametrize("view", ["", "/time", "/place"])
def test_foreign_client_replicates_each_view_of_rows(
    ldes_client: Path, trees: Any, live_server: Any, view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small pages and few of them in a month's part, so that the client has a tree to walk."""
    monkeypatch.setattr(paging, "MEMBERS", 3)
    monkeypatch.setattr(paging, "PAGES", 2)
    rows = {str(number): ("eik", 3.7 + number / 100, 51.05) for number in range(10)}
    trees.publish(rows)
    build_dataset(trees.tenant_id, "trees")
    del rows["7"]
    trees.publish({**rows, "3": ("beuk", 3.73, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    address = f"{live_server.url}/streams/datasets/trees{view}"
    told = _told(ldes_client, address)
    wanted = [f"{number}#version-1" for number in range(10)] + ["3#version-2", "7#version-2"]
    assert sorted(_names(told)) == sorted(wanted)
    assert all(part.count(" .") == 9 for part in told if "7#version-2" not in part)
    if view != "/place":
        ordered = _names(_told(ldes_client, address, "--ordered", "ascending"))
        assert sorted(ordered) == sorted(wanted) and set(ordered[-2:]) == {"3#version-2", "7#version-2"}


def test_foreign_client_takes_entities_with_what_hangs_on_them(
    ldes_client: Path, tenant: str, live_server: Any
) -> None:
    moment = "2026-11-20T10:00:00Z"
    free = {"type": "Property", "value": 12, "unitCode": "C62", "observedAt": moment}
    make_entity(tenant, id="urn:ngsi-ld:OffStreetParking:P1", type="OffStreetParking", availableSpotNumber=free)
    make_entity(tenant, id="urn:ngsi-ld:OffStreetParking:P2", type="OffStreetParking", availableSpotNumber=free)
    follow()
    told = _told(ldes_client, f"{live_server.url}/streams/types/OffStreetParking")
    assert len(told) == 2
    assert all("sosa/hasSimpleResult" in part and "unitCode" in part and "2026-11-20T10:00:00" in part for part in told)
