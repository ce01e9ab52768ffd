"""Batches and purges over two cities: clauses 5.6.7 to 5.6.10, 5.6.20 and 5.6.21 where sources hold parts."""

from __future__ import annotations

from typing import Any

import pytest

from spiegelstad.base import outgoing
from spiegelstad.context.models import Entity, Registration
from spiegelstad.context.testing import make_entity
from tests.contract.ngsi_ld.test_4_3_6_distributed_writing import BUS, CAR, pair  # noqa: F401  a fixture

CAR2, CAR3 = "urn:ngsi-ld:Car:2", "urn:ngsi-ld:Car:3"
BATCHES = ["createBatch", "upsertBatch", "updateBatch", "mergeBatch", "deleteBatch"]


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    """What is sent to sources: method and path after the root."""
    seen: list[tuple[str, str]] = []
    request = outgoing.request

    def seeing(method: str, url: str, *rest: Any, **more: Any) -> outgoing.Response:
        seen.append((method, url.partition("/ngsi-ld/v1/")[2]))
        return request(method, url, *rest, **more)

    monkeypatch.setattr(outgoing, "request", seeing)
    return seen


def cars(*ids: str, **attributes: Any) -> list[dict[str, Any]]:
    return [{"id": id_, "type": "Car", **(attributes or {"speed": 30})} for id_ in ids]


def test_5_6_7_create_goes_where_entities_belong(pair, sent):  # noqa: F811
    """As a batch to who offers it, one by one to another; each outcome is told."""
    make_entity(pair.city, id=CAR2, type="Car")
    names = {
        "Car": pair.register("redirect", operations=BATCHES),
        "Tram": pair.register("inclusive", {"entities": [{"type": "Tram"}], "propertyNames": ["speed"]}),
        "Van": pair.register(
            "redirect", {"entities": [{"type": "Van"}]}, endpoint="http://127.0.0.1:1", operations=BATCHES
        ),
        "Cab": pair.register("redirect", {"entities": [{"type": "Cab"}]}, operations=["retrieveOps"]),
    }
    trams = [{"id": f"urn:x:tram:{number}", "type": "Tram", "speed": 30, "fuel": "gas"} for number in (1, 2)]
    good = [*cars(CAR), *trams, {"id": BUS, "type": "Bus", "speed": 20}]
    sent.clear()
    answer = pair.broker.post("entityOperations/create", good)
    assert (answer.status_code, sorted(answer.json())) == (201, sorted([CAR, BUS, "urn:x:tram:1", "urn:x:tram:2"]))
    assert sorted(sent) == [("POST", "entities"), ("POST", "entities"), ("POST", "entityOperations/create")]
    assert (pair.here(CAR), pair.there(CAR)) == (None, {"speed": 30})
    assert (pair.here(BUS), pair.there(BUS)) == ({"speed": 20}, None)
    assert (pair.here("urn:x:tram:1"), pair.there("urn:x:tram:1")) == ({"speed": 30, "fuel": "gas"}, {"speed": 30})
    bad = [{"id": "urn:x:van", "type": "Van"}, {"id": "urn:x:cab", "type": "Cab"}, {"id": "urn:x:no-type"}]
    answer = pair.broker.post("entityOperations/create", [*cars(CAR2, CAR3), *bad])
    assert (answer.status_code, answer.json()["success"]) == (207, [CAR3])
    errors = {one["entityId"]: (one.get("registrationId"), one["error"]["status"]) for one in answer.json()["errors"]}
    assert errors == {
        CAR2: (names["Car"], 409),
        "urn:x:van": (names["Van"], 504),
        "urn:x:cab": (names["Cab"], 409),
        "urn:x:no-type": (None, 400),
    }
    assert [one["error"]["type"].rpartition("/")[2] for one in answer.json()["errors"] if one["entityId"] == CAR2] == [
        "AlreadyExists"
    ]
    assert pair.broker.post("entityOperations/create", bad[:1], params={"local": "true"}).status_code == 201


def test_5_6_8_upsert_replaces_or_updates_there(pair):  # noqa: F811
    pair.register("redirect", operations=BATCHES)
    pair.register("redirect", {"entities": [{"type": "Van"}]})
    for type_ in ("Car", "Van"):
        for options, left in (({}, {"speed": 30}), ({"options": "update"}, {"speed": 30, "fuel": "gas"})):
            old, new = (f"urn:x:{type_}:{len(options)}:{name}" for name in ("old", "new"))
            make_entity(pair.city, id=old, type=type_, fuel="gas", speed=10)
            body = [{"id": id_, "type": type_, "speed": 30} for id_ in (old, new)]
            answer = pair.broker.post("entityOperations/upsert", body, params=options)
            assert (answer.status_code, answer.json()) == (201, [new])
            assert (pair.there(old), pair.there(new)) == (left, {"speed": 30})
            assert pair.broker.post("entityOperations/upsert", body, params=options).status_code == 204


