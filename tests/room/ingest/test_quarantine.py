"""Quarantine: correcting rows, replaying, and corrections that last."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.ingest import public
from spiegelstad.ingest.fetch import store
from spiegelstad.ingest.pipeline.stage import Stage
from spiegelstad.ingest.testing import COUNTS, definition, make_run, make_source, write_data
from spiegelstad.ingest.vocabulary import RowState, RunState, Trigger
from spiegelstad.places.testing import make_squares

pytestmark = pytest.mark.django_db


def _counts(people: Any) -> list[tuple[Any, ...]]:
    version = catalogue.current_version(people.nobody, "bicycle-counts")
    assert version is not None
    return duckdb.connect().execute(f"SELECT place, count FROM '{catalogue.parquet_path(version.id)}'").fetchall()


def _only_row(people: Any) -> public.QuarantinedRow:
    [row], _ = public.quarantine(people.steward, "bicycle-counts")
    return row


def test_row_says_where_it_stands_and_why_it_fails(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    row = _only_row(people)
    assert (row.file, row.row_number, row.state) == ("bicycle-counts.csv", 3, RowState.OPEN)
    assert row.raw == {"place": "Coupure", "time": "2026-01-05T08:15:00+01:00", "count": "-3"}
    assert row.reasons == [{"rule": "minimum", "column": "count", "limit": "0"}]


def test_corrected_row_comes_in_by_replay_at_its_place(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS + "Veldstraat;2026-01-05T08:30:00+01:00;7\n")
    make_run("teststad", folder, definition())
    public.correct_row(by=people.steward, row_id=_only_row(people).id, values={"count": "3"}, reason="typing error")
    assert _only_row(people).state is RowState.CORRECTED
    assert ("Coupure", 3) not in _counts(people)
    write_data("bicycle-counts.csv", "the file at the source has changed meanwhile")
    run = public.replay(by=people.steward, slug="bicycle-counts")
    assert (run.state, run.accepted, run.quarantined) == (RunState.SUCCEEDED, 4, 0)
    assert _counts(people) == [("Korenmarkt", 120), ("Coupure", 340), ("Coupure", 3), ("Veldstraat", 7)]
    version = catalogue.current_version(people.nobody, "bicycle-counts")
    assert version is not None and (version.number, version.lineage.activity) == (2, "replay")
    entry = AuditEntry.objects.get(act="ingest.correct_row")
    assert (entry.reason, entry.details["columns"]) == ("typing error", ["count"])


def test_correction_counts_in_every_later_run_of_the_same_row(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    public.correct_row(by=people.steward, row_id=_only_row(people).id, values={"count": "3"})
    write_data("bicycle-counts.csv", COUNTS + "Veldstraat;2026-01-05T08:30:00+01:00;-1\n")
    run = public.run_source(by=people.system, slug="bicycle-counts")
    assert (run.accepted, run.quarantined) == (3, 1)
    assert _only_row(people).raw["place"] == "Veldstraat"


def test_correction_that_is_wrong_too_stays_in_quarantine(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    public.correct_row(by=people.steward, row_id=_only_row(people).id, values={"count": "drie"})
    run = public.replay(by=people.steward, slug="bicycle-counts")
    assert (run.accepted, run.quarantined) == (2, 1)
    assert _only_row(people).reasons[0]["rule"] == "type"


def test_row_is_corrected_as_often_as_it_takes(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    for count in ("drie", "vier", "drie", "vijf", "6"):  # once back to what it was before
        public.correct_row(by=people.steward, row_id=_only_row(people).id, values={"count": count})
        run = public.replay(by=people.steward, slug="bicycle-counts")
    assert (run.accepted, run.quarantined) == (3, 0)
    assert ("Coupure", 6) in _counts(people)


def test_corrections_that_lead_to_each_other_cost_no_round_for_each_other_correction(
    people: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = "".join(f"Veldstraat;2026-01-05T08:{minute}:00+01:00;-1\n" for minute in range(10, 40))
    write_data("bicycle-counts.csv", COUNTS + others)
    make_source("teststad", folder, definition())
    public.run_source(by=people.system, slug="bicycle-counts")
    for row in public.quarantine(people.steward, "bicycle-counts")[0]:
        public.correct_row(by=people.steward, row_id=row.id, values={"count": "drie" if row.row_number == 3 else "1"})
    public.replay(by=people.steward, slug="bicycle-counts")
    public.correct_row(by=people.steward, row_id=_only_row(people).id, values={"count": "-3"})
    rounds: list[int] = []
    correct_once = Stage._correct_once
    monkeypatch.setattr(Stage, "_correct_once", lambda *given: rounds.append(1) or correct_once(*given))
    run = public.replay(by=people.steward, slug="bicycle-counts")
    assert (run.accepted, run.quarantined) == (32, 1)
    assert _only_row(people).raw["count"] in {"-3", "drie"}
    assert len(rounds) <= 6, "there and back and a look, before what only places know and after"


def test_correction_counts_in_a_scheduled_run_though_the_server_says_that_nothing_changed(
    people: Any, folder: Path, httpd: Any
) -> None:
    httpd.serve("/counts", [{"place": "Coupure", "count": "-3"}, {"place": "Reep", "count": "4"}])
    columns = {"place": {}, "count": {"type": "integer", "minimum": 0}}
    where = {"url": httpd.url("/counts")}
    make_run("teststad", folder, definition(where=where, format={"type": "json"}, columns=columns, unique=None))
    by_schedule = {"by": people.system, "slug": "bicycle-counts", "trigger": Trigger.SCHEDULE}
    assert public.run_source(**by_schedule).state is RunState.UNCHANGED
    public.correct_row(by=people.steward, row_id=_only_row(people).id, values={"count": "3"})
    run = public.run_source(**by_schedule)
    assert (run.state, run.accepted, run.quarantined) == (RunState.SUCCEEDED, 2, 0)
    assert public.run_source(**by_schedule).state is RunState.UNCHANGED


def test_repeated_and_outlying_rows_can_be_corrected(people: Any, folder: Path) -> None:
    make_squares("teststad")
    write_data("bicycle-counts.csv", "id;lon;lat\n1;3.65;51.05\n1;3.66;51.05\n2;36.5;51.05\n")
    source = definition(
        columns={"id": {}, "lon": {"type": "number"}, "lat": {"type": "number"}},
        unique=["id"],
        rules=[{"inside": "city", "lon": "lon", "lat": "lat"}],
        locate={"lon": "lon", "lat": "lat", "into": {"wijk": "wijk"}},
    )
    assert make_run("teststad", folder, source).accepted == 1
    rows, _ = public.quarantine(people.steward, "bicycle-counts")
    assert [(row.row_number, row.reasons[0]["rule"]) for row in rows] == [(2, "unique"), (3, "inside")]
    public.correct_row(by=people.steward, row_id=rows[0].id, values={"id": "3"})
    public.correct_row(by=people.steward, row_id=rows[1].id, values={"lon": "3.65"})
    run = public.replay(by=people.steward, slug="bicycle-counts")
    assert (run.accepted, run.quarantined) == (3, 0)
    version = catalogue.current_version(people.nobody, "bicycle-counts")
    assert version is not None
    path = catalogue.parquet_path(version.id)
    found = duckdb.connect().execute(f"SELECT id, lon, wijk FROM '{path}'").fetchall()
    assert found == [("1", 3.65, "W1"), ("3", 3.66, "W2"), ("2", 3.65, "W1")]


def test_correcting_the_definition_and_replaying_takes_the_rows_in(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    columns = {**definition()["columns"], "count": {"type": "integer", "minimum": -5}}
    make_source("teststad", folder, definition(columns=columns))
    assert public.replay(by=people.steward, slug="bicycle-counts").accepted == 3


def test_correction_of_what_is_not_there_is_refused(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS + "a;b;c;d\n")
    make_run("teststad", folder, definition())
    rows, _ = public.quarantine(people.steward, "bicycle-counts")
    for row_id, values in ((rows[0].id, {"cuont": "3"}), (rows[0].id, {"count": "-3"}), (rows[1].id, {"count": "3"})):
        with pytest.raises(public.WrongCorrection):
            public.correct_row(by=people.steward, row_id=row_id, values=values)
    assert not rows[1].can_be_corrected and rows[1].reasons[0]["rule"] == "line"


def test_correction_is_for_the_steward_of_the_department(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    row = _only_row(people)
    for actor in (people.other_steward, people.clerk, people.analyst, people.resident):
        with pytest.raises(NotAllowed):
            public.correct_row(by=actor, row_id=row.id, values={"count": "3"})
        with pytest.raises(NotAllowed):
            public.quarantine(actor, "bicycle-counts")
    with pytest.raises(SignInNeeded):
        public.correct_row(by=people.nobody, row_id=row.id, values={"count": "3"})
    with pytest.raises(NotFound):
        public.correct_row(by=people.foreigner, row_id=row.id, values={"count": "3"})
    assert _only_row(people).state is RowState.OPEN


def test_replay_without_its_raw_files_is_refused(people: Any, folder: Path) -> None:
    by = make_source("teststad", folder)
    with pytest.raises(public.NothingToReplay):
        public.replay(by=by, slug="bicycle-counts")
    public.run_source(by=by, slug="bicycle-counts")
    shutil.rmtree(store.root())
    with pytest.raises(public.NothingToReplay):
        public.replay(by=by, slug="bicycle-counts")
