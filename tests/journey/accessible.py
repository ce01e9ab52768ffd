"""Holding the page before us to WCAG: on a desk and on a phone, light and dark, without sideways scrolling."""

import os

from axe_playwright_python.sync_playwright import Axe

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 760}


def hold_to_wcag(page, name: str = "") -> None:
    """Fail where axe finds anything. A named page is drawn too, into SPIEGELSTAD_SCREENSHOTS. Ends on the phone."""
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(page).response["violations"]
            assert [f"{one['id']}: {one['nodes'][0]['target']}" for one in found] == [], (viewport, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        if name and (folder := os.environ.get("SPIEGELSTAD_SCREENSHOTS")):
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.screenshot(path=f"{folder}/{name}-{viewport['width']}.png", full_page=True)
