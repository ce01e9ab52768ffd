"""Runs: what comes in, what stays, what goes, and what fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiegelstad.catalogue import public as catalogue
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import LICENCE, definition, make_source, turtle
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db


def test_records_become_datasets(tenant: str, tmp_path: Path, portal: Portal) -> None:
    portal.pages["/catalog"] = Answered(turtle(portal.url, ["fietsen", "bruggen"]), "text/turtle")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.state, ended.found, ended.taken, ended.changed, ended.error) == (
        harvest.RunState.SUCCEEDED, 2, 2, 2, "",
    )  # fmt: skip
    there = catalogue.dataset(by, "buren-set-fietsen")
    assert (there.uri, there.theme, there.licence_uri, there.source.publisher, there.department) == (
        f"{portal.url}/id/fietsen", "mobility", LICENCE, "Stad Buren", "mobiliteit",
    )  # fmt: skip
    assert [(one.access_url, one.format) for one in there.distributions] == [(f"{portal.url}/files/fietsen.csv", "CSV")]
