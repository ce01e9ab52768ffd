"""Two cities that answer as one: clauses 4.3.6, 4.20, 5.7.1, 5.7.2, 6.3.17 and 6.3.18, over a live server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.testing import make_key
from spiegelstad.base import outgoing
from spiegelstad.context.models import Registration
from spiegelstad.context.queries.identity import source_alias
from spiegelstad.context.testing import make_entity

CAR, BUS = "urn:ngsi-ld:Car:1", "urn:ngsi-ld:Bus:1"
LATE, LATER = "2026-11-22T07:00:00Z", "2026-11-22T08:00:00Z"


@dataclass
class Region:
    """`broker` is asked, and knows of the broker of `city`, at `url`."""

    broker: Any
    city: str
    url: str

    def register(self, name: str = "1", **members: Any) -> str:
        """Register the city's broker with what it has, cars by default; a member given as None is left out."""
        body = {
            "id": f"urn:x:source:{name}",
            "type": "ContextSourceRegistration",
            "endpoint": self.url,
            "tenant": self.city,
            "contextSourceAlias": source_alias(self.city),
            "information": [{"entities": [{"type": "Car"}]}],
            **members,
        }
        body = {key: value for key, value in body.items() if value is not None}
        answer = self.broker.post("csourceRegistrations", body)
        assert answer.status_code == 201, answer.content
        return str(body["id"])

    def there(self, id: str = CAR, type: str = "Car", **attributes: Any) -> None:
        """Make an entity in the city."""
        make_entity(self.city, id=id, type=type, **attributes)

    def found(self, **params: str) -> list[str]:
        """Return the ids that a query finds."""
        answer = self.broker.get("entities", params=params)
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()]


@pytest.fixture
def region(live_server, broker, other_tenant) -> Region:
    """A broker that can register that of another city."""
    return Region(broker, other_tenant, live_server.url)


@pytest.fixture
def dead() -> Callable[[], str]:
    """Give a function that returns an address where nobody answers."""

    def make() -> str:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            return f"http://127.0.0.1:{found.getsockname()[1]}"

    return make


def test_5_7_1_retrieve_from_a_source(region):
    region.there(speed=30)
    region.register()
    assert region.broker.shown(CAR, format="simplified") == {"id": CAR, "type": "Car", "speed": 30}


def test_5_7_1_retrieve_merges_what_several_hold(region):
    region.broker.made(speed={"type": "Property", "value": 1, "observedAt": LATE}, colour="red")
    region.there(speed={"type": "Property", "value": 2, "observedAt": LATER}, fuel="gas")
    region.register()
    shown = region.broker.shown(CAR, format="simplified")
    assert shown == {"id": CAR, "type": "Car", "speed": 2, "colour": "red", "fuel": "gas"}


def test_5_7_1_retrieve_only_what_is_here_when_local(region, error_of):
    region.there(speed=30)
    region.register()
    answer = region.broker.get(f"entities/{CAR}", params={"local": "true"})
    assert error_of(answer) == (404, "ResourceNotFound")


def test_5_7_1_retrieve_shows_system_attributes_of_the_source(region):
    region.there(speed=30)
    region.register()
    there = region.broker.client.get(
        f"/ngsi-ld/v1/entities/{CAR}?options=sysAttrs", headers={"NGSILD-Tenant": region.city}
    ).json()
    assert region.broker.shown(CAR, options="sysAttrs") == there


def test_5_7_1_retrieve_asks_only_for_what_is_registered(region):
    region.there(speed=30, fuel="gas")
    region.register(information=[{"entities": [{"type": "Car"}], "propertyNames": ["speed"]}])
    assert region.broker.shown(CAR, format="simplified") == {"id": CAR, "type": "Car", "speed": 30}
    answer = region.broker.get(f"entities/{CAR}", params={"attrs": "fuel"})
    assert answer.status_code == 404


def test_5_7_1_retrieve_what_nobody_has(region, error_of):
    region.register()
    assert error_of(region.broker.get(f"entities/{CAR}")) == (404, "ResourceNotFound")
    assert "NGSILD-Warning" not in region.broker.get(f"entities/{CAR}").headers


