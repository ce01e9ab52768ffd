"""Batches and purges over two cities: clauses 5.6.7 to 5.6.10, 5.6.20 and 5.6.21 where sources hold parts."""

from __future__ import annotations

from typing import Any

import pytest

from spiegelstad.base import outgoing
from spiegelstad.context.models import Entity, Registration
from spiegelstad.context.testing import make_entity
from tests.contract.ngsi_ld.test_4_3_6_distributed_writing import BUS, CAR, SPEED, pair  # noqa: F401  a fixture

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
    pair.register("redirect", operations=BATCHES)
    sent.clear()
    answer = pair.broker.post("entityOperations/create", [*cars(CAR, CAR2), {"id": BUS, "type": "Bus", "speed": 20}])
    assert (answer.status_code, sorted(answer.json())) == (201, sorted([CAR, CAR2, BUS]))
    assert sent == [("POST", "entityOperations/create")]
    assert (pair.here(CAR), pair.there(CAR), pair.there(CAR2)) == (None, {"speed": 30}, {"speed": 30})
    assert (pair.here(BUS), pair.there(BUS)) == ({"speed": 20}, None)


def test_5_6_7_create_one_by_one_where_batches_are_not_offered(pair, sent):  # noqa: F811
    pair.register("inclusive", SPEED)
    sent.clear()
    answer = pair.broker.post("entityOperations/create", cars(CAR, CAR2, speed=30, fuel="gas"))
    assert answer.status_code == 201 and sent == [("POST", "entities"), ("POST", "entities")]
    assert (pair.here(CAR), pair.there(CAR)) == ({"speed": 30, "fuel": "gas"}, {"speed": 30})


def test_5_6_7_create_tells_every_single_outcome(pair):  # noqa: F811
    make_entity(pair.city, id=CAR2, type="Car")
    name = pair.register("redirect", operations=BATCHES)
    body = [*cars(CAR, CAR2), {"id": "urn:x:no-type"}, {"id": BUS, "type": "Bus"}]
    answer = pair.broker.post("entityOperations/create", body)
    assert answer.status_code == 207
    told = answer.json()
    assert sorted(told["success"]) == sorted([CAR, BUS])
    errors = {one["entityId"]: one for one in told["errors"]}
    assert errors.keys() == {CAR2, "urn:x:no-type"}
    assert (errors[CAR2]["registrationId"], errors[CAR2]["error"]["status"]) == (name, 409)
    assert errors[CAR2]["error"]["type"].endswith("AlreadyExists")
    assert "registrationId" not in errors["urn:x:no-type"]


def test_5_6_7_create_where_nobody_answers_or_it_is_not_offered(pair):  # noqa: F811
    pair.register("redirect", endpoint="http://127.0.0.1:1", operations=BATCHES)
    pair.register("redirect", {"entities": [{"type": "Bus"}]}, operations=["retrieveOps"])
    answer = pair.broker.post("entityOperations/create", [*cars(CAR), {"id": BUS, "type": "Bus"}])
    assert answer.status_code == 207 and not Entity.objects.exists()
    assert {one["entityId"]: one["error"]["status"] for one in answer.json()["errors"]} == {CAR: 504, BUS: 409}
    assert pair.broker.post("entityOperations/create", cars(CAR3), params={"local": "true"}).status_code == 201


@pytest.mark.parametrize("operations", [BATCHES, ["redirectionOps"]])
@pytest.mark.parametrize(
    ("options", "left"), [({}, {"speed": 30}), ({"options": "update"}, {"speed": 30, "fuel": "gas"})]
)
def test_5_6_8_upsert_replaces_or_updates_there(pair, operations, options, left):  # noqa: F811
    make_entity(pair.city, id=CAR, type="Car", fuel="gas", speed=10)
    pair.register("redirect", operations=operations)
    answer = pair.broker.post("entityOperations/upsert", cars(CAR, CAR2), params=options)
    assert (answer.status_code, answer.json()) == (201, [CAR2])
    assert (pair.there(CAR), pair.there(CAR2)) == (left, {"speed": 30})
    assert pair.broker.post("entityOperations/upsert", cars(CAR, CAR2), params=options).status_code == 204


