"""Linked entities that other brokers hold (clauses 4.5.23, 4.3.6, 5.7.1 and 5.7.2), over a live server."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.context.federation import linking
from spiegelstad.context.models import Registration
from spiegelstad.context.queries.identity import source_alias
from tests.contract.ngsi_ld.test_4_3_6_distributed_reading import Region, dead, region, sent  # noqa: F401  fixtures

HOUSE, STREET, CITY = (f"urn:ngsi-ld:{name}:1" for name in ("House", "Street", "City"))


def to(*uris: str, type: str = "", **more: Any) -> dict[str, Any]:
    annotated = {"objectType": type} if type else {}
    return {"type": "Relationship", "object": uris[0] if len(uris) == 1 else list(uris), **annotated, **more}


def about(*types: str, **more: Any) -> dict[str, Any]:
    """What a registration of these types says."""
    return {"information": [{"entities": [{"type": one} for one in types], **more}]}


@pytest.fixture
def graph(region: Any) -> Any:  # noqa: F811
    """A house here, in a street of the other city, which is in a city that is there too."""
    region.broker.made(HOUSE, "House", number=82, street=to(STREET, type="Street"))
    region.there(STREET, "Street", name="Veldstraat", city=to(CITY, type="City"))
    region.there(CITY, "City", name="Gent")
    return region


def house(graph: Any, **params: str) -> Any:
    """Retrieve the house; with its type, sources of other things are not asked for it."""
    return graph.broker.shown(HOUSE, **{"type": "House", "join": "inline", "format": "simplified", **params})


def asked_of(sent: Any) -> list[dict[str, list[str]]]:  # noqa: F811
    """Return the parameters of the queries that were sent to sources."""
    return [parse_qs(urlsplit(url).query) for url, _ in sent if "/entities?" in url]


def test_4_5_23_2_inline_from_a_source(graph):
    graph.register(**about("Street"))
    assert house(graph)["street"] == {"id": STREET, "type": "Street", "name": "Veldstraat", "city": CITY}
    [queried] = graph.broker.get("entities", params={"type": "House", "join": "inline"}).json()
    assert queried["street"]["entity"]["name"]["value"] == "Veldstraat"
    assert queried["street"]["object"] == STREET


def test_4_5_23_3_flat_from_a_source_a_level_at_a_time(graph):
    graph.register(**about("Street", "City"))
    for level, ids in (("1", [HOUSE, STREET]), ("2", [HOUSE, STREET, CITY]), ("3", [HOUSE, STREET, CITY])):
        assert [one["id"] for one in house(graph, join="flat", joinLevel=level)] == ids
        assert graph.found(type="House", join="flat", joinLevel=level) == ids


def test_4_5_23_by_a_query_in_a_body(graph):
    graph.register(**about("Street"))
    body = {"type": "Query", "entities": [{"type": "House"}], "join": "flat", "joinLevel": 2}
    assert [one["id"] for one in graph.broker.post("entityOperations/query", body).json()] == [HOUSE, STREET]
    local = graph.broker.post("entityOperations/query", body, params={"local": "true"})
    assert [one["id"] for one in local.json()] == [HOUSE]


def test_5_5_13_local_asks_nobody(graph, sent):  # noqa: F811
    graph.register(**about("Street"))
    assert house(graph, local="true")["street"] == STREET
    assert graph.found(type="*", join="flat") == [HOUSE], "the type * asks for what is here"
    assert sent == []


def test_4_5_23_1_elsewhere_only_annotated_relationships_are_followed(graph, sent):  # noqa: F811
    """Without objectType a relationship leads to what is stored here, and what sources add to that."""
    graph.register(**about("Street"))
    graph.broker.made("urn:ngsi-ld:House:2", "House", street=to(STREET))
    assert (
        graph.broker.shown("urn:ngsi-ld:House:2", type="House", join="inline", format="simplified")["street"] == STREET
    )
    assert sent == []
    graph.broker.made(STREET, "Street", width=9)
    shown = graph.broker.shown("urn:ngsi-ld:House:2", type="House", join="inline", format="simplified")["street"]
    assert (shown["width"], shown["name"]) == (9, "Veldstraat")


def test_4_5_5_a_linked_entity_is_put_together(graph):
    graph.broker.made(STREET, "Street", name={"type": "Property", "value": "old", "observedAt": "2026-01-01T00:00:00Z"})
    graph.there("urn:ngsi-ld:Street:2", "Street")
    graph.register(**about("Street"))
    shown = house(graph)["street"]
    assert (shown["name"], shown["city"]) == ("old", CITY), "observed goes before not observed"


def test_4_3_6_2_an_auxiliary_source_only_adds(graph):
    graph.broker.made(STREET, "Street", name="hier")
    graph.register(mode="auxiliary", operations=["retrieveOps"], **about("Street"))
    shown = house(graph)["street"]
    assert (shown["name"], shown["city"]) == ("hier", CITY)


@pytest.mark.parametrize("mode", ["exclusive", "redirect"])
def test_4_3_6_3_a_proxied_source_has_its_part_for_itself(graph, mode):
    entity = {"type": "Street", "id": STREET}
    graph.register(
        mode=mode, information=[{"entities": [entity], "propertyNames": ["name"]}], operations=["retrieveOps"]
    )
    Registration.objects.update(mode="inclusive")  # so that what the source has for itself can be written here
    graph.broker.made(STREET, "Street", name="hier", width=9)
    Registration.objects.update(mode=mode)
    assert house(graph)["street"] == {"id": STREET, "type": "Street", "name": "Veldstraat", "width": 9}


def test_4_3_6_only_what_is_registered_is_asked_and_taken(graph, sent):  # noqa: F811
    graph.register(**about("Street", propertyNames=["name"]))
    assert house(graph)["street"] == {"id": STREET, "type": "Street", "name": "Veldstraat"}
    [params] = asked_of(sent)
    assert (params["attrs"], params["id"], params["type"]) == (["name"], [STREET], ["Street"])
    assert "join" not in params


def test_4_20_who_offers_no_queries_is_not_asked(graph, sent):  # noqa: F811
    graph.register(operations=["retrieveEntity"], **about("Street"))
    assert house(graph)["street"] == STREET
    assert sent == []


def test_4_20_who_offers_queries_by_post_is_asked_so(graph):
    graph.register(operations=["queryBatch"], **about("Street"))
    assert house(graph)["street"]["name"] == "Veldstraat"


def test_4_5_23_one_request_to_each_source_for_each_level(graph, sent):  # noqa: F811
    """However many entities, of however many types."""
    graph.register(**about("Street", "City"))
    for number in range(2, 12):
        graph.there(f"urn:ngsi-ld:Street:{number}", "Street", city=to(CITY, type="City"))
        graph.broker.made(
            f"urn:ngsi-ld:House:{number}",
            "House",
            street=to(f"urn:ngsi-ld:Street:{number}", type="Street"),
            capital=to("urn:ngsi-ld:City:2", type="City"),
        )
    found = graph.found(type="House", join="flat", joinLevel="4", limit="100")
    assert found.count(CITY) == 1 and len(found) == 11 + 11 + 1
    first, second = asked_of(sent)
    assert len(first["id"][0].split(",")) == 12 and first["type"] == ["City,Street"]
    assert second["id"] == [CITY]
    assert Registration.objects.get().times_sent == 2


def test_4_5_23_long_lists_go_in_several_requests(graph, sent, monkeypatch):  # noqa: F811
    monkeypatch.setattr(linking, "MAX_ID_CHARS", 2 * len(STREET) + 10)
    graph.register(**about("Street"))
    uris = [f"urn:ngsi-ld:Street:{number}" for number in range(1, 6)]
    for uri in uris[1:]:
        graph.there(uri, "Street")
    graph.broker.made("urn:ngsi-ld:House:2", "House", streets=to(*uris, type="Street"))
    shown = graph.broker.shown("urn:ngsi-ld:House:2", type="House", join="flat")
    assert [one["id"] for one in shown[1:]] == uris
    assert len(asked_of(sent)) == 3


def test_4_5_23_too_many_to_ask_is_refused(graph, error_of, monkeypatch, sent):  # noqa: F811
    monkeypatch.setattr(linking, "MAX_ASKED", 2)
    graph.register(**about("Street"))
    uris = [f"urn:ngsi-ld:Street:{number}" for number in range(1, 4)]
    graph.broker.made("urn:ngsi-ld:House:2", "House", streets=to(*uris, type="Street"))
    answer = graph.broker.get("entities/urn:ngsi-ld:House:2", params={"type": "House", "join": "inline"})
    assert error_of(answer) == (403, "TooComplexQuery") and sent == []


def test_4_5_23_no_more_levels_when_time_is_up(graph, monkeypatch, sent):  # noqa: F811
    monkeypatch.setattr(linking, "TIME_S", 0.0)
    name = graph.register(**about("Street"))
    answer = graph.broker.get(f"entities/{HOUSE}", params={"type": "House", "join": "inline", "format": "simplified"})
    assert answer.json()["street"] == STREET and sent == []
    assert name in answer.headers["NGSILD-Warning"] and Registration.objects.get().times_sent == 0


def test_6_3_17_a_dead_source_is_a_warning_and_asked_once(graph, dead, sent):  # noqa: F811
    name = graph.register("dead", endpoint=dead(), **about("Street", "City"))
    graph.register("alive", **about("Street", "City"))
    answer = graph.broker.get(f"entities/{HOUSE}", params={"type": "House", "join": "flat", "joinLevel": "3"})
    assert [one["id"] for one in answer.json()] == [HOUSE, STREET, CITY]
    assert answer.headers["NGSILD-Warning"].startswith("111 ") and answer.headers["NGSILD-Warning"].count(name) == 1
    assert Registration.objects.get(uri=name).times_sent == 1
    answer = graph.broker.get("entities", params={"type": "House", "join": "inline"})
    assert name in answer.headers["NGSILD-Warning"]


def test_6_3_18_a_source_that_was_passed_is_not_asked(graph, sent):  # noqa: F811
    graph.register(**about("Street"))
    via = {"Via": f"1.1 {source_alias(graph.city)}"}
    answer = graph.broker.get(f"entities/{HOUSE}", params={"type": "House", "join": "flat"}, headers=via)
    assert [one["id"] for one in answer.json()] == [HOUSE] and sent == []
    graph.broker.get(f"entities/{HOUSE}", params={"type": "House", "join": "flat"}, headers={"Via": "1.1 else"})
    assert sent[0][1]["Via"].startswith("1.1 else, 1.1 ")


def test_4_5_23_contained_by_is_not_asked(graph, sent):  # noqa: F811
    graph.register(**about("Street"))
    assert house(graph, containedBy=STREET)["street"] == STREET
    assert sent == []


def test_5_7_1_5_only_links_of_returned_attributes_are_followed(graph, sent):  # noqa: F811
    """Also of those kept here; what a projection says of linked entities counts for their links."""
    graph.register(**about("Street", "City"))
    assert [one["id"] for one in house(graph, join="flat", pick="id,number")] == [HOUSE]
    assert [one["id"] for one in house(graph, join="flat", attrs="number")] == [HOUSE]
    assert sent == []
    shown = house(graph, joinLevel="2", pick="street{name}")
    assert shown == {"street": {"name": "Veldstraat"}} and len(asked_of(sent)) == 1


def test_4_5_23_several_targets_and_lists(graph):
    graph.there("urn:ngsi-ld:Street:2", "Street", name="Kouter")
    graph.register(**about("Street"))
    both = [STREET, "urn:ngsi-ld:Street:2"]
    listed = {"type": "ListRelationship", "objectList": [{"object": uri} for uri in both], "objectType": "Street"}
    graph.broker.made("urn:ngsi-ld:House:2", "House", streets=to(*both, type="Street"), corner=listed)
    shown = graph.broker.shown("urn:ngsi-ld:House:2", type="House", join="inline")
    assert [one["id"] for one in shown["streets"]["entity"]] == both
    assert [one["id"] for one in shown["corner"]["entityList"]] == both


def test_policy_what_is_closed_here_is_closed_whatever_its_source(graph, reader, tenant, sent):  # noqa: F811
    graph.there("urn:ngsi-ld:Camera:1", "Camera", name="Eye")
    graph.broker.made(
        "urn:ngsi-ld:House:2",
        "House",
        street=to(STREET, type="Street"),
        camera=to("urn:ngsi-ld:Camera:1", type="Camera"),
        owner=to(CITY, type="City"),
    )
    graph.register(**about("Street", "Camera", "City"))
    closed = {"Camera": "confidential", "name": "personal", "owner": "personal"}
    Tenant.objects.filter(pk=tenant).update(
        settings={"context": {"classifications": {key: {"classification": one} for key, one in closed.items()}}}
    )
    shown = reader.get("entities/urn:ngsi-ld:House:2", params={"join": "flat", "format": "simplified"}).json()
    assert [one["id"] for one in shown] == ["urn:ngsi-ld:House:2", STREET]
    assert "owner" not in shown[0] and "name" not in shown[1]
    assert all(CITY not in params["id"][0] for params in asked_of(sent)), "a link that is closed is not followed"


def test_4_3_6_a_city_without_sources_pays_no_statement(broker, monkeypatch, django_assert_num_queries):
    """One for the level, beside the one that each request begins with (which is not counted here)."""
    broker.made(STREET, "Street", name="Veldstraat")
    broker.made(HOUSE, "House", street=to(STREET, type="Street"))
    monkeypatch.setattr("spiegelstad.context.federation.sources.sources", None)
    monkeypatch.setattr("spiegelstad.base.outgoing.request", None)
    with django_assert_num_queries(1):
        shown = broker.shown(HOUSE, join="inline", format="simplified")
    assert shown["street"]["name"] == "Veldstraat"


def test_4_5_23_links_are_followed_from_what_is_known_already(graph):
    """A street that the query found itself leads on, in whichever level it is linked to; so does one found late."""
    graph.there("urn:ngsi-ld:City:2", "City", name="Aalst")
    graph.broker.made("urn:ngsi-ld:Street:2", "Street", city=to("urn:ngsi-ld:City:2", type="City"))
    graph.broker.made(
        "urn:ngsi-ld:House:2", "House", bare=to(STREET), street=to("urn:ngsi-ld:Street:2"), near=to(HOUSE)
    )
    graph.register(**about("Street", "City"))
    ids = ["urn:ngsi-ld:House:2", "urn:ngsi-ld:Street:2", HOUSE, "urn:ngsi-ld:City:2", STREET, CITY]
    found = graph.broker.shown("urn:ngsi-ld:House:2", type="House", join="flat", joinLevel="3")
    assert sorted(one["id"] for one in found) == sorted(ids)
    both = graph.found(type="House,Street", join="flat", joinLevel="2")
    assert sorted(both) == sorted(ids)