def test_4_3_6_2_an_auxiliary_source_only_adds(region):
    region.broker.made(speed={"type": "Property", "value": 1, "observedAt": LATE})
    region.there(speed={"type": "Property", "value": 2, "observedAt": LATER}, fuel="gas")
    region.register(mode="auxiliary", operations=["retrieveOps"])
    shown = region.broker.shown(CAR, format="simplified")
    assert shown == {"id": CAR, "type": "Car", "speed": 1, "fuel": "gas"}


def test_4_3_6_3_an_exclusive_source_has_its_attributes_for_itself(region):
    entity = {"entities": [{"type": "Car", "id": CAR}], "propertyNames": ["speed"]}
    region.register("alone", mode="exclusive", information=[entity])
    region.register("too")
    region.there(speed={"type": "Property", "value": 2, "observedAt": LATE}, fuel="gas")
    make_entity("teststad", id=CAR, type="Car", speed=1)
    shown = region.broker.shown(CAR, format="simplified")
    assert shown == {"id": CAR, "type": "Car", "speed": 2, "fuel": "gas"}


def test_4_20_a_source_is_asked_only_for_what_it_offers(region):
    region.there(speed=30)
    region.register(operations=["queryEntity"])
    assert region.broker.get(f"entities/{CAR}").status_code == 404
    assert region.found(type="Car") == [CAR]


def test_4_3_6_5_headers_are_passed_on(region):
    Tenant.objects.filter(pk=region.city).update(
        settings={"context": {"classifications": {"Car": {"classification": "internal"}}}}
    )
    region.there(speed=30)
    name = region.register(contextSourceInfo=[{"key": "X-Other", "value": "urn:ngsi-ld:request"}])
    assert region.broker.get(f"entities/{CAR}").status_code == 404
    key = make_key(region.city, ["context:write", "data:read"])[0]
    pairs = [{"key": "Authorization", "value": f"Bearer {key}"}]
    assert region.broker.patch(f"csourceRegistrations/{name}", {"contextSourceInfo": pairs}).status_code == 204
    readable = region.broker.client.get(
        f"/ngsi-ld/v1/entities/{CAR}", headers={"NGSILD-Tenant": region.city, "Authorization": f"Bearer {key}"}
    )
    assert region.broker.get(f"entities/{CAR}").status_code == readable.status_code == 200


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, Mapping[str, str]]]:
    """What is sent to sources: addresses and headers."""
    seen: list[tuple[str, Mapping[str, str]]] = []
    request = outgoing.request

    def seeing(method: str, url: str, headers: Mapping[str, str], *rest: Any, **more: Any) -> outgoing.Response:
        seen.append((url, headers))
        return request(method, url, headers, *rest, **more)

    monkeypatch.setattr(outgoing, "request", seeing)
    return seen


def test_4_3_6_5_what_is_sent_to_a_source(region, tenant, sent):
    region.register(
        contextSourceInfo=[
            {"key": "X-Own", "value": "mine"},
            {"key": "X-Asked", "value": "urn:ngsi-ld:request"},
            {"key": "X-Absent", "value": "urn:ngsi-ld:request"},
            {"key": "Host", "value": "elsewhere.example"},
            {"key": "ngsildConformance", "value": "1.6"},
        ],
        management={"localOnly": True},
    )
    region.broker.get(
        "entities", params={"type": "Car", "q": "speed>1"}, headers={"Via": "1.1 else", "X-Asked": "theirs"}
    )
    [(url, headers)] = sent
    assert url.startswith(f"{region.url}/ngsi-ld/v1/entities?")
    assert {"type=Car", "q=speed%3E1", "local=true"} <= set(url.partition("?")[2].split("&"))
    assert headers == {
        "Accept": "application/json",
        "Via": f"1.1 else, 1.1 {source_alias(tenant)}",
        "NGSILD-Tenant": region.city,
        "Prefer": "ngsi-ld=1.6",
        "x-own": "mine",
        "x-asked": "theirs",
    }


