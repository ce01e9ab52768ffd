"""The registers as everyone reads them: what is closed stands there by its title, and nothing of what it holds."""

import csv
import datetime as dt
import io
import itertools
import json
import re
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.utils.translation import override

from spiegelstad.accounts.models import Tenant
from spiegelstad.broker.testing import make_closed, make_offer
from spiegelstad.catalogue.models import Dataset
from spiegelstad.catalogue.public import Contact, SourceInfo
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.context import public as context
from spiegelstad.governance.public import processing_register
from spiegelstad.ingest.testing import definition, make_source
from spiegelstad.sensors.testing import make_device
from spiegelstad.stewardship.queries.register import Register
from spiegelstad.stewardship.rules import Asked, completeness

HERE = {"host": "localhost"}
PRIVACY = {
    "controller": {"name": {"nl": "Stad Teststad"}, "email": "info@teststad.example"},
    "data_protection_officer": {"name": {"nl": "Functionaris"}, "email": "privacy@teststad.example"},
}


@pytest.fixture
def held(tenant, people, tmp_path):
    """An open and a personal dataset, a source, an entity of a closed type, a device."""
    make_dataset(tenant, "open", legal_basis="Decreet", frequency="DAILY", is_authoritative=True)
    make_version(tenant, "open")
    make_dataset(
        tenant, "people", title={"nl": "Wie er hulp kreeg"}, description={"nl": "Met hun zorgnummer"},
        classification="personal", classification_reason="Het gaat over mensen.", processing="sign-in",
        review_on=dt.date(2027, 3, 1),
    )  # fmt: skip
    make_version(tenant, "people")
    make_source(tenant, tmp_path, definition("pipes"))
    entity = context.EntityIn(
        id="urn:ngsi-ld:Shelter:1", type="Shelter", name="Geheim", classification="confidential", department="milieu"
    )
    context.upsert_entities(by=people.system, entities=[entity])
    make_device(tenant, "paal-1", purpose="traffic-counts")
    Tenant.objects.filter(pk=tenant).update(settings={"privacy": PRIVACY})
    return tenant


def text_of(client, path):
    answer = client.get(path, headers=HERE)
    assert answer.status_code == 200, path
    return unescape(answer.content.decode())


def test_everyone_sees_what_the_city_holds(client, held):
    text = text_of(client, "/register")
    for seen in ("Gegevens open", "Wie er hulp kreeg", "Het gaat over mensen.", "1 maart 2027", "Shelter", "pipes"):
        assert seen in text, seen
    for unseen in ("zorgnummer", "Geheim", "Korenmarkt"):
        assert unseen not in text, unseen


def test_closed_data_can_be_listed_alone(client, held):
    text = text_of(client, "/register?access=closed&kind=dataset")
    assert "Wie er hulp kreeg" in text and "Gegevens open" not in text
    assert "Geen regel past" in text_of(client, "/register?q=nergens")


def test_register_is_a_file_too(client, held):
    rows = list(csv.DictReader(io.StringIO(text_of(client, "/register.csv?kind=dataset"))))
    assert {row["key"] for row in rows} == {"open", "people", "pipes"}
    assert next(row for row in rows if row["key"] == "open")["origin"] == "authoritative"
    whole = json.loads(text_of(client, "/register.json"))
    kinds = {one["kind"] for one in whole["entries"]}
    assert kinds == {"dataset", "source", "entity-type", "sensor-type"}
    assert set(whole["completeness"]) == {"mobiliteit", "milieu"}
    assert client.get("/register.xlsx", headers=HERE).status_code == 404


def test_files_hold_no_formulas(client, tenant):
    make_dataset(tenant, "sheet", title={"nl": "=HYPERLINK(1)"})
    assert "'=HYPERLINK(1)" in text_of(client, "/register.csv")


def test_register_asks_the_same_number_of_questions(
    client, held, django_assert_max_num_queries, django_assert_num_queries
):
    text_of(client, "/register")
    with django_assert_max_num_queries(13) as first:
        text_of(client, "/register")
    for number in range(12):
        make_dataset(held, f"more-{number}")
    with django_assert_num_queries(len(first)):
        text_of(client, "/register")


TOLD = {
    "bare": {"frequency": ""},
    "whole": {"legal_basis": "Decreet", "frequency": "DAILY", "retention_days": 30,
              "contact": Contact(name="Helpdesk")},
    "mail": {"contact": Contact(email="dienst@stad.example"), "department": "milieu"},
    "page": {"contact": Contact(url="https://stad.example"), "department": "milieu"},
    "french": {"title": {"nl": "", "fr": "L'école"}, "source": SourceInfo("Bron", "https://x.example", "")},
    "english": {"title": {"en": "Trees 100 %_"}, "is_authoritative": True},
    "kept": {"classification": "personal", "classification_reason": "Mensen.", "processing": "sign-in"},
    "kept-2": {"classification": "personal", "classification_reason": "Mensen.", "processing": "audit",
               "review_on": dt.date(2027, 1, 1)},
    "inside": {"classification": "internal", "classification_reason": "Nog niet nagekeken."},
    "made": {}, "frozen": {}, "draft": {"is_draft": True}, "twin": {"frequency": ""},
}  # fmt: skip


