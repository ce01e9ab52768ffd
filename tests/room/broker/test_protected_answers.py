"""Answers that protect people by themselves: who gets them, what they cost, and attacks that must fail."""

from decimal import Decimal
from threading import Barrier, Thread

import pyarrow as pa
import pytest
from django.db import connection

from spiegelstad.accounts.public import Role, actor_of_key
from spiegelstad.accounts.testing import make_person, make_tenant
from spiegelstad.base.errors import NotFound, NotSignedIn
from spiegelstad.broker import models
from spiegelstad.broker.actions import applying, asking, keys, offering, sheets
from spiegelstad.broker.actions.asking import BudgetExceeded, ask_noisy
from spiegelstad.broker.rules import noise, sheet
from spiegelstad.broker.rules.noise import Ask, Noisy
from spiegelstad.broker.rules.sheet import Asked, WrongQuestion
from spiegelstad.broker.testing import DISTRICTS, make_closed, make_offer, people_table
from spiegelstad.catalogue.testing import make_version

COUNT = Asked(("district", "work"))


@pytest.fixture
def closed(tenant, people):
    make_closed(tenant)
    make_offer(people.steward)
    return "incomes"


def a_count(epsilon="0.5", **where):
    return Noisy(Ask.COUNT, Decimal(epsilon), "", {name: (value,) for name, value in where.items()})


def numbers(counted):
    return [(line.labels, line.value) for line in (*counted.answer.lines, counted.answer.rest) if line is not None]


def test_counts_are_the_same_for_everyone(people, closed):
    told = [sheets.protected_counts(by, closed, COUNT) for by in (people.nobody, people.resident, people.steward)]
    assert numbers(told[0]) == numbers(told[1]) == numbers(told[2]) != []
    assert models.Sheet.objects.count() == 1
    table = people_table().to_pylist()
    for line in told[0].answer.lines:
        true = sum((row["district"], row["work"]) == line.labels for row in table)
        assert true >= 10 and line.value % 5 == 0 and abs(line.value - true) < 5


def test_sums_and_filters_are_read_from_the_same_sheet(people, closed):
    one = sheets.protected_counts(people.nobody, closed, Asked((), {"district": ("Dampoort",)}, "income"))
    true = sum(row["income"] for row in people_table().to_pylist() if row["district"] == "Dampoort")
    (line,) = one.answer.lines
    assert abs(line.value + (one.answer.rest.value if one.answer.rest else 0) - true) < line.at_most + 50_000
    for wrong in (Asked(("age",)), Asked((), {"who": ("p1",)}), Asked((), {}, "age"), Asked(("work", "work"))):
        with pytest.raises(WrongQuestion):
            sheets.protected_counts(people.nobody, closed, wrong)


def test_version_with_one_person_more_gives_the_same_answers(tenant, people, closed):
    """The difference of two versions tells nothing of who came: too few did for a new sheet."""
    before = numbers(sheets.protected_counts(people.nobody, closed, COUNT))
    table = people_table()
    new = pa.table({"who": ["new"], "district": ["Muide"], "work": ["unemployed"], "age": [33], "income": [900.0]})
    make_version(tenant, closed, pa.concat_tables([table, new]))
    after = sheets.protected_counts(people.nobody, closed, COUNT)
    assert (numbers(after), after.version) == (before, 1)
    changed = table.set_column(2, "work", pa.array(["unemployed"] * 1 + table["work"].to_pylist()[1:]))
    make_version(tenant, closed, changed)
    assert numbers(sheets.protected_counts(people.nobody, closed, COUNT)) == before


def test_version_with_enough_changed_people_gives_new_answers(tenant, people, closed):
    before = numbers(sheets.protected_counts(people.nobody, closed, COUNT))
    table = people_table()
    make_version(tenant, closed, table.slice(0, 340))
    after = sheets.protected_counts(people.nobody, closed, COUNT)
    assert after.version == 2 and numbers(after) != before
    assert [one.number for one in models.Sheet.objects.order_by("number")] == [1, 2]


