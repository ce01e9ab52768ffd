"""Quality of data: measured, held against targets, told to stewards once, and shown so that it helps."""

import datetime as dt
from functools import partial
from random import Random
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.public import Role
from spiegelstad.accounts.testing import make_person
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import models as catalogue_models
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Question
from spiegelstad.catalogue.public import NoSuchDataset, Quality, QualityCheck
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.stewardship import letters, models
from spiegelstad.stewardship import public as stewardship
from spiegelstad.stewardship.actions import InvalidTarget
from spiegelstad.stewardship.jobs import measure_all
from spiegelstad.stewardship.public import Dimension
from spiegelstad.stewardship.queries.quality import BEFORE, SHOWN, is_measured, measures_of, overview, targets_of
from spiegelstad.stewardship.rules import gaps, score

HERE = {"host": "localhost"}


def quality(share: float) -> Quality:
    right = round(share * 100)
    return Quality((QualityCheck("required", "place", right, 100 - right, share),), share)


@pytest.fixture
def counts(tenant):
    """A dataset of mobiliteit that should come every day, three quarters filled in; one of milieu without rules."""
    make_dataset(tenant, "counts", frequency="DAILY")
    make_version(tenant, "counts", quality=quality(0.75))
    make_dataset(tenant, "bare", department="milieu", theme="air")
    make_version(tenant, "bare")
    return tenant


def sign_in(client, person):
    client.force_login(get_user_model().objects.get(pk=person.id.removeprefix("person:")))


def text_of(client, path):
    answer = client.get(path, headers=HERE)
    assert answer.status_code == 200
    return answer.content.decode()


def target(people, share=0.9, **what):
    stewardship.set_target(
        by=people.administrator, dimension=Dimension.COMPLETENESS, share=share, reason="Afgesproken.", **what
    )


def test_measurement_is_kept_when_it_differs(counts, people):
    for _ in range(2):
        measure_all(timestamp=0)
    row = models.Measurement.objects.get()
    assert (row.dataset.slug, row.completeness, row.timeliness, row.validity) == ("counts", 0.75, 1.0, None)
    models.Measurement.objects.update(on=row.on - dt.timedelta(days=9))
    measure_all(timestamp=0)
    assert models.Measurement.objects.count() == 1, "it is as it was"
    Question.objects.create(
        tenant_id=counts, dataset=row.dataset, kind="error", text="Een paal ontbreekt.", asked_at=now(), state="waiting"
    )
    measure_all(timestamp=0)
    assert list(models.Measurement.objects.order_by("on").values_list("errors", flat=True)) == [0, 1]


def test_missed_target_is_mailed_once_and_ends_when_reached(counts, people):
    target(people, slug="counts")
    for _ in range(2):
        measure_all(timestamp=0)
    [letter] = mail.outbox
    assert letter.to == [get_user_model().objects.get(name="Dirk Databeheer").email]
    assert "Gegevens counts: volledigheid is 75.0 %, het doel is 90.0 %." in letter.body
    make_version(counts, "counts", quality=quality(0.95), columns=(), table=_other())
    measure_all(timestamp=0)
    assert models.Alert.objects.get().ended_at is not None and len(mail.outbox) == 1


def _other():
    import pyarrow as pa

    return pa.table({"place": ["Dampoort"], "count": [1]})


def test_late_data_is_an_alert(counts, people):
    stewardship.set_target(by=people.steward, slug="counts", dimension=Dimension.TIMELINESS, share=1, reason="Beloofd.")
    measure_all(timestamp=0)
    assert not models.Alert.objects.exists()
    later = now() + dt.timedelta(days=3)
    from spiegelstad.stewardship import measuring

    assert catalogue_models.Version.objects.exists()
    measuring_now, measuring.now = measuring.now, lambda: later
    try:
        measure_all(timestamp=0)
    finally:
        measuring.now = measuring_now
    alert = models.Alert.objects.get()
    assert (alert.dimension, round(alert.share, 3)) == ("timeliness", 0.5)
    assert [one.to for one in mail.outbox]


def test_address_that_is_refused_for_good_keeps_nobody_else_from_reading(counts, people, monkeypatch):
    """Else those before it get the same mail with every attempt, and those after it none."""
    make_person(counts, Role.STEWARD, ["mobiliteit"], name="Aad Weg")
    make_person(counts, Role.STEWARD, ["mobiliteit"], name="Zoe Zorg")
    send = letters.send_mail

    def refuse_one(subject, text, sender, to, *, code=550):
        if to == [f"aad.weg@{counts}.example"]:
            raise SMTPRecipientsRefused({to[0]: (code, b"no such user")})
        return send(subject, text, sender, to)

    monkeypatch.setattr(letters, "send_mail", partial(refuse_one, code=450))
    target(people, slug="counts")
    with pytest.raises(SMTPRecipientsRefused):  # it may be taken later
        measure_all(timestamp=0)
    monkeypatch.setattr(letters, "send_mail", refuse_one)
    measure_all(timestamp=0)
    assert {letter.to[0] for letter in mail.outbox} >= {f"zoe.zorg@{counts}.example"} and len(mail.outbox) == 2


