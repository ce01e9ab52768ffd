"""Query entities (clause 5.7.2), by GET (6.4.3.2) and by POST (6.23.3.1)."""

from collections.abc import Mapping
from typing import Any

import pytest

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
LD = "application/ld+json"


BUILDING = "urn:ngsi-ld:Building:"


def ids(broker: Any, **params: str) -> list[str]:
    """Query, and return the last parts of the ids found."""
    answer = broker.get("entities", params=params)
    assert answer.status_code == 200, answer.content
    return [one["id"].rpartition(":")[2] for one in answer.json()]


@pytest.fixture
def city(broker: Any) -> Any:
    """Three buildings and a park."""
    broker.made(
        BUILDING + "1", "Building", floors=3, name="Belfort", scope="/Gent/Centrum",
        location={"type": "Point", "coordinates": [3.7248, 51.0536]},
        isIn={"type": "Relationship", "object": "urn:ngsi-ld:Park:1", "objectType": "Park"},
    )  # fmt: skip
    broker.made(
        BUILDING + "2", "Building", floors={"value": 12, "observedAt": "2026-01-01T12:00:00Z"},
        location={"type": "Point", "coordinates": [3.8, 51.1]}, address={"city": "Gent", "geo": {"zone": 4}},
    )  # fmt: skip
    broker.made(
        BUILDING + "3", ["Building", "Monument"], tags=["old", "tall"],
        label={"languageMap": {"nl": "Toren", "en": ["Tower", "Keep"]}},
        use={"vocab": "Museum"}, scope=["/Gent/Zuid", "/Toerisme"],
    )  # fmt: skip
    broker.made("urn:ngsi-ld:Park:1", "Park", trees=40, name="Citadelpark")
    return broker


def test_5_7_2_4_a_query_that_says_nothing_is_too_wide(city: Any, error_of: Any) -> None:
    for params in ({}, {"id": BUILDING + "1"}, {"idPattern": ".*"}, {"q": "modifiedAt>2020-01-01T00:00:00Z"}):
        assert error_of(city.get("entities", params=params)) == (400, "BadRequestData"), params
    assert len(ids(city, local="true")) == 4
    assert len(ids(city, type="*")) == 4
    assert error_of(city.get("entities", params={"type": "*", "local": "false"})) == (400, "BadRequestData")


def test_5_7_2_4_by_id_type_and_pattern(city: Any) -> None:
    assert ids(city, type="Building") == ["1", "2", "3"]
    assert ids(city, type="Building", id=f"{BUILDING}1,urn:ngsi-ld:Park:1") == ["1"]
    assert ids(city, type="Building,Park", idPattern="[12]$") == ["1", "2", "1"]
    assert ids(city, attrs="trees,tags") == ["3", "1"]


@pytest.mark.parametrize("params", [{"id": "no uri"}, {"id": ""}, {"idPattern": "["}, {"type": "a b"}, {"type": "(A"}])
def test_5_7_2_4_wrong_selections_are_refused(city: Any, error_of: Any, params: Mapping[str, str]) -> None:
    assert error_of(city.get("entities", params={"type": "Building", **params}))[0] == 400


