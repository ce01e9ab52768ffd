"""Questions and reported errors, and what others made: who sends, who sees, who decides, and what is forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.catalogue import asking, jobs, models, public, showcasing
from spiegelstad.catalogue.pages import visitors
from spiegelstad.catalogue.showcasing import ShowcaseIn
from spiegelstad.catalogue.testing import make_dataset
from spiegelstad.catalogue.vocabulary import Asked
from spiegelstad.governance.models import AuditEntry

pytestmark = pytest.mark.django_db
ASKED = {
    "kind": "error",
    "text": "Row 3 must be 12. Call me: 0470.",
    "name": "Roos Voorbeeld",
    "email": "roos@example.org",
}
SENT = {
    "title": "Fietskaart", "url": "https://fietskaart.example.org/", "description": "Waar fiets je rustig?",
    "maker": "Klas 5B", "datasets": "http://testserver/data/bicycle-counts/", "email": "klas@example.org",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_sent_anything() -> None:
    cache.clear()


def _client(actor: Actor | None = None) -> Client:
    from django.contrib.auth import get_user_model

    client = Client()
    if actor:
        client.force_login(get_user_model().objects.get(pk=actor.id.removeprefix("person:")))
    return client


def _asked(tenant: str) -> models.Question:
    make_dataset(tenant)
    assert _client().post("/data/bicycle-counts/questions", ASKED).status_code == 303
    return models.Question.objects.get()


def test_question_goes_to_the_steward_and_its_answer_to_everyone(tenant: str, people: Any) -> None:
    question = _asked(tenant)
    for client in (_client(), _client(people.resident), _client(people.clerk)):
        page = client.get("/data/bicycle-counts/questions?sent=1").content.decode()
        assert "Dank je" in page and "Row 3" not in page and "roos@" not in page
    steward = _client(people.steward)
    assert "Row 3" in steward.get("/desk/questions").content.decode()
    page = steward.get(f"/desk/questions/{question.id}").content.decode()
    assert "roos@example.org" in page and "Roos Voorbeeld" in page
    given = {"public_text": "Is rij 3 juist?", "answer": "Neen, het is 12. Verbeterd."}
    assert steward.post(f"/desk/questions/{question.id}", {**given, "answer": " "}).status_code == 200
    assert steward.post(f"/desk/questions/{question.id}", given).status_code == 303
    for address in ("/data/bicycle-counts/questions", "/data/bicycle-counts"):
        page = _client().get(address).content.decode()
        assert "Is rij 3 juist?" in page and "Verbeterd" in page
        assert not [word for word in ("Row 3", "0470", "Roos", "roos@") if word in page]
    assert AuditEntry.objects.get(act="catalogue.answer_question").details["state"] == "answered"


def test_question_can_be_closed_out_of_sight(tenant: str, people: Any) -> None:
    question = _asked(tenant)
    assert _client(people.steward).post(f"/desk/questions/{question.id}", {"close": "1"}).status_code == 303
    assert public.reported_errors(people.nobody, ["bicycle-counts"], now() - timedelta(days=1))[
        "bicycle-counts"
    ] == public.Reported(0, 0)
    assert "Row 3" not in _client().get("/data/bicycle-counts/questions").content.decode()


@pytest.mark.parametrize("who", ["nobody", "resident", "clerk", "analyst", "other_steward", "foreigner"])
def test_question_is_seen_and_answered_by_its_steward_only(tenant: str, people: Any, who: str) -> None:
    question, actor = _asked(tenant), getattr(people, who)
    with pytest.raises(asking.UnknownQuestion):
        asking.question_to_answer(actor, question.id)
    with pytest.raises(SpiegelstadError):
        asking.answer_question(by=actor, question_id=question.id, public_text="x", answer="y")
    with pytest.raises(SpiegelstadError):
        asking.close_question(by=actor, question_id=question.id)
    if who == "other_steward":
        assert asking.questions_to_answer(actor) == []
    elif who != "foreigner":
        with pytest.raises(SpiegelstadError):
            asking.questions_to_answer(actor)
    assert models.Question.objects.get().state == "waiting"


def test_nobody_asks_about_what_they_cannot_read(tenant: str, people: Any) -> None:
    make_dataset(tenant, "inside", classification="internal", classification_reason="contracts")
    with pytest.raises(public.NoSuchDataset):
        asking.ask(by=people.resident, slug="inside", kind=Asked.QUESTION, text="What is in it?")
    asking.ask(by=people.clerk, slug="inside", kind=Asked.QUESTION, text="What is in it?")
    assert _client().get("/data/inside/questions").status_code == 404
    assert _client().post("/data/inside/questions", ASKED).status_code == 404


def test_machines_and_floods_are_kept_out(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_dataset(tenant)
    address = "/data/bicycle-counts/questions"
    assert _client().post(address, {**ASKED, "website": "http://spam.example"}).status_code == 303
    assert _client().post("/data/showcase", {**SENT, "website": "x"}).status_code == 303
    assert not models.Question.objects.exists() and not models.Showcase.objects.exists()
    assert _client().post(address, {**ASKED, "text": "x" * 2001}).status_code == 200
    found = [_client().post(address, ASKED).status_code for _turn in range(visitors.PER_HOUR + 1)]
    assert found == [303] * visitors.PER_HOUR + [429]
    monkeypatch.setattr(asking, "MOST_WAITING", visitors.PER_HOUR)
    with pytest.raises(asking.TooManyQuestions):
        asking.ask(by=people.resident, slug="bicycle-counts", kind=Asked.QUESTION, text="Once more")


def test_reported_errors_are_counted_for_those_who_may_read(tenant: str, people: Any) -> None:
    question = _asked(tenant)
    asking.ask(by=people.resident, slug="bicycle-counts", kind=Asked.ERROR, text="Another")
    asking.ask(by=people.resident, slug="bicycle-counts", kind=Asked.QUESTION, text="How?")
    asking.answer_question(by=people.steward, question_id=question.id, public_text="x", answer="y")
    since = now() - timedelta(days=1)
    found = public.reported_errors(people.nobody, ["bicycle-counts", "absent"], since)
    assert found == {"bicycle-counts": public.Reported(1, 1), "absent": public.Reported(0, 0)}
    assert public.reported_errors(people.foreigner, ["bicycle-counts"], since)["bicycle-counts"].waiting == 0
    assert (public.waiting_questions(people.steward), public.waiting_questions(people.other_steward)) == (2, 0)


def test_who_asked_and_who_sent_is_forgotten(tenant: str, people: Any) -> None:
    question = _asked(tenant)
    asking.answer_question(by=people.steward, question_id=question.id, public_text="x", answer="y")
    asking.ask(by=people.resident, slug="bicycle-counts", kind=Asked.QUESTION, text="Never answered", name="Roos")
    shown, refused = _sent(tenant), _sent(tenant)
    showcasing.decide_showcase(by=people.steward, showcase_id=shown.id, is_shown=True)
    showcasing.decide_showcase(by=people.steward, showcase_id=refused.id, is_shown=False)
    jobs.keep_house(0)
    assert models.Question.objects.filter(email="roos@example.org").exists(), "not yet"
    models.Question.objects.update(answered_at=now() - timedelta(days=91))
    models.Showcase.objects.update(decided_at=now() - timedelta(days=91))
    jobs.keep_house(0)
    question.refresh_from_db()
    assert (question.name, question.email, question.text, question.answer) == ("", "", "", "y")
    assert list(models.Showcase.objects.values_list("id", "email")) == [(shown.id, "")]
    assert models.Question.objects.filter(text="Never answered", name="Roos").exists()
    models.Question.objects.update(asked_at=now() - timedelta(days=366))
    jobs.keep_house(0)
    assert list(models.Question.objects.values_list("id", flat=True)) == [question.id]


def _sent(tenant: str) -> models.Showcase:
    make_dataset(tenant)
    cache.clear()
    assert _client().post("/data/showcase", SENT).status_code == 303
    return models.Showcase.objects.latest("sent_at")


def test_showcase_is_shown_once_a_steward_says_so(tenant: str, people: Any) -> None:
    sent = _sent(tenant)
    assert "Fietskaart" not in _client().get("/data/showcase").content.decode()
    assert _client(people.other_steward).post(f"/desk/showcases/{sent.id}", {"show": "1"}).status_code == 404
    steward = _client(people.steward)
    assert "klas@example.org" in steward.get("/desk/questions").content.decode()
    assert steward.post(f"/desk/showcases/{sent.id}", {"show": "1"}).status_code == 303
    for address in ("/data/showcase", "/data/bicycle-counts"):
        page = _client().get(address).content.decode()
        assert "Fietskaart" in page and "Klas 5B" in page and "klas@" not in page, address
        assert 'rel="external nofollow ugc noopener"' in page
    assert steward.post(f"/desk/showcases/{sent.id}", {"refuse": "1"}).status_code == 303
    assert "Fietskaart" not in _client().get("/data/showcase").content.decode()


def test_showcase_never_names_a_closed_dataset(tenant: str, people: Any) -> None:
    make_dataset(tenant, "inside", classification="internal", classification_reason="contracts")
    make_dataset(tenant)
    given = ShowcaseIn(
        title="T", url="https://a.example/", description="d", maker="m", datasets=("bicycle-counts", "inside")
    )
    with pytest.raises(showcasing.InvalidShowcase):
        showcasing.send_showcase(by=people.resident, showcase=given)
    showcasing.send_showcase(by=people.clerk, showcase=given)
    showcasing.decide_showcase(by=people.steward, showcase_id=models.Showcase.objects.get().id, is_shown=True)
    [seen] = showcasing.showcases(people.nobody)
    assert [used.slug for used in seen.datasets] == ["bicycle-counts"]
    assert showcasing.showcases(people.nobody, "inside") == []  # else its address would tell that it exists
    assert [one.title for one in showcasing.showcases(people.clerk, "inside")] == ["T"]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://a.example/", "http://127.0.0.1/", "http://[::1]/", "http://localhost/", "https://",
     "http://user:word@a.example/", "http://a.example:8080/", "http://2130706433/", "http://0x7f.1/"],
)  # fmt: skip
def test_showcase_leads_to_the_public_web_only(tenant: str, people: Any, url: str) -> None:
    make_dataset(tenant)
    given = ShowcaseIn(title="T", url=url, description="d", maker="m", datasets=("bicycle-counts",))
    with pytest.raises(showcasing.InvalidShowcase):
        showcasing.send_showcase(by=people.resident, showcase=given)
    assert _client().post("/data/showcase", {**SENT, "url": url}).status_code == 200