def test_5_6_9_and_5_6_20_update_and_merge_in_parts(pair, sent):  # noqa: F811
    pair.register("exclusive", {"entities": [{"type": "Car", "id": CAR}], "propertyNames": ["speed"]})
    pair.broker.made(speed=30, fuel="gas")
    body = [{"id": CAR, "speed": 40, "fuel": "oil"}]
    assert pair.broker.post("entityOperations/update", body).status_code == 204
    assert (pair.here(), pair.there()) == ({"fuel": "oil"}, {"speed": 40})
    body = [{"id": CAR, "speed": 50, "doors": 3}]
    answer = pair.broker.post("entityOperations/update", body, params={"options": "noOverwrite"})
    assert answer.status_code == 204 and sent[-1][1].endswith("/attrs?options=noOverwrite")
    assert (pair.here(), pair.there()) == ({"fuel": "oil", "doors": 3}, {"speed": 40})
    body = [{"id": CAR, "speed": {"value": 60}, "doors": {"value": "urn:ngsi-ld:null"}}]
    assert pair.broker.post("entityOperations/merge", body).status_code == 204
    assert (pair.here(), pair.there()) == ({"fuel": "oil"}, {"speed": 60})
    pair.broker.made(BUS, "Bus", speed=20)
    pair.register("redirect", {"entities": [{"type": "Van"}]}, operations=BATCHES)
    make_entity(pair.city, id="urn:x:van", type="Van", speed=10, fuel="gas")
    body = [{"id": "urn:x:van", "fuel": {"value": "urn:ngsi-ld:null"}}, {"id": BUS, "speed": {"value": 25}}]
    assert pair.broker.post("entityOperations/merge", body).status_code == 204
    assert (pair.there("urn:x:van"), pair.here(BUS)) == ({"speed": 10}, {"speed": 25})  # a bus is known here


def test_5_6_10_delete_everywhere(pair):  # noqa: F811
    pair.register("inclusive", operations=BATCHES)
    pair.register("inclusive", {"entities": [{"type": "Van"}]})
    for tenant, id_, type_ in ((pair.city, CAR, "Car"), (pair.tenant, CAR2, "Car"), (pair.city, "urn:x:van", "Van")):
        make_entity(tenant, id=id_, type=type_)
    answer = pair.broker.post("entityOperations/delete", [CAR, CAR2, CAR3, "urn:x:van"])
    assert answer.status_code == 207 and sorted(answer.json()["success"]) == sorted([CAR, CAR2, "urn:x:van"])
    assert [(one["entityId"], one["error"]["status"]) for one in answer.json()["errors"]] == [(CAR3, 404)]
    assert not Entity.objects.exists()


def test_policy_who_may_not_write_here_passes_nothing_on(pair, reader, sent):  # noqa: F811
    pair.register("redirect", operations=BATCHES)
    sent.clear()
    for act, body in (("create", cars(CAR)), ("delete", [CAR])):
        assert reader.post(f"entityOperations/{act}", body).status_code in (401, 403)
    assert sent == []


def test_4_3_6_a_city_without_sources_pays_one_look(broker, monkeypatch):
    """Nothing is read of registrations, and nobody is asked."""
    monkeypatch.setattr("spiegelstad.context.federation.sources.sources", None)
    assert broker.post("entityOperations/upsert", cars(CAR)).status_code == 201
    assert not Registration.objects.exists()


def test_5_6_21_purge_everywhere(pair, sent):  # noqa: F811
    pair.register("inclusive", operations=["purgeEntity"])
    for tenant, id_, speed in ((pair.tenant, CAR, 30), (pair.city, CAR2, 30), (pair.city, CAR3, 10)):
        make_entity(tenant, id=id_, type="Car", speed=speed)
    sent.clear()
    assert pair.broker.delete("entities", params={"type": "Car", "q": "speed>20"}).status_code == 204
    assert (pair.here(CAR), pair.there(CAR2), pair.there(CAR3)) == (None, None, {"speed": 10})
    assert pair.broker.delete("entities", params={"type": "Car", "drop": "speed"}).status_code == 204
    assert pair.there(CAR3) == {} and len(sent) == 2
    assert pair.broker.delete("entities", params={"type": "Car", "local": "true"}).status_code == 204
    assert pair.there(CAR3) == {}


def test_5_6_21_purge_done_in_part_is_told(pair):  # noqa: F811
    """A source that does not know the names of a filter is not asked either: without it too much would go."""
    names = [pair.register("redirect"), pair.register("inclusive", endpoint="http://127.0.0.1:1")]
    registration = Registration.objects.get(uri=names[0])
    Registration.objects.filter(uri=names[0]).update(document={**registration.document, "operations": ["retrieveOps"]})
    pair.broker.made(BUS, "Bus")
    answer = pair.broker.delete("entities", params={"type": "Car,Bus"})
    assert answer.status_code == 207 and pair.here(BUS) is None
    told = {one["registrationId"]: one["error"]["status"] for one in answer.json()["errors"]}
    assert told == {names[0]: 409, names[1]: 504}
    hosted = pair.broker.post("jsonldContexts", {"@context": {"tempo": "https://example.org/speed"}})
    url = {"key": "jsonldContext", "value": f"{pair.url}{hosted.headers['Location']}"}
    pairs = [*registration.document["contextSourceInfo"], url]
    pair.register("inclusive", {"entities": [{"type": "Van"}]}, operations=["purgeEntity"], contextSourceInfo=pairs)
    make_entity(pair.city, id="urn:x:van", type="Van", speed=10)
    answer = pair.broker.delete("entities", params={"type": "Van", "q": "speed>20"})
    assert answer.status_code == 207 and pair.there("urn:x:van") == {"speed": 10}
