"""Whatever comes in at any operation is answered with a clear 4xx, and never a 500 (clauses 5.5.2 and 6.3.3)."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.context.http_api.operations import OPERATIONS, Operation

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
CAR = "urn:ngsi-ld:Car:1"
TIME = "2026-11-22T08:00:00Z"
PLACE = {"type": "Point", "coordinates": [3.72, 51.05]}
ENTITY = {
    "id": CAR,
    "type": "Car",
    "scope": "/Gent/Dok",
    "speed": {
        "type": "Property",
        "value": 30,
        "observedAt": TIME,
        "unitCode": "KMH",
        "source": {"type": "Property", "value": "gps"},
    },
    "location": {"type": "GeoProperty", "value": PLACE},
    "owner": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1", "objectType": "Person"},
    "names": {"type": "LanguageProperty", "languageMap": {"nl": "Wagen", "en": "Car"}},
    "kind": {"type": "VocabProperty", "vocab": "Van"},
    "raw": {"type": "JsonProperty", "json": {"a": [1, None]}},
    "doors": {"type": "ListProperty", "valueList": [1, 2]},
    "riders": {"type": "ListRelationship", "objectList": ["urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:2"]},
    "wheel": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Set:2"}],
}
FRAGMENT = {key: value for key, value in ENTITY.items() if key != "id"}
HISTORY = {"id": CAR, "type": "Car", "speed": [{"type": "Property", "value": n, "observedAt": TIME} for n in range(3)]}
NOTIFICATION = {"endpoint": {"uri": "https://a.example/in", "accept": "application/json"}, "attributes": ["speed"]}
QUERY = {
    "type": "Query",
    "entities": [{"type": "Car", "idPattern": "urn:.*"}],
    "attrs": ["speed"],
    "q": "speed>10",
    "geoQ": {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [3.72, 51.05]},
    "temporalQ": {"timerel": "after", "timeAt": TIME},
}
BODIES: dict[str, Any] = {
    "Entity": ENTITY,
    "Fragment": FRAGMENT,
    "Attribute": {"type": "Property", "value": 31, "observedAt": TIME},
    "Entities": [ENTITY, {**ENTITY, "id": "urn:ngsi-ld:Car:2"}],
    "Ids": [CAR],
    "Query": QUERY,
    "EntityMap": {"type": "EntityMap", "expiresAt": TIME},
    "EntityTemporal": HISTORY,
    "FragmentTemporal": {"speed": HISTORY["speed"]},
    "Subscription": {
        "type": "Subscription",
        "entities": [{"type": "Car"}],
        "watchedAttributes": ["speed"],
        "q": "speed>10",
        "geoQ": QUERY["geoQ"],
        "notification": NOTIFICATION,
        "expiresAt": "2030-01-01T00:00:00Z",
        "throttling": 5,
    },
    "Notification": {"id": "urn:ngsi-ld:Notification:1", "type": "Notification", "data": [ENTITY]},
    "Registration": {
        "type": "ContextSourceRegistration",
        "endpoint": "https://a.example/ngsi-ld/v1",
        "operations": ["retrieveOps"],
        "information": [{"entities": [{"type": "Car"}], "propertyNames": ["speed"]}],
    },
    "HostedContext": {"@context": {"Car": "https://example.org/Car"}},
}
PARAMETERS = {
    "type": ["Car", "(Car|Van);!Bus", "Car,", "(", "*"],
    "id": [CAR, f"{CAR},x", "", ","],
    "idPattern": [".*", "(", "(a+)+$"],
    "attrs": ["speed", "speed,,", "speed.source"],
    "pick": ["id,speed", "owner{speed}", "{"],
    "omit": ["speed", "id,type"],
    "q": [
        "speed>10",
        "speed==1..2",
        '(speed>1|speed<0);names[nl]=="Wagen"',
        "owner{speed}>1",
        "speed~=(",
        "speed=",
        "(((",
    ],
    "csf": ["a==1", "("],
    "georel": ["near;maxDistance==100", "within", "near", "around"],
    "geometry": ["Point", "Polygon", "Box"],
    "coordinates": ["[3.7,51]", "[[[0,0],[1,0],[1,1],[0,0]]]", "[", "[[0]]", "[1e999,0]"],
    "geoproperty": ["location", "speed"],
    "geometryProperty": ["location"],
    "scopeQ": ["/Gent/#", "/+", "(", "/Gent;/x"],
    "lang": ["nl", "en;q=0.5,*"],
    "datasetId": ["@none", "urn:ngsi-ld:Set:2", "x"],
    "options": [
        "keyValues",
        "concise,sysAttrs",
        "temporalValues",
        "aggregatedValues",
        "noOverwrite",
        "update",
        "x",
        ",",
    ],
    "format": ["simplified", "aggregatedValues", "x"],
    "sysAttrs": ["true", "x"],
    "local": ["true", "x"],
    "containedBy": [CAR],
    "join": ["inline", "flat", "@none", "x"],
    "joinLevel": ["1", "0", "x", "99999999999"],
    "entityMap": ["true", "x"],
    "limit": ["0", "1", "-1", "99999999999999999999", "x"],
    "offset": ["0", "-1", "1e9"],
    "count": ["true", "x"],
    "orderBy": ["speed", "speed;desc", "location;near", ";"],
    "orderFrom": ["[3.7,51]", "["],
    "orderGeometry": ["Point", "x"],
    "collation": ["nl", "x"],
    "after": ["x", "e30"],
    "before": ["x", "e30"],
    "expandValues": ["speed", ","],
    "jsonKeys": ["raw", ","],
    "entityMapLifetime": ["PT1H", "P9Y", "x"],
    "splitEntities": ["true", "x"],
    "keep": ["speed"],
    "drop": ["speed"],
    "deleteAll": ["true", "x"],
    "observedAt": [TIME, "x"],
    "details": ["true", "x"],
    "kind": ["Hosted", "x"],
    "reload": ["true", "x"],
    "timerel": ["before", "between", "x"],
    "timeAt": [TIME, "x", "9999-12-31T23:59:59Z"],
    "endTimeAt": [TIME, "2027-01-01T00:00:00Z"],
    "timeproperty": ["observedAt", "modifiedAt", "x"],
    "lastN": ["1", "0", "x"],
    "aggrMethods": ["avg,sum", "x"],
    "aggrPeriodDuration": ["PT1H", "P1Y", "PT0S", "x", "P99999999999D"],
}
HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    " ",
    "x",
    "@type",
    "urn:ngsi-ld:null",
    "a" * 3_000,
    "\ud7ff\U0001f6b2",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "P1Y",
    [],
    {},
    [[]],
    [None],
    {"type": "Property"},
    {"@value": 1},
    {"": 1},
    {"@context": []},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
    {"type": "Point", "coordinates": [1e308, "x"]},
    "http://[",
    "mqtt://x",
    "(a+)+$",
]


@st.composite
def requests(draw: st.DrawFn) -> tuple[Operation, str, Any, dict[str, str], str]:
    """Make a request that is right but for a few places."""
    operation = draw(st.sampled_from(OPERATIONS))
    path = re.sub(r"\{(\w+)\}", lambda found: draw(_identifiers(found[1])), operation.path).removeprefix("/")
    chosen = (
        draw(st.lists(st.sampled_from(operation.parameters), max_size=4, unique=True)) if operation.parameters else []
    )
    params = {name: draw(st.sampled_from([*PARAMETERS[name], "é\u0301", "%", "'\";--"])) for name in chosen}
    body = deepcopy(BODIES.get(operation.body))
    for _ in range(draw(st.integers(0, 2)) if body is not None else 0):
        body = _changed(draw, body)
    headers = draw(
        st.sampled_from([{}, {}, {"Accept": "application/ld+json"}, {"Accept": "application/geo+json"}, {"Link": "<x"}])
    )
    type_ = draw(st.sampled_from(["application/json", "application/json", "application/ld+json"]))
    if type_ == "application/ld+json" and isinstance(body, dict) and draw(st.booleans()):
        body["@context"] = draw(st.sampled_from([CORE, [CORE], {"speed": "https://example.org/speed"}, 7, [[]]]))
    return operation, f"{path}?{urlencode(params)}" if params else path, body, headers, type_


def _identifiers(name: str) -> st.SearchStrategy[str]:
    known = {"attrId": "speed", "type": "Car"}.get(name, CAR)
    return st.sampled_from([known, known, known, "x", "urn:%01", "%2F", "a%20b", "..", "%C3%28", "urn:" + "a" * 3_000])


def _changed(draw: st.DrawFn, body: Any) -> Any:
    """Put something hostile at one place in a body, or take that place away."""
    if not isinstance(body, dict | list) or not body or draw(st.integers(0, 5)) == 0:
        return deepcopy(draw(st.sampled_from(HOSTILE)))
    key = draw(st.sampled_from(sorted(body))) if isinstance(body, dict) else draw(st.integers(0, len(body) - 1))
    if draw(st.integers(0, 9)) == 0:
        del body[key]
    else:
        body[key] = _changed(draw, body[key])
    return body


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(request=requests())
def test_5_5_2_request_with_something_wrong_is_never_a_500(broker: Any, request: Any) -> None:
    operation, path, body, headers, type_ = request
    try:
        raw = None if body is None else orjson.dumps(body)
    except TypeError:  # a number larger than JSON libraries write
        raw = str(body).encode()
    with transaction.atomic():
        broker.send("POST", "entities", ENTITY)
        answer = broker.send(operation.method, path, raw, headers=headers, type=type_)
        transaction.set_rollback(True)
    shown = (operation.method, path, raw, headers, type_, answer.status_code, answer.content[:500])
    assert answer.status_code < 500 or answer.status_code in (501, 504), shown
    if answer.status_code >= 400 and answer.content:
        problem = orjson.loads(answer.content)
        assert answer.headers["Content-Type"] == "application/json", shown
        assert problem["type"] and problem["title"] and problem["status"] == answer.status_code, shown


def test_every_parameter_is_tried() -> None:
    assert {name for operation in OPERATIONS for name in operation.parameters} == set(PARAMETERS)


def test_every_body_is_tried() -> None:
    assert {operation.body for operation in OPERATIONS} - {""} == set(BODIES)
