"""The data pages in a real browser: a reader finds a dataset, looks at its rows, its quality and its origin."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = ["/data", "/data?q=niets-dat-bestaat", "/data/counters", "/data/counters/versions/1"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def data(city: Any, django_db_blocker: Any) -> Iterator[None]:
    """Make a dataset of counters with a year of versions, whose quality sinks and rises."""
    from django.conf import settings

    before, settings.DATASETS = settings.DATASETS, city.datasets
    with django_db_blocker.unblock():
        _make_counters()
    settings.DATASETS = before
    yield


def _make_counters() -> None:
    from spiegelstad.catalogue import actions
    from spiegelstad.catalogue.public import Column, Coverage, Quality, QualityCheck, RunInfo
    from spiegelstad.catalogue.testing import make_dataset, make_version

    columns = (
        Column("counter", "VARCHAR", description={"nl": "Naam van de telpaal", "en": "Name of the counter"}),
        Column("at", "TIMESTAMP WITH TIME ZONE", description={"nl": "Begin van het uur", "en": "Start of the hour"}),
        Column("bicycles", "BIGINT", "C62", {"nl": "Fietsers in dat uur", "en": "Bicycles in that hour"}),
        Column("lon", "DOUBLE", description={"nl": "Lengtegraad", "en": "Longitude"}),
        Column("lat", "DOUBLE", description={"nl": "Breedtegraad", "en": "Latitude"}),
    )
    make_dataset(
        "waterstad", "counters", columns, title={"nl": "Fietsers per uur", "en": "Bicycles by hour"},
        description={"nl": "Hoeveel fietsers er elk uur langs de telpalen komen.", "en": "Bicycles passing each hour."},
        retention_days=365,
    )  # fmt: skip
    start = datetime(2025, 1, 6, 6, tzinfo=UTC)
    for week in range(12):
        hours = [start + timedelta(hours=hour) for hour in range(48 + week)]
        table = pa.table(
            {
                "counter": ["Kaai"] * len(hours),
                "at": pa.array(hours, pa.timestamp("us", "UTC")),
                "bicycles": [(17 * hour) % 1450 for hour in range(len(hours))],
                "lon": [3.7123] * len(hours),
                "lat": [51.0512] * len(hours),
            }
        )
        wrong = abs(6 - week)
        share = len(hours) / (len(hours) + wrong)
        checks = (
            QualityCheck("required", "counter", len(hours), 0, 1.0),
            QualityCheck("minimum", "bicycles", len(hours), wrong, share),
        )
        run = RunInfo(uuid4(), "counters", "5f2ab81c90de", start, len(hours) + wrong, len(hours), wrong, "77aa01")
        coverage = Coverage(hours[0], hours[-1])
        with pytest.MonkeyPatch.context() as clock:
            clock.setattr(actions, "now", lambda week=week: start + timedelta(weeks=week))
            make_version(
                "waterstad", "counters", table, columns=columns, run=run, quality=Quality(checks, share),
                coverage=coverage,
            )  # fmt: skip


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("address", PAGES)
def test_data_page_is_accessible_and_fits(page: Any, city: Any, data: None, address: str, size: dict[str, int]) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_viewport_size(size)
    assert page.goto(city.url + address).status == 200

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert errors == []


def test_reader_finds_a_dataset_and_downloads_it(page: Any, city: Any, data: None) -> None:
    page.goto(city.url + "/data")
    page.get_by_label("Zoek in de datasets").fill("fietsers")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Fietsers per uur").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Fietsers per uur"
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "counters-12.csv"
    page.get_by_role("link", name="2", exact=True).first.click()
    assert "page=2" in page.url
