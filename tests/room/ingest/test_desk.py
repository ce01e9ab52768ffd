"""The steward's desk: who sees what, in how many queries, and what its buttons do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from spiegelstad.governance.models import AuditEntry
from spiegelstad.ingest import jobs, models, public
from spiegelstad.ingest.testing import COUNTS, definition, make_run, make_source, write_data
from spiegelstad.ingest.vocabulary import RowState, Trigger

pytestmark = pytest.mark.django_db


def _signed_in(actor: Any) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=actor.id.removeprefix("person:")))
    return client


def _page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content
    return response.content.decode()


@pytest.fixture
def row(people: Any, folder: Path) -> public.QuarantinedRow:
    """Run the source of counts and return its row in quarantine."""
    make_run("teststad", folder)
    [found], _ = public.quarantine(people.steward, "bicycle-counts")
    return found


def test_desk_lists_the_sources_of_the_steward_s_departments(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    make_run("teststad", folder, definition(), definition("air", department="milieu"))
    mine = _page(_signed_in(people.steward), "/desk")
    assert "Tellingen bicycle-counts" in mine and "Tellingen air" not in mine and "gelukt" in mine
    theirs = _page(_signed_in(people.other_steward), "/desk")
    assert "Tellingen air" in theirs and "Tellingen bicycle-counts" not in theirs
    every = _page(_signed_in(people.administrator), "/desk")
    assert "Tellingen air" in every and "Tellingen bicycle-counts" in every


def test_desk_shows_what_needs_attention_when_asked(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    stale = definition("late", where={"file": "bicycle-counts.csv"}, rules=[{"freshness": "P1D", "column": "time"}])
    by = make_source("teststad", folder, definition(), stale, definition("broken"))
    for slug in ("bicycle-counts", "late", "broken"):
        public.run_source(by=by, slug=slug)
    client = _signed_in(people.steward)
    for show, inside, outside in (
        ("failed", ["broken"], ["late", "bicycle-counts"]),
        ("stale", ["late"], ["broken", "bicycle-counts"]),
        ("waiting", ["late", "bicycle-counts"], ["broken"]),
        ("rules", ["late", "bicycle-counts"], ["broken"]),
    ):
        page = _page(client, f"/desk?show={show}")
        assert all(f"Tellingen {slug}" in page for slug in inside)
        assert not any(f"Tellingen {slug}" in page for slug in outside)


def test_desk_is_for_stewards_and_administrators(people: Any, row: public.QuarantinedRow) -> None:
    paths = ["/desk", "/desk/bicycle-counts", f"/desk/bicycle-counts/rows/{row.id}"]
    for path in paths:
        assert Client().get(path).status_code == 303  # to sign in
        _page(_signed_in(people.resident), path, 403)
    for actor in (people.clerk, people.analyst, people.other_steward):
        assert "Geen van je diensten heeft een bron" in _page(_signed_in(actor), "/desk")
        for path in paths[1:]:
            _page(_signed_in(actor), path, 403)
    _page(_signed_in(people.steward), "/desk/no-such-source", 404)
    _page(_signed_in(people.steward), "/desk/bicycle-counts/rows/00000000-0000-0000-0000-000000000000", 404)


def test_desk_asks_few_questions_of_the_database(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    by = make_source("teststad", folder, *(definition(f"s{n}", where={"file": "bicycle-counts.csv"}) for n in range(6)))
    for number in range(6):
        public.run_source(by=by, slug=f"s{number}")
    [row], _ = public.quarantine(people.steward, "s0")
    client = _signed_in(people.steward)
    for path in ("/desk", "/desk/s0", f"/desk/s0/rows/{row.id}"):
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            _page(client, path)
        assert len(asked) <= 15, [query["sql"][:90] for query in asked]


def test_source_page_shows_reasons_rows_and_runs(people: Any, row: public.QuarantinedRow) -> None:
    page = _page(_signed_in(people.steward), "/desk/bicycle-counts")
    assert "count is kleiner dan 0" in page and f"/desk/bicycle-counts/rows/{row.id}" in page
    assert "count: -3" in page and "met een opdracht" in page
    only = _page(_signed_in(people.steward), "/desk/bicycle-counts?rule=type:time")
    assert "count: -3" not in only
    assert "count: -3" in _page(_signed_in(people.steward), "/desk/bicycle-counts?rule=minimum:count&page=99999999")


def test_source_page_says_why_the_last_run_failed(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", "<html>")
    make_run("teststad", folder, definition())
    assert "HTML-pagina, geen CSV" in _page(_signed_in(people.steward), "/desk/bicycle-counts")


def test_source_page_shows_a_source_that_was_never_read(people: Any, folder: Path) -> None:
    make_source("teststad", folder)
    assert "nooit gelezen" in _page(_signed_in(people.steward), "/desk/bicycle-counts").lower()


def test_row_is_corrected_in_the_form_and_taken_in_by_the_worker(people: Any, row: public.QuarantinedRow) -> None:
    client = _signed_in(people.steward)
    path = f"/desk/bicycle-counts/rows/{row.id}"
    assert "-3" in _page(client, path)
    given = {"value-0": "Coupure", "value-1": row.raw["time"], "value-2": "3", "reason": ""}
    assert client.post(path, given).status_code == 200  # the reason is missing
    answer = client.post(path, {**given, "reason": "typing error"})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/bicycle-counts")
    [corrected], _ = public.quarantine(people.steward, "bicycle-counts")
    assert corrected.state is RowState.CORRECTED
    assert "Eén verbeterde rij wacht" in _page(client, "/desk/bicycle-counts")
    assert client.post("/desk/bicycle-counts/replay").status_code == 303
    [job] = ProcrastinateJob.objects.filter(task_name="ingest.replay")
    jobs.replay(**job.args)
    [replayed, _first] = public.runs(people.steward, "bicycle-counts")
    assert (replayed.trigger, replayed.accepted) == (Trigger.REPLAY, 3)


def test_correction_changes_nothing_that_the_steward_did_not(people: Any, folder: Path) -> None:
    """A field of one line drops line ends, a larger one writes its own, and none holds any length."""
    row = {"note": "een\ntwee", "text": "a\r\nb" * 30, "long": "x" * 20_001, "other": "1\n2", "count": "-3"}
    write_data("notes.json", json.dumps([row, {**row, "count": "1"}]))
    columns = {name: {} for name in row if name != "count"} | {"count": {"type": "integer", "minimum": 0}}
    make_run("teststad", folder, definition("notes", where={"file": "notes.json"}, format={"type": "json"},
                                            columns=columns, unique=None))  # fmt: skip
    [failing], _ = public.quarantine(people.steward, "notes")
    client = _signed_in(people.steward)
    path = f"/desk/notes/rows/{failing.id}"
    page = _page(client, path)
    assert page.count("<textarea") == 3 and "x" * 100 not in page
    given = {
        "value-0": "een\r\ntwee",
        "value-1": "a\r\nb" * 30,
        "value-2": "1\r\n3",
        "value-3": "3",
        "reason": "typing",
    }
    assert client.post(path, given).status_code == 303
    corrected = json.loads(models.Correction.objects.get().corrected)
    assert corrected == {**row, "other": "1\n3", "count": "3"}
    assert public.replay(by=people.steward, slug="notes").accepted == 2


def test_row_cannot_be_corrected_by_a_steward_of_another_department(people: Any, row: public.QuarantinedRow) -> None:
    given = {"value-0": "Coupure", "value-1": "", "value-2": "3", "reason": "because"}
    for actor in (people.other_steward, people.clerk, people.resident):
        assert _signed_in(actor).post(f"/desk/bicycle-counts/rows/{row.id}", given).status_code == 403
    [still], _ = public.quarantine(people.steward, "bicycle-counts")
    assert still.state is RowState.OPEN


def test_run_now_asks_the_worker_once(people: Any, folder: Path) -> None:
    make_source("teststad", folder)
    client = _signed_in(people.steward)
    assert client.get("/desk/bicycle-counts/run").status_code == 405
    assert client.post("/desk/bicycle-counts/run").status_code == 303
    assert client.post("/desk/bicycle-counts/run").status_code == 303
    [job] = ProcrastinateJob.objects.filter(task_name="ingest.run")
    jobs.run(**job.args)
    [run] = public.runs(people.steward, "bicycle-counts")
    assert run.trigger is Trigger.DESK and run.succeeded
    assert AuditEntry.objects.filter(act="ingest.run_source", actor_id=people.steward.id).count() == 1
    for actor in (people.other_steward, people.analyst):
        for button in ("run", "replay"):
            assert _signed_in(actor).post(f"/desk/bicycle-counts/{button}").status_code == 403
