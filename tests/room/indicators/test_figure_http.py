"""The permanent address of a figure for machines: JSON, PROV-O, and problems."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from spiegelstad.indicators import public
from spiegelstad.indicators.testing import SECTORS, make_figures, make_population
from tests.conftest import People

pytestmark = pytest.mark.django_db
CLOSED = {"classification": "internal", "classification_reason": "Not checked yet."}


@pytest.fixture
def figure(people: People, tmp_path: Path) -> public.Figure:
    make_figures(people.system.tenant_id, tmp_path / "indicators")
    return public.figures(people.nobody, "inhabitants", areas=["W1"], periods=["2025"])[0]


def _get(path: str, host: str = "teststad.localhost") -> tuple[int, str, dict[str, object]]:
    answer = Client(headers={"host": host, "accept": "application/json"}).get(path)
    return answer.status_code, answer.headers["Content-Type"], answer.json()


def test_figure_is_given_as_json_and_as_prov(figure: public.Figure) -> None:
    path = f"/figures/{figure.id}"
    status, kind, body = _get(f"{path}.json")
    assert (status, kind, body["value"], body["period"]) == (200, "application/json", 340, "2025")
    assert str(body["url"]).endswith(path)
    status, kind, body = _get(f"{path}.jsonld")
    assert (status, kind) == (200, "application/ld+json") and "prov" in body["@context"]  # type: ignore[operator]


@pytest.mark.parametrize("extension", ["", ".json", ".jsonld"])
def test_figure_is_not_there_for_others(people: People, figure: public.Figure, extension: str) -> None:
    for path, host in ((f"/figures/{uuid4()}", "teststad.localhost"), (f"/figures/{figure.id}", "anderstad.localhost")):
        status, kind, body = _get(f"{path}{extension}", host)
        assert (status, kind) == (404, "application/problem+json") and body["title"] == "Unknown figure"
    make_population(people.system.tenant_id, **CLOSED)
    assert _get(f"/figures/{figure.id}{extension}")[0] == 404


def test_old_figure_says_where_the_new_one_is(people: People, figure: public.Figure) -> None:
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [1, 2, 3]})
    public.compute(by=people.system)
    body = _get(f"/figures/{figure.id}.json")[2]
    newer = body["superseded"]["by"]  # type: ignore[index]
    assert body["value"] == 340 and _get(newer.removeprefix("http://teststad.localhost") + ".json")[2]["value"] == 223