def test_mail_that_is_not_taken_is_sent_the_next_time(counts, people, settings):
    target(people, slug="counts")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    with pytest.raises(ConnectionError):
        measure_all(timestamp=0)
    assert models.Alert.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    measure_all(timestamp=0)
    assert len(mail.outbox) == 1


def test_own_target_goes_before_that_of_the_theme(counts, people):
    target(people, share=0.9, theme="mobility")
    measure_all(timestamp=0)
    assert models.Alert.objects.filter(ended_at=None).count() == 1
    target(people, share=0.7, slug="counts")
    measure_all(timestamp=0)
    assert not models.Alert.objects.filter(ended_at=None).exists()
    stewardship.drop_target(by=people.steward, slug="counts", dimension=Dimension.COMPLETENESS, reason="Niet nodig.")
    measure_all(timestamp=0)
    assert models.Alert.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("who", ["resident", "clerk", "analyst", "other_steward", "nobody", "foreigner"])
def test_targets_are_set_by_who_answers_for_the_data(counts, people, who):
    refused = (NotAllowed, SignInNeeded, NoSuchDataset)
    for what in ({"slug": "counts"}, {"theme": "mobility"}):
        if who == "foreigner" and "theme" in what:
            continue  # themes are the same in every city: an administrator sets those of the own city
        with pytest.raises(refused):
            stewardship.set_target(
                by=getattr(people, who), dimension=Dimension.VALIDITY, share=0.5, reason="Zo.", **what
            )
    assert not models.Target.objects.exists()


def test_theme_targets_are_for_administrators(counts, people, client):
    with pytest.raises(NotAllowed):
        stewardship.set_target(by=people.steward, dimension=Dimension.VALIDITY, share=0.5, reason="x", theme="mobility")
    form = {"theme": "mobility", "dimension": "validity", "per_cent": "99.5", "reason": "Omdat het kan."}
    sign_in(client, people.steward)
    assert client.post("/register/quality/target", form, headers=HERE).status_code == 403
    sign_in(client, people.administrator)
    assert client.post("/register/quality/target", form, headers=HERE).status_code == 303
    assert "Omdat het kan." in text_of(client, "/register/quality")
    form |= {"per_cent": ""}
    assert client.post("/register/quality/target", form, headers=HERE).status_code == 303
    assert not models.Target.objects.exists()


@pytest.mark.parametrize(
    "told", [{"share": 0.0}, {"share": 1.1}, {"reason": " "}, {"slug": "counts", "theme": "mobility"}, {"theme": "x"}]
)
def test_wrong_targets_are_refused(counts, people, told):
    plain = {"slug": "" if "theme" in told and "slug" not in told else "counts", "share": 0.5, "reason": "Zo."}
    with pytest.raises(InvalidTarget):
        stewardship.set_target(by=people.administrator, dimension=Dimension.VALIDITY, **{**plain, **told})


def test_who_improved_stands_first_and_hears_what_helps(counts, people, client):
    make_dataset(counts, "air", department="milieu", theme="air")
    make_version(counts, "air", quality=quality(0.97))
    measure_all(timestamp=0)
    before = now().astimezone(BRUSSELS).date() - dt.timedelta(days=40)
    for row in models.Measurement.objects.select_related("dataset"):
        worse = 0.2 if row.dataset.slug == "counts" else 0.97
        models.Measurement.objects.create(
            tenant_id=counts, dataset=row.dataset, on=before, completeness=worse, timeliness=row.timeliness
        )
    text = text_of(client, "/register/quality")
    league = text[text.index("league-title") :].partition("</table>")[0]
    assert league.index("Mobiliteit") < league.index("Milieu"), "the one that improved, not the one that is best"
    assert "+ 27,5" in league and "Vul aan wat ontbreekt" in league
    page = text_of(client, "/register/datasets/counts")
    assert "75 %" in page and "Kwaliteit in de tijd" in page


DAYS = [0, 1, 29, 30, 31, 90, 182, 183, 184, 400]
"""How long ago: about the edges of what is compared and shown."""


