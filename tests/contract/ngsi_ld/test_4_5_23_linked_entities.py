"""Linked entity retrieval (clause 4.5.23): join, joinLevel, containedBy."""

from typing import Any

import pytest

CITY, STREET, HOUSE = (f"urn:ngsi-ld:{name}:1" for name in ("City", "Street", "House"))


def to(*uris: str) -> dict[str, Any]:
    return {"type": "Relationship", "object": uris[0] if len(uris) == 1 else list(uris)}


@pytest.fixture
def graph(broker: Any) -> Any:
    """A house in a street in a city, which knows its houses."""
    broker.made(CITY, "City", name="Gent", houses=to(HOUSE, "urn:ngsi-ld:House:gone"))
    broker.made(STREET, "Street", name="Veldstraat", city=to(CITY))
    broker.made(HOUSE, "House", number=82, street=to(STREET))
    return broker


def house(graph: Any, **params: str) -> Any:
    [found] = graph.get("entities", params={"type": "House", "join": "inline", **params}).json()
    return found


def test_4_5_23_2_inline(graph: Any) -> None:
    found = house(graph)
    assert found["street"]["object"] == STREET
    assert found["street"]["entity"]["name"] == {"type": "Property", "value": "Veldstraat"}
    assert "entity" not in found["street"]["entity"]["city"]
    deep = house(graph, joinLevel="3")
    city = deep["street"]["entity"]["city"]["entity"]
    assert city["name"]["value"] == "Gent" and "entity" not in city["houses"], "a house is not inside itself"


def test_4_5_23_2_inline_simplified(graph: Any) -> None:
    found = house(graph, format="simplified", joinLevel="2")
    assert found["street"]["city"]["name"] == "Gent"
    assert house(graph, format="concise")["street"]["entity"]["name"] == "Veldstraat"


def test_4_5_23_2_contained_by(graph: Any) -> None:
    assert "entity" not in house(graph, joinLevel="2", containedBy=f"{CITY},{STREET}")["street"]


def test_4_5_23_3_flat(graph: Any) -> None:
    answer = graph.get("entities", params={"type": "House", "join": "flat", "joinLevel": "2"})
    assert [one["id"] for one in answer.json()] == [HOUSE, STREET, CITY]
    assert [one["id"] for one in graph.get("entities", params={"type": "House,Street", "join": "flat"}).json()] == [
        HOUSE, STREET, CITY,
    ]  # fmt: skip


def test_4_5_23_several_targets_give_several_entities(graph: Any) -> None:
    [city] = graph.get("entities", params={"type": "City", "join": "inline"}).json()
    assert [one["id"] for one in city["houses"]["entity"]] == [HOUSE]
    [city] = graph.get("entities", params={"type": "City", "join": "inline", "format": "simplified"}).json()
    first, other = city["houses"]
    assert first["id"] == HOUSE and other == "urn:ngsi-ld:House:gone", "what is not there is still linked to"


def test_4_21_projection_of_linked_entities(graph: Any, error_of: Any) -> None:
    found = house(graph, pick="id,street{name}", format="simplified")
    assert found == {"id": HOUSE, "street": {"name": "Veldstraat"}}
    for params in ({"pick": "street{name}"}, {"pick": "street{city{name}}", "join": "inline"}):
        assert error_of(graph.get("entities", params={"type": "House", **params})) == (400, "BadRequestData")


def test_5_7_1_retrieve_with_linked_entities(graph: Any) -> None:
    assert graph.shown(HOUSE, join="inline")["street"]["entity"]["id"] == STREET
    assert [one["id"] for one in graph.shown(HOUSE, join="flat", joinLevel="2")] == [HOUSE, STREET, CITY]


@pytest.mark.parametrize(
    "wrong", [{"join": "deep"}, {"join": "flat", "joinLevel": "0"}, {"join": "flat", "containedBy": "x"}]
)
def test_4_5_23_wrong_joins_are_refused(graph: Any, error_of: Any, wrong: dict[str, str]) -> None:
    assert error_of(graph.get("entities", params={"type": "House", **wrong})) == (400, "BadRequestData")
