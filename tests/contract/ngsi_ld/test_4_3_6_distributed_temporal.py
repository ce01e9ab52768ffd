"""Histories of two cities: clauses 5.6.11 to 5.6.16, 5.7.3 and 5.7.4 where sources hold parts, over a live server."""

from __future__ import annotations

from typing import Any

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.context.models import Registration, TemporalEntity
from tests.contract.ngsi_ld.test_4_3_6_distributed_writing import CAR, pair  # noqa: F401  a fixture

CAR2 = "urn:ngsi-ld:Car:2"
ALL = [
    *("retrieveTemporal", "queryTemporal", "upsertTemporal", "appendAttrsTemporal", "deleteTemporal"),
    *("deleteAttrsTemporal", "updateAttrInstanceTemporal", "deleteAttrInstanceTemporal"),
]
SINCE = {"timerel": "after", "timeAt": "2026-11-01T00:00:00Z"}


def at(minute: int) -> str:
    return f"2026-11-20T{minute // 60:02}:{minute % 60:02}:00Z"


def past(id: str = CAR, **attributes: dict[int, Any]) -> dict[str, Any]:
    """An evolution of numbers by minute."""
    shown = {
        name: [{"type": "Property", "value": value, "observedAt": at(minute)} for minute, value in values.items()]
        for name, values in attributes.items()
    }
    return {"id": id, "type": "Car", **shown}


@pytest.fixture
def both(pair):  # noqa: F811
    """A broker and a city, each with histories of its own; `here` and `there` write them."""
    there = type(pair.broker)(pair.key)

    def write(broker):
        def write_it(*args, **attributes):
            answer = broker.post("temporal/entities", past(*args, **attributes), params={"local": "true"})
            assert answer.status_code in (201, 204), answer.content

        return write_it

    pair.write_here, pair.write_there, pair.city_broker = write(pair.broker), write(there), there
    return pair


def shown(both: Any, path: str = f"temporal/entities/{CAR}", status: int = 200, **params: str) -> Any:
    answer = both.broker.get(path, params=params)
    assert answer.status_code == status, answer.content
    return answer.json()


def values(of_entity: dict[str, Any], name: str = "speed") -> list[Any]:
    found = of_entity[name]
    return [one["value"] for one in (found if isinstance(found, list) else [found])]


def test_5_7_3_retrieve_puts_histories_together(both, error_of):
    both.write_here(speed={1: 10, 3: 30})
    both.write_there(speed={2: 20}, fuel={1: 5})
    both.write_there(CAR2, speed={2: 20})
    name = both.register("inclusive", operations=ALL)
    whole = shown(both)
    assert (values(whole), values(whole, "fuel")) == ([10, 20, 30], [5])
    assert values(shown(both, lastN="2")) == [30, 20]
    assert values(shown(both, timerel="before", timeAt=at(3))) == [10, 20]
    assert values(shown(both, local="true")) == [10, 30]
    simple = shown(both, options="temporalValues", attrs="speed")["speed"]["values"]
    assert simple == [[10, at(1)], [20, at(2)], [30, at(3)]]
    assert values(shown(both, f"temporal/entities/{CAR2}")) == [20]
    interval = {"observationInterval": {"startAt": "2000-01-01T00:00:00Z", "endAt": at(2)}}
    assert both.broker.patch(f"csourceRegistrations/{name}", interval).status_code == 204
    assert values(shown(both, **{**SINCE, "timeAt": at(1)})) == [10, 20, 30]
    assert values(shown(both, timerel="before", timeAt="2026-11-21T00:00:00Z")) == [10, 30]
    Registration.objects.update(document={**Registration.objects.get().document, "operations": ["federationOps"]})
    assert error_of(both.broker.get(f"temporal/entities/{CAR2}")) == (404, "ResourceNotFound")


