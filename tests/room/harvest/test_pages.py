"""The pages of stewards: who sees them, what they say, and how few queries they need."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from spiegelstad.accounts.models import User
from spiegelstad.accounts.public import Actor
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import PREFIXES, definition, make_source, turtle
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.id.removeprefix("person:")))
    return client


@pytest.fixture
def read(people, tmp_path: Path, portal: Portal) -> harvest.Run:
    """A catalogue that was read: sixty records without a language, one in quarantine."""
    body = turtle(portal.url, [f"s{number}" for number in range(60)]).replace(b"@nl", b"")
    body += f'\n<{portal.url}/id/leeg> a dcat:Dataset ; dct:title "Leeg"@nl ; dct:spatial [] .'.encode()
    portal.pages["/catalog"] = Answered(PREFIXES.encode() + body, "text/turtle")
    tenant = people.steward.tenant_id
    return harvest.run_source(
        by=make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog")), slug="buren"
    )


def test_steward_sees_what_is_wrong(people, read: harvest.Run, django_assert_max_num_queries) -> None:
    client = client_of(people.steward)
    with django_assert_max_num_queries(15):
        text = client.get("/harvest").content.decode()
    assert "Data van de buren" in text and "gelukt" in text
    with django_assert_max_num_queries(15):
        text = client.get("/harvest/buren").content.decode()
    assert "zegt niet in welke taal het is" in text and "/data/buren-set-s0" in text and "Nu lezen" in text
    assert "http://purl.org/dc/terms/spatial" in text and "(61)" in text and "?page=2" in text
    text = client.get("/harvest/buren?show=quarantine").content.decode()
    assert "Leeg" in text and "het record is niet overgenomen" in text and "Set s0" not in text
    csv = client.get("/harvest/buren/report.csv")
    lines = csv.content.decode("utf-8-sig").splitlines()
    assert csv.headers["Content-Type"].startswith("text/csv") and len(lines) > 120
    assert lines[0] == "Record,Titel,Eigenschap,Wat er mis is,Waarde,Wat wij deden"


def test_button_asks_a_worker_once(people, read: harvest.Run) -> None:
    client = client_of(people.steward)
    assert client.post("/harvest/buren/run").headers["Location"] == "/harvest/buren"
    assert "De catalogus wordt gelezen." in client.get("/harvest/buren").content.decode()
    assert harvest.request_run(by=people.steward, slug="buren") is False


def test_others_look_or_do_not_see(people, read: harvest.Run) -> None:
    for actor in (people.clerk, people.other_steward):
        client = client_of(actor)
        assert client.get("/harvest/buren").status_code == 200
        assert "Nu lezen" not in client.get("/harvest/buren").content.decode()
        assert client.post("/harvest/buren/run").status_code == 403
    for client in (client_of(people.resident), client_of(people.foreigner), Client()):
        assert client.get("/harvest").status_code in (303, 403)  # to sign in, or refused
        for path in ("/harvest/buren", "/harvest/buren/report.csv"):
            assert client.get(path).status_code == 404
        assert client.post("/harvest/buren/run").status_code == 404
