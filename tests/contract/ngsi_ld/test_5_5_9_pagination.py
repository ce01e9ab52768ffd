"""Pagination (clauses 5.5.9 and 6.3.10), the count (6.3.13) and the order (4.23)."""

import re
from typing import Any

import pytest

ROOT = "/ngsi-ld/v1/"


_LINK = re.compile(r'<([^>]*)>;rel="(next|prev)";type="([^"]*)"')


@pytest.fixture
def sensors(broker: Any) -> Any:
    """Nine sensors, numbered from 1."""
    for number in range(1, 10):
        broker.made(f"urn:ngsi-ld:Sensor:{number}", "Sensor", level=number % 3, name=f"s{10 - number}")
    return broker


def page(broker: Any, path: str = "entities?type=Sensor&limit=4") -> tuple[list[int], dict[str, str]]:
    """Return the numbers on a page, and where the next and the previous are."""
    answer = broker.get(path.removeprefix(ROOT))
    assert answer.status_code == 200, answer.content
    links = {relation: address for address, relation, _ in _LINK.findall(answer.headers.get("Link", ""))}
    return [int(one["id"].rpartition(":")[2]) for one in answer.json()], links


def test_5_5_9_pages_lead_to_the_last_and_back(sensors: Any) -> None:
    first, links = page(sensors)
    assert first == [1, 2, 3, 4] and set(links) == {"next"}
    second, links = page(sensors, links["next"])
    assert second == [5, 6, 7, 8] and set(links) == {"next", "prev"}
    last, links = page(sensors, links["next"])
    assert last == [9] and set(links) == {"prev"}
    assert page(sensors, links["prev"])[0] == [5, 6, 7, 8]
    assert page(sensors, page(sensors, links["prev"])[1]["prev"]) == ([1, 2, 3, 4], {"next": page(sensors)[1]["next"]})


def test_5_5_9_pages_are_stable_when_entities_come_and_go(sensors: Any) -> None:
    seen, links = page(sensors)
    sensors.delete("entities/urn:ngsi-ld:Sensor:2")
    sensors.made("urn:ngsi-ld:Sensor:0", "Sensor")
    while "next" in links:
        more, links = page(sensors, links["next"])
        seen += more
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_5_5_9_2_limit_and_offset(sensors: Any, error_of: Any) -> None:
    assert page(sensors, "entities?type=Sensor&limit=3&offset=4")[0] == [5, 6, 7]
    assert page(sensors, "entities?type=Sensor&offset=40") == (
        [],
        {"prev": page(sensors, "entities?type=Sensor&offset=40")[1]["prev"]},
    )
    for wrong in ("limit=0", "limit=-1", "limit=x", "offset=-1", "count=yes"):
        assert error_of(sensors.get(f"entities?type=Sensor&{wrong}"))[0] == 400, wrong


def test_6_3_13_count(sensors: Any) -> None:
    answer = sensors.get("entities?type=Sensor&q=level==0&count=true&limit=1")
    assert answer.headers["NGSILD-Results-Count"] == "3" and len(answer.json()) == 1
    none = sensors.get("entities?type=Sensor&count=true&limit=0")
    assert none.headers["NGSILD-Results-Count"] == "9" and none.json() == []
    assert "NGSILD-Results-Count" not in sensors.get("entities?type=Sensor").headers


def test_5_5_9_geo_queries_have_pages_too(sensors: Any) -> None:
    for number in range(1, 10):
        place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3 + number / 1000, 51]}}
        sensors.post(f"entities/urn:ngsi-ld:Sensor:{number}/attrs", {"location": place})
    near = "georel=near;maxDistance==400&geometry=Point&coordinates=[3.001,51]&limit=4"
    found, links = page(sensors, f"entities?{near}")
    assert found == [1, 2, 3, 4] and page(sensors, links["next"])[0] == [5, 6]
    assert page(sensors, f"entities?{near}&offset=5")[0] == [6]
    assert page(sensors, page(sensors, links["next"])[1]["prev"])[0] == [1, 2, 3, 4]


def test_4_23_order(sensors: Any, error_of: Any) -> None:
    local = "entities?type=Sensor&local=true&limit=4"
    assert page(sensors, f"{local}&orderBy=name")[0] == [9, 8, 7, 6]
    found, links = page(sensors, f"{local}&orderBy=level;desc,name")
    assert found == [8, 5, 2, 7] and page(sensors, links["next"])[0] == [4, 1, 9, 6]
    assert page(sensors, f"{local}&orderBy=id;desc")[0] == [9, 8, 7, 6]
    for wrong in (
        "local=true&orderBy=name;up",
        "orderBy=name",
        "local=true&orderBy=location;dist-asc",
        "local=true&orderBy=a=b",
    ):
        assert error_of(sensors.get(f"entities?type=Sensor&{wrong}")) == (400, "BadRequestData"), wrong


def test_4_23_order_by_distance(broker: Any) -> None:
    for number, lon in ((1, 3.9), (2, 3.7), (3, 3.8)):
        place = {"type": "Point", "coordinates": [lon, 51]}
        broker.made(f"urn:ngsi-ld:Sensor:{number}", "Sensor", location=place)
    broker.made("urn:ngsi-ld:Sensor:4", "Sensor")
    asked = "entities?type=Sensor&local=true&orderFrom=[3.71,51]&orderBy=location;dist-"
    assert page(broker, f"{asked}asc")[0] == [2, 3, 1, 4]
    assert page(broker, f"{asked}desc")[0] == [1, 3, 2, 4]