def test_5_7_3_modes_decide_what_counts(both):
    """An auxiliary source only adds moments that nobody else has; a redirected one has all for itself."""
    both.write_there(speed={1: 2, 2: 20})
    both.register("inclusive", operations=ALL)
    both.write_here(speed={1: 1})
    for mode, expected in (("auxiliary", [1, 20]), ("redirect", [2, 20])):
        document = Registration.objects.get().document
        Registration.objects.update(document={**document, "mode": mode}, mode=mode)
        assert values(shown(both)) == expected


def test_5_7_3_an_answer_ends_where_the_first_of_them_ends(both, monkeypatch):
    monkeypatch.setattr("spiegelstad.context.rules.temporal_page.MOST_OF_ONE", 3)
    monkeypatch.setattr("spiegelstad.context.rules.temporal_page._FEWEST_OF_ONE", 3)
    both.write_here(speed={minute: minute for minute in (1, 30)})
    both.write_there(speed={minute: minute for minute in range(2, 12)})
    both.register("inclusive", operations=ALL)
    seen, since = [], at(0)
    while True:
        answer = both.broker.get(f"temporal/entities/{CAR}", params={"timerel": "after", "timeAt": since})
        seen += [value for value in values(answer.json()) if value not in seen]
        if answer.status_code == 200:
            break
        since = answer.headers["Content-Range"].removesuffix("Z/*").rpartition("Z-")[2] + "Z"
    assert seen == [*range(1, 12), 30]


def test_5_7_4_query_finds_what_all_hold(both):
    both.write_here(speed={1: 10})
    both.write_there(speed={2: 20})
    for number in range(2, 6):
        both.write_there(f"urn:ngsi-ld:Car:{number}", speed={number: number})
    both.register("inclusive", operations=ALL)
    query = {"type": "Car", **SINCE}
    answer = both.broker.get("temporal/entities", params={**query, "count": "true", "limit": "2"})
    assert [(one["id"], values(one)) for one in answer.json()] == [(CAR, [10, 20]), (CAR2, [2])]
    assert answer.headers["NGSILD-Results-Count"] == "5"
    pages = [[one["id"][-1] for one in answer.json()]]
    while 'rel="next"' in answer.headers.get("Link", ""):
        path = next(part for part in answer.headers["Link"].split(", ") if "next" in part).split(">")[0].lstrip("<")
        answer = both.broker.client.get(path)
        pages.append([one["id"][-1] for one in answer.json()])
    assert pages == [["1", "2"], ["3", "4"], ["5"]]
    found = shown(both, "temporal/entities", **query, q="speed>3")
    assert [one["id"][-1] for one in found] == ["1", "4", "5"]
    assert [one["id"][-1] for one in shown(both, "temporal/entities", **query, local="true")] == ["1"]
    body = {"type": "Query", "entities": [{"type": "Car", "id": CAR2}], "temporalQ": SINCE}
    assert [values(one) for one in both.broker.post("temporal/entityOperations/query", body).json()] == [[2]]


def test_5_7_4_what_all_hold_is_added_up(both):
    both.write_here(speed={1: 10, 61: 30})
    both.write_there(speed={2: 20})
    both.write_there(CAR2, speed={2: 5, 3: 7})
    both.register("inclusive", operations=ALL)
    how = {"options": "aggregatedValues", "aggrMethods": "avg,totalCount", "aggrPeriodDuration": "PT1H"}
    first, second = shown(both, "temporal/entities", type="Car", timerel="after", timeAt=at(0), **how)
    assert [value for value, *_ in first["speed"]["avg"]] == [15, 30]
    assert [value for value, *_ in first["speed"]["totalCount"]] == [2, 1]
    assert [value for value, *_ in second["speed"]["avg"]] == [6]
    assert [value for value, *_ in shown(both, **SINCE, **{**how, "aggrPeriodDuration": "PT0S"})["speed"]["avg"]] == [
        20
    ]


