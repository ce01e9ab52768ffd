"""Entity maps (clause 5.14), and their use in queries (5.5.9.3)."""

from typing import Any

import pytest

from spiegelstad.accounts.testing import make_key

ROOT = "/ngsi-ld/v1/"


HEADER = "NGSILD-EntityMap"


@pytest.fixture
def sensors(broker: Any) -> Any:
    """Three sensors."""
    for number in (1, 2, 3):
        broker.made(f"urn:ngsi-ld:Sensor:{number}", "Sensor", level=number)
    return broker


def made(broker: Any) -> str:
    """Query with an entity map and return where it is."""
    answer = broker.get("entities", params={"type": "Sensor", "entityMap": "true", "limit": "1"})
    assert answer.status_code == 200
    return str(answer.headers[HEADER]).removeprefix(ROOT)


def test_5_14_1_retrieve(sensors: Any) -> None:
    place = made(sensors)
    body = sensors.get(place).json()
    assert body["type"] == "EntityMap" and place.endswith(body["id"]) and body["linkedMaps"] == {}
    assert body["entityMap"] == {f"urn:ngsi-ld:Sensor:{number}": ["@none"] for number in (1, 2, 3)}
    assert body["expiresAt"].endswith("Z")


def test_5_5_9_3_pages_of_a_map_hold_what_was_there_first(sensors: Any) -> None:
    place = made(sensors)
    sensors.made("urn:ngsi-ld:Sensor:0", "Sensor", level=5)
    sensors.delete("entities/urn:ngsi-ld:Sensor:2")
    answer = sensors.get("entities", params={"type": "Sensor"}, headers={HEADER: ROOT + place})
    assert [one["id"][-1] for one in answer.json()] == ["1", "3"]
    assert answer.headers[HEADER] == ROOT + place
    filtered = sensors.get("entities", params={"type": "Sensor", "q": "level>2"}, headers={HEADER: ROOT + place})
    assert [one["id"][-1] for one in filtered.json()] == ["3"], "filters are checked again"


def test_5_7_2_4_a_map_that_is_gone_is_made_anew(sensors: Any) -> None:
    place = made(sensors)
    assert sensors.delete(place).status_code == 204
    answer = sensors.get("entities", params={"type": "Sensor"}, headers={HEADER: ROOT + place})
    assert answer.headers[HEADER] not in ("", ROOT + place) and len(answer.json()) == 3


def test_5_14_2_update(sensors: Any, error_of: Any) -> None:
    place = made(sensors)
    before = sensors.get(place).json()["expiresAt"]
    assert sensors.patch(place, {"type": "EntityMap", "expiresAt": "2999-01-01T00:00:00Z"}).status_code == 204
    assert sensors.get(place).json()["expiresAt"] > before
    for wrong in ({"expiresAt": "soon"}, {"expiresAt": "2001-01-01T00:00:00Z"}, {"type": "Other"}):
        assert error_of(sensors.patch(place, wrong)) == (400, "BadRequestData")


def test_5_14_only_its_maker_sees_a_map(sensors: Any, tenant: str, error_of: Any) -> None:
    place = made(sensors)
    for other in (type(sensors)(), type(sensors)(make_key(tenant, ["context:write"])[0])):
        assert error_of(other.get(place)) == (404, "ResourceNotFound")
        assert error_of(other.delete(place)) == (404, "ResourceNotFound")
    assert error_of(sensors.get("entityMap/nothing")) == (400, "BadRequestData")
    assert error_of(sensors.get("entityMap/urn:ngsi-ld:EntityMap:none")) == (404, "ResourceNotFound")


def test_5_14_a_map_lives_as_long_as_asked(sensors: Any, error_of: Any) -> None:
    asked = {"type": "Sensor", "entityMap": "true"}
    assert sensors.get("entities", params={**asked, "entityMapLifetime": "PT1H"}).status_code == 200
    for wrong in ("soon", "0", ""):
        answer = sensors.get("entities", params={**asked, "entityMapLifetime": wrong})
        assert error_of(answer) == (400, "BadRequestData"), wrong


def test_5_7_1_retrieving_an_entity_can_tell_of_a_map_too(sensors: Any) -> None:
    answer = sensors.get("entities/urn:ngsi-ld:Sensor:2", params={"entityMap": "true"})
    place = answer.headers[HEADER].removeprefix(ROOT)
    assert sensors.get(place).json()["entityMap"] == {"urn:ngsi-ld:Sensor:2": ["@none"]}
    assert HEADER not in sensors.get("entities/urn:ngsi-ld:Sensor:2").headers
