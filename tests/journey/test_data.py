"""The data pages in a real browser: a reader finds a dataset, looks at its rows, its quality and its origin."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PAGES = ["/data", "/data?q=fietsne", "/data?q=niets-dat-bestaat&sort=title", "/data/counters",
         "/data/counters?view=map&f=bicycles~ge~100", "/data/counters?view=chart&f=bicycles~ge~veel", "/data/elsewhere",
         "/data/counters/versions/12/changes", "/data/counters/questions?sent=1", "/data/showcase",
         "/data/counters/rows", "/data/counters/rows/12-0", "/ogc", "/ogc/conformance", "/ogc/api", "/ogc/collections",
         "/ogc/collections/counters", "/ogc/collections/counters/items?limit=5", "/ogc/collections/counters/items/0",
         "/ogc/collections/counters/queryables", "/ogc/collections/counters/tiles",
         "/ogc/collections/catalogue/items", "/ogc/collections/catalogue/items/counters",
         "/ogc/tileMatrixSets/WebMercatorQuad", "/sparql", "/sparql?query=SELECT+*+WHERE+{?s+a+?type}+LIMIT+3",
         "/id/urn:ngsi-ld:OffStreetParking:P1"]  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def data(city: Any, django_db_blocker: Any) -> Iterator[None]:
    """Make a dataset of counters with a year of versions, whose quality sinks and rises."""
    from django.conf import settings

    before, settings.DATASETS = settings.DATASETS, city.datasets
    with django_db_blocker.unblock():
        _make_counters()
        _make_talk()
    settings.DATASETS = before
    yield


def _make_talk() -> None:
    from spiegelstad.catalogue.public import Distribution
    from spiegelstad.catalogue.testing import make_dataset, make_question, make_showcase
    from spiegelstad.context.testing import make_entity

    point = {"type": "Point", "coordinates": [3.7123, 51.0512]}
    make_entity("waterstad", id="urn:ngsi-ld:OffStreetParking:P1", type="OffStreetParking", name="Kaai", location=point)
    make_dataset(
        "waterstad", "elsewhere", title={"nl": "Bomen van de buren"}, columns=(), uri="https://a.example/id/1",
        distributions=(Distribution("https://a.example/wfs", {"nl": "Kaartdienst"}, format="WFS_SRVC"),),
    )  # fmt: skip
    make_question("waterstad", "counters", "Tellen jullie ook steps?", "Nee, nog niet.")
    make_question("waterstad", "counters", "Wanneer komt de volgende telling?")
    make_showcase("waterstad", "counters", "Rustig fietsen")


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


@pytest.fixture
def linked(data: None) -> Iterator[None]:
    """Make the stores that SPARQL reads, which each test has to itself."""
    from spiegelstad.base import apart
    from spiegelstad.sparql import queries
    from spiegelstad.sparql.building import refresh_all

    refresh_all()
    yield
    apart.pool_of(queries._MODULE).close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_data_pages_are_accessible_and_fit(page: Any, city: Any, linked: None, size: dict[str, int]) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_viewport_size(size)
    troubles: list[str] = []
    for address in PAGES:
        answer = page.goto(city.url + address)
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/html"), address
        found = Axe().run(page, options=RULES)
        if found.violations_count:
            troubles.append(f"{address}: {found.generate_report()}")
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            troubles.append(f"{address} is too wide")
    assert troubles == [], "\n".join(troubles)
    assert [text for text in errors if "404" not in text] == []


def test_reader_finds_a_dataset_and_downloads_it(page: Any, city: Any, data: None) -> None:
    page.goto(city.url + "/data")
    page.get_by_label("Zoek in de datasets").fill("fietsers")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Fietsers per uur").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Fietsers per uur"
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).first.click()
    assert download.value.suggested_filename == "counters-12.csv"
    page.get_by_role("link", name="Volgende").click()
    assert "after=" in page.url


def test_portal_works_without_script_and_by_keyboard(browser: Any, city: Any, data: None, visit: Any) -> None:
    """A reader asks something, filters rows and chooses a facet; then the steward answers."""
    context = browser.new_context(base_url=city.url, java_script_enabled=False, viewport=PHONE, locale="nl-BE")
    page = context.new_page()
    page.goto("/data")
    page.locator("#filters .facet", has_text="Mobiliteit").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/data?*mobili*")
    page.goto("/data/counters")
    page.get_by_label("Alleen rijen waar").select_option("bicycles")
    page.get_by_label("Hoe vergelijken").select_option("ge")
    page.get_by_label("Waarde").fill("500")
    page.get_by_role("button", name="Filter").click()
    assert page.get_by_role("link", name="bicycles is minstens 500").count() == 1
    page.get_by_role("link", name="Kaart", exact=True).click()
    expect(page.locator(".map-drawn circle").first).to_be_attached()
    expect(page.locator(".places summary")).to_be_visible()
    page.goto("/data/counters/questions")
    page.get_by_label("Je vraag, of wat er fout is").fill("Wie telt er?")
    page.get_by_role("button", name="Stuur naar de beheerder").click()
    assert "Dank je" in page.locator("main").inner_text()
    context.close()
    page = visit("/desk/questions", signed_in=True)
    page.get_by_role("listitem").filter(has_text="Wie telt er?").get_by_role("link", name="Antwoorden").click()
    assert Axe().run(page).violations_count == 0
    page.get_by_label("Je antwoord").fill("Een lus in de weg.")
    page.get_by_role("button", name="Antwoord publiceren").click()
    page.goto("/data/counters")
    assert "Een lus in de weg." in page.locator("#talk + ul").inner_text()
