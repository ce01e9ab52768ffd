"""What schemathesis makes of our description, and of the standard's own, gets no 500: both of fit and of unfit data."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, openapi
from schemathesis.schemas import APIOperation

from spiegelstad.context.http_api.openapi import description

DATA = Path(os.environ.get("SPIEGELSTAD_DATA", Path(__file__).parents[4] / "shared" / "data"))
OF_THE_STANDARD = DATA / "ngsi-ld" / "ngsi-ld-openapi-v1.8.1.yaml"
IDS = {
    "entityId": "urn:ngsi-ld:Car:1",
    "subscriptionId": "urn:ngsi-ld:Subscription:1",
    "registrationId": "urn:ngsi-ld:ContextSourceRegistration:1",
    "instanceId": "urn:ngsi-ld:Instance:1",
    "contextId": "urn:ngsi-ld:Context:1",
    "entityMapId": "urn:ngsi-ld:EntityMap:1",
    "attrId": "speed",
    "type": "Car",
}
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@cache
def _described() -> list[APIOperation[Any, Any, Any, Any]]:
    return _operations(openapi.from_dict(orjson.loads(orjson.dumps(description()))))


@cache
def _standard() -> list[APIOperation[Any, Any, Any, Any]]:
    # Subscriptions nest so deeply in the standard's description that making one takes seconds.
    return [one for one in _operations(openapi.from_path(OF_THE_STANDARD)) if not (one.body and "ubscri" in one.path)]


def _operations(schema: Any) -> list[APIOperation[Any, Any, Any, Any]]:
    return [found.ok() for found in schema.get_all_operations()]


@st.composite
def _cases(draw: st.DrawFn, operations: Any, *, unfit: bool) -> Any:
    operation = draw(st.sampled_from(operations()))
    can_be_unfit = unfit and (operation.body or operation.query)
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE][: 2 if can_be_unfit else 1]))
    ids = {one.name: IDS.get(one.name, "urn:ngsi-ld:Thing:1") for one in operation.path_parameters}
    return draw(operation.as_strategy(generation_mode=mode, path_parameters=ids))


def _try(broker: Any, case: Any) -> None:
    raw = b"" if case.body is None or type(case.body).__name__ == "NotSet" else _raw(case.body)
    path = f"{case.formatted_path}?{urlencode(case.query or {}, doseq=True)}".removeprefix("/")
    sent = {name: value for name, value in (case.headers or {}).items() if name.lower() in ("accept", "link", "prefer")}
    with transaction.atomic():
        answer = broker.send(case.method, path, raw or None, headers=sent, type=case.media_type or "application/json")
        transaction.set_rollback(True)
    shown = (case.method, path, raw, sent, answer.status_code, answer.content[:500])
    assert answer.status_code < 500 or answer.status_code in (501, 504), shown
    if answer.status_code >= 400 and answer.content:
        problem = orjson.loads(answer.content)
        assert problem["type"] and problem["title"] and problem["status"] == answer.status_code, shown


def _raw(body: Any) -> bytes:
    try:
        return body if isinstance(body, bytes) else orjson.dumps(body)
    except TypeError:  # a number larger than JSON libraries write, or half a character
        return repr(body).encode(errors="replace")


@settings(SETTINGS, max_examples=30)
@given(case=_cases(_described, unfit=True))
def test_requests_by_our_description(broker: Any, case: Any) -> None:
    _try(broker, case)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@settings(SETTINGS, max_examples=10_000)
@given(case=_cases(_described, unfit=True))
def test_ten_thousand_requests_by_our_description(broker: Any, case: Any) -> None:
    _try(broker, case)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.skipif(not OF_THE_STANDARD.exists(), reason="the standard's description is not here (SPIEGELSTAD_DATA)")
@settings(SETTINGS, max_examples=1_000)
@given(case=_cases(_standard, unfit=False))
def test_requests_by_the_description_of_the_standard(broker: Any, case: Any) -> None:
    _try(broker, case)
