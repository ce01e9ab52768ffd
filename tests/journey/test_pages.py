"""Every page in a real browser: accessible, without errors, without sideways scrolling, with and without script."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

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
