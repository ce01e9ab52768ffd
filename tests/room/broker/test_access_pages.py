"""The way of a researcher and a steward through the pages and the interface for machines."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.formats import date_format

from spiegelstad.accounts.models import ApiKey, User
from spiegelstad.accounts.public import actor_of_key
from spiegelstad.broker import models
from spiegelstad.broker.actions import keys, offering
from spiegelstad.broker.queries import today
from spiegelstad.broker.testing import make_agreement, make_closed, make_offer, make_request, make_upload
from spiegelstad.governance.models import AuditEntry

QUERIES = 15


@pytest.fixture
def as_person(people):
    def sign_in(who):
        client = Client()
        client.force_login(User.objects.get(id=getattr(people, who).id.removeprefix("person:")))
        return client

    return sign_in


@pytest.fixture
def closed(tenant, people):
    make_closed(tenant)
    make_offer(people.steward)
    return "incomes"


def test_researcher_asks_steward_decides_and_key_reads(as_person, people, closed, django_assert_max_num_queries):
    researcher, steward = as_person("resident"), as_person("steward")
    first, last = today(), today() + timedelta(days=200)
    told = {"purpose": "Een studie.", "columns": ["age", "district"], "rows": "district = Muide",
            "from_on": first.isoformat(), "ends_on": last.isoformat()}  # fmt: skip
    answer = researcher.post(f"/access/data/{closed}/request", told)
    assert answer.status_code == 302
    request = answer.headers["Location"]
    with django_assert_max_num_queries(QUERIES):
        assert "Een studie." in steward.get(request).content.decode()
    inbox = steward.get("/access/inbox").content.decode()
    assert request in inbox
    decision = {"reason": "Goed.", "columns": ["age"], "rows": "", "ends_on": told["ends_on"], "per_hour": "5",
                "per_day": "50", "conditions": "Niet doorgeven.", "act": "grant"}  # fmt: skip
    assert steward.post(request, decision).status_code == 302
    agreement = f"/access/agreements/{models.Agreement.objects.get().id}"
    assert "Niet doorgeven." in researcher.get(agreement).content.decode()
    assert "sps_" not in researcher.post(agreement, {"act": "accept"}).content.decode()
    key = re.search(r"<code>(sps_[^<]+)</code>", researcher.post(agreement, {"act": "key"}).content.decode())[1]
    mine = Client(headers={"authorization": f"Bearer {key}"}).get("/api/access/agreement").json()
    assert (mine["columns"], mine["rows"]) == (["age"], ["district = Muide"])
    assert actor_of_key(key).scopes == frozenset()
    for who, page in (
        (researcher, agreement),
        (steward, agreement),
        (researcher, "/access/mine"),
        (steward, "/access/inbox"),
    ):
        with django_assert_max_num_queries(QUERIES):
            assert who.get(page).status_code == 200
    assert steward.post(agreement, {"act": "end", "reason": "Klaar."}).status_code == 200
    assert Client(headers={"authorization": f"Bearer {key}"}).get("/api/access/agreement").status_code == 401


def test_refusal_is_read_by_who_asked(as_person, people, closed):
    request = make_request(people.resident)
    page = f"/access/requests/{request.id}"
    assert as_person("steward").post(page, {"reason": "Te veel.", "act": "refuse"}).status_code == 302
    assert "Te veel." in as_person("resident").get(page).content.decode()
    assert as_person("neighbour").get(page).status_code == 404


def test_wrong_form_says_what_is_wrong(as_person, closed):
    page = as_person("resident").post(f"/access/data/{closed}/request", {"rows": "nonsense", "purpose": ""})
    assert page.status_code == 200 and page.content.decode().count('aria-invalid="true"') >= 3


def test_counts_are_for_everyone(client, closed, django_assert_max_num_queries):
    with django_assert_max_num_queries(QUERIES):
        page = client.get(f"/access/data/{closed}/counts?group_by=district&group_by=work").content.decode()
    assert "Dampoort" in page and "10" in page
    told = client.get(f"/api/access/data/{closed}/counts?group_by=district&work=work").json()
    assert {line["district"] for line in told["lines"]} == {"Dampoort", "Sluizeken", "Centrum", "Muide"}
    assert told["protection"]["people_in_every_group"] == 10
    assert all(line["value"] % 5 == 0 and line["margin"] > 0 for line in told["lines"])
    wrong = client.get(f"/api/access/data/{closed}/counts?group_by=age")
    assert wrong.status_code == 400 and wrong.headers["Content-Type"] == "application/problem+json"


def test_noisy_answers_by_page_and_by_key(as_person, people, closed, django_assert_max_num_queries):
    client = as_person("resident")
    page = client.post(f"/access/data/{closed}/noisy", {"ask": "mean:income", "rows": "", "epsilon": "0.4"})
    with django_assert_max_num_queries(QUERIES):
        assert client.get(f"/access/data/{closed}/noisy").status_code == 200
    assert "0,600" in page.content.decode()
    machine = Client(headers={"authorization": f"Bearer {keys.make_key(by=people.resident)}"})
    question = {"ask": "mean", "column": "income", "epsilon": 0.4}
    told = machine.post(f"/api/access/data/{closed}/noisy", question, content_type="application/json").json()
    assert told["left"]["you"] == "0.600", "the same question was paid on the page"
    assert told["answer"]["margin"] > 0 and told["protection"]["epsilon"] == "0.400"
    refused = machine.post(
        f"/api/access/data/{closed}/noisy", {"ask": "count", "epsilon": 0.9}, content_type="application/json"
    )
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:spiegelstad:problem:budget-exceeded" and refused.json()["left"] == "0.600"
    for body in (b"{", b"[1]", b"x" * 70_000):
        answer = machine.post(f"/api/access/data/{closed}/noisy", body, content_type="application/json")
        assert answer.status_code == 400
    assert (
        Client().post(f"/api/access/data/{closed}/noisy", question, content_type="application/json").status_code == 401
    )


@pytest.mark.parametrize("rows", ["district >= Dampoort", "district = Dampoort\ndistrict = Muide"])
def test_condition_that_no_question_holds_is_refused_before_it_is_paid(as_person, closed, rows):
    """Left out without a word, the answer would be about everyone, and paid for."""
    page = as_person("resident").post(f"/access/data/{closed}/noisy", {"ask": "count:", "rows": rows, "epsilon": "0.4"})
    assert "error" in page.content.decode() and not models.NoisyAnswer.objects.exists()


def test_offer_that_is_kept_as_it_was_changes_nothing(as_person, people, closed):
    """Bounds of seven digits came back rounded, and each time it was audited as a change."""
    bounds = {"income": (0.0, 1_234_567.0)}
    present = offering.present(people.steward, closed)
    offering.change_offer(
        by=people.steward, slug=closed, offer=replace(present, noisy=replace(present.noisy, bounds=bounds))
    )
    before, client = AuditEntry.objects.count(), as_person("steward")
    page = f"/access/data/{closed}/offer"
    told = {name: value for name, value in client.get(page).context["form"].initial.items() if value is not False}
    assert client.post(page, told).status_code == 302
    assert offering.present(people.steward, closed).noisy.bounds == bounds
    assert AuditEntry.objects.count() == before


def test_steward_switches_ways_on_and_off(as_person, tenant, django_assert_max_num_queries):
    make_closed(tenant)
    client = as_person("steward")
    page = "/access/data/incomes/offer"
    told = {"takes_requests": "on", "person_column": "who", "counts": "on", "group_columns": "district; work",
            "sums": "income: 0 - 5000", "threshold": "10", "base": "5", "renew_after": "50", "noisy": "on",
            "filters": "district", "bounds": "income: 0 - 5000", "categories": "district: Muide; Centrum",
            "per_applicant": "1", "in_all": "5"}  # fmt: skip
    assert Client().get("/access/data/incomes").status_code == 404
    assert client.post(page, told).status_code == 302
    with django_assert_max_num_queries(QUERIES):
        assert "district; work" in client.get(page).content.decode()
    assert models.Offer.objects.get().noisy["categories"] == {"district": ["Muide", "Centrum"]}
    assert Client().get("/access/data/incomes").status_code == 200
    assert "Gegevens incomes" in Client().get("/access").content.decode()
    wrong = client.post(page, {**told, "threshold": "5", "base": "9"})
    assert wrong.status_code == 200
    off = {name: value for name, value in told.items() if name not in {"takes_requests", "counts", "noisy"}}
    assert client.post(page, off).status_code == 302
    assert Client().get("/access/data/incomes").status_code == 404
    for who in ("resident", "other_steward"):
        assert as_person(who).get(page).status_code == 404


def test_pages_of_nobody_lead_to_signing_in(client, closed):
    for page in (
        "/access/mine",
        "/access/inbox",
        f"/access/data/{closed}/request",
        f"/access/data/{closed}/noisy",
        "/access/uploads",
    ):
        assert client.get(page).status_code == 303, page


def test_keys_are_shown_once_and_end(as_person, people, closed):
    client = as_person("resident")
    assert "sps_" in client.post("/access/keys").content.decode()
    row = models.Key.objects.get()
    page = f"/access/keys/{row.api_key_id}"
    assert as_person("neighbour").get(page).status_code == 404
    assert as_person("neighbour").post(page).status_code == 404
    assert client.post(page).status_code == 302
    assert "sps_" not in client.get("/access/mine").content.decode()


def test_agreement_of_another_is_not_there(as_person, people, closed):
    agreement, _key = make_agreement(people.resident, people.steward)
    page = f"/access/agreements/{agreement.id}"
    for who in ("neighbour", "clerk", "other_steward"):
        for act in ("accept", "key", "end"):
            assert as_person(who).post(page, {"act": act, "reason": "x"}).status_code == 404
        assert as_person(who).get(page).status_code == 404


def test_days_are_those_of_brussels(as_person, people, closed):
    """Asked half an hour after midnight is asked on the new day."""
    make_request(people.resident)
    keys.make_key(by=people.resident)
    make_upload(people.resident)
    midnight = datetime(2026, 7, 4, 22, 30, tzinfo=UTC)
    for model in (models.Request, models.Upload, ApiKey):
        model.objects.update(created_at=midnight)
    for page, times in (("/access/mine", 2), ("/access/uploads", 1)):
        text = as_person("resident").get(page).content.decode()
        assert text.count("5 juli 2026") == times and "4 juli 2026" not in text, page
    text = as_person("steward").get("/access/inbox").content.decode()
    assert text.count("5 juli 2026") == 2 and "4 juli 2026" not in text


def test_key_of_an_agreement_is_valid_until_its_last_day(as_person, people, closed):
    agreement, _key = make_agreement(people.resident, people.steward)
    page = as_person("resident").get(f"/access/agreements/{agreement.id}").content.decode()
    assert f"<td>{date_format(agreement.ends_on, 'j F Y')}</td>" in page
