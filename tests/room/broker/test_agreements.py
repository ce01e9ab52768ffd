"""From request to key: who may do what, what a key gives, and that it ends when it must."""

from datetime import timedelta

import pytest

from spiegelstad.accounts.public import Actor, UnknownKey, User, actor_of_key
from spiegelstad.base.errors import Forbidden, InvalidInput, NotFound, NotSignedIn
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import applying, asking, keys, requesting, sheets
from spiegelstad.broker.grants import AGREEMENTS, RateExceeded
from spiegelstad.broker.rules import noise, sheet
from spiegelstad.broker.rules.scope import Scope, WrongScope, read_rows
from spiegelstad.broker.testing import make_agreement, make_closed, make_offer, make_request
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import BadSelection, NoSuchDataset, Selection
from spiegelstad.governance.public import verify_audit


@pytest.fixture
def closed(tenant, people):
    make_closed(tenant)
    make_offer(people.steward)
    return "incomes"


@pytest.fixture
def key_of(people, closed):
    """Give a function that returns the actor of a new key for the resident, with its agreement."""

    def make(**asked):
        agreement, secret = make_agreement(people.resident, people.steward, **asked)
        return agreement, actor_of_key(secret)

    return make


def grant_all(request, **changes):
    told = {"scope": Scope(tuple(request.columns), request.rows), "ends_on": request.ends_on, "conditions": "Goed."}
    return requesting.GrantIn(**{**told, **changes})


def test_key_gives_its_columns_and_rows_only(key_of, closed):
    _, key = key_of(columns=("district", "age"), rows=read_rows("district = Dampoort; Centrum\nage >= 30"))
    found = catalogue.select(key, closed, Selection())
    assert found.column_names == ["district", "age"]
    assert set(found["district"].to_pylist()) == {"Dampoort", "Centrum"}
    assert min(found["age"].to_pylist()) >= 30
    assert catalogue.count_rows(key, closed) == found.num_rows > 0
    for selection in (
        Selection(columns=("income",)),
        Selection(where=catalogue.Comparison("who", "eq", "p1")),
        Selection(aggregates=(catalogue.Aggregate("avg", "income", "mean"),)),
    ):
        with pytest.raises(BadSelection):
            catalogue.select(key, closed, selection)


def test_condition_beside_the_grant_narrows_it_only(key_of, closed):
    _, key = key_of(rows=read_rows("district = Dampoort"))
    wider = catalogue.Any((catalogue.Comparison("district", "eq", "Muide"), catalogue.Comparison("age", "gt", 0)))
    assert set(catalogue.select(key, closed, Selection(where=wider))["district"].to_pylist()) == {"Dampoort"}


def test_key_opens_nothing_else(tenant, people, key_of, closed):
    make_closed(tenant, "other")
    make_offer(people.steward, "other")
    _, key = key_of()
    for read in (
        lambda: catalogue.select(key, "other", Selection()),
        lambda: catalogue.dataset(key, closed),
        lambda: catalogue.select(people.resident, closed, Selection()),
        lambda: catalogue.select(people.neighbour, closed, Selection()),
    ):
        with pytest.raises(NoSuchDataset):
            read()
    assert closed not in [one.slug for one in catalogue.datasets(key)]


def test_key_ends_with_its_agreement_at_once(key_of, people, closed):
    agreement, key = key_of()
    requesting.end_agreement(by=people.steward, agreement_id=agreement.id, reason="De studie is klaar.")
    with pytest.raises(NoSuchDataset):
        catalogue.select(key, closed, Selection())
    with pytest.raises(keys.NotInForce):
        keys.make_key(by=people.resident, agreement_id=agreement.id)
    agreement.refresh_from_db()
    assert agreement.end_reason == "De studie is klaar."


def test_withdrawn_key_is_unknown(people, closed):
    _, secret = make_agreement(people.resident, people.steward)
    key = actor_of_key(secret)
    keys.withdraw_key(by=people.resident, key_id=key.id.removeprefix("key:"))
    with pytest.raises(UnknownKey):
        actor_of_key(secret)


@pytest.mark.parametrize("field", ["from_on", "ends_on"])
def test_agreement_gives_nothing_before_and_after_its_days(key_of, closed, field):
    agreement, key = key_of()
    away = timedelta(days=1 if field == "from_on" else -1)
    models.Agreement.objects.filter(pk=agreement.pk).update(**{field: queries.today() + away})
    with pytest.raises(NoSuchDataset):
        catalogue.select(key, closed, Selection())


@pytest.mark.parametrize("gone", ["deactivated", "deleted"])
def test_key_ends_with_the_account_of_who_made_it(people, key_of, closed, gone):
    _, key = key_of()
    protected = actor_of_key(keys.make_key(by=people.resident))
    assert catalogue.select(key, closed, Selection()).num_rows
    mine = User.objects.filter(pk=queries.person_id(people.resident))
    mine.update(is_active=False) if gone == "deactivated" else mine.delete()
    with pytest.raises(NoSuchDataset):
        catalogue.select(key, closed, Selection())
    with pytest.raises(NotSignedIn):
        asking.ask_noisy(by=protected, slug=closed, asked=noise.read({"ask": "count", "epsilon": "0.1"}))
    assert queries.key_of(key) is queries.key_of(protected) is queries.applicant_of(protected) is None


