"""Whatever is asked or sent: never a 500."""

from typing import Any

import orjson
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.sensorthings.rules.model import SETS, TYPES
from spiegelstad.sensorthings.testing import ROOT, STREAM, THING, Api

WORDS = st.sampled_from(
    [
        "result",
        "eq",
        "ne",
        "gt",
        "and",
        "or",
        "not",
        "(",
        ")",
        ",",
        "'x'",
        "1",
        "-1",
        "1e308",
        "null",
        "true",
        "add",
        "mul",
        "div",
        "mod",
        "phenomenonTime",
        "2026-03-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2026-03-01",
        "12:00:00",
        "duration'P999999999D'",
        "now()",
        "year(",
        "substring(",
        "st_within(",
        "geo.distance(",
        "geography'POINT(1 1)'",
        "geography'POINT EMPTY'",
        "Datastream/Thing/Locations/location",
        "parameters/a",
        "id",
        "FeatureOfInterest/feature",
        "Datastream",
        "$it",
        "/",
        "\u20ac",
        "\x01",
        "indexof(",
        "concat(",
        "length(",
    ]
)
FILTERS = st.lists(WORDS, max_size=9).map(" ".join) | st.text(max_size=40).filter(lambda text: "\0" not in text)
OPTIONS = st.dictionaries(
    st.sampled_from(
        ["$filter", "$orderby", "$expand", "$select", "$top", "$skip", "$count", "$resultFormat", "$x", "y"]
    ),
    FILTERS
    | st.sampled_from(
        [
            "0",
            "5",
            "99999999999",
            "true",
            "dataArray",
            "Datastream($expand=Thing)",
            "Datastream($top=1;",
            "(((",
            "Thing",
        ]
    ),
    max_size=3,
)
PATHS = st.lists(
    st.sampled_from(
        [*SETS, "Things(1)", "Datastreams(1)", "Observations('1-1')", "Thing", "name", "$value", "$ref", "$count"]
    )
    | st.text(max_size=8).filter(lambda text: "\0" not in text and "?" not in text and "#" not in text),
    min_size=1,
    max_size=4,
).map("/".join)
SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(path=PATHS | st.sampled_from(["Observations", "Things", "Datastreams"]), options=OPTIONS)
def test_malformed_questions_get_4xx(api: Api, stream: int, path: str, options: dict[str, str]) -> None:
    answer: Any = Client(raise_request_exception=False).get(f"{ROOT}/{path}", options, headers={"Host": "localhost"})
    assert answer.status_code in {200, 204, 400, 403, 404, 405}, (path, options)


SCALARS: Any = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20)
)
JSON: Any = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def bodies(name: str) -> st.SearchStrategy[Any]:
    likely = {
        **dict.fromkeys(TYPES[name].properties, JSON),
        **{item: JSON | st.fixed_dictionaries({"@iot.id": JSON}) | st.just(STREAM) for item in TYPES[name].relations},
    }
    found: st.SearchStrategy[Any] = JSON | st.fixed_dictionaries({}, optional=likely)
    return found


@SETTINGS
@given(data=st.data(), name=st.sampled_from(sorted(TYPES)), method=st.sampled_from(["POST", "PATCH", "PUT"]))
def test_malformed_entities_get_4xx(api: Api, stream: int, data: st.DataObject, name: str, method: str) -> None:
    body = data.draw(bodies(name))
    base = THING if name == "Thing" else STREAM if name == "Datastream" else {}
    if isinstance(body, dict) and data.draw(st.booleans()):
        body = {**base, **body}
    path = TYPES[name].set + ("" if method == "POST" else f"({stream})")
    check(api, method, path, orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS))


@SETTINGS
@given(
    body=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "Datastream": JSON,
                "components": JSON | st.just(["result"]),
                "dataArray": JSON | st.just([[1], [None]]),
            },
        ),
        max_size=2,
    )
    | JSON
)
def test_malformed_arrays_get_4xx(api: Api, stream: int, body: Any) -> None:
    check(api, "POST", "CreateObservations", orjson.dumps(body))


@SETTINGS
@given(body=st.binary(max_size=60))
def test_malformed_bytes_get_4xx(api: Api, stream: int, body: bytes) -> None:
    check(api, "POST", "Things", body)


def check(api: Api, method: str, path: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.key}", "Host": "localhost"}
    client = Client(raise_request_exception=False)
    answer: Any = client.generic(method, f"{ROOT}/{path}", body, content_type="application/json", headers=headers)
    assert answer.status_code in {200, 201, 400, 403, 404, 405, 409, 413, 415}, (method, path, body)
    if answer.status_code >= 400 and answer.status_code != 405:
        assert answer.headers["Content-Type"] == "application/problem+json"
