"""The page of a region: who sees what of its sources, and a region without any. How it answers: the contract tests."""

import pytest

from spiegelstad.accounts.models import Tenant, User
from spiegelstad.accounts.public import Actor
from spiegelstad.base import outgoing
from spiegelstad.base.clock import now
from spiegelstad.context import public as context
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.federation.asking import Reason
from spiegelstad.context.federation.overview import Standing, overview
from spiegelstad.context.models import Registration
from spiegelstad.context.rules.terms import CORE
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded

SECRET = "Bearer secret"
SOURCE = context.SourceIn(
    id="urn:x:glans", name="Glanshaven", endpoint="http://10.9.8.7:8001/in/here?token=secret", types=["Car", "Bus"]
)


@pytest.fixture
def sent(monkeypatch):
    """What is sent to sources; each answers that it holds two cars."""
    seen = []

    def answer(method, url, headers, *rest, **more):
        seen.append((url, headers, more["timeout_s"]))
        body = b'[{"id": "urn:x:1", "type": "Car"}, {"id": "urn:x:2", "type": "Car"}]'
        return outgoing.Response(200, {"ngsild-results-count": "250"}, body, url)

    monkeypatch.setattr(outgoing, "request", answer)
    return seen


@pytest.fixture
def registered(tenant):
    """A source with credentials, in the city of most tests."""
    context.register_source(by=Actor.system(tenant, "tests"), source=SOURCE)
    row = Registration.objects.get()
    pairs = [{"key": "Authorization", "value": SECRET}, {"key": "Cookie", "value": "urn:ngsi-ld:request"}]
    row.document |= {"contextSourceInfo": pairs, "management": {"timeout": 30_000}}
    row.save()
    return row


def shown(client, actor=None, host="teststad.localhost"):
    if actor is not None:
        client.force_login(User.objects.get(pk=actor.id.removeprefix("person:")))
    answer = client.get(
        "/region?lang=en", HTTP_HOST=host, HTTP_COOKIE=f"{client.cookies.output(header='', sep=';')}; mine=1"
    )
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ["nobody", "resident", "clerk", "analyst"])
def test_who_may_not_register_sees_open_facts_only(people, registered, sent, name):
    (one,) = overview(getattr(people, name)).sources
    assert (one.name, one.types, one.standing, one.count) == ("Glanshaven", ("Car", "Bus"), Standing.ANSWERS, 250)
    assert one.details is None


@pytest.mark.parametrize("name", ["steward", "administrator"])
def test_who_may_register_sees_where_a_source_is_and_how_it_did(people, registered, sent, name):
    (one,) = overview(getattr(people, name)).sources
    assert one.details is not None
    assert (one.details.endpoint, one.details.operations) == (SOURCE.endpoint, ("federationOps",))
    assert SECRET not in str(one)


def test_page_shows_addresses_to_stewards_and_secrets_to_nobody(client, people, registered, sent):
    public = shown(client)
    assert "Glanshaven" in public and "there are more" in public and "10.9.8.7" not in public
    steward = shown(client, people.steward)
    assert "http://10.9.8.7:8001/in/here" in steward and "federationOps" in steward
    assert "secret" not in public + steward


def test_page_asks_within_seconds_and_passes_nothing_of_its_reader_on(client, registered, sent):
    shown(client)
    [(_url, headers, timeout_s)] = sent
    assert timeout_s <= 4
    assert headers["authorization"] == SECRET and "cookie" not in headers


def test_source_that_failed_a_moment_ago_is_left_alone(people, registered, sent):
    """Else everyone who looks waits for it, and holds a thread of the server."""
    registered.last_failure_at = now()
    registered.save()
    (one,) = overview(people.steward).sources
    assert (one.standing, one.details.reason, sent) == (Standing.FAILS, Reason.RESTS, [])
    registered.last_success_at = now()
    registered.save()
    (one,) = overview(people.steward).sources
    assert (one.standing, len(sent)) == (Standing.ANSWERS, 1)


@pytest.mark.parametrize(
    ("comes", "words"),
    [
        (outgoing.Unreachable("glans doesn't answer: timed out."), "is niet bereikbaar of antwoordt te traag"),
        (outgoing.HostNotAllowed("glans has an address in a private network."), "dit adres is hier niet toegelaten"),
        (outgoing.Response(503, {}, b"{}", ""), "antwoordt met fout 503"),
        (outgoing.Response(200, {}, b"<html>", ""), "het antwoord is niet te lezen"),
    ],
)
@pytest.mark.usefixtures("registered")
def test_page_says_in_dutch_why_a_source_does_not_answer(client, people, monkeypatch, comes, words):
    def answer(*_, **__):
        if isinstance(comes, Exception):
            raise comes
        return comes

    monkeypatch.setattr(outgoing, "request", answer)
    client.force_login(User.objects.get(pk=people.steward.id.removeprefix("person:")))
    page = client.get("/region", HTTP_HOST="teststad.localhost").content.decode()
    assert words in page
    for english in ("answer:", "private network", "it answered"):
        assert english not in page


def test_sources_of_another_city_are_not_shown(client, people, registered, sent):
    assert overview(people.foreigner).sources == []
    assert "No other broker answers along yet" in shown(client, host="anderstad.localhost")
    assert sent == []


def test_source_that_names_no_types_or_offers_no_queries_is_not_asked(people, registered, sent):
    registered.document |= {"operations": ["createEntity"]}
    registered.save()
    untyped = {**registered.document, "id": "urn:x:all", "operations": ["queryEntity"], "information": [{}]}
    Registration.objects.create(
        tenant_id=registered.tenant_id, uri="urn:x:all", document=untyped, context={}, created_at=registered.created_at,
        modified_at=registered.modified_at,
    )  # fmt: skip
    found = overview(people.nobody)
    assert [one.standing for one in found.sources] == [Standing.NOT_ASKED, Standing.NOT_ASKED]
    assert (sent, found.entities) == ([], [])


def test_menu_shows_the_region_where_there_is_one(client, tenant):
    assert 'href="/region"' not in shown(client)
    Tenant.objects.filter(pk=tenant).update(settings={"region": True})
    assert 'href="/region"' in shown(client)


def test_register_source_changes_only_what_changed(tenant):
    by = Actor.system(tenant, "tests")
    assert context.register_source(by=by, source=SOURCE)
    assert not context.register_source(by=by, source=SOURCE)
    assert AuditEntry.objects.filter(tenant_id=tenant, act="context.register_source").count() == 1
    moved = context.SourceIn(id=SOURCE.id, name="Glanshaven", endpoint="https://glans.example", types=["Car"])
    assert context.register_source(by=by, source=moved)
    row = Registration.objects.get()
    assert row.document["endpoint"] == "https://glans.example"
    assert row.document["information"] == [{"entities": [{"type": [CORE.expand("Car")]}]}]


@pytest.mark.parametrize("name", ["nobody", "resident", "clerk", "analyst"])
def test_register_source_is_for_stewards(people, name):
    with pytest.raises((NotAllowed, SignInNeeded)):
        context.register_source(by=getattr(people, name), source=SOURCE)


def test_register_source_refuses_what_is_no_address(people):
    wrong = context.SourceIn(id="urn:x:1", name="x", endpoint="ftp://x.example", types=["Car"])
    with pytest.raises(BadRequestData):
        context.register_source(by=people.steward, source=wrong)
