"""The commands of indicators and figures, with their exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import connection

from spiegelstad.base import command_line
from spiegelstad.indicators import models, public
from spiegelstad.indicators.commands import figures, indicators
from spiegelstad.indicators.testing import make_figures, make_population, write_definition
from tests.conftest import People

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def database_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def running(var: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(command_line.postgres, "running", running)


@pytest.fixture
def folder(people: People, tmp_path: Path) -> Path:
    make_figures(people.system.tenant_id, tmp_path / "indicators")
    return tmp_path / "indicators"


def run(group: click.Group, arguments: Sequence[str]) -> tuple[int, str]:
    city = [] if arguments[0] == "check" else ["--city", "teststad"]
    result = CliRunner().invoke(group, [*arguments, *city], catch_exceptions=False)
    return result.exit_code, result.stdout


def test_verify_is_content_and_then_names_what_was_changed(folder: Path) -> None:
    code, text = run(figures, ["verify", "--all"])
    assert (code, text) == (0, "39 figures of 1 computations: all the same to the digit.\n")
    id_ = models.Figure.objects.filter(area_code="W2", period="2025").values_list("id", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE indicators_figure SET value = 741 WHERE id = %s", [id_])
    code, text = run(figures, ["verify", str(id_)])
    assert code == 1
    assert f"inhabitants wijk W2 2025 (figure {id_}): value differs: recorded 741.0, recomputed 740.0" in text
    code, text = run(figures, ["verify", "--json"])
    found = json.loads(text)
    assert code == 1 and found["holds"] is False and found["differences"][0]["figure_id"] == str(id_)


def test_verify_of_an_unknown_figure_is_an_error(folder: Path) -> None:
    with pytest.raises(public.UnknownFigure):
        run(figures, ["verify", str(uuid4())])
    assert run(figures, ["verify", "--all", str(uuid4())])[0] == 2


def test_show_prints_the_origin(folder: Path) -> None:
    id_ = models.Figure.objects.filter(area_code="W2", period="2025").values_list("id", flat=True)[0]
    code, text = run(figures, ["show", str(id_)])
    assert code == 0 and json.loads(text)["value"] == 740


def test_list_gives_all_indicators(folder: Path) -> None:
    assert run(indicators, ["list"])[1].startswith("inhabitants ")
    assert [one["slug"] for one in json.loads(run(indicators, ["list", "--json"])[1])] == ["inhabitants"]


def test_compute_reads_definitions_computes_and_tells(folder: Path) -> None:
    assert run(indicators, ["compute"]) == (0, "Everything is up to date.\n")
    make_population("teststad", {"W1A": [1, 2, 3]})
    write_definition(folder, "waits", inputs={"population": {"dataset": "absent"}})
    code, text = run(indicators, ["compute", "--folder", str(folder)])
    assert code == 0 and "inhabitants: 9 figures, 0 suppressed\nwaits: waits for absent\n" in text
    write_definition(folder, "inhabitants", "SELECT 1 AS value FROM population, area_members")
    code, text = run(indicators, ["compute", "inhabitants", "--folder", str(folder)])
    assert code == 1 and "failed, the last good figures stay" in text
    code, text = run(indicators, ["compute", "--json"])
    assert code == 1 and json.loads(text)["waiting"] == {"waits": ["absent"]}


def test_check_finds_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    write_definition(tmp_path / "indicators" / "stad", "right")
    assert run(indicators, ["check"]) == (0, "All definitions are right.\n")
    write_definition(tmp_path / "indicators" / "stad", "wrong", "SELECT now() FROM population")
    code, text = run(indicators, ["check", "stad"])
    assert code == 1 and "wrong.sql:1: `now` doesn't give the same answer every time" in text
    assert json.loads(run(indicators, ["check", "--json"])[1])[0]["line"] == 1
