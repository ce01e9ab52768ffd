"""The commands of the mirror, with their exit codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection

from spiegelstad.accounts.public import Actor
from spiegelstad.base import command_line
from spiegelstad.mirror.actions.batches import receive_batch
from spiegelstad.mirror.commands import mirror
from spiegelstad.mirror.formats.batches import read_json_lines
from spiegelstad.mirror.public import refused_rows
from spiegelstad.mirror.testing import make_observations, make_series

START = datetime(2025, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def database_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def running(var: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(command_line.postgres, "running", running)


@pytest.fixture
def city(tenant: str) -> str:
    make_series(tenant, "a")
    make_observations(tenant, [("a", START + timedelta(days=day), 1.5) for day in range(60)])
    return tenant


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(mirror, arguments)
    return result.exit_code, result.stdout


def test_verify_is_content_and_then_finds_what_is_wrong(city: str) -> None:
    assert run("verify", "--city", city) == (0, "1 series, no differences.\n")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mirror_daily SET count = 2 WHERE bucket = '2025-01-05'")
    code, text = run("verify", "--json")
    assert code == 1
    assert json.loads(text) == {
        "series": 1,
        "differences": [{"tenant_id": city, "series": "a", "what": "day", "bucket": "2025-01-05"}],
    }


@pytest.mark.usefixtures("no_months_of_others")
def test_drop_raw_says_what_it_did(city: str) -> None:
    code, text = run("drop-raw", "--city", city, "--before", "2025-02-10", "--reason", "policy", "--json")
    assert (code, json.loads(text)) == (0, {"months_dropped": 1, "rows_deleted": 9})
    assert run("verify")[0] == 0
    assert run("drop-raw", "--before", "2025-02-10")[0] == 2


def test_refused_shows_the_rows(city: str) -> None:
    receive_batch(by=Actor.system(city, "t"), batch=read_json_lines([b"nonsense\n"], 10))
    assert "nonsense" in run("refused", "--city", city)[1]
    assert json.loads(run("refused", "--city", city, "--json")[1])[0]["times"] == 1


def test_nightly_job_forgets_old_refused_rows(city: str) -> None:
    from spiegelstad.mirror.jobs import forget_old_refused_rows

    system = Actor.system(city, "t")
    receive_batch(by=system, batch=read_json_lines([b"nonsense\n", b"more\n"], 10))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mirror_refusedrow SET last_at = now() - interval '31 days' WHERE text = 'more'")
    forget_old_refused_rows(timestamp=0)
    assert [row.text for row in refused_rows(system)] == ["nonsense"]
