"""Streams of entities: every change of what is open, and nothing of what is closed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.public import Actor
from spiegelstad.context import public as context
from spiegelstad.ldes import models
from spiegelstad.ldes.actions.entities import follow
from spiegelstad.ldes.rules import paging

pytestmark = pytest.mark.django_db
NGSI = "https://uri.etsi.org/ngsi-ld/default-context/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DELETE = "https://www.w3.org/ns/activitystreams#Delete"
GARAGE = "urn:ngsi-ld:OffStreetParking:P1"
TIME = "/streams/types/OffStreetParking/time"


def write(tenant: str, id_: str = GARAGE, type_: str = "OffStreetParking", **more: Any) -> None:
    """Make an entity in the centre, or change it."""
    where = {"lon": 3.72, "lat": 51.05}
    entity = context.EntityIn(**{"id": id_, "type": type_, "name": "Vrijdagmarkt", **where, **more})
    context.upsert_entities(by=Actor.system(tenant, "tests"), entities=[entity])


def close(tenant: str, **classifications: str) -> None:
    """Close types or attributes of the city."""
    named = {name: {"classification": how} for name, how in classifications.items()}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": named}})
    context.classify_entities(by=Actor.system(tenant, "tests"))


def test_each_change_is_a_member(tenant: str, walk: Callable[..., Any]) -> None:
    for free in (12, 11, 10):
        write(tenant, attributes={"availableSpotNumber": free})
    context.delete_entity(by=Actor.system(tenant, "tests"), entity_id=GARAGE)
    assert follow() == 4
    assert follow() == 0
    found = walk(TIME)
    assert [found.facts[one].get(f"{NGSI}availableSpotNumber") for one in found.members] == [
        ["12"],
        ["11"],
        ["10"],
        None,
    ]
    assert DELETE in found.facts[found.members[-1]][TYPE]
    objects = {found.facts[one]["http://purl.org/dc/terms/isVersionOf"][0] for one in found.members}
    assert objects == {f"http://testserver/id/{GARAGE}"}
    assert sorted(walk("/streams/types/OffStreetParking/place").members) == sorted(found.members)


def test_entity_older_than_the_log_is_told_by_its_state(tenant: str, walk: Callable[..., Any]) -> None:
    from spiegelstad.context.models import ContextEvent

    write(tenant, attributes={"availableSpotNumber": 12})
    ContextEvent.objects.all().delete()
    assert follow() == 0
    assert follow(complete=True) == 1
    assert follow(complete=True) == 0
    write(tenant, attributes={"availableSpotNumber": 9})
    assert follow(complete=True) == 1
    found = walk(TIME)
    assert [found.facts[one][f"{NGSI}availableSpotNumber"] for one in found.members] == [["12"], ["9"]]


def test_closed_entity_is_not_told(tenant: str, client: Any) -> None:
    write(tenant, classification="internal", attributes={"availableSpotNumber": 12})
    assert follow(complete=True) == 0
    assert client.get(TIME).status_code == 404


def test_entity_that_becomes_closed_goes(tenant: str, walk: Callable[..., Any]) -> None:
    write(tenant, attributes={"availableSpotNumber": 12})
    write(tenant, "urn:ngsi-ld:OffStreetParking:P2")
    follow()
    write(tenant, classification="confidential", attributes={"availableSpotNumber": 12})
    follow()
    assert [GARAGE in one for one in walk(TIME).members] == [False]


def test_entity_that_becomes_closed_is_not_told_as_it_was_a_moment_ago(tenant: str) -> None:
    """Both events come in one piece of the log: what is told of the first would stay until the next minute."""
    write(tenant, attributes={"plate": "1-ABC-123"})
    write(tenant, classification="confidential", attributes={"plate": "1-ABC-123"})
    assert follow() == 0
    write(tenant, classification="public", attributes={"plate": "free"})
    assert follow() == 1
    assert [("1-ABC" in one.body, "free" in one.body) for one in models.Member.objects.all()] == [(False, True)]


def test_type_that_becomes_closed_is_gone_at_once(tenant: str, client: Any, walk: Callable[..., Any]) -> None:
    """And when it opens again, no address means what it meant before."""
    write(tenant, attributes={"availableSpotNumber": 12})
    follow()
    before = walk(TIME)
    close(tenant, OffStreetParking="internal")
    assert [client.get(address).status_code for address in before.nodes] == [404] * len(before.nodes)
    follow()
    close(tenant, OffStreetParking="public")
    assert walk(TIME).members == []
    assert follow() == 1
    after = walk(TIME)
    assert len(after.members) == 1
    assert set(before.nodes) & set(after.nodes) == {f"http://testserver{TIME}"}


def test_attribute_that_becomes_closed_is_gone_at_once(tenant: str, client: Any, walk: Callable[..., Any]) -> None:
    write(tenant, attributes={"availableSpotNumber": 12, "plate": "1-ABC-123"})
    write(tenant, "urn:ngsi-ld:OffStreetParking:P2", attributes={"availableSpotNumber": 5})
    follow()
    before = walk(TIME)
    assert any(b"1-ABC-123" in content for content in before.nodes.values())
    close(tenant, plate="personal")
    assert client.get(TIME).status_code == 404
    follow()
    after = walk(TIME)
    assert not any(b"1-ABC-123" in content or b"plate" in content for content in after.nodes.values())
    assert sorted(found[f"{NGSI}availableSpotNumber"] for found in after.facts.values()) == [["12"], ["5"]]
    for address in set(before.nodes) - set(after.nodes):
        answer = client.get(address)
        assert answer.status_code in {302, 410} and b"1-ABC" not in answer.content


def test_what_becomes_closed_stays_on_no_full_page(
    tenant: str, client: Any, walk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What full pages send is kept apart from their members, and goes with them."""
    monkeypatch.setattr(paging, "MEMBERS", 2)
    for number in range(5):
        write(tenant, f"{GARAGE}{number}", attributes={"plate": "1-ABC-123"} if number == 1 else {})
    follow()
    before = walk(TIME)
    assert any(b"1-ABC-123" in zlib.decompress(one.told) for one in models.Page.objects.exclude(told=None))
    close(tenant, plate="personal")
    follow()
    kept = [zlib.decompress(one.told) for one in models.Page.objects.exclude(told=None)]
    assert len(kept) >= 2 and not any(b"1-ABC-123" in one for one in kept)
    assert not any(b"1-ABC-123" in client.get(address).content for address in before.nodes)
    assert len(walk(TIME).members) == 5


def test_other_city_has_its_own(tenant: str, other_tenant: str, walk: Callable[..., Any], client: Any) -> None:
    write(tenant, attributes={"availableSpotNumber": 12})
    write(other_tenant, attributes={"availableSpotNumber": 77})
    assert follow() == 2
    found = walk(TIME)
    assert [one[f"{NGSI}availableSpotNumber"] for one in found.facts.values()] == [["12"]]