@pytest.mark.parametrize(
    ("types", "found"),
    [
        ("Building|Park", ["1", "2", "3", "1"]),
        ("(Building;Monument)", ["3"]),
        ("(Building;Monument),Park", ["3", "1"]),
        (DEFAULT + "Park", ["1"]),
        ("Unknown", []),
    ],
)
def test_4_17_entity_type_selection(city: Any, types: str, found: list[str]) -> None:
    assert ids(city, type=types) == found


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("floors", ["1", "2"]),
        ("floors==3", ["1"]),
        ("floors!=3", ["2"]),
        ("floors>=3;floors<12", ["1"]),
        ("floors>100|name", ["1", "1"]),
        ("(floors==3|floors==12);address", ["2"]),
        ("floors==1..5", ["1"]),
        ("floors!=1..5", ["2"]),
        ("floors==3,12", ["1", "2"]),
        ('name=="Belfort"', ["1"]),
        ('name>"Bz"', ["1"]),
        ("name~=^Bel", ["1"]),
        ("name!~=^Bel", ["1"]),
        ('name~="(?i)PARK$"', ["1"]),
        ('tags=="tall"', ["3"]),
        ('tags=="small","old"', ["3"]),
        ('tags!="tall"', []),
        ('address[city]=="Gent"', ["2"]),
        ("address[geo.zone]>3", ["2"]),
        ("address[nothing]", []),
        ("floors.observedAt>=2026-01-01T00:00:00Z", ["2"]),
        ("floors.observedAt<2026-01-01T00:00:00Z", []),
        ('label=="Tower"', ["3"]),
        ('label[nl]=="Tower"', []),
        ('label[*]=="Toren"', ["3"]),
        ('label[nl]!="Tower"', ["3"]),
        ("isIn==urn:ngsi-ld:Park:1", ["1"]),
        ('isIn=="urn:ngsi-ld:Park:1"', ["1"]),
        ("isIn!=urn:ngsi-ld:Park:1", []),
        ('isIn>"urn"', []),
        (f"use=={DEFAULT}Museum", ["3"]),
        ("createdAt>2020-01-01T00:00:00Z;floors==3", ["1"]),
    ],
)
def test_4_9_query_language(city: Any, q: str, found: list[str]) -> None:
    assert ids(city, q=q) == found


def test_4_9_expand_values(city: Any) -> None:
    assert ids(city, q="use==Museum", expandValues="use") == ["3"]
    assert ids(city, q='use=="Museum"', expandValues="use") == ["3"]
    assert ids(city, q='use=="Museum"') == []


@pytest.mark.parametrize(
    "q",
    ["", "floors=3", "floors==", "(floors", "floors>true", "floors>1..2", "a==1..2..3", "3a", "a;;b", 'a=="x', "a~=["],
)
def test_4_9_wrong_queries_are_refused(city: Any, error_of: Any, q: str) -> None:
    assert error_of(city.get("entities", params={"type": "Building", "q": q})) == (400, "BadRequestData")


def test_4_9_linked_entities(city: Any, error_of: Any) -> None:
    assert ids(city, q="isIn{trees}>30", join="flat") == ["1", "1"]
    assert ids(city, q="isIn{Park:trees}==40", join="inline") == ["1"]
    assert ids(city, q="isIn{Forest:trees}==40", join="inline") == []
    for more in ({}, {"join": "@none"}, {"joinLevel": "1"}):
        answer = city.get("entities", params={"q": "isIn{trees}>30", **more})
        assert error_of(answer) == (400, "BadRequestData")
    assert error_of(city.get("entities", params={"q": "a{b{c}}", "join": "inline"})) == (400, "BadRequestData")


@pytest.mark.parametrize(
    ("scope_q", "found"),
    [
        ("/Gent/Centrum", ["1"]),
        ("/Gent/+", ["1", "3"]),
        ("/Gent/#", ["1", "3"]),
        ("/Gent", []),
        ("/#", ["1", "3"]),
        ("(/Gent/Zuid;/Toerisme)", ["3"]),
        ("/Gent/Centrum,/Toerisme", ["1", "3"]),
    ],
)
def test_4_19_scope_query(city: Any, scope_q: str, found: list[str]) -> None:
    assert ids(city, type="Building", scopeQ=scope_q) == found


