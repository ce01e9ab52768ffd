"""A resident reads the registers, a steward announces a change: on a desk, on a phone, without script."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journey.accessible import DESK, PHONE, hold_to_wcag

DEMO = Path(__file__).resolve().parents[2] / "sources" / "demo"


@pytest.fixture(scope="module")
def held(city, django_db_blocker):
    """Open data with a course, uses and an app; closed data; a department without faults."""
    with django_db_blocker.unblock():
        _make_data()


def _make_data() -> None:
    from spiegelstad.accounts.models import Tenant
    from spiegelstad.accounts.public import Actor
    from spiegelstad.base.clock import BRUSSELS, now
    from spiegelstad.catalogue.models import Dataset, Showcase
    from spiegelstad.catalogue.public import Quality, QualityCheck
    from spiegelstad.catalogue.testing import make_dataset, make_version
    from spiegelstad.ingest.public import read_definitions
    from spiegelstad.stewardship import models
    from spiegelstad.stewardship import public as stewardship

    tenant, odbl = "waterstad", "https://opendatacommons.org/licenses/odbl/1-0/"
    party = {"name": {"nl": "Stad Waterstad"}, "email": "info@waterstad.example"}
    told = {
        **Tenant.objects.get(pk=tenant).settings,
        "privacy": {"controller": party, "data_protection_officer": party},
        "processing": {key: one.model_dump() for key, one in read_definitions(DEMO).activities.items()},
    }
    Tenant.objects.filter(pk=tenant).update(settings=told)
    checks = (QualityCheck("required", "place", 92, 8, 0.92), QualityCheck("unique", "place", 100, 0, 1.0))
    make_dataset(
        tenant, "bicycle-racks", title={"nl": "Fietsenstallingen"}, frequency="DAILY", licence_uri=odbl,
        legal_basis="Decreet lokaal bestuur", is_authoritative=True,
    )  # fmt: skip
    make_version(tenant, "bicycle-racks", quality=Quality(checks, 0.92))
    make_dataset(
        tenant, "shelters", title={"nl": "Vluchthuizen"}, department="milieu", classification="confidential",
        classification_reason="Wie hier schuilt, mag niet gevonden worden.", review_on=dt.date(2027, 6, 1),
    )  # fmt: skip
    make_dataset(
        tenant, "helped", title={"nl": "Wie hulp kreeg"}, classification="personal", processing="sign-in",
        classification_reason="Het gaat over mensen.",
    )  # fmt: skip
    by, today = Actor.system(tenant, "tests"), now().astimezone(BRUSSELS).date()
    complete, why = stewardship.Dimension.COMPLETENESS, "Zo vindt iedereen ze."
    stewardship.set_target(by=by, slug="bicycle-racks", dimension=complete, share=0.95, reason=why)
    stewardship.measure(by=by)
    racks = Dataset.objects.get(slug="bicycle-racks")
    for back in range(1, 7):
        models.Measurement.objects.create(
            tenant_id=tenant, dataset=racks, on=today - dt.timedelta(days=9 * back), completeness=0.92 - back / 50,
            uniqueness=1.0, timeliness=1.0,
        )  # fmt: skip
    for back in range(40):
        models.Use.objects.create(
            tenant_id=tenant, dataset=racks, on=today - dt.timedelta(days=back), way="download",
            purpose=("research", "not-told")[back % 2], times=3 + back % 5,
        )  # fmt: skip
    Showcase.objects.create(
        tenant_id=tenant, title="Stallingzoeker", url="https://app.example.org/", description="Zoekt een vrije plek.",
        maker="Bo", datasets=["bicycle-racks"], sent_at=now() - dt.timedelta(days=40), state="shown",
    )  # fmt: skip


def check(page, name: str) -> None:
    hold_to_wcag(page, f"register-{name}")
    page.set_viewport_size(DESK)


def test_resident_reads_the_registers(visit, held):
    page = visit("/", viewport=DESK)
    page.get_by_role("navigation").get_by_role("link", name="Register").first.click()
    check(page, "data")
    page.get_by_role("link", name="Toon wat niet open is").click()
    expect(page.get_by_text("Wie hier schuilt, mag niet gevonden worden.")).to_be_visible()
    page.get_by_role("link", name="Vluchthuizen").click()
    expect(page.get_by_text("1 juni 2027")).to_be_visible()
    check(page, "closed")
    page.goto("/register/processing")
    page.get_by_text("Aanmelden", exact=True).last.click()
    expect(page.get_by_role("link", name="Wie hulp kreeg")).to_be_visible()
    expect(page.get_by_role("heading", name="Wat deze stad doet met gegevens van mensen")).to_be_visible()
    page.get_by_text("Enquête over verplaatsingen (verzonnen)").click()
    check(page, "processing")
    page.goto("/register/quality")
    expect(page.get_by_role("link", name="Fietsenstallingen, volledigheid 92 %")).to_be_visible()
    check(page, "quality")
    page.goto("/register/uses")
    expect(page.get_by_text("moet terugdelen")).to_be_visible()
    check(page, "uses")


def test_steward_announces_a_change(visit, held):
    """By keyboard; first without a reason, which is refused where it is missing."""
    page = visit("/register/datasets/bicycle-racks", signed_in=True, viewport=DESK)
    expect(page.get_by_text("Zo vindt iedereen ze.")).to_be_visible()
    check(page, "dataset")
    page.get_by_role("link", name="De levensfase veranderen").press("Enter")
    check(page, "status")
    page.get_by_label("verouderd").check()
    page.get_by_label("Waarom?").fill("Er komt een betere.")
    page.get_by_label("Gebruik dit in de plaats").fill("bestaat-niet")
    page.get_by_role("button", name="Doen").press("Enter")
    expect(page.get_by_text("Er is geen gepubliceerde dataset")).to_be_visible()
    check(page, "status-wrong")
    page.get_by_label("Gebruik dit in de plaats").fill("")
    page.get_by_label("Vanaf deze dag").fill("2099-01-31")
    page.get_by_role("button", name="Doen").press("Enter")
    expect(page.get_by_text("Vanaf 31 januari 2099 is het verouderd.")).to_be_visible()


def test_register_works_without_script(visit, held):
    page = visit("/register", viewport=PHONE, java_script_enabled=False)
    page.get_by_label("Toegang").select_option(label="niet open")
    page.get_by_role("button", name="Toon", exact=True).click()
    expect(page.get_by_text("Vluchthuizen")).to_be_visible()
