"""Purge, entities whose time is over, and closing by type."""

from datetime import timedelta
from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.base.clock import now
from spiegelstad.context.actions.purging import classify_entities, delete_expired, purge
from spiegelstad.context.errors import BadRequestData, ResourceNotFound
from spiegelstad.context.models import ContextEvent, Entity
from spiegelstad.context.public import EntityIn, upsert_entities
from spiegelstad.context.queries.temporal import head
from spiegelstad.context.rules.documents import shown_time, time_text
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.terms import CORE
from spiegelstad.context.testing import make_entity
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import Classification, NotAllowed, SignInNeeded
from spiegelstad.mirror.public import series

CAR = CORE.expand("Car")
CARS = EntityQuery(selectors=(Selector(types=(frozenset({CAR}),)),))


@pytest.fixture(autouse=True)
def _entities(tenant: str, other_tenant: str) -> None:
    for n in range(4):
        make_entity(tenant, id=f"urn:x:{n}", type="Car", speed=n, colour="red")
    make_entity(tenant, id="urn:x:bus", type="Bus", speed=9)
    make_entity(other_tenant, id="urn:x:0", type="Car")


def ids(tenant: str) -> list[str]:
    return list(Entity.objects.filter(tenant=tenant).order_by("id").values_list("id", flat=True))


def test_purge_deletes_what_matches_with_its_events(people: Any, tenant: str, other_tenant: str) -> None:
    query = EntityQuery(selectors=CARS.selectors, q=parse_q("speed>=2", CORE))
    assert purge(by=people.administrator, query=query) == 2
    assert ids(tenant) == ["urn:x:0", "urn:x:1", "urn:x:bus"] and ids(other_tenant) == ["urn:x:0"]
    gone = ContextEvent.objects.filter(kind="entityDeleted").values_list("entity_id", flat=True)
    assert sorted(gone) == ["urn:x:2", "urn:x:3"]
    assert AuditEntry.objects.get(act="context.delete_entities").details["purged"] == 2


def test_purge_of_some_attributes(people: Any, tenant: str) -> None:
    assert purge(by=people.administrator, query=CARS, drop={CORE.expand("colour")}) == 4
    assert purge(by=people.administrator, query=CARS, drop={CORE.expand("colour")}) == 0
    assert purge(by=people.administrator, query=CARS, keep={CORE.expand("colour")}) == 4
    assert [row.attributes for row in Entity.objects.filter(types__contains=[CAR], tenant=tenant)] == [{}] * 4
    with pytest.raises(BadRequestData):
        purge(by=people.administrator, query=CARS, drop={"urn:a"}, keep={"urn:b"})


def test_purge_is_not_for_everybody(people: Any, tenant: str) -> None:
    for by, error in ((people.nobody, SignInNeeded), (people.resident, NotAllowed), (people.steward, NotAllowed)):
        with pytest.raises(error):
            purge(by=by, query=CARS)
    assert purge(by=people.foreigner, query=CARS) == 1
    assert len(ids(tenant)) == 5


def test_purge_by_pieces(people: Any, tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiegelstad.context.actions.purging.PIECE", 3)
    assert purge(by=people.administrator, query=CARS) == 4
    assert ids(tenant) == ["urn:x:bus"]


def test_entities_whose_time_is_over_go_with_an_event(people: Any, tenant: str) -> None:
    for name, seconds in (("past", -60), ("future", 60)):
        moment = shown_time(time_text(now() + timedelta(seconds=seconds)))
        make_entity(tenant, id=f"urn:x:{name}", type="Car", expiresAt=moment)
    assert delete_expired(by=people.system) == 1
    assert "urn:x:past" not in ids(tenant) and "urn:x:future" in ids(tenant)
    [event] = ContextEvent.objects.filter(kind="entityDeleted")
    assert event.entity_id == "urn:x:past" and event.before["id"] == "urn:x:past"
    assert delete_expired(by=people.system) == 0


def test_city_closes_and_opens_types_afterwards(people: Any, tenant: str) -> None:
    make_entity(tenant, id="urn:x:both", type=["Car", "Bus"])

    def classified(**said: Any) -> dict[str, str]:
        closed = {name: {"classification": kind} for name, kind in said.items()}
        Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
        classify_entities(by=people.administrator)
        return dict(Entity.objects.filter(tenant=tenant).values_list("id", "classification"))

    found = classified(Bus="confidential", Car="internal")
    assert (found["urn:x:0"], found["urn:x:bus"], found["urn:x:both"]) == ("internal", "confidential", "confidential")
    found = classified(Bus="public", Car="public")
    assert set(found.values()) == {"public"}
    for by, error in ((people.nobody, SignInNeeded), (people.steward, NotAllowed)):
        with pytest.raises(error):
            classify_entities(by=by)


def test_what_is_closed_closes_its_series_and_history(people: Any, tenant: str) -> None:
    moment = {"observedAt": "2026-11-20T07:00:00Z"}
    make_entity(tenant, id="urn:x:pole", type="Pole", level={"type": "Property", "value": 1, **moment})
    make_entity(tenant, id="urn:x:tram", type="Tram", load={"type": "Property", "value": 2, **moment})
    assert sorted(one.property for one in series(people.nobody)) == ["level", "load"]
    closed = {"Pole": {"classification": "internal"}, "load": {"classification": "confidential"}}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
    classify_entities(by=people.administrator)
    assert [one.property for one in series(people.nobody)] == []
    assert [one.property for one in series(people.clerk)] == ["level"]
    assert sorted(one.property for one in series(people.administrator)) == ["level", "load"]
    make_entity(tenant, id="urn:x:bus2", type="Bus", load={"type": "Property", "value": 2, **moment})
    assert [one.property for one in series(people.clerk)] == ["level"]
    with pytest.raises(ResourceNotFound):
        head(people.nobody, "urn:x:pole")


def test_table_that_closes_an_entity_closes_its_series_and_history(people: Any, tenant: str) -> None:
    make_entity(tenant, id="urn:x:pole", type="Pole", level={"value": 1, "observedAt": "2026-11-20T07:00:00Z"})
    closed = EntityIn(id="urn:x:pole", type="Pole", classification=Classification.INTERNAL)
    assert upsert_entities(by=people.administrator, entities=[closed]) == 1
    assert series(people.nobody) == [] and len(series(people.clerk)) == 1
    with pytest.raises(ResourceNotFound):
        head(people.nobody, "urn:x:pole")