def test_4_3_6_6_a_source_is_spoken_to_in_its_own_context(region, sent):
    made = region.broker.post("jsonldContexts", {"@context": {"Wagen": "https://example.org/Car"}})
    context = f"{region.url}{made.headers['Location']}"
    make_entity(region.city, id=CAR, type="https://example.org/Car", speed=30)
    region.register(
        information=[{"entities": [{"type": "https://example.org/Car"}]}],
        contextSourceInfo=[{"key": "jsonldContext", "value": context}],
    )
    sent.clear()
    assert region.found(type="https://example.org/Car") == [CAR]
    assert region.broker.shown(CAR)["type"] == "https://example.org/Car"
    url, headers = next(one for one in sent if "/entities?" in one[0])
    assert "type=Wagen" in url and headers["Link"].startswith(f"<{context}>")


def test_6_3_17_a_dead_source_is_a_warning(region, dead):
    region.broker.made(speed=1)
    name = region.register("dead", endpoint=dead())
    region.register("alive")
    region.there(fuel="gas")
    answer = region.broker.get(f"entities/{CAR}", params={"format": "simplified"})
    assert answer.json() == {"id": CAR, "type": "Car", "speed": 1, "fuel": "gas"}
    assert answer.headers["NGSILD-Warning"].startswith("111 ") and name in answer.headers["NGSILD-Warning"]
    shown = region.broker.get(f"csourceRegistrations/{name}").json()
    assert (shown["status"], shown["timesSent"], shown["timesFailed"]) == ("failed", 1, 1)
    shown = region.broker.get("csourceRegistrations/urn:x:source:alive").json()
    assert (shown["status"], shown["timesSent"]) == ("ok", 1) and "lastSuccess" in shown


def test_6_3_17_a_source_that_refuses_is_a_warning(region):
    region.broker.made(speed=1)
    region.register(tenant="nostad")
    assert region.broker.get("entities", params={"type": "Car"}).headers["NGSILD-Warning"].startswith("199 ")


def test_5_2_34_a_slow_source_is_left_behind(region):
    region.broker.made(speed=1)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        name = region.register(
            endpoint=f"http://127.0.0.1:{mute.getsockname()[1]}", management={"timeout": 200, "cooldown": 60_000}
        )
        assert region.broker.get("entities", params={"type": "Car"}).headers["NGSILD-Warning"].startswith("111 ")
        again = region.broker.get("entities", params={"type": "Car"})
    assert [one["id"] for one in again.json()] == [CAR] and "failure" in again.headers["NGSILD-Warning"]
    assert region.broker.get(f"csourceRegistrations/{name}").json()["timesSent"] == 1


def test_6_3_18_a_request_does_not_come_back(region, tenant):
    """Two cities that know each other: each asks the other once."""
    region.there(speed=30)
    region.register(contextSourceAlias=None)
    other = replace(region.broker, key=make_key(region.city, ["context:write"])[0])
    back = {"endpoint": region.url, "tenant": tenant, "information": [{"entities": [{"type": "Car"}]}]}
    assert other.post("csourceRegistrations", {"type": "ContextSourceRegistration", **back}).status_code == 201
    assert region.found(type="Car") == [CAR]
    assert [Registration.objects.get(tenant=one).times_sent for one in (tenant, region.city)] == [1, 1]


def test_6_3_18_a_source_that_was_passed_is_not_asked(region):
    region.there(speed=30)
    region.register()
    passed = region.broker.get("entities", params={"type": "Car"}, headers={"Via": f"1.1 {source_alias(region.city)}"})
    assert passed.json() == []
    assert region.broker.get("entities", params={"type": "Car"}, headers={"Via": "1.1 else"}).json() != []


