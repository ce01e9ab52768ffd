"""A client we did not write reads our description and asks what it allows, and more: Schemathesis over openapi.json."""

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import just

from spiegelstad.catalogue.public import Column
from spiegelstad.catalogue.testing import make_dataset, make_version
from tests.room.tabular.test_rows import COLUMNS, TABLE

pytestmark = pytest.mark.django_db
TOLD_WHOLE = {"columns", "count", "facets", "limit"}


def _asked(client: Any, case: Any) -> Any:
    """Send what Schemathesis made, through Django's own client: its connection is the one of the test."""
    from schemathesis.core.transport import Response

    asked = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    answer = client.get(asked.path_url, headers={"accept": "*/*"})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status_code, headers, body, asked, elapsed=0.0, verify=False)


def test_every_question_of_the_description_is_answered_as_described(tenant: str, client: Any) -> None:
    """Right questions with 200, wrong ones with 400 and a problem; every answer keeps its schema and its media type."""
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    make_dataset(tenant, "places", COLUMNS)
    make_version(tenant, "places", TABLE, columns=COLUMNS)
    make_dataset(tenant, "odd", (Column('na"me, <x>', "VARCHAR"),))
    make_version(tenant, "odd", TABLE.select(["id"]).rename_columns(['na"me, <x>']))
    document = client.get("/data/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    seen: set[tuple[bool, int]] = set()

    def ask(case: Any, *, is_right: bool) -> None:
        response = _asked(client, case)
        seen.add((is_right, response.status_code))
        case.validate_response(response, checks=checks)
        if is_right:  # a schema does not say which parameters go together; of these it says everything
            case.query = {name: value for name, value in (case.query or {}).items() if name in TOLD_WHOLE}
            response = _asked(client, case)
            assert response.status_code == 200, case.query
            case.validate_response(response, checks=checks)

    bounded = settings(
        max_examples=9, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    for operation in (one.ok() for one in schema.get_all_operations()):
        for mode in schemathesis.GenerationMode:
            asked = given(case=operation.as_strategy(generation_mode=mode), is_right=just(mode.is_positive))
            bounded(asked(ask))()
    assert {(True, 200), (False, 400)} <= seen


def test_rows_are_what_the_description_says(tenant: str, client: Any) -> None:
    from jsonschema_rs import Draft202012Validator

    make_dataset(tenant, "places", COLUMNS)
    make_version(tenant, "places", TABLE, columns=COLUMNS)
    document = client.get("/data/openapi.json").json()
    rows = client.get("/data/places/rows", headers={"accept": "application/json"}).json()["rows"]
    validator = Draft202012Validator(document["components"]["schemas"]["places"])
    assert all(validator.is_valid(row) for row in rows)
