"""The form of a steward: a new device, what is different about one, into use and out of it; refused in plain words."""

import datetime as dt
import re

import pytest
from django.contrib.auth import get_user_model

from spiegelstad.mirror.testing import make_series
from spiegelstad.places.testing import make_addresses
from spiegelstad.sensors import public as sensors
from spiegelstad.sensors.testing import make_device

GIVEN = {
    "name_nl": "Teller aan de brug", "kind": "bicycles", "department": "mobiliteit", "purpose": "traffic-counts",
    "stored_at_nl": "In het stadhuis", "since": "2024-05-03", "lon": "3.72", "lat": "51.05",
}  # fmt: skip


@pytest.fixture
def sign_in(client, people):
    def as_(who):
        client.logout()
        if who != "nobody":
            client.force_login(get_user_model().objects.get(pk=getattr(people, who).id.removeprefix("person:")))
        return client

    return as_


def send(client, path, **given):
    return client.post(path, {**GIVEN, **given}, headers={"host": "localhost"}, follow=True)


def test_steward_puts_a_device_in_the_register_and_into_use(sign_in, people, tenant):
    make_series(tenant, "brug:1", "brug:2")
    client = sign_in("steward")
    answer = send(client, "/sensors/new", series="brug:1\nbrug:2")
    assert answer.redirect_chain[0][0] == "/sensors/teller-aan-de-brug"
    assert "Het toestel staat in het register." in answer.content.decode()
    found = sensors.device(people.nobody, "teller-aan-de-brug")
    assert (found.name, found.state, found.since) == (
        {"nl": "Teller aan de brug"}, sensors.State.INACTIVE, dt.date(2024, 5, 3),
    )  # fmt: skip
    assert [one.key for one in found.readings] == ["brug:1", "brug:2"]
    send(client, "/sensors/teller-aan-de-brug/active", active="1")
    assert sensors.device(people.nobody, "teller-aan-de-brug").is_active
    send(client, "/sensors/teller-aan-de-brug/active", active="0")
    assert not sensors.device(people.nobody, "teller-aan-de-brug").is_active


def test_place_is_found_by_address(sign_in, people, tenant):
    make_addresses(tenant, [("Kerkstraat", "1", "9000")])
    send(sign_in("steward"), "/sensors/new", address="kerkstraat 1", lon="", lat="")
    found = sensors.device(people.nobody, "teller-aan-de-brug")
    assert found.lon is not None and found.lat is not None


WRONG = [
    ({"name_nl": ""}, "verplicht"),
    ({"key": "Brug 1"}, "kleine letters, cijfers en streepjes"),
    ({"key": "new"}, "niet het woord"),
    ({"key": "paal-1"}, "heeft deze code al"),
    ({"series": "nergens"}, "Deze reeks bestaat niet: nergens"),
    ({"entity_id": "brug"}, "geen URN"),
    ({"address": "xyzzy 5"}, "kennen deze straat of dit adres niet"),
    ({"lat": ""}, "geef ze allebei"),
    ({"lon": "nan"}, "getal"),
    ({"department": "milieu"}, "milieu"),
    ({"purpose": "curiosity"}, "curiosity"),
]


def test_wrong_device_is_refused_in_plain_words(sign_in, people, tenant):
    make_device(tenant, "paal-1")
    client = sign_in("steward")
    for wrong, words in WRONG:
        answer = send(client, "/sensors/new", **wrong)
        shown = answer.content.decode().partition("<main")[2]
        assert not answer.redirect_chain and words in shown, (wrong, re.findall(r"errorlist.*", shown))
    assert [one.key for one in sensors.devices(people.administrator)] == ["paal-1"]


def test_change_keeps_what_the_form_does_not_ask(sign_in, people, tenant):
    make_device(tenant, "paal-1", classification="internal", series=())
    client = sign_in("steward")
    assert "Post paal-1" in client.get("/sensors/paal-1/change", headers={"host": "localhost"}).content.decode()
    answer = send(client, "/sensors/paal-1/change", name_nl="Brugpaal")
    assert "Het register is aangepast." in answer.content.decode()
    found = sensors.described_device(people.steward, "paal-1")
    assert (found.name, found.is_active, found.classification) == ({"nl": "Brugpaal"}, True, "internal")


@pytest.mark.parametrize(
    ("lacking", "words"),
    [({"purpose": ""}, "Het heeft geen doel"), ({"recognises_people": "on"}, "schrijf wat hen beschermt")],
)
def test_device_in_use_cannot_lose_its_explanation(sign_in, people, tenant, lacking, words):
    make_device(tenant, "paal-1")
    answer = send(sign_in("steward"), "/sensors/paal-1/change", **lacking)
    assert not answer.redirect_chain and words in answer.content.decode()
    assert sensors.described_device(people.steward, "paal-1").purpose == "traffic-counts"


def test_unexplained_device_is_not_taken_into_use_and_says_why(sign_in, people, tenant):
    make_device(tenant, "paal-1", purpose="", recognises_people=True, is_active=False)
    text = send(sign_in("steward"), "/sensors/paal-1/active", active="1").content.decode()
    assert "Het heeft geen doel" in text and "schrijf wat hen beschermt" in text
    assert not sensors.device(people.nobody, "paal-1").is_active


def expected(who, path):
    if who == "nobody":
        return 303  # to sign in
    return 200 if (who, path) == ("other_steward", "/sensors/new") else 403  # the form again: it may be of milieu only


def test_others_are_shown_no_form_and_change_nothing(sign_in, people, tenant):
    make_device(tenant, "paal-1")
    for who in ("resident", "clerk", "analyst", "other_steward", "nobody", "foreigner"):
        client = sign_in(who)
        page = client.get("/sensors/paal-1", headers={"host": "localhost"}).content.decode()
        assert "/change" not in page and "Uit gebruik nemen" not in page, who
        for path in ("/sensors/paal-1/change", "/sensors/paal-1/active", "/sensors/new"):
            answer = client.post(path, GIVEN, headers={"host": "localhost"})
            assert answer.status_code == expected(who, path), (who, path)
    assert sensors.described_device(people.steward, "paal-1").is_active
    assert [one.key for one in sensors.devices(people.administrator)] == ["paal-1"]


def test_administrator_describes_a_device_of_no_department_yet(sign_in, people, tenant):
    send(sign_in("administrator"), "/sensors/new", department="", purpose="")
    assert sensors.device(people.nobody, "teller-aan-de-brug").department == ""