def test_5_7_4_dead_sources_warn_and_closed_attributes_stay_closed(both, reader, tenant):
    closed = {"fuel": {"classification": "personal"}}
    Tenant.objects.filter(pk=tenant).update(settings={"context": {"classifications": closed}})
    both.write_there(speed={1: 10}, fuel={1: 5})
    both.register("inclusive", operations=ALL)
    assert "fuel" not in reader.get(f"temporal/entities/{CAR}").json()
    assert reader.get("temporal/entities", params={"type": "Car", "q": "fuel==5", **SINCE}).json() == []
    assert reader.get("temporal/entities", params={"type": "Car", "q": "speed==10", **SINCE}).json() != []
    name = both.register("inclusive", endpoint="http://127.0.0.1:1", operations=ALL)
    for path in (f"temporal/entities/{CAR}", "temporal/entities"):
        answer = both.broker.get(path, params={**SINCE, **({} if CAR in path else {"type": "Car"})})
        assert answer.status_code == 200 and name in answer.headers["NGSILD-Warning"]
    answer = both.broker.post("temporal/entities", past(CAR2, speed={1: 10}))
    assert answer.status_code == 207 and answer.json()["errors"][0]["registrationId"] == name
    assert values(shown(both, f"temporal/entities/{CAR2}", local="true")) == [10]


def test_5_6_11_to_5_6_16_histories_are_written_where_they_belong(both):
    both.register("redirect", operations=ALL)
    car = f"temporal/entities/{CAR}"
    assert both.broker.post("temporal/entities", past(speed={1: 10}, fuel={1: 5})).status_code == 201
    assert both.broker.post("temporal/entities", past(speed={2: 20})).status_code == 204
    assert both.broker.post(f"{car}/attrs", {"speed": past(speed={3: 30})["speed"]}).status_code == 204
    assert values(shown(both)) == values(both.city_broker.get(car).json()) == [10, 20, 30]
    first = both.city_broker.get(car, params={"options": "sysAttrs"}).json()["speed"][0]["instanceId"]
    changed = {"speed": [{"type": "Property", "value": 11, "observedAt": at(1)}]}
    assert both.broker.patch(f"{car}/attrs/speed/{first}", changed).status_code == 204
    assert values(shown(both)) == [11, 20, 30]
    last = both.city_broker.get(car, params={"options": "sysAttrs"}).json()["speed"][-1]["instanceId"]
    assert both.broker.delete(f"{car}/attrs/speed/{last}").status_code == 204
    assert both.broker.delete(f"{car}/attrs/fuel").status_code == 204
    assert values(shown(both)) == [11, 20] and "fuel" not in shown(both)
    gone = {"type": "Property", "value": "urn:ngsi-ld:null", "deletedAt": at(4)}
    assert both.broker.post(f"{car}/attrs", {"colour": [gone]}).status_code == 204
    [there] = both.city_broker.get(car, params={"options": "sysAttrs"}).json()["colour"]
    assert gone.items() <= there.items()
    assert both.broker.delete(car).status_code == 204
    assert not TemporalEntity.objects.exists()


def test_4_5_6_the_scope_over_time_is_that_of_all(both):
    scope = {"scope": [{"type": "Property", "value": "/Gent", "observedAt": at(1)}]}
    assert both.city_broker.post("temporal/entities", {**past(speed={1: 10}), **scope}).status_code == 201
    both.write_here(speed={2: 20})
    both.register("inclusive", operations=ALL)
    [told] = shown(both)["scope"]
    assert (told["value"], told["observedAt"]) == ("/Gent", at(1))
    more = {"scope": [{"type": "Property", "value": "/Gent/Zuid", "observedAt": at(3)}]}
    assert both.broker.post(f"temporal/entities/{CAR}/attrs", more).status_code == 204
    assert values(both.city_broker.get(f"temporal/entities/{CAR}").json(), "scope") == ["/Gent", "/Gent/Zuid"]
    assert values(shown(both), "scope") == ["/Gent", "/Gent/Zuid"]