def test_sheet_stays_when_its_version_is_gone(tenant, people, closed):
    """What cannot be compared is not renewed."""
    before = numbers(sheets.protected_counts(people.nobody, closed, COUNT))
    make_version(tenant, closed, people_table(200))
    models.Sheet.objects.update(version=None)
    assert numbers(sheets.protected_counts(people.nobody, closed, COUNT)) == before


def test_too_few_people_give_no_answer(tenant, people):
    make_closed(tenant, "few", people_table(9))
    make_offer(people.steward, "few")
    told = sheets.protected_counts(people.nobody, "few", Asked())
    assert (told.answer.lines, told.answer.rest) == ((), None)


@pytest.mark.parametrize("way", ["aggregates", "noisy"])
def test_way_that_is_off_is_not_there(people, closed, way):
    make_offer(people.steward, **{way: None})
    with pytest.raises(NotFound):
        if way == "aggregates":
            sheets.protected_counts(people.resident, closed, COUNT)
        else:
            ask_noisy(by=people.resident, slug=closed, asked=a_count())


def test_wrong_settings_are_refused(people, closed):
    for changes in (
        {"aggregates": sheet.Settings(("nothing",))},
        {"aggregates": sheet.Settings(("district",), threshold=2)},
        {"aggregates": sheet.Settings(("district",), {"work": (0.0, 1.0)})},
        {"noisy": noise.Settings(bounds={"income": (1.0, 0.0)})},
        {"noisy": noise.Settings(filters=("absent",))},
        {"person_column": "absent"},
    ):
        with pytest.raises(offering.WrongOffer):
            make_offer(people.steward, **changes)


def test_same_question_gives_the_same_answer_and_costs_once(people, closed):
    """Averaging the noise of many answers fails: there is one answer."""
    told = {
        str(ask_noisy(by=people.resident, slug=closed, asked=a_count("0.4", district="Muide")).answer) for _ in range(9)
    }
    assert len(told) == 1 and "value" in told.pop()
    assert asking.left_for(people.resident, models.Offer.objects.get())[0] == Decimal("0.6")
    other = ask_noisy(by=people.neighbour, slug=closed, asked=a_count("0.4", district="Muide"))
    assert other.applicant.name == "Bram Buurman"


def test_every_kind_of_question_is_answered_near_the_truth(people, closed):
    table = people_table().to_pylist()
    income = sum(row["income"] for row in table)
    for ask, true in ((Ask.COUNT, 400), (Ask.SUM, income), (Ask.MEAN, income / 400)):
        asked = Noisy(ask, Decimal("0.2"), "" if ask is Ask.COUNT else "income")
        told = ask_noisy(by=people.resident, slug=closed, asked=asked).answer
        assert abs(told["value"] - true) < 6 * told["margin"]
    lines = ask_noisy(by=people.resident, slug=closed, asked=Noisy(Ask.HISTOGRAM, Decimal("0.4"), "district")).answer
    assert [line["label"] for line in lines["lines"]] == list(DISTRICTS)
    assert all(abs(line["value"] - 100) < 6 * line["margin"] for line in lines["lines"])
    with pytest.raises(BudgetExceeded):
        ask_noisy(by=people.resident, slug=closed, asked=a_count("0.1"))


def test_new_version_is_a_new_question_from_the_same_budget(tenant, people, closed):
    ask_noisy(by=people.resident, slug=closed, asked=a_count("0.6"))
    make_version(tenant, closed, people_table(300))
    with pytest.raises(BudgetExceeded):
        ask_noisy(by=people.resident, slug=closed, asked=a_count("0.6"))
    assert ask_noisy(by=people.resident, slug=closed, asked=a_count("0.4")).version == 2