@pytest.fixture
def measured_at_random(tenant, people, request):
    """Some datasets of two departments that were measured now and then, and targets of some of them."""
    random = Random(request.param)
    today = now().astimezone(BRUSSELS).date()
    for number in range(8):
        closed = {"classification": "confidential", "classification_reason": "x"} if number == 3 else {}
        department, theme = random.choice((("mobiliteit", "mobility"), ("milieu", "air")))
        one = make_dataset(tenant, f"d-{number}", department=department, theme=theme, **closed)
        for days in random.sample(DAYS, random.randint(0, len(DAYS))):
            shares = {name: random.choice((None, None, 1.0, 0.5, random.random())) for name in Dimension}
            models.Measurement.objects.create(
                tenant_id=tenant, dataset_id=one.id, on=today - dt.timedelta(days=days), **shares
            )
        if random.random() < 0.5:
            target(people, share=random.random(), slug=one.slug)
    target(people, share=0.95, theme="mobility")
    make_version(tenant, "d-6", activity="freeze")
    catalogue_models.Dataset.objects.filter(slug="d-7").update(status="archived")
    return tenant


@pytest.mark.parametrize("measured_at_random", range(12), indirect=True)
@pytest.mark.parametrize("who", ["nobody", "steward"])
def test_league_is_that_of_each_dataset_looked_up(measured_at_random, people, who):
    """Against the obvious way: look up for each day what every dataset scored last."""
    by, today = getattr(people, who), now().astimezone(BRUSSELS).date()
    counted = [one for one in catalogue.datasets(by) if is_measured(one)]
    rows = list(models.Measurement.objects.order_by("on"))
    targets = list(models.Target.objects.all())
    found = overview(by)

    def last(one, day):
        return next((row for row in reversed(rows) if row.dataset_id == one.id and row.on <= day), None)

    def mean(department, day):
        held = [last(one, day) for one in counted if one.department == department]
        known = [value for row in held if row and (value := score(measures_of(row))) is not None]
        return (sum(known) / len(known), len(known)) if known else (None, 0)

    for standing in found.standings:
        name, course = standing.department, found.courses[standing.department]
        assert (standing.now, standing.datasets) == (pytest.approx(mean(name, today)[0]), mean(name, today)[1])
        assert standing.before == pytest.approx(mean(name, today - BEFORE)[0])
        assert course[0][0] >= today - SHOWN
        assert course == [(day, pytest.approx(mean(name, day)[0])) for day, _mean in course]
        lacking = []
        for one in counted:
            if one.department == name and (row := last(one, today)):
                shares = {wanted: told.share for wanted, told in targets_of(targets, one).items()}
                lacking += gaps(one.slug, measures_of(row), shares)[:1]
        assert standing.next_step == max(lacking, key=lambda gap: (gap.size, gap.slug), default=None)
        assert standing.next_step is None or standing.next_step.slug in found.titles
    measured = {one.department for one in counted if mean(one.department, today)[0] is not None}
    assert measured <= {one.department for one in found.standings}


def test_department_of_which_nothing_was_measured_breaks_no_page(counts, people, client):
    """An error was reported in its data, and no rule looks at it."""
    bare = catalogue_models.Dataset.objects.get(slug="bare")
    Question.objects.create(tenant_id=counts, dataset=bare, kind="error", text="x", asked_at=now(), state="waiting")
    measure_all(timestamp=0)
    assert models.Measurement.objects.filter(dataset=bare).exists()
    league = text_of(client, "/register/quality").partition('id="league-title"')[2].partition("</table>")[0]
    assert "Mobiliteit" in league and "Milieu" not in league


def test_league_asks_the_same_number_of_questions(counts, client, django_assert_num_queries):
    measure_all(timestamp=0)
    text_of(client, "/register/quality")
    with CaptureQueriesContext(connection) as asked:
        text_of(client, "/register/quality")
    for number in range(9):
        make_dataset(counts, f"more-{number}", department=("milieu", "mobiliteit")[number % 2])
        make_version(counts, f"more-{number}", quality=quality(number / 10))
    measure_all(timestamp=0)
    with django_assert_num_queries(len(asked)):
        text_of(client, "/register/quality")


def test_closed_data_counts_for_who_may_see_it_only(tenant, people, client):
    make_dataset(tenant, "closed", classification="confidential", classification_reason="x")
    make_version(tenant, "closed", quality=quality(0.61))
    measure_all(timestamp=0)
    assert "61" not in text_of(client, "/register/quality")
    assert "61 %" not in text_of(client, "/register/datasets/closed")
    sign_in(client, people.steward)
    assert "61 %" in text_of(client, "/register/quality")
    assert "61 %" in text_of(client, "/register/datasets/closed")


def test_only_the_program_measures(counts, people):
    for who in (people.administrator, people.steward):
        with pytest.raises(NotAllowed):
            stewardship.measure(by=who)