def test_rows_opened_before_the_end_are_not_read_after_it(key_of, closed):
    """A stream that is opened is held to the agreement at the moment it is read."""
    agreement, key = key_of()
    rows = catalogue.open_rows(key, closed)
    models.Agreement.objects.filter(pk=agreement.pk).update(accepted_at=None)
    with pytest.raises(NoSuchDataset):
        rows.select(Selection())


def test_rate_is_held_by_the_agreement_and_counted_for_both(people, closed):
    agreement, first = make_agreement(people.resident, people.steward, per_hour=3)
    two = [actor_of_key(first), actor_of_key(keys.make_key(by=people.resident, agreement_id=agreement.id))]
    for number in range(3):
        catalogue.select(two[number % 2], closed, Selection(limit=1))
    with pytest.raises(RateExceeded) as refused:
        catalogue.select(two[1], closed, Selection(limit=1))
    assert 0 < refused.value.extra["retry_after_s"] <= 3_600
    for actor in (people.resident, people.steward):
        assert queries.uses_by_day(queries.agreement(actor, agreement.id)) == [(queries.today(), 3)]


def test_steward_grants_in_part(people, closed):
    request = make_request(people.resident, columns=("district", "age", "income"))
    part = Scope(("age", "who"), read_rows("age < 60"))
    agreement = requesting.grant_request(
        by=people.steward, request_id=request.id, granted=grant_all(request, scope=part), reason="Inkomen niet nodig."
    )
    assert agreement.columns == ["age"], "no column that was not asked for"
    assert agreement.rows == read_rows("age < 60")
    with pytest.raises(keys.NotInForce):
        keys.make_key(by=people.resident, agreement_id=agreement.id)


def test_rows_that_were_asked_stay_a_condition_of_what_is_granted(people, closed):
    request = make_request(people.resident, rows=read_rows("district = Dampoort"))
    wider = Scope(("age",), [])
    agreement = requesting.grant_request(
        by=people.steward, request_id=request.id, granted=grant_all(request, scope=wider), reason="Goed."
    )
    assert agreement.rows == read_rows("district = Dampoort")


@pytest.mark.parametrize("who", ["resident", "neighbour", "clerk", "analyst", "other_steward", "nobody", "foreigner"])
def test_request_is_decided_by_its_steward_only(people, closed, who):
    request = make_request(people.resident)
    by = getattr(people, who)
    for decide in (
        lambda: requesting.refuse_request(by=by, request_id=request.id, reason="Nee."),
        lambda: requesting.grant_request(by=by, request_id=request.id, granted=grant_all(request), reason="Ja."),
    ):
        with pytest.raises((NotFound, Forbidden, NotSignedIn)):
            decide()
    request.refresh_from_db()
    assert request.state == "asked"


def test_nobody_decides_about_an_own_request(people, closed):
    request = make_request(people.steward)
    with pytest.raises(requesting.NotWaiting):
        requesting.grant_request(by=people.steward, request_id=request.id, granted=grant_all(request), reason="Ja.")


def test_agreement_is_seen_by_its_two_parties_only(people, closed):
    agreement, _ = make_agreement(people.resident, people.steward)
    for by in (people.resident, people.steward, people.administrator):
        assert queries.agreement(by, agreement.id).conditions
    for by in (people.neighbour, people.other_steward, people.clerk, people.nobody, people.foreigner):
        with pytest.raises(NotFound):
            queries.agreement(by, agreement.id)
        with pytest.raises((NotFound, NotSignedIn)):
            requesting.accept_agreement(by=by, agreement_id=agreement.id)
        with pytest.raises((NotFound, NotSignedIn)):
            requesting.end_agreement(by=by, agreement_id=agreement.id, reason="Zomaar.")


def test_personal_data_needs_a_legal_basis(tenant, people):
    make_closed(tenant, "people", classification="personal")
    make_offer(people.steward, "people")
    with pytest.raises(requesting.LegalBasisNeeded):
        make_request(people.resident, "people")
    agreement, secret = make_agreement(people.resident, people.steward, slug="people", legal_basis="AVG art. 6(1)(e)")
    assert agreement.legal_basis == "AVG art. 6(1)(e)"
    assert catalogue.select(actor_of_key(secret), "people", Selection(limit=1)).num_rows == 1
    for by in (people.steward, people.administrator):
        with pytest.raises(NoSuchDataset):
            catalogue.select(by, "people", Selection())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"columns": ("nothing",)}, WrongScope),
        ({"columns": ()}, WrongScope),
        ({"rows": [{"column": "age", "operator": "ge", "values": ["old"]}]}, WrongScope),
        ({"days": -1}, requesting.WrongPeriod),
        ({"days": 5_000}, requesting.WrongPeriod),
        ({"purpose": " "}, InvalidInput),
        ({"slug": "absent"}, NotFound),
    ],
)
def test_wrong_request_is_refused(people, closed, changes, error):
    with pytest.raises(error):
        make_request(people.resident, **changes)
    assert not models.Request.objects.exists()