def test_4_19_wrong_scope_queries_are_refused(city: Any, error_of: Any) -> None:
    for scope_q in ("", "/", "/Gent/", "/#/a", "(/a", "/a-b"):
        answer = city.get("entities", params={"type": "Building", "scopeQ": scope_q})
        assert error_of(answer) == (400, "BadRequestData"), scope_q


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "found"),
    [
        ("near;maxDistance==100", "Point", "[3.7248,51.0537]", ["1"]),
        ("near;minDistance==100", "Point", "[3.7248,51.0537]", ["2"]),
        ("within", "Polygon", "[[[3.7,51],[3.75,51],[3.75,51.1],[3.7,51.1],[3.7,51]]]", ["1"]),
        ("disjoint", "Polygon", "[[[3.7,51],[3.75,51],[3.75,51.1],[3.7,51.1],[3.7,51]]]", ["2"]),
        ("intersects", "LineString", "[[3.8,51.1],[3.9,51.1]]", ["2"]),
        ("equals", "Point", "[3.8,51.1]", ["2"]),
        ("contains", "Point", "[3.8,51.1]", ["2"]),
        ("overlaps", "MultiPoint", "[[3.8,51.1],[3.9,51.1]]", []),
    ],
)
def test_4_10_geoquery(city: Any, georel: str, geometry: str, coordinates: str, found: list[str]) -> None:
    place = {"georel": georel, "geometry": geometry, "coordinates": coordinates}
    assert ids(city, **place) == found
    answer = city.get("entities", params={**place, "count": "true", "limit": "0"})
    assert answer.headers["NGSILD-Results-Count"] == str(len(found))


def test_4_10_geoquery_on_another_geoproperty(city: Any) -> None:
    city.made("urn:ngsi-ld:Camera:1", "Camera", observationSpace={"type": "Point", "coordinates": [3.9, 51.2]})
    place = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[3.9,51.2]"}
    assert ids(city, **place) == []
    assert ids(city, **place, geoproperty="observationSpace") == ["1"]


@pytest.mark.parametrize(
    "place",
    [
        {"georel": "within"},
        {"geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "nearby", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "near", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "near;maxDistance==0", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "near;maxDistance==-5", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "within", "geometry": "Circle", "coordinates": "[1,2]"},
        {"georel": "within", "geometry": "Polygon", "coordinates": "[1,2]"},
        {"georel": "within", "geometry": "Point", "coordinates": "1,2"},
    ],
)
def test_4_10_wrong_geoqueries_are_refused(city: Any, error_of: Any, place: Mapping[str, str]) -> None:
    assert error_of(city.get("entities", params={"type": "Building", **place})) == (400, "BadRequestData")


def test_4_21_pick_and_omit(city: Any) -> None:
    first = {"type": "Building", "id": BUILDING + "1"}
    assert city.get("entities", params={**first, "pick": "id,floors", "format": "simplified"}).json() == [
        {"id": BUILDING + "1", "floors": 3}
    ]
    shown = city.get("entities", params={**first, "omit": "floors,location,isIn,scope"}).json()[0]
    assert set(shown) == {"id", "type", "name"}
    assert set(city.get("entities", params={**first, "attrs": "floors"}).json()[0]) == {"id", "type", "scope", "floors"}


def test_4_15_lang(city: Any) -> None:
    [shown] = city.get("entities", params={"type": "Monument", "lang": "nl", "pick": "label"}).json()
    assert shown == {"label": {"type": "Property", "value": "Toren", "lang": "nl"}}


def test_4_5_16_geojson(city: Any, error_of: Any) -> None:
    answer = city.get("entities", params={"type": "Building"}, headers={"Accept": "application/geo+json"})
    collection = answer.json()
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert collection["type"] == "FeatureCollection" and "@context" in collection
    assert [one["geometry"] and one["geometry"]["type"] for one in collection["features"]] == ["Point", "Point", None]
    asked = {"type": "Building", "geometryProperty": "location"}
    assert error_of(city.get("entities", params=asked)) == (400, "BadRequestData")


def test_6_3_6_context_in_a_link_or_in_each_entity(city: Any) -> None:
    plain = city.get("entities", params={"type": "Park"})
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in plain.headers["Link"] and "@context" not in plain.json()[0]
    linked = city.get("entities", params={"type": "Park"}, headers={"Accept": LD})
    assert "@context" in linked.json()[0] and linked.headers["Content-Type"] == LD


def test_4_10_a_location_that_is_no_geo_property_is_no_place_and_not_counted(broker: Any) -> None:
    place = {"type": "Point", "coordinates": [3.7248, 51.0536]}
    for number, kind in enumerate(("GeoProperty", "Property")):
        broker.made(f"{BUILDING}{number}", "Building", location={"type": kind, "value": place})
    near = {"georel": "near;maxDistance==50", "geometry": "Point", "coordinates": "[3.7248,51.0536]", "count": "true"}
    answer = broker.get("entities", params={"type": "Building", **near})
    assert [one["id"] for one in answer.json()] == [f"{BUILDING}0"]
    assert answer.headers["NGSILD-Results-Count"] == "1"


def query(broker: Any, params: Mapping[str, str] | None = None, **body: Any) -> Any:
    return broker.post("entityOperations/query", {"type": "Query", **body}, params=params)


def test_6_23_3_1_query_by_post(city: Any) -> None:
    buildings = [{"type": "Building"}]
    answer = query(city, {"count": "true", "limit": "1"}, entities=buildings, q="floors>5", pick=["id", "floors"])
    assert answer.status_code == 200 and answer.headers["NGSILD-Results-Count"] == "1"
    assert [set(one) for one in answer.json()] == [{"id", "floors"}]
    either = [{"type": "Park"}, {"type": "Building", "id": BUILDING + "2"}, {"type": "Building", "idPattern": "1$"}]
    assert [one["id"][-1] for one in query(city, entities=either).json()] == ["1", "2", "1"]
    near = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [3.7248, 51.0537]}
    assert [one["id"][-1] for one in query(city, geoQ=near).json()] == ["1"]
    assert [one["id"][-1] for one in query(city, entities=buildings, scopeQ="/Gent/Zuid").json()] == ["3"]
    linked = query(city, {"format": "simplified"}, q="isIn", join="inline", joinLevel=1).json()
    assert linked[0]["isIn"]["trees"] == 40


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Other"}, {}, {"entities": [{"id": "urn:a:b"}]}, {"entities": {"type": "A"}}, {"q": 5}, {"attrs": []},
        {"entities": [], "attrs": ["floors"]},
        {"entities": [{"type": "A"}], "geoQ": {"georel": "within"}}, {"entities": [{"type": "A", "id": "x"}]},
        {"entities": [{"type": "A"}], "joinLevel": "1"}, {"entities": [{"type": "A"}], "entityMap": "yes"},
    ],
)  # fmt: skip
def test_6_23_3_1_wrong_bodies_are_refused(city: Any, error_of: Any, body: dict[str, Any]) -> None:
    assert error_of(city.post("entityOperations/query", {"type": "Query", **body}))[0] == 400