def test_5_7_2_query_finds_what_all_hold(region):
    for number in (1, 3):
        region.broker.made(f"urn:ngsi-ld:Car:{number}", speed=number)
    for number in (2, 3, 4):
        region.there(f"urn:ngsi-ld:Car:{number}", speed=number, fuel="gas")
    region.there(BUS, "Bus")
    region.register()
    assert region.found(type="Car") == [f"urn:ngsi-ld:Car:{number}" for number in (1, 2, 3, 4)]
    assert region.found(type="Bus") == []
    assert region.found(type="Car", local="true") == ["urn:ngsi-ld:Car:1", "urn:ngsi-ld:Car:3"]
    assert region.found(type="Car", q="speed>2") == ["urn:ngsi-ld:Car:3", "urn:ngsi-ld:Car:4"]
    assert region.found(type="Car", id="urn:ngsi-ld:Car:4,urn:ngsi-ld:Car:1") == [
        "urn:ngsi-ld:Car:1",
        "urn:ngsi-ld:Car:4",
    ]


def test_5_7_2_query_by_body_and_by_place(region):
    point = {"type": "Point", "coordinates": [3.7, 51.05]}
    region.there(location={"type": "GeoProperty", "value": point})
    region.register()
    near = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [3.7, 51.05]}
    far = {**near, "coordinates": [3.9, 51.05]}
    for place, ids in ((near, [CAR]), (far, [])):
        answer = region.broker.post(
            "entityOperations/query", {"type": "Query", "entities": [{"type": "Car"}], "geoQ": place}
        )
        assert [one["id"] for one in answer.json()] == ids


def test_5_7_2_split_entities_are_filtered_whole(region):
    region.broker.made(speed=30)
    region.there(fuel="gas")
    region.register()
    both = {"type": "Car", "q": 'speed>10;fuel=="gas"'}
    assert region.found(**both) == []
    assert region.found(splitEntities="true", **both) == [CAR]
    assert region.found(splitEntities="true", type="Car", q="speed>30") == []


def test_5_7_2_names_of_an_inline_context_mean_the_same_there(region):
    make_entity(region.city, id=CAR, type="https://example.org/Car", **{"https://example.org/speed": 30})
    region.register(information=[{"entities": [{"type": "https://example.org/Car"}]}])
    context = {"Car": "https://example.org/Car", "speed": "https://example.org/speed"}
    for q, ids in (("speed>10", [CAR]), ("speed>30", [])):
        body = {"type": "Query", "entities": [{"type": "Car"}], "q": q, "@context": context}
        answer = region.broker.post("entityOperations/query", body, type="application/ld+json")
        assert [one["id"] for one in answer.json()] == ids


def test_5_7_2_query_comes_in_pages_with_a_count(region):
    ids = [f"urn:ngsi-ld:Car:{number}" for number in range(1, 8)]
    for number, id_ in enumerate(ids):
        (region.there if number % 2 else region.broker.made)(id_, speed=number)
    region.there(ids[0], fuel="gas")
    region.register()
    path, seen = "/ngsi-ld/v1/entities?type=Car&limit=3&count=true", []
    while path:
        answer = region.broker.client.get(path)
        assert answer.headers["NGSILD-Results-Count"] == "7"
        seen.append([one["id"] for one in answer.json()])
        links = [part for part in answer.headers["Link"].split(", ") if 'rel="next"' in part]
        path = links[0].partition("<")[2].partition(">")[0] if links else ""
    assert seen == [ids[:3], ids[3:6], ids[6:]]
    assert region.found(type="Car", before=ids[4], limit="2") == ids[2:4]


def test_5_14_an_entity_map_tells_who_holds_what(region):
    region.broker.made(speed=1)
    region.there(fuel="gas")
    region.there("urn:ngsi-ld:Car:2")
    name = region.register()
    answer = region.broker.get("entities", params={"type": "Car", "entityMap": "true"})
    place = answer.headers["NGSILD-EntityMap"]
    shown = region.broker.get(place.removeprefix("/ngsi-ld/v1/")).json()["entityMap"]
    assert shown == {CAR: ["@none", name], "urn:ngsi-ld:Car:2": [name]}
    region.there("urn:ngsi-ld:Car:3")
    again = region.broker.get("entities", params={"type": "Car"}, headers={"NGSILD-EntityMap": place})
    assert [one["id"] for one in again.json()] == [CAR, "urn:ngsi-ld:Car:2"]