def test_two_keys_of_one_applicant_share_a_budget(people, closed):
    two = [actor_of_key(keys.make_key(by=people.resident)) for _ in range(2)]
    ask_noisy(by=two[0], slug=closed, asked=a_count("0.6"))
    with pytest.raises(BudgetExceeded) as refused:
        ask_noisy(by=two[1], slug=closed, asked=a_count("0.6", district="Muide"))
    assert refused.value.extra["left"] == "0.400"
    again = ask_noisy(by=two[1], slug=closed, asked=a_count("0.6"))
    assert models.NoisyAnswer.objects.get() == again


def test_budget_is_not_had_twice_by_asking_for_an_organisation(people, closed):
    ask_noisy(by=people.resident, slug=closed, asked=a_count("0.9"))
    school = applying.join_organisation(by=people.resident, name="Hogeschool Gent", number="0207.451.227")
    applying.join_organisation(by=people.neighbour, name="Hogeschool Gent", number="0207.451.227", code=school.code)
    with pytest.raises(BudgetExceeded):
        ask_noisy(by=people.resident, slug=closed, asked=a_count("0.2", district="Muide"))
    ask_noisy(by=people.neighbour, slug=closed, asked=a_count("0.9", district="Muide"))
    with pytest.raises(BudgetExceeded):
        ask_noisy(by=people.neighbour, slug=closed, asked=a_count("0.2"))


def test_all_applicants_together_have_a_budget(people, closed, tenant):
    """Many accounts of one attacker help no further than the budget of all."""
    for number in range(3):
        person = make_person(tenant, Role.RESIDENT, name=f"Schijn {number}")
        ask_noisy(by=person, slug=closed, asked=a_count("1"))
    with pytest.raises(BudgetExceeded, match="iedereen samen"):
        ask_noisy(by=people.neighbour, slug=closed, asked=a_count("0.1"))


def test_nobody_unknown_spends(people, closed, tenant):
    for by in (people.nobody, people.foreigner):
        with pytest.raises((NotSignedIn, NotFound)):
            ask_noisy(by=by, slug=closed, asked=a_count())
    assert not models.NoisyAnswer.objects.exists()


def test_answer_that_fails_is_not_lost(people, closed, monkeypatch):
    """What was paid is answered to the next who asks the same, without paying again."""

    def fail(*_):
        raise OSError("gone")

    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(asking, "_answer", fail)
        ask_noisy(by=people.resident, slug=closed, asked=a_count("0.9"))
    told = ask_noisy(by=people.resident, slug=closed, asked=a_count("0.9"))
    assert told.answer["value"] and models.NoisyAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_questions_at_once_spend_no_more_than_the_budget():
    """Eight at the same moment, of which the budget allows four; and all who ask the same get the same."""
    make_tenant("samen")
    steward = make_person("samen", Role.STEWARD, ["mobiliteit"], name="Dirk Databeheer")
    asker = make_person("samen", Role.RESIDENT, name="Roos Voorbeeld")
    make_closed("samen")
    make_offer(steward)
    applying.ensure_applicant(asker)
    different = [a_count("0.25", district=name) for name in (*DISTRICTS, "a", "b", "c", "d")]
    found = together(asker, [*different])
    assert sorted(type(one).__name__ for one in found) == ["BudgetExceeded"] * 4 + ["NoisyAnswer"] * 4
    assert sum(one.epsilon for one in models.NoisyAnswer.objects.all()) == 1
    again = next(one for one in found if isinstance(one, models.NoisyAnswer))
    same = together(asker, [noise.read(again.question)] * 4)
    assert {one.answer["value"] for one in same} == {again.answer["value"]}


def together(by, questions):
    """Ask at the same time, each on a connection of its own."""
    found = [None] * len(questions)
    barrier = Barrier(len(questions))

    def run(index):
        barrier.wait()
        try:
            found[index] = ask_noisy(by=by, slug="incomes", asked=questions[index])
        except Exception as error:
            found[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index,)) for index in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found
