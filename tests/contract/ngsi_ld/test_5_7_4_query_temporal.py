"""Clause 5.7.4: query the temporal evolution of entities."""

import pytest

FIRST, SECOND, THIRD = (f"urn:ngsi-ld:Vehicle:{n}" for n in (1, 2, 3))
ROOF = "urn:ngsi-ld:Dataset:roof"
TIME = {"timerel": "after", "timeAt": "2018-08-01T12:00:00Z"}


def at(minute):
    return f"2018-08-01T12:{minute:02}:00Z"


def speed(value, minute, **more):
    return {"type": "Property", "value": value, "observedAt": at(minute), **more}


def place(lon, minute):
    point = {"type": "Point", "coordinates": [lon, 51.05]}
    return {"type": "GeoProperty", "value": point, "observedAt": at(minute)}


@pytest.fixture(autouse=True)
def evolutions(broker):
    for evolution in (
        {
            "id": FIRST,
            "type": "Vehicle",
            "scope": "/Gent/Centrum",
            "speed": [speed(10, 1), speed(90, 10)],
            "brand": [{"type": "Property", "value": "Volvo", "observedAt": at(1)}],
            "location": [place(3.70, 1), place(3.72, 10)],
        },
        {"id": SECOND, "type": ["Vehicle", "Bus"], "speed": [speed(50, 5)], "location": [place(4.40, 5)]},
        {"id": THIRD, "type": "Bicycle", "speed": [speed(15, 3), speed(16, 3, datasetId=ROOF)]},
    ):
        assert broker.post("temporal/entities", evolution).status_code == 201


def found(broker, **params):
    answer = broker.get("temporal/entities", params={**TIME, **params})
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(broker, **params):
    return [one["id"] for one in found(broker, **params)]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"type": "Vehicle"}, [FIRST, SECOND]),
        ({"type": "Vehicle,Bicycle"}, [FIRST, SECOND, THIRD]),
        ({"type": "(Vehicle;Bus)"}, [SECOND]),
        ({"type": "Vehicle", "id": SECOND}, [SECOND]),
        ({"type": "Vehicle,Bicycle", "idPattern": "[13]$"}, [FIRST, THIRD]),
        ({"attrs": "brand"}, [FIRST]),
        ({"attrs": "brand,speed"}, [FIRST, SECOND, THIRD]),
        ({"local": "true"}, [FIRST, SECOND, THIRD]),
        ({"type": "Vehicle", "scopeQ": "/Gent/#"}, [FIRST]),
        ({"type": "Vehicle", "timerel": "before", "timeAt": at(5)}, [FIRST]),
        ({"type": "Vehicle", "timerel": "between", "timeAt": at(5), "endTimeAt": at(10)}, [SECOND]),
        ({"type": "Vehicle", "timerel": "after", "timeAt": at(11)}, []),
        ({"attrs": "brand", "timerel": "after", "timeAt": at(2)}, []),
    ],
)
def test_5_7_4_query_finds_entities_with_instances_in_that_time(reader, params, expected):
    assert ids(reader, **params) == expected


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"q": "speed>80"}, [FIRST]),
        ({"q": "speed>80", "timerel": "before", "timeAt": at(10)}, []),
        ({"q": "speed<20"}, [FIRST, THIRD]),
        ({"q": "speed>80;brand==%22Volvo%22"}, [FIRST]),
        ({"q": "speed>80|speed==50"}, [FIRST, SECOND]),
        ({"q": "brand"}, [FIRST]),
        ({"type": "Vehicle", "q": "speed==16"}, []),
    ],
)
def test_5_7_4_query_filters_by_any_value_in_that_time(reader, params, expected):
    params = {name: value.replace("%22", '"') for name, value in params.items()}
    assert ids(reader, **params) == expected


@pytest.mark.parametrize(
    "distance, more, expected",
    [
        (500, {}, [FIRST]),
        (500, {"timerel": "after", "timeAt": at(5)}, []),
        (100_000, {}, [FIRST, SECOND]),
    ],
)
def test_5_7_4_query_filters_by_any_place_in_that_time(reader, distance, more, expected):
    near = {"georel": f"near;maxDistance=={distance}", "geometry": "Point", "coordinates": "[3.70,51.05]"}
    assert ids(reader, **near, **more) == expected


