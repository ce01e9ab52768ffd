"""The commands of the catalogue, and what it does every night."""

import json
from contextlib import nullcontext

import pyarrow as pa
import pytest
from click.testing import CliRunner

from spiegelstad.base import command_line
from spiegelstad.catalogue import jobs, store
from spiegelstad.catalogue.commands import catalogue
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _database_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands start the database when nobody has; here it runs."""
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())


def test_verify_names_the_damaged_version_and_fails(tenant: str) -> None:
    make_dataset(tenant)
    make_version(tenant)
    second = make_version(tenant, table=pa.table({"place": ["x"], "count": [1]}))
    whole = CliRunner().invoke(catalogue, ["verify", "--json"])
    assert (whole.exit_code, json.loads(whole.stdout)) == (0, {"versions": 2, "damaged": []})

    store.remove(second.content_hash)
    broken = CliRunner().invoke(catalogue, ["verify", "--city", tenant])

    assert broken.exit_code == 1
    assert "teststad: version 2 of bicycle-counts: file missing" in broken.stdout
    assert "2 versions, 1 damaged." in broken.stdout
    report = json.loads(CliRunner().invoke(catalogue, ["verify", "--json"]).stdout)
    assert report["damaged"][0]["what"] == "missing"


def test_tidy_leaves_what_is_young(tenant: str) -> None:
    make_dataset(tenant)
    make_version(tenant)
    store.incoming_file().write_bytes(b"half")
    done = CliRunner().invoke(catalogue, ["tidy", "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"versions_deleted": [], "files_removed": 0})
    jobs.keep_house(timestamp=0)
    assert len([*store.abandoned(-1)]) == 1