@pytest.mark.parametrize("rows", ["age >= " + "9" * 30, "income >= nan", "income <= 1e400", "district = a\0b"])
def test_condition_that_no_reading_takes_is_refused_when_it_is_asked(people, closed, rows):
    with pytest.raises(WrongScope):
        make_request(people.resident, rows=read_rows(rows))


def test_nothing_can_be_asked_where_the_steward_did_not_switch_it_on(tenant, people):
    make_closed(tenant)
    for switched in (False, True):
        if switched:
            make_offer(people.steward, takes_requests=False)
        with pytest.raises(queries.NoSuchOffer):
            make_request(people.resident)


@pytest.mark.parametrize("who", ["resident", "clerk", "analyst", "other_steward", "nobody", "foreigner"])
def test_offer_is_changed_by_its_steward_only(tenant, people, who):
    make_closed(tenant)
    with pytest.raises(NoSuchDataset):
        make_offer(getattr(people, who))
    assert not models.Offer.objects.exists()


def test_organisation_is_one_applicant_for_its_people(people, closed):
    own = make_request(people.resident)
    school = applying.join_organisation(by=people.resident, name="Hogeschool Gent", number="0207.451.227")
    with pytest.raises(applying.OrganisationTaken):
        applying.join_organisation(by=people.neighbour, name="Nep", number="BE 0207.451.227", code="raad")
    applying.join_organisation(by=people.neighbour, name="x", number="BE 0207.451.227", code=school.code)
    request = make_request(people.resident)
    assert queries.request(people.resident, own.id) and own in queries.my_requests(people.resident)
    assert own not in queries.my_requests(people.neighbour)
    assert queries.request(people.neighbour, request.id).applicant.name == "Hogeschool Gent"
    with pytest.raises(applying.WrongNumber):
        applying.join_organisation(by=people.clerk, name="Nep", number="0207.451.228")


def stand(slug, status):
    from spiegelstad.catalogue.models import Dataset

    Dataset.objects.filter(slug=slug).update(status=status)


@pytest.mark.parametrize("status", ["published", "deprecated"])
def test_dataset_that_lives_can_be_asked_for(people, closed, status):
    stand(closed, status)
    assert [one.dataset.slug for one in queries.offers(people.nobody)] == [closed]
    assert make_request(people.resident).state == "asked"


@pytest.mark.parametrize(("status", "word"), [("archived", "gearchiveerd"), ("destroyed", "vernietigd")])
def test_dataset_that_is_over_says_so_to_who_asks(client, people, closed, status, word):
    waiting = make_request(people.resident)
    stand(closed, status)
    assert queries.offers(people.nobody) == []
    for ask in (
        lambda: make_request(people.neighbour),
        lambda: sheets.protected_counts(people.nobody, closed, sheet.Asked()),
        lambda: asking.noisy_offer(people.resident, closed),
        lambda: requesting.grant_request(
            by=people.steward,
            request_id=waiting.id,
            granted=grant_all(waiting, ends_on=waiting.ends_on),
            reason="Goed.",
        ),
    ):
        with pytest.raises(queries.NothingMoreToAsk, match=word):
            ask()
    page = client.get(f"/access/data/{closed}")
    assert page.status_code == 409 and word in page.content.decode()
    requesting.refuse_request(by=people.steward, request_id=waiting.id, reason="De data is er niet meer.")


def test_draft_cannot_be_asked_for_and_is_not_told(client, people, closed):
    stand(closed, "draft")
    assert queries.offers(people.steward) == []
    with pytest.raises(queries.NoSuchOffer):
        make_request(people.resident)
    assert client.get(f"/access/data/{closed}").status_code == 404


def test_every_act_is_in_the_audit_log(people, closed, tenant):
    agreement, _ = make_agreement(people.resident, people.steward)
    requesting.end_agreement(by=people.resident, agreement_id=agreement.id, reason="Klaar.")
    from spiegelstad.governance.models import AuditEntry

    acts = list(AuditEntry.objects.filter(act__startswith="broker.").values_list("act", flat=True))
    assert acts == [f"broker.{name}" for name in (
        "change_offer", "ask_access", "decide_request", "ask_access", "hold_key", "end_agreement")]  # fmt: skip
    assert verify_audit(tenant) == []


def test_grant_is_for_keys_of_agreements_only(people, closed):
    make_agreement(people.resident, people.steward)
    protected = actor_of_key(keys.make_key(by=people.resident))
    for actor in (protected, people.resident, people.nobody, Actor.system("anderstad", "x")):
        assert AGREEMENTS.grant(actor, closed) is None
