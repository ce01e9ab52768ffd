"""A steward's way: a source that failed in part, the row that is wrong, its correction; on a desk and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journey.accessible import DESK, hold_to_wcag

COUNTS = (
    "place;time;count\n"
    "Korenmarkt;2026-01-05T08:00:00+01:00;120\n"
    "Coupure;2026-01-05T08:15:00+01:00;-3\n"
    "Coupure;2026-01-05T08:30:00+01:00;veel\n"
)


@pytest.fixture(scope="module")
def source(city, django_db_blocker, tmp_path_factory: pytest.TempPathFactory):
    """A source with two rows in quarantine, one with stale data, and one that cannot be read."""
    from django.test import override_settings

    from spiegelstad.ingest import public as ingest
    from spiegelstad.ingest.testing import definition, make_source, write_data

    folder: Path = tmp_path_factory.mktemp("desk")
    stale = definition("late", where={"file": "bicycle-counts.csv"}, rules=[{"freshness": "P1D", "column": "time"}])
    with override_settings(VAR=folder / "var", DATA="", DATASETS=city.datasets), django_db_blocker.unblock():
        write_data("bicycle-counts.csv", COUNTS)
        by = make_source("waterstad", folder / "sources", definition(), stale, definition("broken"))
        for slug in ("bicycle-counts", "late", "broken"):
            ingest.run_source(by=by, slug=slug)
        yield "bicycle-counts"


def check(page) -> None:
    hold_to_wcag(page, f"desk-{page.url.rstrip('/').rsplit('/', 1)[-1][:20]}")


def test_steward_corrects_a_row(visit, source):
    page = visit("/desk", signed_in=True, viewport=DESK)
    expect(page.get_by_role("link", name="Tellingen bicycle-counts")).to_be_visible()
    check(page)
    page.set_viewport_size(DESK)
    page.get_by_role("link", name="Tellingen bicycle-counts").click()
    expect(page.get_by_text("count is kleiner dan 0").first).to_be_visible()
    check(page)
    page.set_viewport_size(DESK)
    page.locator("#quarantine tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rij")
    check(page)
    page.set_viewport_size(DESK)
    page.get_by_label("count").fill("3")
    page.get_by_label("Waarom is dit juist?").fill("Nagevraagd bij de dienst.")
    page.get_by_role("button", name="Verbetering bewaren").click()
    expect(page.get_by_text("Eén verbeterde rij wacht")).to_be_visible()
    page.get_by_role("button", name="Laatste bestanden opnieuw verwerken").click()
    expect(page.get_by_text("De verbeterde rijen worden opgenomen.")).to_be_visible()
    check(page)
