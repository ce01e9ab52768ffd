"""Our own catalogue, harvested into a second city and from there into a third, loses nothing."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.describing import describe
from spiegelstad.catalogue.description import Description
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import definition, make_source
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db
OF_ITS_PLACE = {"page", "slug", "record_issued_at", "record_modified_at"}
"""What the description says of the catalogue that it stands in, not of the dataset."""


def fill(tenant: str) -> None:
    """Make datasets that have everything that a description can hold, and one that has next to nothing."""
    full: dict[str, Any] = {
        "title": {"nl": "Fietstellingen", "en": "Bicycle counts"},
        "description": {"nl": "Elk uur geteld.\n\nMet twee lussen.", "en": "Counted every hour."},
        "keywords": {"nl": ["fiets", "verkeer"], "en": ["bicycle"]},
        "hvd_category": "c_b79e35eb",
        "frequency": "DAILY",
        "contact": catalogue.Contact("Dienst Mobiliteit", "mobiliteit@stad.example", "https://stad.example/mobiliteit"),
        "landing_page": "https://stad.example/fietsen",
        "conforms_to": ("https://data.vlaanderen.be/doc/applicatieprofiel/verkeersmetingen",),
        "is_authoritative": True,
        "legal_basis": "Decreet lokaal bestuur, artikel 2.",
        "source": catalogue.SourceInfo("Tellers", "https://stad.example/tellers", "Stad Voorbeeld"),
    }
    make_dataset(tenant, "bicycle-counts", **full)
    covers = catalogue.Coverage(
        datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC), (3.6, 51.0, 3.8, 51.1)
    )  # fmt: skip
    checks = (catalogue.QualityCheck("required", "place", 2, 0, 1.0),)
    make_version(tenant, "bicycle-counts", coverage=covers, quality=catalogue.Quality(checks, 1.0))
    for theme in catalogue.Theme:
        make_dataset(
            tenant, f"about-{theme}", theme=theme.value, source=catalogue.SourceInfo("x", "", "Stad Voorbeeld")
        )
        make_version(tenant, f"about-{theme}")


def catalogue_of(host: str, portal: Portal, path: str) -> None:
    """Let `portal` answer as the city does that has this host: every page, read now."""
    pages, client = {}, Client(headers={"host": host, "accept": "text/turtle"})
    address = "/catalog"
    while address:
        response = client.get(address)
        assert response.status_code == 200, response.content
        query = address.partition("?page=")[2]
        pages[query] = Answered(response.content, "text/turtle")
        text = response.content.decode()
        address = text.split("hydra:next <", 1)[1].split(">", 1)[0].split(host, 1)[1] if "hydra:next <" in text else ""
    portal.pages[path] = lambda given, _headers: pages[given.get("page", "")]


def told(tenant: str, host: str) -> dict[str, Description]:
    """Return what a city tells of every dataset, by URI."""
    by = Actor.anonymous(tenant)
    return {one.uri: one for one in describe(by, catalogue.datasets(by), host)}


def test_catalogue_of_ours_loses_nothing(tenant: str, other_tenant: str, tmp_path: Path, portal: Portal) -> None:
    here = portal.url.removeprefix("http://")
    make_tenant(tenant, host="127.0.0.1")
    fill(tenant)
    catalogue_of(here, portal, "/catalog")
    by = make_source(other_tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.state, ended.quarantined, ended.findings) == ("succeeded", 0, 0), harvest.report(by, "buren")
    first, second = told(tenant, f"{portal.url}/"), told(other_tenant, "http://anderstad.localhost/")
    assert first.keys() == second.keys() and len(first) == 1 + len(catalogue.Theme)
    for uri, one in first.items():
        for field in fields(Description):
            if field.name not in OF_ITS_PLACE:
                assert getattr(second[uri], field.name) == getattr(one, field.name), (uri, field.name)