def test_5_14_4_sources_go_by_maps_of_their_own(region, sent):
    """The map names theirs, and they are told to go by it again."""
    region.there()
    name = region.register()
    answer = region.broker.get("entities", params={"type": "Car", "entityMap": "true"})
    shown = region.broker.get(answer.headers["NGSILD-EntityMap"].removeprefix("/ngsi-ld/v1/")).json()
    [linked] = shown["linkedMaps"].items()
    assert linked[0] == name and "entityMap=true" in sent[-1][0]
    region.there("urn:ngsi-ld:Car:2")
    headers = {"NGSILD-EntityMap": answer.headers["NGSILD-EntityMap"]}
    assert [one["id"] for one in region.broker.get("entities", params={"type": "Car"}, headers=headers).json()] == [CAR]
    assert sent[-1][1]["NGSILD-EntityMap"] == linked[1]


def test_4_20_a_source_that_offers_queries_by_post_is_asked_so(region, sent):
    point = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.7, 51.05]}}
    region.there(speed=30, location=point)
    region.there("urn:ngsi-ld:Car:2", speed=10, location=point)
    region.register(operations=["queryBatch"])
    near = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": "[3.7,51.05]"}
    assert region.found(type="Car", q="speed>20", **near) == [CAR]
    assert region.found(type="Car", id=f"{CAR},urn:ngsi-ld:Car:3") == [CAR]
    assert {url.partition("?")[0].rpartition("/v1/")[2] for url, _ in sent} == {"entityOperations/query"}


def test_5_2_34_answers_are_kept_as_long_as_the_registration_says(region, sent):
    region.there(speed=30)
    name = region.register(management={"cacheDuration": "PT1H"})
    values = [region.broker.shown(CAR, format="simplified")["speed"] for _ in range(2)]
    assert values == [30, 30] and len(sent) == 1
    assert region.broker.get(f"csourceRegistrations/{name}").json()["timesSent"] == 1
    assert region.broker.patch(f"csourceRegistrations/{name}", {"registrationName": "cars"}).status_code == 204
    assert region.broker.shown(CAR, format="simplified")["speed"] == 30 and len(sent) == 2


def test_policy_what_is_closed_here_is_closed_whatever_its_source(region, reader, tenant):
    """Also a filter on it tells nothing."""
    closed = {"fuel": {"classification": "personal"}, "Van": {"classification": "confidential"}}
    Tenant.objects.filter(pk=tenant).update(settings={"context": {"classifications": closed}})
    region.there(speed=30, fuel="gas")
    region.there("urn:ngsi-ld:Van:1", "Van")
    region.register(information=[{"entities": [{"type": "Car"}, {"type": "Van"}]}])
    assert reader.shown(CAR, format="simplified") == {"id": CAR, "type": "Car", "speed": 30}
    assert reader.get("entities", params={"type": "Car", "q": 'fuel=="gas"'}).json() == []
    assert reader.get("entities", params={"type": "Car", "q": "speed==30"}).json() != []
    assert reader.get("entities/urn:ngsi-ld:Van:1").status_code == 404


def test_policy_sources_of_one_city_are_not_asked_for_another(region):
    region.there("urn:ngsi-ld:Car:2")
    region.register()
    answer = region.broker.client.get("/ngsi-ld/v1/entities?type=Car", headers={"NGSILD-Tenant": region.city})
    assert [one["id"] for one in answer.json()] == ["urn:ngsi-ld:Car:2"]
    assert Registration.objects.get().times_sent == 0


def test_4_3_6_a_city_without_sources_pays_one_look(broker, monkeypatch):
    """Nothing is read of registrations, and nobody is asked."""
    broker.made()
    monkeypatch.setattr("spiegelstad.context.federation.sources.sources", None)
    monkeypatch.setattr("spiegelstad.base.outgoing.request", None)
    assert broker.shown(CAR)["id"] == CAR
    assert [one["id"] for one in broker.get("entities", params={"type": "Car"}).json()] == [CAR]
