"""Runs: what is read, published, handed on and recorded; and what a failure leaves alone."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import shapely
from django.db import connection
from psycopg.errors import CheckViolation
from pytest_django import Settings

from spiegelstad.base.errors import NotFound
from spiegelstad.base.models import OutboxEvent
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Dataset
from spiegelstad.context import public as context
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.ingest import jobs, locks, models, public, running
from spiegelstad.ingest.fetch import fetching
from spiegelstad.ingest.pipeline import report
from spiegelstad.ingest.testing import COUNTS, definition, make_run, make_source, write_city, write_data
from spiegelstad.ingest.vocabulary import RunState, Trigger
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places
from spiegelstad.places.testing import make_squares

pytestmark = pytest.mark.django_db
SERIES = {
    "series": "bike:{place}",
    "entity": "urn:ngsi-ld:Counter:{place}",
    "property": "bicycleCount",
    "name": {"nl": "Fietsers {place}", "en": "Cyclists {place}"},
    "observed_at": "time",
    "value": "count",
    "unit": "C62",
}


def _rows(version: catalogue.Version) -> list[tuple[Any, ...]]:
    path = catalogue.parquet_path(version.id)
    return duckdb.connect().execute(f"SELECT place, count FROM '{path}'").fetchall()


def test_run_publishes_what_keeps_the_rules_and_records_everything(people: Any, folder: Path) -> None:
    run = make_run("teststad", folder)
    assert (run.state, run.rows_read, run.accepted, run.quarantined, run.skipped) == (RunState.SUCCEEDED, 3, 2, 1, 0)
    assert run.bytes == len(COUNTS) and len(run.checksum) == 64 and run.seconds is not None and run.error == ""
    version = catalogue.current_version(people.nobody, "bicycle-counts")
    assert version is not None and version.id == run.version_id
    assert _rows(version) == [("Korenmarkt", 120), ("Coupure", 340)]
    info = version.lineage.run
    assert info is not None and version.lineage.activity == "ingest"
    assert (info.id, info.source, info.rows_read, info.accepted, info.quarantined, info.checksum) == (
        run.id, "bicycle-counts", 3, 2, 1, run.checksum,
    )  # fmt: skip
    assert [column.type for column in version.columns] == ["VARCHAR", "TIMESTAMP WITH TIME ZONE", "BIGINT"]
    assert version.columns[2].unit == "C62"
    failed = [
        (check.rule, check.column, check.passed, check.failed) for check in version.quality.checks if check.failed
    ]
    assert failed == [("minimum 0", "count", 2, 1)]
    assert version.quality.score == pytest.approx(2 / 3)
    assert version.coverage.from_ == datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert [event.type for event in OutboxEvent.objects.order_by("id")][-1] == "ingest.run_finished"


def test_run_repeated_gives_the_same_and_nothing_twice(people: Any, folder: Path) -> None:
    source = definition(observations=[SERIES])
    first = make_run("teststad", folder, source) if write_data("bicycle-counts.csv", COUNTS) else None
    assert first is not None and first.observations == {"inserted": 2, "corrected": 0, "unchanged": 0, "refused": 0}
    again = public.run_source(by=people.system, slug="bicycle-counts")
    assert again.observations == {"inserted": 0, "corrected": 0, "unchanged": 2, "refused": 0}
    assert again.version_id == first.version_id
    assert len(catalogue.versions(people.nobody, "bicycle-counts")) == 1
    assert models.QuarantinedRow.objects.count() == 1
    latest = {one.key: one.value for one in mirror.latest(people.nobody)}
    assert latest == {"bike:Korenmarkt": 120.0, "bike:Coupure": 340.0}


def test_new_data_makes_a_new_version_and_corrects_observations(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    make_run("teststad", folder, definition(observations=[SERIES]))
    write_data("bicycle-counts.csv", COUNTS.replace("120", "121"))
    run = public.run_source(by=people.system, slug="bicycle-counts")
    assert run.observations == {"inserted": 0, "corrected": 1, "unchanged": 1, "refused": 0}
    assert [one.number for one in catalogue.versions(people.nobody, "bicycle-counts")] in ([2, 1], [1, 2])


def test_later_of_two_rows_for_one_moment_wins_however_many_there_are(people: Any, folder: Path) -> None:
    rows = "".join(f"{number % 1000};2026-01-05T08:00:00Z;{number}\n" for number in range(300_000))
    write_data("bicycle-counts.csv", f"place;time;count\n{rows}")
    run = make_run("teststad", folder, definition(observations=[SERIES], unique=None))
    assert run.state is RunState.SUCCEEDED
    latest = {one.key: one.value for one in mirror.latest(people.nobody)}
    assert latest == {f"bike:{place}": 299_000.0 + place for place in range(1000)}


def test_observation_with_a_flag_that_is_none_is_refused_and_the_others_are_taken(people: Any, folder: Path) -> None:
    columns = {**definition()["columns"], "flag": {"type": "integer"}}
    rows = "".join(f"p{n};2026-01-05T08:00:00Z;1;{flag}\n" for n, flag in enumerate(("0", "2", "", "-1", "4", "900")))
    write_data("bicycle-counts.csv", f"place;time;count;flag\n{rows}")
    run = make_run("teststad", folder, definition(columns=columns, observations=[{**SERIES, "quality": "flag"}]))
    assert (run.state, run.accepted) == (RunState.SUCCEEDED, 6)
    assert run.observations == {"inserted": 3, "corrected": 0, "unchanged": 0, "refused": 3}


def test_files_with_the_same_bytes_are_each_read(people: Any, folder: Path) -> None:
    for month in (1, 2, 3):
        write_data(f"counts/{month}.csv", COUNTS.replace("120", "121") if month == 2 else COUNTS)
    source = definition(where={"file": "counts/*.csv"}, unique=None)
    run = make_run("teststad", folder, source)
    assert (run.state, run.rows_read, run.accepted, run.error) == (RunState.SUCCEEDED, 9, 6, "")
    rows, _ = public.quarantine(people.steward, "bicycle-counts")
    assert [(row.file, row.row_number) for row in rows] == [(f"counts/{month}.csv", 3) for month in (1, 2, 3)]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", "unusable-file", "empty"),
        (b"<!doctype html><p>storing", "unusable-file", "HTML page"),
        (b"place;when;count\nx;y;z\n", "unusable-file", "no column `time`"),
        (b"place;time;count\n", "unusable-file", "no rows"),
        (b"place;time;count\n" + b"x;never;1\n" * 9 + b"x;2026-01-01T00:00:00Z;1\n", "too-many-fail", "9 of 10"),
        (b"PK\x03\x04 a zip that is cut", "unusable-file", "can't be read"),
        (None, "source-unreachable", "No file matches"),
    ],
)
def test_file_that_fails_leaves_the_last_good_version(
    people: Any, folder: Path, content: bytes | None, kind: str, said: str
) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    make_run("teststad", folder, definition(quarantine={"share": 0.5}))
    good = catalogue.current_version(people.nobody, "bicycle-counts")
    if content is None:
        write_data("bicycle-counts.csv", "").unlink()
    else:
        write_data("bicycle-counts.csv", content)
    run = public.run_source(by=people.system, slug="bicycle-counts")
    assert (run.state, run.error_kind, run.version_id) == (RunState.FAILED, kind, None)
    assert said in run.error and run.remedy
    assert catalogue.current_version(people.nobody, "bicycle-counts") == good
    assert OutboxEvent.objects.order_by("-id")[0].type == "ingest.run_failed"
    write_data("bicycle-counts.csv", COUNTS)
    assert public.run_source(by=people.system, slug="bicycle-counts").version_id == good.id  # type: ignore[union-attr]


def test_full_quarantine_keeps_a_sample_with_its_reasons(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", "place;time;count\n" + "x;never;1\n" * 300)
    run = make_run("teststad", folder, definition())
    assert run.state is RunState.FAILED and run.quarantined == 300
    rows, total = public.quarantine(people.steward, "bicycle-counts")
    assert total == 200 and rows[0].reasons == [{"rule": "type", "column": "time", "limit": "datetime"}]


def test_unreachable_source_is_recorded_and_tried_again_by_its_job(
    people: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_source("teststad", folder, definition(where={"url": "https://data.example/x.csv"}))

    def away(*args: Any, **kwargs: Any) -> Any:
        raise public.SourceUnreachable("data.example doesn't answer: timed out.", remedy="The next run tries again.")

    monkeypatch.setattr(fetching, "download", away)
    with pytest.raises(public.SourceUnreachable):
        jobs.run(tenant_id="teststad", slug="bicycle-counts", trigger="schedule")
    [run] = public.runs(people.steward, "bicycle-counts")
    assert (run.state, run.error_kind, run.trigger) == (RunState.FAILED, "source-unreachable", Trigger.SCHEDULE)


def test_scheduled_run_of_the_same_bytes_is_unchanged(people: Any, folder: Path) -> None:
    first = make_run("teststad", folder)
    again = public.run_source(by=people.system, slug="bicycle-counts", trigger=Trigger.SCHEDULE)
    assert (again.state, again.version_id, again.rows_read) == (RunState.UNCHANGED, first.version_id, 3)
    make_source("teststad", folder, definition(unique=["place"]))
    changed = public.run_source(by=people.system, slug="bicycle-counts", trigger=Trigger.SCHEDULE)
    assert changed.state is RunState.SUCCEEDED


def test_program_that_fails_is_recorded_and_told(people: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_source("teststad", folder)

    def breaks(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(running, "process", breaks)
    with pytest.raises(ZeroDivisionError):
        public.run_source(by=people.system, slug="bicycle-counts")
    [run] = public.runs(people.steward, "bicycle-counts")
    assert (run.state, run.error_kind) == (RunState.FAILED, "program-failed")
    assert list((Path(running.settings.VAR) / "runs").glob("*")) == []


def test_second_run_of_a_source_has_to_wait(people: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_source("teststad", folder)
    monkeypatch.setattr(locks, "try_lock", lambda source_id: False)
    with pytest.raises(public.SourceBusy):
        public.run_source(by=people.system, slug="bicycle-counts")
    jobs.run(tenant_id="teststad", slug="bicycle-counts", trigger="desk")  # a job gives way silently
    assert public.runs(people.steward, "bicycle-counts") == []


def test_rows_out_of_scope_are_left_out_and_not_wrong(people: Any, folder: Path) -> None:
    make_squares("teststad")
    write_data(
        "bicycle-counts.csv",
        "nis;lon;lat;n\n44021;3.65;51.05;1\n11002;3.65;51.05;x\n44021;9;51;1\n44021;;;2\n44021;3.65;51.05;bad\n",
    )
    source = definition(
        columns={
            "nis": {}, "lon": {"type": "number"}, "lat": {"type": "number"}, "n": {"type": "integer"},
        },
        unique=None,
        keep=[{"column": "nis", "values": ["44021"]}, {"inside": "city", "lon": "lon", "lat": "lat"}],
    )  # fmt: skip
    run = make_run("teststad", folder, source)
    assert (run.rows_read, run.accepted, run.quarantined, run.skipped) == (5, 1, 1, 3)


def test_points_are_located_and_judged_by_the_city(people: Any, folder: Path) -> None:
    make_squares("teststad")
    write_data("bicycle-counts.csv", "lon;lat;wijk\n3.61;51.05;W1\n3.79;51.05;W4\n4.5;51.05;W1\n3.61;51.05;W9\n;;\n")
    source = definition(
        columns={"lon": {"type": "number"}, "lat": {"type": "number"}, "wijk": {}},
        unique=None,
        locate={"lon": "lon", "lat": "lat", "into": {"wijk": "found"}},
        rules=[{"inside": "city", "lon": "lon", "lat": "lat"}, {"column": "wijk", "reference": "wijk"}],
    )
    run = make_run("teststad", folder, source)
    version = catalogue.current_version(people.nobody, "bicycle-counts")
    assert version is not None and version.id == run.version_id
    found = duckdb.connect().execute(f"SELECT wijk, found FROM '{catalogue.parquet_path(version.id)}'").fetchall()
    assert found == [("W1", "W1"), ("W4", "W4"), (None, None)]
    assert [column.role for column in version.columns][-1] == "area:wijk"
    assert version.coverage.area_codes == ("W1", "W4") and version.coverage.bbox == (3.61, 51.05, 3.79, 51.05)
    rows, _ = public.quarantine(people.steward, "bicycle-counts")
    assert [[one["rule"] for one in row.reasons] for row in rows] == [["inside"], ["reference"]]
    assert rows[0].raw == {"lon": "4.5", "lat": "51.05", "wijk": "W1"} and rows[0].row_number == 3


def test_rows_become_areas_addresses_and_entities(people: Any, folder: Path) -> None:
    square = json.loads(shapely.to_geojson(shapely.box(3.6, 51.0, 3.7, 51.1)))
    feature = {"type": "Feature", "properties": {"nr": "1", "naam": "Dampoort"}, "geometry": square}
    write_data("wijken.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    wijken = definition(
        "wijken",
        where={"file": "wijken.geojson"},
        format={"type": "geojson"},
        columns={"nr": {}, "name": {"from": "naam"}, "shape": {"from": "geometry", "type": "geometry"}},
        unique=["nr"],
        areas={"type": "wijk", "code": "nr", "name": "name", "geometry": "shape", "valid_from": "2020-01-01"},
    )
    write_data("garages.csv", "id;name;street;nr;lon;lat;places\n7;Reep;Reep;1;3.65;51.05;200\n")
    columns = {
        "id": {}, "name": {}, "street": {}, "nr": {}, "lon": {"type": "number"}, "lat": {"type": "number"},
        "places": {"type": "integer"}, "postcode": {"constant": "9000"}, "city": {"constant": "Gent"},
    }  # fmt: skip
    garages = definition(
        "garages",
        columns=columns,
        unique=["id"],
        addresses={
            "id": "garage/{id}", "street": "street", "house_number": "nr", "postcode": "postcode",
            "municipality": "city", "lon": "lon", "lat": "lat",
        },
        entities={
            "type": "OffStreetParking", "id": "urn:ngsi-ld:OffStreetParking:{id}", "name": "{name}", "lon": "lon",
            "lat": "lat", "attributes": ["places"],
        },
    )  # fmt: skip
    by = make_source("teststad", folder, wijken, garages)
    for slug in ("wijken", "garages", "wijken", "garages"):
        assert public.run_source(by=by, slug=slug).state is RunState.SUCCEEDED
    [area] = places.areas(people.nobody, "wijk")
    assert (area.code, area.name, str(area.valid_from)) == ("1", "Dampoort", "2020-01-01")
    [hit] = places.search_addresses(people.nobody, "Reep 1")
    assert hit.id == "garage/7"
    [entity] = context.entities(people.nobody, type="OffStreetParking")
    assert (entity.id, entity.name, entity.attributes) == ("urn:ngsi-ld:OffStreetParking:7", "Reep", {"places": 200})


def test_addresses_stay_when_a_whole_list_has_none_of_ours(people: Any, folder: Path) -> None:
    columns = {name: {} for name in ("id", "straat", "gemeente")} | {
        name: {"type": "number"} for name in ("lon", "lat")
    }
    source = definition(
        "adressen",
        columns=columns,
        unique=["id"],
        keep=[{"column": "gemeente", "values": ["Gent"]}],
        addresses={
            "id": "id", "street": "straat", "house_number": "id", "postcode": "id", "municipality": "gemeente",
            "lon": "lon", "lat": "lat", "complete": True,
        },
    )  # fmt: skip
    rows = "id;straat;gemeente;lon;lat\n9000;Reep;Gent;3.72;51.05\n1000;Zavel;Brussel;4.35;50.84\n"
    write_data("adressen.csv", rows)
    by = make_source("teststad", folder, source)
    assert public.run_source(by=by, slug="adressen").state is RunState.SUCCEEDED
    write_data("adressen.csv", rows.replace("Gent", "GENT"))
    run = public.run_source(by=by, slug="adressen")
    assert (run.state, run.error_kind) == (RunState.FAILED, "unusable-file") and "in scope" in run.error
    assert [hit.street for hit in places.search_addresses(people.nobody, "Reep")] == ["Reep"]


def test_data_grows_stale_by_its_freshness_rule(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    run = make_run("teststad", folder, definition(rules=[{"freshness": "P2D", "column": "time"}]))
    assert next(check for check in run.quality if check["rule"] == "freshness P2D")["failed"] == 1
    source = public.source(people.steward, "bicycle-counts")
    newest = datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert (source.newest_at, source.stale_after) == (newest, timedelta(days=2))
    assert not source.is_stale(newest + timedelta(days=2)) and source.is_stale(newest + timedelta(days=2, seconds=1))


def test_source_whose_file_is_gone_runs_no_more_and_keeps_its_data(people: Any, folder: Path) -> None:
    make_run("teststad", folder)
    write_data("other.csv", COUNTS)
    make_source("teststad", folder, definition("other", where={"file": "other.csv", "schedule": "* * * * *"}))
    assert [source.slug for source in public.sources(people.system)] == ["other"]
    assert catalogue.current_version(people.nobody, "bicycle-counts") is not None


def test_wrong_definitions_change_nothing(people: Any, folder: Path) -> None:
    make_source("teststad", folder)
    write_city(folder, definition(theme="none"), definition("other"))
    with pytest.raises(public.InvalidDefinitions):
        public.sync_sources(by=people.administrator, folder=folder)
    assert [source.slug for source in public.sources(people.system)] == ["bicycle-counts"]


def test_definitions_are_taken_over_by_an_administrator_only(people: Any, folder: Path) -> None:
    write_city(folder, definition())
    assert [one.slug for one in public.sync_sources(by=people.administrator, folder=folder)] == ["bicycle-counts"]
    for actor in (people.steward, people.analyst, people.resident, people.foreigner):
        with pytest.raises(NotAllowed):
            public.sync_sources(by=actor, folder=folder)
    before = AuditEntry.objects.count()
    public.sync_sources(by=people.administrator, folder=folder)
    assert AuditEntry.objects.count() == before


def test_run_is_for_the_steward_of_the_department(people: Any, folder: Path) -> None:
    make_source("teststad", folder)
    assert public.run_source(by=people.steward, slug="bicycle-counts").state is RunState.SUCCEEDED
    assert public.run_source(by=people.administrator, slug="bicycle-counts").state is RunState.SUCCEEDED
    for actor in (people.other_steward, people.clerk, people.analyst, people.resident):
        with pytest.raises(NotAllowed):
            public.run_source(by=actor, slug="bicycle-counts")
        with pytest.raises(NotAllowed):
            public.replay(by=actor, slug="bicycle-counts")
    with pytest.raises(SignInNeeded):
        public.run_source(by=people.nobody, slug="bicycle-counts")
    with pytest.raises(NotFound):
        public.run_source(by=people.foreigner, slug="bicycle-counts")
    assert AuditEntry.objects.filter(act="ingest.run_source").count() == 2


def test_schedule_starts_the_sources_of_this_minute_once(people: Any, folder: Path) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    make_source(
        "teststad",
        folder,
        definition(where={"file": "bicycle-counts.csv", "schedule": "30 8 * * *"}),
        definition("two"),
    )
    due = int(datetime(2026, 1, 5, 7, 30, tzinfo=UTC).timestamp())  # half past eight in Brussels
    jobs.tick(timestamp=due + 60)
    assert _waiting() == []
    jobs.tick(timestamp=due)
    jobs.tick(timestamp=due)
    assert _waiting() == [{"tenant_id": "teststad", "slug": "bicycle-counts", "trigger": "schedule"}]


def _waiting() -> list[dict[str, str]]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return list(ProcrastinateJob.objects.filter(task_name="ingest.run").values_list("args", flat=True))


def test_runs_and_raw_files_are_forgotten_when_nothing_rests_on_them(people: Any, folder: Path) -> None:
    first = make_run("teststad", folder)
    write_data("bicycle-counts.csv", COUNTS.replace("120", "121"))
    second = public.run_source(by=people.system, slug="bicycle-counts")
    write_data("bicycle-counts.csv", "no;data\n")
    failed = public.run_source(by=people.system, slug="bicycle-counts")
    models.Run.objects.update(finished_at=datetime(2020, 1, 1, tzinfo=UTC))
    raw = Path(running.settings.VAR) / "raw"
    for path in raw.rglob("*"):
        os.utime(path, (0, 0))
    public.forget_old_runs(by=people.system, older_than=timedelta(days=90))
    left = {run.id for run in public.runs(people.steward, "bicycle-counts")}
    assert left == {first.id, second.id} and failed.id not in left
    assert len([path for path in raw.rglob("*") if path.is_file()]) == 2


def test_failure_is_recorded_also_when_its_words_hold_what_the_database_refuses(people: Any, folder: Path) -> None:
    make_source("teststad", folder)
    write_data("bicycle-counts.csv", "pl\0ace;time;count\nx;2026-01-05T08:00:00Z;1\n")
    run = public.run_source(by=people.system, slug="bicycle-counts")
    assert run.state is RunState.FAILED and "`pl\ufffdace`" in run.error


def test_one_odd_text_does_not_keep_the_other_rows_from_being_handed_on(people: Any, folder: Path) -> None:
    """NUL stands in no text of the database, and the key of a series has an end."""
    write_data(
        "bicycle-counts.csv",
        "place;time;count\nCou\0pure;2026-01-05T08:00:00Z;1\n"
        f"{'x' * 300};2026-01-05T08:00:00Z;2\nReep;2026-01-05T08:00:00Z;3\n",
    )
    counter = {"type": "Counter", "id": "urn:ngsi-ld:Counter:{place}", "name": "{place}", "attributes": ["place"]}
    make_source("teststad", folder, definition(observations=[SERIES], entities=counter))
    run = public.run_source(by=people.system, slug="bicycle-counts")
    assert (run.state, run.accepted) == (RunState.SUCCEEDED, 3)
    assert run.observations == {"inserted": 2, "corrected": 0, "unchanged": 0, "refused": 1}
    assert {one.key for one in mirror.latest(people.nobody)} == {"bike:Cou\ufffdpure", "bike:Reep"}
    found = {entity.name: entity.attributes["place"] for entity in context.entities(people.system, type="Counter")}
    assert found == {name: name for name in ("Cou\ufffdpure", "Reep", "x" * 300)}


@pytest.mark.parametrize("status", ["archived", "destroyed"])
def test_nothing_is_fetched_or_handed_on_for_a_dataset_that_is_closed(people: Any, folder: Path, status: str) -> None:
    """Its entities and observations would come again at every scheduled run, and its raw files with them."""
    write_data("bicycle-counts.csv", COUNTS)
    make_source("teststad", folder, definition(observations=[SERIES]))
    Dataset.objects.filter(slug="bicycle-counts").update(status=status)
    run = public.run_source(by=people.system, slug="bicycle-counts", trigger=Trigger.SCHEDULE)
    assert run.state is RunState.FAILED and status in run.error and run.remedy
    assert not mirror.latest(people.nobody) and not (Path(running.settings.VAR) / "raw").exists()


def test_run_whose_publication_is_taken_back_names_no_version(people: Any, folder: Path) -> None:
    first = make_run("teststad", folder)
    write_data("bicycle-counts.csv", COUNTS.replace("120", "121"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ingest_quarantinedrow ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    with pytest.raises(CheckViolation):
        public.run_source(by=people.system, slug="bicycle-counts")
    failed = public.runs(people.steward, "bicycle-counts")[0]
    assert (failed.state, failed.version_id) == (RunState.FAILED, None)
    current = catalogue.current_version(people.nobody, "bicycle-counts")
    assert current is not None and current.id == first.version_id


def test_more_codes_of_areas_than_are_told_are_not_told_in_part(
    people: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_squares("teststad")
    monkeypatch.setattr(report, "MAX_CODES", 1)
    write_data("places.csv", "lon;lat\n3.65;51.05\n3.75;51.05\n0;0\n")
    places_ = definition(
        "places",
        columns={"lon": {"type": "number"}, "lat": {"type": "number"}},
        unique=None,
        locate={"lon": "lon", "lat": "lat", "into": {"wijk": "wijk"}},
    )
    make_run("teststad", folder, places_)
    version = catalogue.current_version(people.nobody, "places")
    assert version is not None and version.coverage.area_codes == ()


def test_file_that_was_fetched_and_not_yet_recorded_survives_the_cleaning(
    people: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_source("teststad", folder)
    fetch = running.fetch

    def fetch_while_the_house_is_kept(*given: Any) -> Any:
        found = fetch(*given)
        public.forget_old_runs(by=people.system, older_than=timedelta(days=90))
        return found

    monkeypatch.setattr(running, "fetch", fetch_while_the_house_is_kept)
    assert public.run_source(by=people.system, slug="bicycle-counts").state is RunState.SUCCEEDED


def test_offline_files_are_read_when_the_data_folder_is_set(
    people: Any, folder: Path, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kept.json").write_text('[{"place": "x", "time": "2026-01-01T00:00:00Z", "count": 1}]')
    settings.DATA = str(tmp_path / "data")
    where = {"url": "https://data.example/x.csv", "offline": "kept.json", "offline_format": {"type": "json"}}
    run = make_run("teststad", folder, definition(where=where))
    assert (run.state, run.accepted) == (RunState.SUCCEEDED, 1)
    assert public.replay(by=people.system, slug="bicycle-counts").version_id == run.version_id


def test_series_stands_where_its_entity_stands(people: Any, folder: Path) -> None:
    poles = definition(
        "poles",
        columns={"pole": {}, "lon": {"type": "number"}, "lat": {"type": "number"}},
        unique=["pole"],
        entities={"type": "Device", "id": "urn:ngsi-ld:Device:{pole}", "name": "{pole}", "lon": "lon", "lat": "lat"},
    )
    write_data("poles.csv", "pole;lon;lat\nFT01;3.72;51.05\n")
    write_data("counts.csv", "pole;time;count\nFT01;2026-01-05T08:00:00Z;1\nFT02;2026-01-05T08:00:00Z;2\n")
    observed = {
        "series": "count-{pole}", "entity": "urn:ngsi-ld:Device:{pole}", "property": "bicycleCount", "unit": "C62",
        "name": {"nl": "{pole}", "en": "{pole}"}, "observed_at": "time", "value": "count",
    }  # fmt: skip
    counts = definition(
        "counts",
        columns={"pole": {}, "time": {"type": "datetime"}, "count": {"type": "integer"}},
        unique=["pole"],
        observations=[observed],
    )
    by = make_source("teststad", folder, poles, counts)
    for slug in ("poles", "counts"):
        assert public.run_source(by=by, slug=slug).state is RunState.SUCCEEDED
    series = [mirror.one_series(people.nobody, key) for key in ("count-FT01", "count-FT02")]
    assert [(one.entity_type, one.lon, one.lat) for one in series] == [("Device", 3.72, 51.05), ("", None, None)]
