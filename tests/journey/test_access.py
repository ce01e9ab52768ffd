"""The pages of the broker: on a phone, without script, and checked by axe."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PHONE = {"width": 360, "height": 760}


@pytest.fixture(scope="module")
def offered(city, django_db_blocker):
    """A closed dataset that is offered, with a request that waits, an agreement and a shared file."""
    from django.test import override_settings

    from spiegelstad.accounts.public import Actor, Role
    from spiegelstad.accounts.testing import make_person
    from spiegelstad.broker.testing import make_agreement, make_closed, make_offer, make_request, make_upload

    with django_db_blocker.unblock(), override_settings(DATASETS=city.datasets):
        make_closed("waterstad")
        make_offer(Actor.system("waterstad", "tests"))
        person = make_person("waterstad", Role.RESIDENT, name="Roos Voorbeeld")
        steward = make_person("waterstad", Role.ADMINISTRATOR, name="Bea Beheerder")
        agreement, _key = make_agreement(person, steward)
        return {"request": make_request(person).id, "agreement": agreement.id, "upload": make_upload(person).id}


def check(page, name: str) -> None:
    found = Axe().run(page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['target']}" for one in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    if folder := os.environ.get("SPIEGELSTAD_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/access-{name}.png", full_page=True)


def test_every_page_is_for_everyone(visit, offered):
    page = visit("/access", signed_in=True, viewport=PHONE)
    check(page, "offers")
    paths = {
        "offer": "/access/data/incomes", "request-form": "/access/data/incomes/request",
        "counts": "/access/data/incomes/counts?group_by=district&group_by=work", "noisy": "/access/data/incomes/noisy",
        "change": "/access/data/incomes/offer", "mine": "/access/mine", "inbox": "/access/inbox",
        "request": f"/access/requests/{offered['request']}", "agreement": f"/access/agreements/{offered['agreement']}",
        "uploads": "/access/uploads", "upload": f"/access/uploads/{offered['upload']}",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(page.url.split("/access")[0] + path)
        check(page, name)


def test_way_from_question_to_answer_works_without_script(visit, offered):
    page = visit("/access", signed_in=True, viewport=PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Gegevens incomes").click()
    page.get_by_role("link", name="De aantallen bekijken").click()
    page.get_by_label("district").check()
    page.get_by_role("button", name="Tellen").click()
    expect(page.get_by_role("rowheader", name="Muide")).to_be_visible()
    expect(page.get_by_text("Elke groep heeft minstens 10 mensen.")).to_be_visible()
    page.goto(page.url.split("/access")[0] + "/access/data/incomes/noisy")
    page.get_by_label("Wat wil je weten?").select_option(label="gemiddelde van income")
    page.get_by_role("button", name="Vragen", exact=True).click()
    expect(page.get_by_text("Je hebt voor deze dataset nog 0,900 over")).to_be_visible()