def test_5_6_9_update_in_parts(pair, sent):  # noqa: F811
    pair.register("exclusive", {"entities": [{"type": "Car", "id": CAR}], "propertyNames": ["speed"]})
    pair.broker.made(speed=30, fuel="gas")
    body = [{"id": CAR, "speed": 40, "fuel": "oil"}]
    assert pair.broker.post("entityOperations/update", body).status_code == 204
    assert (pair.here(), pair.there()) == ({"fuel": "oil"}, {"speed": 40})
    body = [{"id": CAR, "speed": 50, "doors": 3}]
    answer = pair.broker.post("entityOperations/update", body, params={"options": "noOverwrite"})
    assert answer.status_code == 204 and sent[-1][1].endswith("/attrs?options=noOverwrite")
    assert (pair.here(), pair.there()) == ({"fuel": "oil", "doors": 3}, {"speed": 40})


def test_5_6_20_merge_goes_by_the_types_that_are_known_here(pair):  # noqa: F811
    pair.broker.made(BUS, "Bus", speed=20)
    pair.register("redirect", operations=BATCHES)
    make_entity(pair.city, id=CAR, type="Car", speed=10, fuel="gas")
    body = [{"id": CAR, "fuel": {"value": "urn:ngsi-ld:null"}}, {"id": BUS, "speed": {"value": 25}}]
    assert pair.broker.post("entityOperations/merge", body).status_code == 204
    assert (pair.there(CAR), pair.here(BUS)) == ({"speed": 10}, {"speed": 25})


@pytest.mark.parametrize("operations", [BATCHES, ["redirectionOps"]])
def test_5_6_10_delete_everywhere(pair, operations):  # noqa: F811
    pair.register("inclusive", operations=operations)
    make_entity(pair.city, id=CAR, type="Car")
    make_entity(pair.tenant, id=CAR2, type="Car")
    answer = pair.broker.post("entityOperations/delete", [CAR, CAR2, CAR3])
    assert answer.status_code == 207 and answer.json()["success"] == [CAR, CAR2]
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
    names = [pair.register("redirect"), pair.register("inclusive", endpoint="http://127.0.0.1:1")]
    Registration.objects.filter(uri=names[0]).update(document=_without_purge(names[0]))
    pair.broker.made(BUS, "Bus")
    answer = pair.broker.delete("entities", params={"type": "Car,Bus"})
    assert answer.status_code == 207 and pair.here(BUS) is None
    told = {one["registrationId"]: one["error"]["status"] for one in answer.json()["errors"]}
    assert told == {names[0]: 409, names[1]: 504}


def _without_purge(name: str) -> dict[str, Any]:
    return {**Registration.objects.get(uri=name).document, "operations": ["retrieveOps"]}


def test_5_6_21_purge_never_leaves_a_filter_out(pair):  # noqa: F811
    """A source that does not know the names of the query is not asked: too much would go."""
    name = pair.register("inclusive", operations=["purgeEntity"])
    hosted = pair.broker.post("jsonldContexts", {"@context": {"tempo": "https://example.org/speed"}})
    url = f"{pair.url}{hosted.headers['Location']}"
    pairs = [*Registration.objects.get(uri=name).document["contextSourceInfo"], {"key": "jsonldContext", "value": url}]
    assert pair.broker.patch(f"csourceRegistrations/{name}", {"contextSourceInfo": pairs}).status_code == 204
    make_entity(pair.city, id=CAR, type="Car", speed=10)
    answer = pair.broker.delete("entities", params={"type": "Car", "q": "speed>20"})
    assert answer.status_code == 207 and pair.there(CAR) == {"speed": 10}
