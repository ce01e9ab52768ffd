"""The commands `ingest` and `city`."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from spiegelstad.accounts import public as accounts
from spiegelstad.base import command_line
from spiegelstad.ingest.commands import city_group, ingest_group
from spiegelstad.ingest.testing import COUNTS, definition, make_source, write_city, write_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _database_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands start the database when nobody has; here it runs."""
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())


def _ingest(*words: str) -> Result:
    return CliRunner().invoke(ingest_group, words)


def test_ingest_runs_the_sources_that_are_named(tenant: str, folder: Path) -> None:
    make_source(tenant, folder)
    done = _ingest("bicycle-counts", "--json")
    assert done.exit_code == 0
    [run] = json.loads(done.stdout)
    assert (run["state"], run["accepted"], run["quarantined"]) == ("succeeded", 2, 1)
    words = _ingest("run", "bicycle-counts").stdout
    assert "bicycle-counts: succeeded; 3 rows read, 2 accepted, 1 in quarantine" in words


def test_ingest_of_all_tells_which_failed_and_goes_on(tenant: str, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    make_source(tenant, folder, definition("absent"), definition())
    done = _ingest("--all")
    assert done.exit_code == 1
    assert "absent: failed" in done.stdout and "No file matches" in done.stdout
    assert "bicycle-counts: succeeded" in done.stdout


def test_ingest_without_a_choice_is_wrong_use(tenant: str, folder: Path) -> None:
    make_source(tenant, folder)
    assert _ingest("run").exit_code == 2
    assert _ingest("bicycle-counts", "--all").exit_code == 2


def test_quarantine_runs_and_replay_are_shown(tenant: str, folder: Path) -> None:
    make_source(tenant, folder)
    _ingest("bicycle-counts")
    assert "bicycle-counts.csv:3: count minimum 0" in _ingest("quarantine", "bicycle-counts").stdout
    assert json.loads(_ingest("quarantine", "bicycle-counts", "--json").stdout)["total"] == 1
    assert json.loads(_ingest("replay", "bicycle-counts", "--json").stdout)[0]["trigger"] == "replay"
    assert len(json.loads(_ingest("runs", "bicycle-counts", "--json").stdout)) == 2
    assert "succeeded" in _ingest("runs", "bicycle-counts").stdout


def test_city_is_set_up_from_its_folder(db: Any, tmp_path: Path) -> None:
    folder = write_city(tmp_path / "teststad", definition())
    done = CliRunner().invoke(city_group, ["set-up", str(folder), "--json"])
    assert json.loads(done.stdout) == {"city": "teststad", "sources": ["bicycle-counts"]}
    assert set(accounts.departments("teststad")) == {"mobiliteit", "milieu"}
