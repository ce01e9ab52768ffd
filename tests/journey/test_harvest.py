"""A steward's way through other catalogues: the list, one with its report, reading it again; on a desk and a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journey.accessible import DESK, hold_to_wcag


@pytest.fixture(scope="module")
def catalogue(city, django_db_blocker, tmp_path_factory: pytest.TempPathFactory):
    """Another catalogue that was read, with some errors and a record in quarantine."""
    from django.test import override_settings

    from spiegelstad.harvest import public as harvest
    from spiegelstad.harvest.testing import definition, make_source, turtle
    from tests.room.harvest.portals import Answered, Portal

    folder: Path = tmp_path_factory.mktemp("harvest")
    portal = Portal()
    empty = f'\n<{portal.url}/id/leeg> a dcat:Dataset ; dct:title "Leeg"@nl ; dct:spatial <{portal.url}/id/plaats> .'
    body = turtle(portal.url, ["fietsen", "bruggen"], empty).replace(b'"Set fietsen"@nl', b'"Set <b>fietsen</b>"')
    portal.pages["/catalog"] = Answered(body, "text/turtle")
    with override_settings(DATASETS=city.datasets), django_db_blocker.unblock():
        by = make_source("waterstad", folder, definition(address=f"{portal.url}/catalog"), definition("stil"))
        harvest.run_source(by=by, slug="buren")
        yield "buren"
    portal.close()


def check(page) -> None:
    hold_to_wcag(page)
    page.set_viewport_size(DESK)


def test_steward_reads_what_is_wrong_elsewhere(visit, catalogue):
    page = visit("/harvest", signed_in=True, viewport=DESK)
    expect(page.get_by_text("nooit gelezen")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Data van de buren").first.click()
    expect(page.get_by_text("bevat HTML")).to_be_visible()
    check(page)
    page.get_by_role("link", name="In quarantaine").click()
    expect(page.get_by_text("het record is niet overgenomen")).to_be_visible()
    page.get_by_role("button", name="Nu lezen").click()
    expect(page.get_by_text("De catalogus wordt gelezen.")).to_be_visible()
    check(page)
