"""Finding context source registrations over HTTP: clauses 5.10.1, 5.10.2 and 5.12."""

from typing import Any

import pytest

SQUARE = {"type": "Polygon", "coordinates": [[[3.6, 51.0], [3.8, 51.0], [3.8, 51.1], [3.6, 51.1], [3.6, 51.0]]]}
NEAR = {"georel": "near;maxDistance==1000", "geometry": "Point"}
SPEED = {"entities": [{"type": "Car"}], "propertyNames": ["speed"]}


@pytest.fixture
def register(broker):
    """Give a function that registers a source under the last part of an id."""

    def make(name: str, *information: dict[str, Any], **members: Any) -> None:
        body = {
            "id": f"urn:x:{name}",
            "type": "ContextSourceRegistration",
            "endpoint": "https://a.example",
            "information": list(information),
            **members,
        }
        answer = broker.post("csourceRegistrations", body)
        assert answer.status_code == 201, answer.content

    return make


@pytest.fixture
def found(broker):
    """Give a function that returns the last parts of the ids that a query finds."""

    def find(**params: str) -> list[str]:
        answer = broker.get("csourceRegistrations", params=params)
        assert answer.status_code == 200, answer.content
        return [one["id"].removeprefix("urn:x:") for one in answer.json()]

    return find


def test_5_10_2_by_type_and_attribute(register, found):
    register("all", {"entities": [{"type": "Car"}]})
    register("speed", SPEED)
    register("owner", {"relationshipNames": ["owner"]})
    register("bus", {"entities": [{"type": ["Bus", "Tram"]}]})
    assert found(type="Car") == ["all", "owner", "speed"]
    assert found(type="Car", attrs="speed") == ["all", "speed"]
    assert found(attrs="owner,colour") == ["all", "bus", "owner"]
    assert found(type="Tram|Boat") == ["bus", "owner"]
    assert found(type="(Bus;Tram)", attrs="speed") == ["bus"]
    assert found(type="(Bus;Car)") == ["owner"]


def test_5_10_2_by_what_a_query_asks_about(register, found):
    register("speed", SPEED)
    register("colour", {"entities": [{"type": "Car"}], "propertyNames": ["colour"]})
    assert found(type="Car", q="speed>10") == ["speed"]
    assert found(q='colour=="red"') == ["colour"]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["any", "one", "pattern"]),
        ({"id": "urn:y:1"}, ["any", "one", "pattern"]),
        ({"id": "urn:y:2"}, ["any", "pattern"]),
        ({"id": "urn:z:1,urn:y:1"}, ["any", "one", "pattern"]),
        ({"id": "urn:z:1"}, ["any"]),
        ({"idPattern": "1$"}, ["any", "one", "pattern"]),
        ({"idPattern": "2$"}, ["any", "pattern"]),
    ],
)
def test_5_12_ids_and_patterns_match(register, found, params, names):
    register("any", {"entities": [{"type": "Car"}]})
    register("one", {"entities": [{"type": "Car", "id": "urn:y:1"}]})
    register("pattern", {"entities": [{"type": "Car", "idPattern": "^urn:y:"}]})
    assert found(type="Car", **params) == names


def test_5_10_2_shows_only_the_information_that_matches(broker, register):
    register("both", SPEED, {"entities": [{"type": "Bus"}]})
    [shown] = broker.get("csourceRegistrations", params={"type": "Car"}).json()
    assert shown["information"] == [SPEED]


def test_5_10_2_by_place(register, found):
    placed = {"entities": [{"type": "Car"}], "propertyNames": ["speed", "location"]}
    register("here", placed, location=SQUARE)
    register("there", placed, location={"type": "Point", "coordinates": [4.4, 51.2]})
    register("nowhere", placed)  # says not where, so it may be anywhere
    register("speed", SPEED, location=SQUARE)  # knows of no location
    assert found(type="Car", coordinates="[3.7,51.05]", **NEAR) == ["here", "nowhere"]
    assert found(type="Car", coordinates="[4.4,51.2]", **NEAR) == ["nowhere", "there"]


def test_5_10_2_by_scope_and_by_members(register, found):
    register("gent", SPEED, scope="/Gent/Dok", maintainer="Dirk", description="cars")
    register("brugge", SPEED, scope=["/Brugge"], maintainer="Mia")
    assert found(type="Car", scopeQ="/Gent/#") == ["gent"]
    assert found(type="Car", csf='maintainer=="Mia"') == ["brugge"]
    assert found(type="Car", csf="description") == ["gent"]


def test_5_10_2_by_time(register, found):
    register("now", SPEED)
    register("year", SPEED, observationInterval={"startAt": "2025-01-01T00:00:00Z", "endAt": "2026-01-01T00:00:00Z"})
    register("open", SPEED, observationInterval={"startAt": "2025-06-01T00:00:00Z"})
    register("managed", SPEED, managementInterval={"startAt": "2020-01-01T00:00:00Z"})
    assert found(type="Car") == ["now"]
    assert found(type="Car", timerel="after", timeAt="2026-05-01T00:00:00Z") == ["open"]
    assert found(type="Car", timerel="before", timeAt="2025-03-01T00:00:00Z") == ["year"]
    between = {"timerel": "between", "timeAt": "2024-01-01T00:00:00Z", "endTimeAt": "2025-02-01T00:00:00Z"}
    assert found(type="Car", **between) == ["year"]
    assert found(type="Car", timeproperty="modifiedAt", **between) == ["managed"]


def test_5_10_2_comes_in_pages(broker, register, found):
    for number in range(5):
        register(str(number), SPEED)
    assert found(type="Car", limit="2", offset="2") == ["2", "3"]
    answer = broker.get("csourceRegistrations", params={"type": "Car", "limit": "2", "offset": "2", "count": "true"})
    assert answer.headers["NGSILD-Results-Count"] == "5"
    assert 'rel="next"' in answer.headers["Link"] and 'rel="prev"' in answer.headers["Link"]


def test_5_10_2_too_wide(broker, error_of):
    assert error_of(broker.get("csourceRegistrations")) == (400, "BadRequestData")
    assert error_of(broker.get("csourceRegistrations", params={"id": "urn:y:1"})) == (400, "BadRequestData")


def test_5_10_1_retrieve_with_system_attributes(broker, register):
    register("one", SPEED)
    assert "createdAt" not in broker.get("csourceRegistrations/urn:x:one").json()
    assert "createdAt" in broker.get("csourceRegistrations/urn:x:one", params={"options": "sysAttrs"}).json()
