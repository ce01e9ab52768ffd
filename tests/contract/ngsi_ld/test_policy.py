"""Who sees and changes what: an anonymous reader exactly the open part, nobody another city's."""

from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.testing import make_key
from spiegelstad.context.models import Entity
from spiegelstad.context.testing import make_entity

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
CLOSED = {
    f"{DEFAULT}Camera": {"classification": "internal"},
    f"{DEFAULT}Vault": {"classification": "confidential", "department": "milieu"},
    f"{DEFAULT}plate": {"classification": "internal"},
    f"{DEFAULT}owner": {"classification": "personal"},
}
IDS = ("urn:x:car", "urn:x:camera", "urn:x:vault")


@pytest.fixture
def city(tenant: str) -> str:
    """A city that closes two types and two attributes, with an entity of each kind."""
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": CLOSED}})
    make_entity(tenant, id="urn:x:car", type="Car", speed=30, plate="1-ABC-234", owner="Roos")
    make_entity(tenant, id="urn:x:camera", type=["Pole", "Camera"], speed=1)
    make_entity(tenant, id="urn:x:vault", type="Vault", speed=1)
    return tenant


def seen(broker: Any) -> dict[str, set[str]]:
    answers = {id_: broker.get(f"entities/{id_}") for id_ in IDS}
    return {id_: set(answer.json()) - {"id", "type"} for id_, answer in answers.items() if answer.status_code == 200}


def test_anonymous_sees_exactly_the_open_part(city: str, reader: Any) -> None:
    assert seen(reader) == {"urn:x:car": {"speed"}}
    assert reader.get("entities/urn:x:car", params={"attrs": "plate"}).status_code == 404


def test_key_that_reads_data_sees_what_is_internal(city: str, reader: Any) -> None:
    reader.key = make_key(city, ["data:read"])[0]
    assert seen(reader) == {"urn:x:car": {"speed", "plate"}, "urn:x:camera": {"speed"}}


def test_key_that_only_writes_reads_no_more_than_anybody(city: str, broker: Any) -> None:
    assert seen(broker) == {"urn:x:car": {"speed"}}


def test_keys_write_by_their_scope(city: str, broker: Any, reader: Any) -> None:
    for scopes in (["data:read"], ["observations:write"]):
        reader.key = make_key(city, scopes)[0]
        for answer in (
            reader.post("entities", {"id": "urn:x:new", "type": "Car"}),
            reader.patch("entities/urn:x:car/attrs", {"speed": 1}),
            reader.delete("entities/urn:x:car"),
            reader.post("entityOperations/delete", ["urn:x:car"]),
            reader.post("entityOperations/upsert", [{"id": "urn:x:car", "type": "Car"}]),
        ):
            assert answer.status_code == 403 and "scope context:write" in answer.json()["detail"]
    assert broker.patch("entities/urn:x:camera/attrs", {"speed": 2}).status_code == 204


def test_closed_entity_stays_closed_whatever_its_writer_does(city: str, broker: Any, reader: Any) -> None:
    assert broker.put("entities/urn:x:camera", {"type": "Car", "speed": 2}).status_code == 204
    assert broker.post("entityOperations/upsert", [{"id": "urn:x:vault", "type": "Car"}]).status_code == 204
    assert seen(reader) == {"urn:x:car": {"speed"}}
    assert broker.post("entities/urn:x:car/attrs", {"type": "Camera", "speed": 2}).status_code == 204
    assert seen(reader) == {}


def test_batch_closes_by_type(city: str, broker: Any, reader: Any) -> None:
    body = [{"id": "urn:x:9", "type": "Camera"}, {"id": "urn:x:8", "type": "Car"}]
    assert broker.post("entityOperations/create", body).status_code == 201
    assert [reader.get(f"entities/{id_}").status_code for id_ in ("urn:x:9", "urn:x:8")] == [404, 200]
    row = Entity.objects.get(tenant=city, id="urn:x:9")
    assert row.classification == "internal"


def test_nobody_sees_or_changes_another_citys(city: str, other_tenant: str, broker: Any, reader: Any) -> None:
    for scopes in (["context:write", "data:read"], []):
        stranger = type(broker)(make_key(other_tenant, scopes)[0])
        assert seen(stranger) == {}
        for headers in ({}, {"NGSILD-Tenant": city}):
            for answer in (
                stranger.patch("entities/urn:x:car/attrs", {"speed": 1}, headers=headers),
                stranger.delete("entities/urn:x:car", headers=headers),
                stranger.post("entityOperations/delete", ["urn:x:car"], headers=headers),
            ):
                assert answer.status_code in (403, 404, 207), answer.content
    assert broker.shown("urn:x:car")["speed"]["value"] == 30
    assert reader.get("entities/urn:x:car", headers={"NGSILD-Tenant": other_tenant}).status_code == 404
    make_entity(other_tenant, id="urn:x:car", type="Car", speed=99)
    assert broker.shown("urn:x:car")["speed"]["value"] == 30
    there = reader.get("entities/urn:x:car", headers={"NGSILD-Tenant": other_tenant})
    assert there.json()["speed"]["value"] == 99 and there.headers["NGSILD-Tenant"] == other_tenant


def test_setting_opens_the_context_to_whoever_reaches_it(
    city: str, other_tenant: str, reader: Any, settings: Any
) -> None:
    settings.OPEN_CONTEXT = True
    assert reader.post("entities", {"id": "urn:x:new", "type": "Car"}).status_code == 201
    assert seen(reader) == {"urn:x:car": {"speed", "plate"}, "urn:x:camera": {"speed"}}
    there = {"NGSILD-Tenant": other_tenant}
    assert reader.post("entities", {"id": "urn:x:new", "type": "Car"}, headers=there).status_code == 201
    assert reader.get("entities/urn:x:car", headers=there).status_code == 404
    assert reader.get("entities/urn:x:car", headers={"NGSILD-Tenant": "nergens"}).status_code == 404