def test_5_7_2_readers_of_another_city_see_nothing(city: Any, other_tenant: str) -> None:
    elsewhere = type(city)(headers={"NGSILD-Tenant": other_tenant})
    assert ids(elsewhere, type="Building") == []
    assert ids(type(city)(), type="Building") == ["1", "2", "3"]


def test_4_5_2_what_has_expired_is_not_found(broker: Any) -> None:
    """An instance of an attribute whose expiresAt has passed is shown nowhere, so no filter may see it."""
    place = {"type": "Point", "coordinates": [3.7248, 51.0536]}
    for number, year in enumerate((2020, 2999)):
        brief = {"expiresAt": f"{year}-01-01T00:00:00Z"}
        own = {"floors": {"value": 3, **brief}, "location": {"value": place, **brief}, "name": "Belfort"}
        broker.made(f"{BUILDING}{number}", "Building", isIn={"object": f"{BUILDING}0", **brief}, **own)
    near = {"georel": "near;maxDistance==50", "geometry": "Point", "coordinates": "[3.7248,51.0536]"}
    linked = {"q": 'isIn{name}=="Belfort"', "join": "flat"}
    for filters in ({"q": "floors"}, {"q": "floors==3"}, {"attrs": "floors"}, near):
        assert ids(broker, type="Building", **filters) == ["1"], filters
    assert ids(broker, type="Building", **linked) == ["1", "0"]  # the second is what the first is joined to
    assert ids(broker, type="Building", q='name=="Belfort"', orderBy="floors", local="true") == ["1", "0"]
    assert broker.shown(f"{BUILDING}0").keys() == {"id", "type", "name"}
