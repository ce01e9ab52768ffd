"""Entities that come from tables, for the rooms above: what is upserted is found again, by those who may."""

from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.context.actions.writing import lock
from spiegelstad.context.models import Entity
from spiegelstad.context.public import EntityIn, entities, upsert_entities
from spiegelstad.governance.public import Classification, NotAllowed, SignInNeeded

COUNTER = "https://uri.etsi.org/ngsi-ld/default-context/Counter"
GARAGE = EntityIn(id="urn:x:1", type="Garage", name="Reep", lon=3.7, lat=51.05, attributes={"places": 200})


def test_entities_are_found_by_type_box_and_id(people: Any, tenant: str) -> None:
    given = [
        EntityIn(id="urn:x:1", type="Counter", lon=3.7, lat=51.05, attributes={"lanes": 2}),
        EntityIn(id="urn:x:2", type="Garage", lon=3.61, lat=51.0),
        EntityIn(id="urn:x:3", type="Garage", classification=Classification.CONFIDENTIAL),
    ]
    assert upsert_entities(by=people.administrator, entities=given) == 3
    assert upsert_entities(by=people.administrator, entities=given) == 0
    assert [item.id for item in entities(people.nobody)] == ["urn:x:1", "urn:x:2"]
    assert [item.id for item in entities(people.nobody, bbox=(3.65, 51.0, 3.75, 51.1))] == ["urn:x:1"]
    assert [item.id for item in entities(people.nobody, ids=["urn:x:2", "urn:x:3"])] == ["urn:x:2"]
    assert [item.id for item in entities(people.administrator, type="Garage")] == ["urn:x:2", "urn:x:3"]
    assert entities(people.foreigner) == []


def test_entity_reads_as_it_was_given(people: Any) -> None:
    upsert_entities(by=people.administrator, entities=[GARAGE])
    [found] = entities(people.nobody)
    assert (found.type, found.name, found.lon, found.lat, found.attributes) == (
        "Garage", "Reep", 3.7, 51.05, {"places": 200},
    )  # fmt: skip


def test_upsert_changes_what_is_given_and_leaves_the_rest(people: Any, tenant: str) -> None:
    first = EntityIn(
        id="urn:x:1", type="Garage", name="Reep", lon=3.7, lat=51.05, attributes={"places": 1, "open": True}
    )
    upsert_entities(by=people.administrator, entities=[first])
    before = lock(tenant, ["urn:x:1"])["urn:x:1"].document
    second = EntityIn(id="urn:x:1", type="Counter", attributes={"places": 2, "open": None})
    assert upsert_entities(by=people.administrator, entities=[second]) == 1
    after = lock(tenant, ["urn:x:1"])["urn:x:1"].document
    [found] = entities(people.nobody, type="Counter")
    assert (found.type, found.name, found.lon, found.attributes) == ("Garage", "Reep", 3.7, {"places": 2})
    assert after.types == [*before.types, COUNTER]
    assert after.created_at == before.created_at and after.modified_at > before.modified_at


def test_table_cannot_open_what_the_city_closes(people: Any, tenant: str) -> None:
    closed = {COUNTER: {"classification": "confidential", "department": "milieu"}}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
    upsert_entities(
        by=people.administrator,
        entities=[EntityIn(id="urn:x:1", type="Counter"), GARAGE.__class__(id="urn:x:2", type="Garage")],
    )
    assert [item.id for item in entities(people.nobody)] == ["urn:x:2"]
    assert [item.id for item in entities(people.other_steward)] == ["urn:x:1", "urn:x:2"]


def test_closed_attribute_is_left_out(people: Any, tenant: str) -> None:
    upsert_entities(by=people.administrator, entities=[GARAGE])
    closed = {"https://uri.etsi.org/ngsi-ld/default-context/places": {"classification": "internal"}}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
    assert [item.attributes for item in entities(people.nobody)] == [{}]
    assert [item.attributes for item in entities(people.clerk)] == [{"places": 200}]


def test_entities_are_written_by_who_may(people: Any) -> None:
    own = EntityIn(id="urn:x:1", type="Garage", department="mobiliteit")
    assert upsert_entities(by=people.steward, entities=[own]) == 1
    moved = EntityIn(id="urn:x:1", type="Garage", department="milieu")
    for by, item, error in (
        (people.other_steward, own, NotAllowed),
        (people.other_steward, moved, NotAllowed),
        (people.resident, own, NotAllowed),
        (people.nobody, own, SignInNeeded),
    ):
        with pytest.raises(error):
            upsert_entities(by=by, entities=[item])
    assert upsert_entities(by=people.foreigner, entities=[own]) == 1
    assert Entity.objects.count() == 2