def test_5_7_4_query_shows_the_instances_of_that_time_only(reader):
    [first] = found(reader, type="Vehicle", id=FIRST, timerel="after", timeAt=at(5))
    assert [one["value"] for one in first["speed"]] == [90]
    assert "brand" not in first


def test_5_7_4_query_gives_pages_with_links_and_a_count(reader):
    answer = reader.get("temporal/entities", params={**TIME, "local": "true", "limit": "2", "count": "true"})
    assert [one["id"] for one in answer.json()] == [FIRST, SECOND]
    assert answer.headers["NGSILD-Results-Count"] == "3"
    link = next(part for part in answer.headers["Link"].split(", <") if 'rel="next"' in part)
    path = link.partition(">")[0].removeprefix("<").removeprefix("/ngsi-ld/v1/")
    rest = reader.get(path)
    assert [one["id"] for one in rest.json()] == [THIRD]
    back = next(part for part in rest.headers["Link"].split(", <") if 'rel="prev"' in part)
    path = back.partition(">")[0].removeprefix("<").removeprefix("/ngsi-ld/v1/")
    assert [one["id"] for one in reader.get(path).json()] == [FIRST, SECOND]
    assert ids(reader, local="true", limit="1", offset="1") == [SECOND]


def test_5_7_4_query_selects_datasets(reader):
    [third] = found(reader, type="Bicycle", datasetId=ROOF)
    assert [one["value"] for one in third["speed"]] == [16]


def test_5_7_4_query_last_n_and_temporal_values(reader):
    first, second = found(reader, type="Vehicle", lastN="1", attrs="speed", format="temporalValues")
    assert first["speed"]["values"] == [[90, at(10)]]
    assert second["speed"]["values"] == [[50, at(5)]]


@pytest.mark.parametrize(
    "params",
    [
        {"type": "Vehicle"},
        {**TIME},
        {**TIME, "id": FIRST},
        {**TIME, "type": "Vehicle", "q": "owner{name}==1"},
        {**TIME, "type": "Vehicle", "q": "speed>"},
        {**TIME, "type": "Vehicle", "id": "no uri"},
        {**TIME, "type": "Vehicle", "georel": "near"},
    ],
)
def test_5_7_4_query_refuses_what_is_wrong_or_too_wide(reader, error_of, params):
    assert error_of(reader.get("temporal/entities", params=params)) == (400, "BadRequestData")


def test_6_24_query_by_post_says_the_same(reader):
    body = {
        "type": "Query",
        "entities": [{"type": "Vehicle"}],
        "q": "speed>20",
        "attrs": ["speed"],
        "temporalQ": {"timerel": "between", "timeAt": at(1), "endTimeAt": at(11)},
    }
    answer = reader.post("temporal/entityOperations/query", body, params={"format": "temporalValues"})
    assert answer.status_code == 200, answer.content
    by_get = found(
        reader, type="Vehicle", q="speed>20", attrs="speed", timerel="between", timeAt=at(1), endTimeAt=at(11),
        format="temporalValues",
    )  # fmt: skip
    assert answer.json() == by_get and len(by_get) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Query", "entities": [{"type": "Vehicle"}]},
        {"type": "Query", "entities": [{"type": "Vehicle"}], "temporalQ": {"timerel": "before"}},
        {"type": "Query", "entities": [{"type": "Vehicle"}], "temporalQ": 1},
        {"type": "Query", "temporalQ": {"timerel": "before", "timeAt": at(1)}},
        {"entities": [{"type": "Vehicle"}], "temporalQ": {"timerel": "before", "timeAt": at(1)}},
    ],
)
def test_6_24_query_by_post_refuses_what_is_wrong(reader, error_of, body):
    assert error_of(reader.post("temporal/entityOperations/query", body)) == (400, "BadRequestData")
