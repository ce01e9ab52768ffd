"""Clause 6.3: what all operations of the binding have in common, seen on some."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import orjson
import pytest
from django.db import OperationalError
from django.test import RequestFactory

from spiegelstad.accounts.testing import make_key
from spiegelstad.context.http_api.answering import answers, known_error, problem_details
from spiegelstad.context.rules.terms import CORE

LD = "application/ld+json"
CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
CAR = {"id": "urn:ngsi-ld:Car:1", "type": "Car", "speed": {"type": "Property", "value": 30}}
LINK = {"Link": f'<{CORE_URL}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}


def test_6_3_2_wrong_method_says_which_are_right(reader: Any, error_of: Any) -> None:
    answer = reader.send("DELETE", "info/sourceIdentity")
    assert error_of(answer) == (405, "OperationNotSupported") and answer.headers["Allow"] == "GET"


def test_6_3_2_nothing_at_an_address(reader: Any, error_of: Any) -> None:
    assert error_of(reader.get("nothing/here")) == (404, "ResourceNotFound")


def test_6_3_3_unknown_key_is_401(reader: Any) -> None:
    answer = reader.get("info/sourceIdentity", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


def test_6_3_4_body_without_length_is_411_without_body(broker: Any) -> None:
    answer = broker.client.generic(
        "POST", "/ngsi-ld/v1/entities", b"", content_type="application/json", headers={"Authorization": broker.key}
    )
    assert answer.status_code in (400, 411)
    request = RequestFactory().post("/ngsi-ld/v1/entities", CAR, content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    from spiegelstad.context.http_api.requests import read

    refused = answers(lambda asked: read(asked, body=True))(request)  # type: ignore[arg-type,return-value]
    assert refused.status_code == 411 and refused.content == b""


@pytest.mark.parametrize(
    "type", ["text/plain", "application/merge-patch+json", "application/xml", "multipart/form-data"]
)
def test_6_3_4_body_of_another_type_is_415_without_body(broker: Any, type: str) -> None:
    answer = broker.post("entities", CAR, type=type)
    assert answer.status_code == 415 and answer.content == b""


def test_6_3_4_merge_patch_is_as_json_for_patch(broker: Any) -> None:
    broker.made(**{key: value for key, value in CAR.items() if key == "speed"})
    fragment = {"speed": {"type": "Property", "value": 50}}
    answer = broker.patch("entities/urn:ngsi-ld:Car:1/attrs", fragment, type="application/merge-patch+json")
    assert answer.status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"]["value"] == 50


def test_6_3_4_what_cannot_be_accepted_is_406_and_lists_what_can(reader: Any, error_of: Any) -> None:
    answer = reader.get("info/sourceIdentity", headers={"Accept": "text/html"})
    assert answer.status_code == 406
    assert answer.json()["available"] == ["application/json", LD]
    assert reader.get("info/sourceIdentity", headers={"Accept": "application/geo+json"}).status_code == 406


def test_6_3_4_geojson_of_what_is_no_entity_is_406_and_nothing_is_done(broker: Any, error_of: Any) -> None:
    geojson = {"Accept": "application/geo+json"}
    answer = broker.post("entities", CAR, headers=geojson)
    assert error_of(answer) == (406, "InvalidRequest") and answer.json()["available"] == ["application/json", LD]
    assert broker.get("entities/urn:ngsi-ld:Car:1").status_code == 404
    assert broker.post("entities", CAR, headers={"Accept": "application/geo+json, */*;q=0.1"}).status_code == 201
    assert broker.delete("entities/urn:ngsi-ld:Car:1", headers=geojson).status_code == 406
    assert broker.get("entities/urn:ngsi-ld:Car:1", headers=geojson).status_code == 200


@pytest.mark.parametrize(
    ("accept", "given"), [("*/*", "application/json"), (LD, LD), ("application/*;q=0.1", "application/json")]
)
def test_6_3_4_accept_chooses_the_type(reader: Any, accept: str, given: str) -> None:
    assert reader.get("info/sourceIdentity", headers={"Accept": accept}).headers["Content-Type"] == given


def test_6_3_5_json_with_a_context_in_the_body_is_bad_data(broker: Any, error_of: Any) -> None:
    assert error_of(broker.post("entities", {**CAR, "@context": CORE_URL})) == (400, "BadRequestData")


def test_6_3_5_json_ld_without_a_context_is_bad_data(broker: Any, error_of: Any) -> None:
    assert error_of(broker.post("entities", CAR, type=LD)) == (400, "BadRequestData")


def test_6_3_5_json_ld_with_a_link_header_is_bad_data(broker: Any, error_of: Any) -> None:
    answer = broker.post("entities", {**CAR, "@context": CORE_URL}, type=LD, headers=LINK)
    assert error_of(answer) == (400, "BadRequestData")


def test_6_3_5_link_to_two_contexts_is_bad_data(reader: Any, error_of: Any) -> None:
    twice = {"Link": f"{LINK['Link']}, {LINK['Link']}"}
    assert error_of(reader.get("info/sourceIdentity", headers=twice)) == (400, "BadRequestData")


@pytest.mark.parametrize("context", [7, [7], {"a": 7}, "nowhere", {"a": {"@id": "x:a", "@context": {}}}])
def test_6_3_5_context_that_is_none_is_bad_data(broker: Any, error_of: Any, context: Any) -> None:
    assert error_of(broker.post("entities", {**CAR, "@context": context}, type=LD)) == (400, "BadRequestData")


def test_6_3_5_context_in_the_body_expands_the_names(broker: Any) -> None:
    own = [{"Car": "https://example.org/Car", "speed": "https://example.org/speed"}, CORE_URL]
    assert broker.post("entities", {**CAR, "@context": own}, type=LD).status_code == 201
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert shown["type"] == "https://example.org/Car" and "https://example.org/speed" in shown


def test_6_3_6_json_has_its_context_in_a_link(reader: Any) -> None:
    answer = reader.get("info/sourceIdentity")
    assert answer.headers["Link"] == LINK["Link"] and "@context" not in answer.json()


def test_6_3_6_json_ld_has_its_context_in_the_body(reader: Any) -> None:
    answer = reader.get("info/sourceIdentity", headers={"Accept": LD})
    assert answer.json()["@context"] == CORE_URL and "Link" not in answer.headers


def test_6_3_6_version_is_named_to_whoever_prefers_one(reader: Any) -> None:
    answer = reader.get("info/sourceIdentity", headers={"Prefer": "ngsi-ld=1.5"})
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.8"
    assert "Preference-Applied" not in reader.get("info/sourceIdentity").headers


def test_6_3_6_done_has_neither_body_nor_length_nor_link(broker: Any) -> None:
    broker.made()
    answer = broker.delete("entities/urn:ngsi-ld:Car:1")
    assert answer.status_code == 204 and answer.content == b""
    assert not {"Content-Length", "Content-Type", "Link"} & set(answer.headers)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "InvalidRequest"),
        (b"\xff\xfe", "InvalidRequest"),
        (b'{"a": NaN}', "InvalidRequest"),
        (b'{"a": 1e999}', "InvalidRequest"),
        (b'"text"', "BadRequestData"),
        (b'{"id": "urn:x:1", "type": "A\\u0000"}', "BadRequestData"),
        (b"[" * 60 + b"]" * 60, "BadRequestData"),
        (b"[" * 100_000 + b"]" * 100_000, "InvalidRequest"),
    ],
)
def test_5_5_4_body_that_cannot_be_read_is_refused(broker: Any, error_of: Any, body: bytes, error: str) -> None:
    assert error_of(broker.post("entities", body)) == (400, error)


def test_5_5_4_backslash_before_u0000_is_no_nul(broker: Any) -> None:
    text = {"type": "Property", "value": "C:\\u0000"}
    assert broker.post("entities", {**CAR, "path": text}).status_code == 201
    assert broker.shown("urn:ngsi-ld:Car:1")["path"]["value"] == "C:\\u0000"


def test_6_3_2_body_that_is_too_large_is_413(broker: Any) -> None:
    large = orjson.dumps({**CAR, "text": {"type": "Property", "value": "x" * 2_100_000}})
    assert broker.post("entities", large).status_code == 413


def test_5_5_2_parameter_that_is_not_known_or_twice_there_is_invalid(reader: Any, error_of: Any) -> None:
    assert error_of(reader.get("info/sourceIdentity?colour=red")) == (400, "InvalidRequest")
    assert error_of(reader.get("jsonldContexts?kind=Hosted&kind=Cached")) == (400, "InvalidRequest")


def test_6_3_14_tenant_that_does_not_exist(reader: Any, error_of: Any) -> None:
    answer = reader.get("info/sourceIdentity", headers={"NGSILD-Tenant": "nowhere"})
    assert error_of(answer) == (404, "NonexistentTenant")


def test_6_3_14_key_serves_its_own_city_only(broker: Any, other_tenant: str) -> None:
    answer = broker.post("entities", CAR, headers={"NGSILD-Tenant": other_tenant})
    assert answer.status_code == 403
    stranger = type(broker)(make_key(other_tenant, ["context:write"])[0])
    assert stranger.post("entities", CAR).status_code == 201  # the city of the key
    assert broker.get("entities/urn:ngsi-ld:Car:1").status_code == 404
    assert stranger.get("entities/urn:ngsi-ld:Car:1", headers={"NGSILD-Tenant": other_tenant}).status_code == 200


def test_6_3_14_tenant_asked_is_named_in_the_answer(broker: Any, tenant: str) -> None:
    assert broker.post("entities", CAR, headers={"NGSILD-Tenant": tenant}).headers["NGSILD-Tenant"] == tenant
    assert "NGSILD-Tenant" not in broker.get("info/sourceIdentity").headers


def test_database_that_is_busy_is_503_with_a_time(reader: Any) -> None:
    with patch("spiegelstad.context.http_api.info.source_identity", side_effect=OperationalError("no connection")):
        answer = reader.get("info/sourceIdentity")
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "2"


def test_error_of_ours_is_told_without_its_text(reader: Any, error_of: Any) -> None:
    with patch("spiegelstad.context.http_api.info.source_identity", side_effect=KeyError("secret")):
        answer = reader.get("info/sourceIdentity")
    assert error_of(answer) == (500, "InternalError") and b"secret" not in answer.content


def test_known_errors_have_a_type_of_the_standard_where_there_is_one() -> None:
    from spiegelstad.base.errors import Conflict, Forbidden, NotFound

    types = [problem_details(known_error(error("x")))["type"].rpartition("/")[2] for error in (NotFound, Conflict)]
    assert types == ["ResourceNotFound", "AlreadyExists"]
    assert problem_details(Forbidden("x"))["type"] == "urn:spiegelstad:problem:forbidden"


def test_core_context_is_the_default(reader: Any) -> None:
    assert CORE.url == CORE_URL and CORE.source == [CORE_URL]
