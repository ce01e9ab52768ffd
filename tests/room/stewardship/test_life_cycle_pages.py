"""The acts of a steward through their forms: who may, who may not, and what users are told by mail."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from spiegelstad.accounts.models import Tenant
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.events import handle
from spiegelstad.base.models import OutboxEvent
from spiegelstad.broker.testing import make_agreement, make_offer, people_table
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Dataset, Question, Showcase
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.fetch import store
from spiegelstad.ingest.testing import definition, make_source, write_data
from spiegelstad.project.wiring import HANDLERS

HERE = {"host": "localhost"}
BASE = "/register/datasets/counts"


@pytest.fixture
def counts(tenant):
    make_dataset(tenant, "counts")
    make_version(tenant, "counts")
    Showcase.objects.create(
        tenant_id=tenant, title="Fietsapp", url="https://app.example.org/", description="x", maker="Bo",
        email="bo@app.example", datasets=["counts"], sent_at=now(), state="shown",
    )  # fmt: skip
    return tenant


def sign_in(client, person):
    client.force_login(get_user_model().objects.get(pk=person.id.removeprefix("person:")))


def post(client, path, **form):
    return client.post(path, form, headers=HERE)


FORMS = {
    "status": {"status": "deprecated", "reason": "Er is een betere."},
    "withdraw": {"reason": "Toch niet."},
    "hold": {"reason": "Een rechtszaak."},
    "target": {"dimension": "validity", "per_cent": "99", "reason": "Afgesproken."},
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_are_for_the_steward(client, counts, people, name):
    assert client.get(f"{BASE}/{name}", headers=HERE)["Location"].startswith("/accounts/login/")
    assert post(client, f"{BASE}/{name}", **FORMS[name])["Location"].startswith("/accounts/login/")
    for who in (people.resident, people.clerk, people.other_steward, people.foreigner):
        sign_in(client, who)
        assert client.get(f"{BASE}/{name}", headers=HERE).status_code == 403
        assert post(client, f"{BASE}/{name}", **FORMS[name]).status_code == 403
        assert "Voor de beheerder" not in client.get(BASE, headers=HERE).content.decode()
    sign_in(client, people.steward)
    assert "Voor de beheerder" in client.get(BASE, headers=HERE).content.decode()
    assert client.get(f"{BASE}/{name}", headers=HERE).status_code == 200
    assert post(client, f"{BASE}/{name}", **FORMS[name]).status_code == 303
    assert post(client, f"{BASE}/{name}", reason="").status_code in {200, 403}  # a hold is not lifted by a steward


def test_steward_announces_and_users_get_a_mail(client, counts, people):
    sign_in(client, people.steward)
    on = now().astimezone(BRUSSELS).date() + dt.timedelta(days=9)
    form = {"status": "deprecated", "reason": "Er komt een betere.", "on": on.isoformat()}
    assert post(client, f"{BASE}/status", **form).status_code == 303
    assert "Er komt een betere." in client.get(BASE, headers=HERE).content.decode()
    event = catalogue.ChangeAnnounced(tenant_id=counts, slug="counts", status="deprecated", on=on.isoformat())
    for handler in HANDLERS[catalogue.ChangeAnnounced]:
        handler(event)
    [letter] = mail.outbox
    assert letter.to == ["bo@app.example"] and "Er komt een betere." in letter.body and "Gegevens counts" in letter.body
    catalogue.withdraw_announcement(by=people.steward, slug="counts", reason="Toch niet.")
    for handler in HANDLERS[catalogue.ChangeAnnounced]:
        handler(event)
    assert len(mail.outbox) == 1, "what was taken back is not told any more"


def test_users_are_told_when_it_happened(counts, people):
    change = catalogue.Change(catalogue.Status.DEPRECATED, "Er is een betere.")
    catalogue.change_status(by=people.steward, slug="counts", change=change)
    event = catalogue.StatusChanged(tenant_id=counts, slug="counts", before="published", status="deprecated")
    for handler in HANDLERS[catalogue.StatusChanged]:
        handler(event)
    assert [letter.to for letter in mail.outbox] == [["bo@app.example"]]


def test_stewards_are_told_once_that_what_was_announced_could_not_be_done(client, counts, people):
    for status in (catalogue.Status.DEPRECATED, catalogue.Status.ARCHIVED):
        catalogue.change_status(by=people.steward, slug="counts", change=catalogue.Change(status, "Oud."))
    change, today = catalogue.Change(catalogue.Status.DESTROYED, "Oud."), now().astimezone(BRUSSELS).date()
    catalogue.announce_change(by=people.steward, slug="counts", change=change, on=today + dt.timedelta(40))
    catalogue.set_hold(by=people.steward, slug="counts", reason="Een rechtszaak.")
    Dataset.objects.update(planned_on=today - dt.timedelta(1), planned_at=now() - dt.timedelta(40))
    for _night in range(3):
        assert catalogue.carry_out_changes(by=people.system) == []
    [row] = OutboxEvent.objects.filter(type="catalogue.change_refused")
    handle(row.pk, "spiegelstad.stewardship.notices:on_change_refused")
    [letter] = mail.outbox
    steward = get_user_model().objects.get(pk=people.steward.id.removeprefix("person:"))
    assert letter.to == [steward.email] and "Een rechtszaak." in letter.body and "Gegevens counts" in letter.body
    for path in (BASE, "/data/counts"):
        assert "Dat kon nog niet." in client.get(path, headers=HERE).content.decode()


def test_wrong_change_is_said_in_the_form(client, counts, people):
    sign_in(client, people.steward)
    for status in ("deprecated", "archived"):
        assert post(client, f"{BASE}/status", status=status, reason="Oud.").status_code == 303
    answer = post(client, f"{BASE}/status", status="destroyed", reason="Weg ermee.")
    assert answer.status_code == 200 and "30 dagen" in answer.content.decode()
    assert post(client, f"{BASE}/status", status="draft", reason="x").status_code == 200, "that is no choice"
    assert catalogue.dataset(people.nobody, "counts").status == "archived"


def test_draft_is_published_by_its_steward(client, tenant, people):
    make_dataset(tenant, "draft", is_draft=True)
    assert client.get("/register/datasets/draft", headers=HERE).status_code == 404
    assert post(client, "/register/datasets/draft/status", status="published", reason="x").status_code == 404
    sign_in(client, people.steward)
    form = {"status": "published", "reason": "Nagekeken."}
    assert post(client, "/register/datasets/draft/status", **form).status_code == 303
    assert client.get("/data/draft", headers=HERE).status_code == 200


def test_destroyed_dataset_is_forgotten_by_its_source(tenant, people, tmp_path, settings):
    """Raw rows would be the data itself: they go with it, those of other sources stay."""
    settings.VAR = tmp_path
    write_data("a.csv", "place;time;count\nX;2026-01-05T08:00:00+01:00;-3\nY;2026-01-05T09:00:00+01:00;3\n")
    sources = [definition(slug, where={"file": "a.csv"}) for slug in ("goes", "stays")]
    by = make_source(tenant, tmp_path / "sources", *sources)
    for slug in ("goes", "stays"):
        ingest.run_source(by=by, slug=slug)
    raw = {path for path in store.root().rglob("*") if path.is_file()}
    event = catalogue.StatusChanged(tenant_id=tenant, slug="goes", before="archived", status="destroyed")
    ingest.on_status_changed(event)
    assert ingest.runs(by, "goes") == [] and ingest.quarantine(by, "goes") == ([], 0)
    assert ingest.runs(by, "stays") and ingest.quarantine(by, "stays")[1] == 1
    assert raw == {path for path in store.root().rglob("*") if path.is_file()}, "the other still needs the file"
    ingest.on_status_changed(catalogue.StatusChanged(
        tenant_id=tenant, slug="stays", before="archived", status="destroyed"
    ))  # fmt: skip
    assert not raw & {path for path in store.root().rglob("*") if path.is_file()}


def test_page_of_the_data_tells_what_is_announced(client, counts, people):
    on = dt.date(2099, 1, 31)
    change = catalogue.Change(catalogue.Status.DEPRECATED, "Er komt een betere.")
    catalogue.announce_change(by=people.steward, slug="counts", change=change, on=on)
    text = client.get("/data/counts", headers=HERE).content.decode()
    assert "31 januari 2099" in text and "Er komt een betere." in text


def test_who_has_an_agreement_is_told_too(tenant, people):
    table = people_table(60)
    make_dataset(
        tenant,
        "incomes",
        columns_of(table),
        classification="confidential",
        classification_reason="Het gaat over mensen.",
    )
    make_version(tenant, "incomes", table)
    make_offer(people.steward)
    make_agreement(people.resident, people.steward)
    change = catalogue.Change(catalogue.Status.DEPRECATED, "Er is een betere.")
    catalogue.change_status(by=people.steward, slug="incomes", change=change)
    event = catalogue.StatusChanged(tenant_id=tenant, slug="incomes", before="published", status="deprecated")
    for handler in HANDLERS[catalogue.StatusChanged]:
        handler(event)
    resident = get_user_model().objects.get(pk=people.resident.id.removeprefix("person:"))
    assert [letter.to for letter in mail.outbox] == [[resident.email]]


def test_who_asked_gets_the_answer_by_mail_once(client, counts, people):
    Tenant.objects.filter(id=counts).update(host=HERE["host"])
    asked = {"kind": "question", "text": "Bel me: 0470.", "name": "Roos", "email": "roos@example.org"}
    for form in (asked, {**asked, "email": ""}):
        assert post(client, "/data/counts/questions", **form).status_code == 303
    waiting = list(Question.objects.order_by("asked_at"))
    sign_in(client, people.steward)
    given = {"public_text": "Is rij 3 juist?", "answer": "Neen, het is 12."}
    for one in waiting:
        assert post(client, f"/desk/questions/{one.id}", **given).status_code == 303
    assert post(client, f"/desk/questions/{waiting[0].id}", **{**given, "answer": "Neen, 12."}).status_code == 303
    events = OutboxEvent.objects.filter(type=catalogue.QuestionAnswered.type)
    assert [one.payload for one in events.order_by("pk")] == [
        {"tenant_id": counts, "question_id": str(one.id)} for one in waiting
    ], "once for each, and the event says nothing of who asked"
    for one in waiting:
        for handler in HANDLERS[catalogue.QuestionAnswered]:
            handler(catalogue.QuestionAnswered(tenant_id=counts, question_id=one.id))
    [letter] = mail.outbox
    assert letter.to == ["roos@example.org"] and "Neen, 12." in letter.body and "Is rij 3 juist?" in letter.body
    assert "/data/counts/questions" in letter.body and "0470" not in letter.body


def test_closed_question_is_not_told(client, counts, people):
    post(client, "/data/counts/questions", kind="question", text="Waarom?", email="roos@example.org")
    sign_in(client, people.steward)
    assert post(client, f"/desk/questions/{Question.objects.get().id}", close="1").status_code == 303
    assert not OutboxEvent.objects.filter(type=catalogue.QuestionAnswered.type).exists()