@pytest.fixture
def varied(held):
    """Datasets that tell different things of themselves."""
    for slug, told in TOLD.items():
        make_dataset(held, slug, **told)
    first = make_version(held, "whole")
    make_version(held, "made", inputs=[first.id], activity="derive")
    make_version(held, "frozen", inputs=[first.id], activity="freeze")
    return held


@pytest.mark.parametrize("who", ["nobody", "clerk", "steward", "other_steward", "administrator"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_database_counts_and_chooses_as_the_rules_do(varied, people, who, language):
    """Against the obvious way: read every entry, and ask the rule of each."""
    with override(language):
        register = Register(getattr(people, who))
        whole = register.found(Asked())[:]
        assert ("draft" in {one.key for one in whole}) is (who in {"steward", "administrator"})
        assert completeness(register.alike) == completeness([(one, 1) for one in whole])
        assert sum(times for _one, times in register.alike) == len(whole)
        for text, kind, department, is_open in itertools.product(
            ("", "gegevens", "ÉCOLE", "0 %_", "pipes"), ("", "dataset", "source"), ("", "milieu"), (None, True, False)
        ):
            asked = Asked(text, kind, department, is_open)
            assert register.found(asked)[:] == [one for one in whole if asked.fits(one)], asked


def test_pages_together_are_the_register(client, varied):
    for number in range(60):
        make_dataset(varied, f"more-{number}")
    whole = json.loads(text_of(client, "/register.json"))["entries"]
    shown = []
    for page in ("1", "2"):
        rows = text_of(client, f"/register?page={page}").partition("<tbody>")[2].partition("</tbody>")[0]
        shown += re.findall(r"<t[hd][^>]*>(?:<a[^>]*>)?([^<]*)", rows)[::8]
    assert shown == [one["title"] for one in whole] and len(shown) > 70


def test_closed_data_that_is_offered_is_asked_for_from_here(client, tenant, people):
    make_closed(tenant, "incomes")
    make_closed(tenant, "secret")
    make_offer(people.steward, "incomes")
    asked = "/access/data/incomes"
    assert text_of(client, "/register").count('href="/access/data/') == 1
    for path in ("/register", "/register?access=closed", "/register/datasets/incomes"):
        assert f'href="{asked}"' in text_of(client, path), path
    assert client.get(asked, headers=HERE).status_code == 200
    page = text_of(client, "/register/datasets/secret")
    assert "/access/data/" not in page and "Je kunt het de beheerder vragen." in page
    Dataset.objects.filter(slug="incomes").update(status="archived")
    assert asked not in text_of(client, "/register")
    Dataset.objects.filter(slug="incomes").update(status="published", classification="public")
    assert asked not in text_of(client, "/register")


def test_processing_register_tells_all_of_article_30(client, held):
    text = text_of(client, "/register/processing")
    for party in ("Stad Teststad", "privacy@teststad.example"):
        assert party in text
    for one in processing_register().values():
        assert one.name["nl"] in text and one.purpose["nl"].split(",")[0] in text
    for point in ("Wiens gegevens", "Welke gegevens", "Wie ze krijgt", "Buiten de Europese Economische Ruimte",
                  "Hoe ze beschermd zijn", "Wettelijke grond", "Verwerkers"):  # fmt: skip
        assert point in text, point
    assert "Wie er hulp kreeg" in text, "what is held under an activity stands there"
    whole = json.loads(text_of(client, "/register/processing.json"))
    assert whole["controller"]["data_protection_officer"]["email"] == "privacy@teststad.example"
    for one in whole["activities"]:
        assert {"purpose", "people", "data", "recipients", "transfers_outside_eea", "retention", "security",
                "legal_basis", "dpia", "processors"} <= one.keys()  # fmt: skip


def test_city_that_did_not_say_who_answers_is_told(client, tenant):
    assert "nog niet gezegd wie" in text_of(client, "/register/processing")
    assert json.loads(text_of(client, "/register/processing.json"))["controller"] is None


def test_closed_dataset_has_a_page_without_contents(client, held, people):
    text = text_of(client, "/register/datasets/people")
    assert "Het gaat over mensen." in text and "Waarom de stad dit mag bijhouden" in text
    for unseen in ("zorgnummer", "Korenmarkt", "Hoe goed", "Hoe het gebruikt", "Voor de beheerder"):
        assert unseen not in text, unseen
    assert client.get("/register/datasets/people/uses.csv", headers=HERE).status_code == 404
    assert client.get("/register/datasets/nothing", headers=HERE).status_code == 404


def test_dataset_page_stays_within_its_questions(client, held, django_assert_max_num_queries, people):
    client.force_login(get_user_model().objects.get(pk=people.steward.id.removeprefix("person:")))
    text_of(client, "/register/datasets/open")
    with django_assert_max_num_queries(15):
        text_of(client, "/register/datasets/open")
    for path in ("/register/quality", "/register/uses", "/register/processing"):
        with django_assert_max_num_queries(15):
            text_of(client, path)
