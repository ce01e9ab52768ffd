"""The how-to "send observations": its examples are taken as they stand."""

import re
from pathlib import Path

import pytest
from django.test import Client

from spiegelstad.accounts.testing import make_key
from spiegelstad.mirror.testing import make_series

GUIDE = (Path(__file__).resolve().parents[2] / "docs/how-to/send-observations.md").read_text(encoding="utf-8")
KINDS = {"json": "application/x-ndjson", "csv": "text/csv"}
EXAMPLES = re.findall(r"```(json|csv)\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize(("language", "body"), EXAMPLES)
def test_example_of_a_batch_is_taken(tenant: str, language: str, body: str) -> None:
    make_series(tenant, "bicycles:coupure")
    key, _ = make_key(tenant, ["observations:write"])
    headers = {"Authorization": f"Bearer {key}"}
    answer = Client().post("/api/observations", body, content_type=KINDS[language], headers=headers)
    assert answer.status_code == 200
    assert answer.json()["inserted"] == 2
    found = Client().get("/api/series/bicycles:coupure/hourly?from=2026-03-01&to=2026-03-08").json()
    assert sum(found["count"]) >= 1


def test_guide_has_an_example_of_each_format() -> None:
    assert {language for language, _ in EXAMPLES} == set(KINDS)
