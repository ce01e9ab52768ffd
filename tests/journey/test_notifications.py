"""A steward finds a notification that was given up, reads why, and sends it again; on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 760}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def letter(city, django_db_blocker):
    """A notification that was given up, and one that waits for a receiver that fails; committed, for the server."""
    from spiegelstad.base.clock import now
    from spiegelstad.context.models import Notification, Subscription

    endpoint = {"uri": "https://a-receiver-with-a-long-name.meldingen.example.org/notify"}
    document = {"subscriptionName": "Waterpeil van de binnenstad", "notification": {"endpoint": endpoint}}
    with django_db_blocker.unblock():
        made = {"tenant_id": "waterstad", "created_at": now(), "modified_at": now(), "context": {}, "owner": "x"}
        subscription = Subscription.objects.create(
            uri="urn:ngsi-ld:Subscription:waterpeil", document=document, failures=9, retry_at=now(), **made,
            last_error="The receiver answered 500.",
        )  # fmt: skip
        told = {"tenant_id": "waterstad", "subscription": subscription, "data": "[]", "made_at": now()}
        entities = [f"urn:ngsi-ld:WaterLevelObserved:waterstad:peilmeter-{number}" for number in range(5)]
        Notification.objects.create(uri="urn:x:1", entities=entities, **told)
        dead = Notification.objects.create(
            pk=1_234_567,  # a number of a thing is no quantity: it has no points in it
            uri="urn:x:2",
            entities=entities,
            attempts=8,
            dead_at=now(),
            last_error="It answered 500: " + "x" * 300,
            **told,
        )
        yield dead
        subscription.delete()


def test_steward_sends_a_notification_again(visit, letter):
    page = visit("/notifications", signed_in=True, viewport=DESK)
    expect(page.get_by_role("heading", name="Waterpeil van de binnenstad")).to_be_visible()
    expect(page.locator(".brand-name").first).to_be_visible()
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        assert Axe().run(page, options=RULES).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    button = page.get_by_role("button", name=f"{letter.pk}")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Er is niets blijven liggen")).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
