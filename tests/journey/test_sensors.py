"""A resident's way: what measures in my street, and what is this pole for; on a desk, on a phone, without script."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.journey.accessible import DESK, PHONE, hold_to_wcag


@pytest.fixture(scope="module")
def devices(city, django_db_blocker):
    """Forty counters, six at the sensors of the city, and a street."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.mirror import public as mirror
    from spiegelstad.places.testing import make_addresses
    from spiegelstad.sensors.public import Kind
    from spiegelstad.sensors.testing import make_device

    with django_db_blocker.unblock():
        make_addresses("waterstad", [("Spiegelstraat", str(number), "9000") for number in range(1, 30)], "Waterstad")
        series = mirror.series(Actor.system("waterstad", "tests"))
        for number, one in enumerate(series):
            make_device(
                "waterstad", f"teller-{number}", name={"nl": f"Teller {number}"}, series=(one.key,), lon=one.lon,
                lat=one.lat, stored_at={"nl": "In het stadhuis"}, since=dt.date(2021, 5, 3),
            )  # fmt: skip
        for number in range(len(series), 40):
            make_device(
                "waterstad", f"teller-{number}", name={"nl": f"Lege plek {number}"}, kind=Kind.PEOPLE,
                recognises_people=True, safeguards={"nl": "Elk beeld wordt meteen gewist."},
                lon=3.69 + number / 5_000, lat=51.05,
            )  # fmt: skip


def check(page, name: str) -> None:
    hold_to_wcag(page, f"sensors-{name}")
    page.set_viewport_size(DESK)


def test_resident_finds_the_pole_in_the_street(visit, devices):
    page = visit("/", viewport=DESK)
    page.get_by_role("navigation").get_by_role("link", name="Sensoren").first.click()
    expect(page.get_by_text("40 toestellen.")).to_be_visible()
    check(page, "all")
    page.get_by_label("Straat of adres").fill("spiegelstraat 5")
    page.get_by_role("button", name="Wat meet hier?").click()
    expect(page.get_by_text("Het dichtst bij Spiegelstraat 5")).to_be_visible()
    expect(page.locator("#list-title + .table-box tbody tr")).to_have_count(25)
    check(page, "near")
    page.get_by_label("Straat of adres").fill("")
    page.get_by_label("Wat het meet").select_option(label="fietsen")
    page.get_by_role("button", name="Wat meet hier?").click()
    page.get_by_role("link", name="Teller 1").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Teller 1")
    expect(page.get_by_text("3 mei 2021")).to_be_visible()
    expect(page.get_by_role("img", name="QR-code die naar de pagina van Teller 1 leidt")).to_be_visible()
    check(page, "device")


def test_dot_on_the_live_map_leads_to_its_device(visit, devices):
    page = visit("/sensors?q=teller+2", viewport=DESK)
    page.locator(".maplibregl-marker.sensor").first.click()
    page.get_by_role("link", name="Over deze sensor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Teller 2")


def test_register_works_without_script(visit, devices):
    page = visit("/sensors", viewport=PHONE, java_script_enabled=False)
    assert page.locator("svg .sensor-dot").count() == 40
    page.get_by_role("link", name="Volgende").click()
    expect(page.locator("#list-title + .table-box tbody tr")).to_have_count(15)
    page.get_by_role("link", name="Lege plek 39").first.click()
    expect(page.get_by_text("Elk beeld wordt meteen gewist.")).to_be_visible()


def test_steward_describes_a_device_and_takes_it_into_use(visit, devices):
    """By keyboard; first without a purpose, which is refused where it is missing, in words and for a screen reader."""
    page = visit("/sensors", signed_in=True, viewport=DESK)
    page.get_by_role("link", name="Nieuw toestel").press("Enter")
    check(page, "new")
    page.get_by_label("Naam in het Nederlands").fill("Peilmeter Tolpoort")
    page.get_by_label("Wat het meet").select_option(label="water")
    page.get_by_label("Straat en nummer").fill("nergensstraat 99")
    page.get_by_role("button", name="In het register zetten").press("Enter")
    wrong = page.get_by_label("Straat en nummer")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("We kennen deze straat of dit adres niet.")).to_be_visible()
    check(page, "wrong")
    wrong.fill("spiegelstraat 7")
    wrong.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Peilmeter Tolpoort")
    page.get_by_role("button", name="In gebruik nemen").press("Enter")
    expect(page.get_by_text("Het heeft geen doel")).to_be_visible()
    page.get_by_role("link", name="Wijzigen").press("Enter")
    page.get_by_label("Doel").select_option(label="Lucht en geluid meten")
    page.get_by_role("button", name="Wijzigingen bewaren").press("Enter")
    page.get_by_role("button", name="In gebruik nemen").press("Enter")
    expect(page.get_by_role("button", name="Uit gebruik nemen")).to_be_visible()
    check(page, "mine")
