"""Every page in a real browser: accessible, without errors, without sideways scrolling, with and without script."""

import socket
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": ["color-contrast"]}
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PAGES = {
    "dashboard": "/",
    "indicators": "/indicators",
    "indicator": "/indicators/green-per-inhabitant",
    "indicator-sectors": "/indicators/income-per-inhabitant?area_type=sector",
    "indicator-months": "/indicators/bicycles-per-day",
    "profile": "/areas/wijk/W03",
    "profile-city": "/areas/municipality/S",
    "explore": "/explore",
    "explore-results": "/explore?indicator=green-per-inhabitant&indicator=solar-homes&area_type=wijk",
    "explore-wrong": "/explore?indicator=nothing",
    "figure": "FIGURE",
    "data": "/data",
    "dataset": "/data/population",
    "sign-in": "/accounts/login/",
    "not-found": "/nothing-here",
}
STAFF_PAGES = {"desk": "/desk", "jobs": "/jobs", "second-factor": "/accounts/2fa/", "e-mail": "/accounts/email/"}


def violations(page: Any, rules: dict[str, Any]) -> str:
    """Return what axe finds, each with the first element that has it."""
    found = Axe().run(page, options=rules).response["violations"]
    return "\n".join(f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0]['failureSummary']}" for v in found)


def check_everywhere(page: Any) -> None:
    """Hold a page to our rules at a desk and on a phone, in light and in dark."""
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        assert violations(page, RULES) == "", f"{viewport['width']} px"
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert violations(page, COLOURS) == "", f"{viewport['width']} px, dark"
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_quiet(visit, name):
    check_everywhere(visit(PAGES[name], viewport=DESK))


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_page_is_accessible_and_quiet(visit, name):
    check_everywhere(visit(STAFF_PAGES[name], signed_in=True, viewport=DESK))


@pytest.fixture(scope="module")
def region(city, django_db_blocker):
    """Waterstad answers for Glanshaven, with thirty car parks (four on the map), and for Echovoort that is away."""
    from spiegelstad.accounts.models import Tenant
    from spiegelstad.accounts.public import Actor
    from spiegelstad.accounts.testing import make_tenant
    from spiegelstad.context import public as context
    from spiegelstad.context.models import Registration

    with django_db_blocker.unblock(), socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        make_tenant("glanshaven")
        parks = [
            context.EntityIn(
                id=f"urn:x:{number:02}", type="OffStreetParking", name=f"Parking {number}",
                **({"lon": 3.67 + number / 50, "lat": 51.05} if number < 4 else {}),
            )
            for number in range(30)
        ]  # fmt: skip
        context.upsert_entities(by=Actor.system("glanshaven", "tests"), entities=parks)
        for name, endpoint in (("Glanshaven", city.url), ("Echovoort", f"http://127.0.0.1:{nobody.getsockname()[1]}")):
            source = context.SourceIn(
                id=f"urn:x:{name.lower()}", name=name, endpoint=endpoint, types=["OffStreetParking"]
            )
            context.register_source(by=Actor.system("waterstad", "tests"), source=source)
        row = Registration.objects.get(uri="urn:x:glanshaven")
        row.document["tenant"] = "glanshaven"
        row.save()
        tenant = Tenant.objects.get(pk="waterstad")
        Tenant.objects.filter(pk=tenant.pk).update(settings={**tenant.settings, "region": True})


def test_visitor_of_a_region_sees_what_its_cities_hold_and_which_is_down(visit, region):
    page = visit("/", viewport=DESK)
    page.get_by_role("navigation").get_by_role("link", name="Regio").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Steden die samen antwoorden")
    expect(page.get_by_text("Echovoort antwoordt nu niet.")).to_be_visible()
    expect(page.get_by_text("30 entiteiten.")).to_be_visible()
    check_everywhere(page)
    page.get_by_role("link", name="Volgende").click()
    expect(page.get_by_role("rowheader", name="Parking 29")).to_be_visible()


def test_steward_of_a_region_sees_where_its_sources_are_below_a_long_menu(visit, region):
    page = visit("/region", signed_in=True, viewport=DESK)
    expect(page.get_by_role("heading", name="Voor wie bronnen registreert")).to_be_visible()
    expect(page.get_by_text("http://127.0.0.1:").first).to_be_visible()
    name = page.locator(".brand-name").bounding_box()
    assert name["height"] < name["width"], "the name stands on one line"
    assert violations(page, RULES) == ""


def test_region_works_without_script(visit, region):
    page = visit("/region", viewport=PHONE, java_script_enabled=False)
    assert page.locator("svg .sensor-dot").count() == 4
