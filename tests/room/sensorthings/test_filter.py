"""The SQL of $filter keeps exactly what the plain reference keeps, for expressions and data made up at random."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.testing import make_series
from spiegelstad.sensorthings.actions.entities import create_entity
from spiegelstad.sensorthings.errors import InvalidOption
from spiegelstad.sensorthings.formats.reading import read_entity
from spiegelstad.sensorthings.queries.reading import Reader
from spiegelstad.sensorthings.queries.scope import Scope, guarded
from spiegelstad.sensorthings.rules import reference
from spiegelstad.sensorthings.rules.addresses import read_address, write_id
from spiegelstad.sensorthings.rules.model import TYPES
from spiegelstad.sensorthings.rules.options import Options
from spiegelstad.sensorthings.rules.parsing import parse_filter
from spiegelstad.sensorthings.rules.reference import Entity
from spiegelstad.sensorthings.rules.times import read_period
from spiegelstad.sensorthings.testing import PLACE, STREAM

NOW = datetime(2026, 3, 5, tzinfo=UTC)
PLACES: list[dict[str, Any]] = [
    {"type": "Point", "coordinates": [0.0, 0.0]},
    {"type": "Point", "coordinates": [1.0, 1.0]},
    {"type": "LineString", "coordinates": [[0.0, 0.0], [2.0, 2.0]]},
    {"type": "Polygon", "coordinates": [[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]]},
]
OBSERVATIONS: list[dict[str, Any]] = [
    {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 1},
    {"phenomenonTime": "2026-03-01T12:00:00Z", "result": 2.5, "parameters": {"a": 1, "b": "x"}},
    {"phenomenonTime": "2026-03-01T12:00:00.5Z", "result": 2**60 + 1, "resultTime": "2026-03-02T00:00:00Z"},
    {"phenomenonTime": "2026-03-01T11:00:00Z/2026-03-01T13:00:00Z", "result": "open", "resultQuality": {"a": [1, 2]}},
    {"phenomenonTime": "2026-03-02T23:59:59.999Z", "result": True, "parameters": {"a": "1", "b": None}},
    {
        "phenomenonTime": "2026-03-03T00:00:00Z",
        "result": None,
        "validTime": "2026-03-03T00:00:00Z/2026-03-04T00:00:00Z",
    },
]


@pytest.fixture
def world(tenant: str) -> dict[str, list[tuple[Any, Entity]]]:
    """Make four things with what belongs to them, in the tables and as plain entities."""
    by = Actor.system(tenant, "tests")
    found: dict[str, list[tuple[Any, Entity]]] = {name: [] for name in TYPES}
    for number, place in enumerate(PLACES):
        _make_thing(by, number, place, found)
    make_series(tenant, "not:adopted")  # a series without datastream is nobody's
    return found


def _make_thing(by: Actor, number: int, place: dict[str, Any], found: dict[str, list[tuple[Any, Entity]]]) -> None:
    def make(name: str, body: dict[str, Any]) -> tuple[Any, Entity]:
        id_ = create_entity(by=by, given=read_entity(body, TYPES[name]))
        plain = _plain(name, {key: value for key, value in body.items() if key in TYPES[name].properties}, id_)
        found[name].append((id_, plain))
        return id_, plain

    properties = [{"n": number, "tag": "abc"[number % 3]}, {"n": str(number)}, {}, {"n": None, "deep": {"x": [1, 2]}}]
    thing_id, thing = make(
        "Thing", {"name": f"Thing {number}", "description": "It''s"[: number + 2], "properties": properties[number]}
    )
    _, location = make(
        "Location", {**PLACE, "name": "aAbB"[number], "location": place, "Things": [{"@iot.id": thing_id}]}
    )
    _relate(thing, "Locations", location, "Things")
    sensor_id, sensor = make("Sensor", {**STREAM["Sensor"], "metadata": ["x", {"v": 1}, 5, "y"][number]})
    observed_id, observed = make("ObservedProperty", STREAM["ObservedProperty"])
    for extra in range(number % 3):
        links = {"Thing": thing_id, "Sensor": sensor_id, "ObservedProperty": observed_id}
        body = {**STREAM, "name": f"s{number}{extra}", **{name: {"@iot.id": id_} for name, id_ in links.items()}}
        stream_id, stream = make("Datastream", body)
        stream.values |= {"phenomenonTime": None, "resultTime": None}
        for other, name in ((thing, "Thing"), (sensor, "Sensor"), (observed, "ObservedProperty")):
            _relate(other, "Datastreams", stream, name)
        for observation in OBSERVATIONS[number : number + 4]:
            _, made = make("Observation", {**observation, "Datastream": {"@iot.id": stream_id}})
            _relate(stream, "Observations", made, "Datastream")


def _relate(one: Entity, name: str, other: Entity, back: str) -> None:
    one.related.setdefault(name, []).append(other)
    other.related.setdefault(back, []).append(one)


def _plain(name: str, body: dict[str, Any], id_: Any) -> Entity:
    values: dict[str, Any] = {**body, "@iot.id": float(id_) if isinstance(id_, int) else write_id(id_)}
    for key in ("phenomenonTime", "resultTime", "validTime"):
        values[key] = read_period(body[key]) if key in body else None
    return Entity(values)


NUMBERS = st.sampled_from(["0", "1", "2.5", "-3", "0.5", "100", "length(name)", "id"])
TEXTS = st.sampled_from(["'x'", "''", "'Thing 1'", "'open'", "'a'", "'s10'", "'1'"])
TIMES = st.sampled_from(
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.500Z",
        "2026-03-01T13:00:00+01:00",
        "now()",
        "mindatetime()",
        "2026-03-01T11:00:00Z/2026-03-01T13:00:00Z",
        "2026-03-02T00:00:00Z",
        "(now() sub duration'P2DT1S')",
    ]
)
SHAPES = st.sampled_from(
    [
        "POINT(0 0)",
        "POINT(1 1)",
        "LINESTRING(0 0,2 2)",
        "LINESTRING(0 2,2 0)",
        "POLYGON((0 0,2 0,2 2,0 2,0 0))",
        "POLYGON((1 1,3 1,3 3,1 3,1 1))",
        "POLYGON((-1 -1,0 -1,0 0,-1 0,-1 -1))",
    ]
).map(lambda text: f"geography'{text}'")
PLACES_OF = {"Location": "location", "Thing": "Locations/location", "Datastream": "Thing/Locations/location"}
FIELDS: dict[str, dict[str, list[str]]] = {
    "Thing": {
        "number": ["id", "properties/n", "Datastreams/id", "Datastreams/Observations/result"],
        "text": ["name", "description", "properties/tag", "properties/n", "Datastreams/name", "Locations/name"],
        "time": ["Datastreams/Observations/phenomenonTime", "Datastreams/Observations/resultTime"],
        "json": ["properties", "properties/deep/x", "properties/deep/x/1", "Datastreams/Observations/result"],
    },
    "Location": {
        "number": ["id", "Things/properties/n", "location/coordinates/0"],
        "text": ["name", "Things/name", "location/type"],
        "time": [],
        "json": ["properties", "Things/properties"],
    },
    "Datastream": {
        "number": ["id", "Thing/properties/n", "Sensor/metadata/v", "Observations/result", "Sensor/metadata"],
        "text": ["name", "unitOfMeasurement/symbol", "Sensor/metadata", "Thing/name", "Observations/result"],
        "time": ["Observations/phenomenonTime", "Observations/validTime"],
        "json": ["Sensor/metadata", "unitOfMeasurement", "Observations/parameters"],
    },
    "Observation": {
        "number": ["result", "parameters/a", "Datastream/id", "resultQuality/a/1", "Datastream/Thing/properties/n"],
        "text": ["result", "id", "parameters/b", "Datastream/name", "Datastream/Sensor/name"],
        "time": ["phenomenonTime", "resultTime", "validTime"],
        "json": ["result", "parameters", "resultQuality", "resultQuality/a"],
    },
}


def conditions(name: str) -> st.SearchStrategy[str]:
    fields = FIELDS[name]
    number = st.recursive(
        st.sampled_from(fields["number"]) | NUMBERS,
        lambda inner: (
            st.builds("({} {} {})".format, inner, st.sampled_from(["add", "sub", "mul", "div", "mod"]), inner)
            | st.builds("{}({})".format, st.sampled_from(["round", "floor", "ceiling"]), inner)
        ),
        max_leaves=3,
    )
    text = st.recursive(
        st.sampled_from(fields["text"]) | TEXTS,
        lambda inner: (
            st.builds("concat({},{})".format, inner, inner)
            | st.builds("{}({})".format, st.sampled_from(["tolower", "toupper", "trim"]), inner)
            | st.builds(
                "substring({},{},{})".format,
                inner,
                NUMBERS.filter(lambda one: "(" not in one and one != "id") | st.sampled_from(fields["number"]),
                st.sampled_from(["0", "1", "9"]),
            )
        ),
        max_leaves=3,
    )
    time = st.sampled_from(fields["time"]) | TIMES if fields["time"] else TIMES
    operator = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
    several: list[st.SearchStrategy[str]] = [
        st.builds("{} {} {}".format, number, operator, number),
        st.builds("{} {} {}".format, text, operator, text),
        st.builds("{} {} {}".format, time, operator, time),
        st.builds(
            "{} {} null".format, st.sampled_from([*fields["json"], *fields["text"]]), st.sampled_from(["eq", "ne"])
        ),
        st.builds(
            "{} {} {}".format,
            st.sampled_from(fields["json"]),
            st.sampled_from(["eq", "ne"]),
            st.sampled_from(["1", "'x'", "true", "false", *fields["json"]]),
        ),
        st.builds(
            "{}({},{})".format, st.sampled_from(["substringof", "contains", "startswith", "endswith"]), text, text
        ),
        st.builds("indexof({},{}) {} {}".format, text, text, operator, number),
        st.builds(
            "{}({}) {} {}".format,
            st.sampled_from(["year", "month", "day", "hour", "minute", "second", "fractionalseconds"]),
            time,
            operator,
            NUMBERS,
        ),
        st.builds("date({}) {} {}".format, time, operator, st.sampled_from(["2026-03-01", "2026-03-02"])),
        st.builds("time({}) {} {}".format, time, operator, st.sampled_from(["12:00:00", "00:00:00", "12:00:00.500"])),
    ]
    if name in PLACES_OF:
        functions = st.sampled_from(
            [
                "st_equals",
                "st_disjoint",
                "st_touches",
                "st_within",
                "st_overlaps",
                "st_crosses",
                "st_intersects",
                "st_contains",
                "geo.intersects",
            ]
        )
        place = st.just(PLACES_OF[name])
        several += [
            st.builds("{}({},{})".format, functions, place, SHAPES),
            st.builds("{}({},{})".format, functions, SHAPES, place),
            st.builds("st_relate({},{},'T*F**F***')".format, place, SHAPES),
            st.builds("geo.distance({},{}) {} {}".format, place, SHAPES, operator, NUMBERS),
            st.builds("geo.length({}) {} {}".format, place, operator, NUMBERS),
        ]
    return st.recursive(
        st.one_of(several),
        lambda inner: (
            st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
            | st.builds("not ({})".format, inner)
        ),
        max_leaves=4,
    )


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_filter_keeps_what_the_reference_keeps(
    name: str, world: dict[str, list[tuple[Any, Entity]]], people: Any
) -> None:

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=conditions(name))
    def agree(text: str) -> None:
        try:
            condition = parse_filter(text, TYPES[name])
        except InvalidOption:
            return  # a literal in the wrong place: refused by both, being one parser
        expected = {write_id(id_) for id_, entity in world[name] if reference.matches(condition, entity, NOW)}
        reader = Reader(Scope(people.nobody, NOW), "")
        with guarded():
            page = reader.page(read_address(TYPES[name].set), Options(filter=condition, top=1_000))
        assert {write_id(id_) for id_, _ in page.items} == expected, text

    agree()


def test_filter_of_the_world_is_not_empty(world: dict[str, list[tuple[Any, Entity]]]) -> None:
    """Else the test above would prove nothing."""
    assert {name: len(items) for name, items in world.items() if items} == {
        "Thing": 4,
        "Location": 4,
        "Sensor": 4,
        "ObservedProperty": 4,
        "Datastream": 3,
        "Observation": 12,
    }
    assert NOW - timedelta(days=2) > datetime(2026, 3, 1, tzinfo=UTC)
