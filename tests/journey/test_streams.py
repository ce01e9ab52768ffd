"""Somebody finds the streams of the city and how to follow one; on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 760}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def streams(city, django_db_blocker):
    """The city's streams, committed, for the server."""
    from django.conf import settings
    from django.test import override_settings

    from spiegelstad.ldes.keeping import build_all

    with django_db_blocker.unblock(), override_settings(DATASETS=city.datasets, VAR=settings.VAR):
        return build_all()


def test_reader_finds_a_stream_and_how_to_follow_it(visit, streams):
    assert streams > 0
    page = visit("/streams", viewport=DESK)
    expect(page.get_by_role("heading", name="Stromen: volg elke verandering")).to_be_visible()
    expect(page.get_by_text("npx ldes-client http")).to_be_visible()
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        assert Axe().run(page, options=RULES).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
