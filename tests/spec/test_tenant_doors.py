"""A city never reaches another by a command or by a door of a room (`public.py`)."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from click.testing import CliRunner

from spiegelstad.accounts.public import Actor
from spiegelstad.base import command_line
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Question
from spiegelstad.catalogue.testing import columns_of
from spiegelstad.context import public as context
from spiegelstad.governance import public as governance
from spiegelstad.harvest import public as harvest
from spiegelstad.indicators import public as indicators
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.testing import definition, write_city
from spiegelstad.mirror import public as mirror
from spiegelstad.mirror.testing import observations_table
from spiegelstad.places import public as places
from spiegelstad.places.testing import make_area
from spiegelstad.project.cli import cli
from spiegelstad.sensors import public as sensors
from spiegelstad.stewardship import public as stewardship
from tests.spec.cities import City, state_of

pytestmark = pytest.mark.django_db
Cities = tuple[City, City]
ROOMS = ("accounts", "governance", "places", "mirror", "context", "catalogue", "ingest", "sensors", "indicators")
ROOMS += (
    "stewardship",
    "harvest",
)
DAYS = (date(2020, 1, 1), date(2100, 1, 1))
MOMENTS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
DEPRECATED = catalogue.Change(catalogue.Status.DEPRECATED, "old")
BOX = (3.0, 50.0, 4.0, 52.0)

Call = Callable[[Actor, City], Any]
"""What somebody of one city asks about the things of another."""


def _session(by: Actor, city: City) -> None:
    with catalogue.session(by, tables={"t": city.versions["public"]}) as open_:
        open_.query("SELECT * FROM t")


def _by_slug(function: Callable[..., Any], prefix: str, **more: Any) -> Call:
    return lambda by, city: function(by, f"{prefix}-{city.only}", **more)


def _source(function: Callable[..., Any]) -> Call:
    return lambda by, city: function(by=by, slug=f"source-{city.only}")


def _question(city: City) -> UUID:
    return Question.objects.filter(tenant_id=city.id).latest("asked_at").id


def _publish(by: Actor, city: City) -> Any:
    table = pa.table({"sector": ["W1A"]})
    lineage = catalogue.Lineage("ingest", None, (city.versions["public"],))
    return catalogue.publish_version(
        by=by, slug=f"population-{city.only}", parquet=Path("absent"), columns=columns_of(table), lineage=lineage
    )


DOORS: dict[str, Call] = {
    "sensors.require_purposes": lambda by, _: sensors.require_purposes(by=by),
    "governance.activities": lambda by, _: governance.activities(by),
    "catalogue.reported_errors": lambda by, city: catalogue.reported_errors(by, [f"source-{city.only}"], MOMENTS[0]),
    "catalogue.question_to_answer": lambda by, city: catalogue.question_to_answer(by, _question(city)),
    "catalogue.waiting_questions": lambda by, _: catalogue.waiting_questions(by),
    "catalogue.announce_change": lambda by, city: catalogue.announce_change(
        by=by, slug=f"source-{city.only}", change=DEPRECATED, on=DAYS[1]
    ),
    "catalogue.carry_out_changes": lambda by, _: catalogue.carry_out_changes(by=by),
    "catalogue.change_status": lambda by, city: catalogue.change_status(
        by=by, slug=f"source-{city.only}", change=DEPRECATED
    ),
    "catalogue.lift_hold": lambda by, city: catalogue.lift_hold(by=by, slug=f"source-{city.only}", reason="over"),
    "catalogue.registered": lambda by, _: catalogue.registered(by),
    "catalogue.registered_alike": lambda by, _: catalogue.registered_alike(by),
    "catalogue.registered_slugs": lambda by, city: catalogue.registered_slugs(by, [f"source-{city.only}"]),
    "catalogue.count_registered": lambda by, _: catalogue.count_registered(by),
    "catalogue.registered_dataset": _by_slug(catalogue.registered_dataset, "source"),
    "catalogue.showcases": lambda by, _: catalogue.showcases(by),
    "catalogue.showcases_to_decide": lambda by, _: catalogue.showcases_to_decide(by),
    "catalogue.set_hold": lambda by, city: catalogue.set_hold(by=by, slug=f"source-{city.only}", reason="court"),
    "catalogue.withdraw_announcement": lambda by, city: catalogue.withdraw_announcement(
        by=by, slug=f"source-{city.only}", reason="not after all"
    ),
    "context.registered_types": lambda by, _: context.registered_types(by),
    "ingest.registered_sources": lambda by, _: ingest.registered_sources(by),
    "sensors.registered_kinds": lambda by, _: sensors.registered_kinds(by),
    "stewardship.drop_target": lambda by, city: stewardship.drop_target(
        by=by, slug=f"source-{city.only}", dimension=stewardship.Dimension.VALIDITY, reason="no more"
    ),
    "stewardship.measure": lambda by, _: stewardship.measure(by=by),
    "stewardship.remind": lambda by, _: stewardship.remind(by=by),
    "stewardship.set_target": lambda by, city: stewardship.set_target(
        by=by, slug=f"source-{city.only}", dimension=stewardship.Dimension.VALIDITY, share=0.9, reason="wanted"
    ),
    "stewardship.settle": lambda by, city: stewardship.settle(
        by=by, showcase_id=city.rows["public"], shared_url="", note="nothing"
    ),
    "stewardship.uses": lambda by, city: stewardship.uses(by, f"source-{city.only}", DAYS[0]),
    "sensors.activate_device": lambda by, city: sensors.activate_device(by=by, key=f"device-{city.only}", active=False),
    "sensors.described_device": _by_slug(sensors.described_device, "device"),
    "sensors.device": _by_slug(sensors.device, "device"),
    "sensors.devices": lambda by, _: sensors.devices(by),
    "sensors.register_declared": lambda by, _: sensors.register_declared(by=by),
    "sensors.register_device": lambda by, city: sensors.register_device(
        by=by, device=sensors.DeviceIn(f"device-{city.only}", {"nl": "Van mij"}, sensors.Kind.AIR)
    ),
    "sensors.silent_devices": lambda by, _: sensors.silent_devices(by),
    "sensors.watch_silence": lambda by, _: sensors.watch_silence(by=by),
    "governance.acts_about_me": lambda by, _: governance.acts_about_me(by),
    "governance.withdraw_key": lambda by, city: governance.withdraw_key(by=by, key_id=city.key_id, reason="lost"),
    "places.area": lambda by, city: places.area(by, "wijk", f"W-{city.only}"),
    "places.area_types": lambda by, _: places.area_types(by),
    "places.areas": lambda by, _: places.areas(by, "wijk"),
    "places.areas_at": lambda by, _: places.areas_at(by, 3.65, 51.05),
    "places.areas_geojson": lambda by, _: places.areas_geojson(by, "sector"),
    "places.areas_in_box": lambda by, _: places.areas_in_box(by, "wijk", BOX),
    "places.areas_layer": lambda by, _: places.areas_layer(by, "wijk"),
    "places.ensure_area_type": lambda by, _: places.ensure_area_type(by=by, slug="wijk", name={"nl": "X"}, level=3),
    "places.import_areas": lambda by, _: places.import_areas(
        by=by, area_type="wijk", areas=[make_area("W1", shapely.box(*BOX))], complete=True
    ),
    "places.import_addresses": lambda by, _: places.import_addresses(by=by, table=_no_addresses(), complete=True),
    "places.search_addresses": lambda by, city: places.search_addresses(by, f"{city.mark}straat"),
    "mirror.daily": lambda by, city: mirror.daily(by, [f"count-{city.only}"], *DAYS),
    "mirror.hourly": lambda by, city: mirror.hourly(by, [f"count-{city.only}"], *MOMENTS),
    "mirror.raw": lambda by, city: mirror.raw(by, [f"count-{city.only}", "count-public"], *MOMENTS),
    "mirror.delete_observations": lambda by, city: mirror.delete_observations(
        by=by, series_key=f"count-{city.only}", from_=MOMENTS[0], to=MOMENTS[1], reason="wrong"
    ),
    "mirror.drop_raw_observations": lambda by, _: mirror.drop_raw_observations(
        by=by, before=DAYS[0] + timedelta(days=9_000), reason="old"
    ),
    "mirror.ensure_series": lambda by, city: mirror.ensure_series(
        by=by, series=[mirror.SeriesIn(key=f"count-{city.only}", property="p", name={"nl": "x"}, unit="C62")]
    ),
    "context.all_documents": lambda by, _: list(context.all_documents(by)),
    "context.documents": lambda by, city: context.documents(by, [f"urn:ngsi-ld:Counter:{city.only}"]),
    "context.classify_entities": lambda by, _: context.classify_entities(by=by),
    "context.delete_entity": lambda by, city: context.delete_entity(
        by=by, entity_id=f"urn:ngsi-ld:Counter:{city.only}"
    ),
    "context.entities": lambda by, _: context.entities(by, type="Counter", bbox=BOX),
    "context.register_source": lambda by, city: context.register_source(
        by=by,
        source=context.SourceIn(
            id=f"urn:x:source:{city.only}", name="mine", endpoint="http://x.example", types=["Car"]
        ),
    ),
    "mirror.forget_refused_rows": lambda by, _: mirror.forget_refused_rows(by=by, older_than_days=0, reason="old"),
    "mirror.freeze": lambda by, city: mirror.freeze(
        by, *DAYS, resolution=mirror.Resolution.DAY, property=f"count-{city.only}"
    ),
    "mirror.import_observations": lambda by, city: mirror.import_observations(
        by=by, table=observations_table([(f"count-{city.only}", MOMENTS[0], 5.0)])
    ),
    "mirror.keep_refused_rows": lambda by, city: mirror.keep_refused_rows(
        by=by, rows=[mirror.BadRow(1, f"count-{city.only}", "nonsense")]
    ),
    "mirror.latest": lambda by, _: mirror.latest(by),
    "mirror.one_series": _by_slug(mirror.one_series, "count"),
    "mirror.refused_rows": lambda by, _: mirror.refused_rows(by),
    "mirror.series": lambda by, _: mirror.series(by),
    "mirror.series_of_entities": lambda by, city: mirror.series_of_entities(by, [f"urn:ngsi-ld:Counter:{city.only}"]),
    "context.upsert_entities": lambda by, city: context.upsert_entities(
        by=by, entities=[context.EntityIn(id=f"urn:ngsi-ld:Counter:{city.only}", type="Counter", name="mine")]
    ),
    "catalogue.are_all_readable": lambda by, city: catalogue.are_all_readable(by, [f"source-{city.only}"]),
    "catalogue.dataset_quads": lambda by, city: list(
        catalogue.dataset_quads(by, [f"source-{city.only}", "source-public"], "http://here.example/")
    ),
    "catalogue.numbered_version": _by_slug(catalogue.numbered_version, "source", number=1),
    "catalogue.states": lambda by, _: catalogue.states(by),
    "catalogue.current_ids": lambda by, city: catalogue.current_ids(by, [f"source-{city.only}", "source-public"]),
    "catalogue.current_version": _by_slug(catalogue.current_version, "source"),
    "catalogue.dataset": _by_slug(catalogue.dataset, "source"),
    "catalogue.datasets": lambda by, _: catalogue.datasets(by),
    "catalogue.delete_version": lambda by, city: catalogue.delete_version(
        by=by, version_id=city.versions["public"], reason="wrong"
    ),
    "catalogue.ensure_dataset": lambda by, city: catalogue.ensure_dataset(by=by, dataset=_dataset(city)),
    "catalogue.publish_version": _publish,
    "catalogue.query": lambda by, city: catalogue.query(
        by, "SELECT * FROM t", tables={"t": city.versions["public"]}
    ).to_pylist(),
    "catalogue.count_rows": lambda by, city: catalogue.count_rows(by, f"population-{city.only}"),
    "catalogue.open_rows": lambda by, city: catalogue.open_rows(by, f"source-{city.only}"),
    "catalogue.select": lambda by, city: catalogue.select(by, f"population-{city.only}", catalogue.Selection()),
    "catalogue.select_batches": lambda by, city: catalogue.select_batches(
        by, f"population-{city.only}", catalogue.Selection()
    ),
    "catalogue.session": _session,
    "catalogue.version": lambda by, city: catalogue.version(by, city.versions["public"]),
    "catalogue.versions": _by_slug(catalogue.versions, "source"),
    "catalogue.versions_by_id": lambda by, city: catalogue.versions_by_id(by, list(city.versions.values())),
    "ingest.correct_row": lambda by, city: ingest.correct_row(
        by=by, row_id=city.rows["public"], values={"count": "3"}, reason="counted"
    ),
    "ingest.desk": lambda by, _: ingest.desk(by),
    "ingest.forget_old_runs": lambda by, _: ingest.forget_old_runs(by=by, older_than=timedelta(0)),
    "ingest.is_current": _by_slug(ingest.is_current, "source"),
    "ingest.last_good_run": _by_slug(ingest.last_good_run, "source"),
    "ingest.live_sources": lambda by, _: ingest.live_sources(by),
    "ingest.quarantine": _by_slug(ingest.quarantine, "source"),
    "ingest.quarantined_row": lambda by, city: ingest.quarantined_row(by, city.rows["public"]),
    "ingest.reason_counts": _by_slug(ingest.reason_counts, "source"),
    "ingest.replay": _source(ingest.replay),
    "ingest.request_replay": _source(ingest.request_replay),
    "ingest.request_run": _source(ingest.request_run),
    "ingest.run_source": _source(ingest.run_source),
    "ingest.runs": _by_slug(ingest.runs, "source"),
    "ingest.source": _by_slug(ingest.source, "source"),
    "ingest.sources": lambda by, _: ingest.sources(by),
    "harvest.records": _by_slug(harvest.records, "catalogue"),
    "harvest.report": _by_slug(harvest.report, "catalogue"),
    "harvest.request_run": lambda by, city: harvest.request_run(by=by, slug=f"catalogue-{city.only}"),
    "harvest.run_source": lambda by, city: harvest.run_source(by=by, slug=f"catalogue-{city.only}"),
    "harvest.runs": _by_slug(harvest.runs, "catalogue"),
    "harvest.source": _by_slug(harvest.source, "catalogue"),
    "harvest.sources": lambda by, _: harvest.sources(by),
    "indicators.choropleth": _by_slug(indicators.choropleth, "inhabitants", area_type="wijk"),
    "indicators.computations": _by_slug(indicators.computations, "inhabitants"),
    "indicators.compute": lambda by, city: indicators.compute(by=by, slugs=[f"inhabitants-{city.only}"]),
    "indicators.explore": lambda by, city: indicators.explore(
        by, [f"inhabitants-{city.only}", "inhabitants-public"], area_type="sector"
    ),
    "indicators.failing": lambda by, _: indicators.failing(by),
    "indicators.figure": lambda by, city: indicators.figure(by, city.figures["public"]),
    "indicators.figures": _by_slug(indicators.figures, "inhabitants"),
    "indicators.indicator": _by_slug(indicators.indicator, "inhabitants"),
    "indicators.indicators": lambda by, _: indicators.indicators(by),
    "indicators.latest": lambda by, city: indicators.latest(by, "wijk", f"W-{city.only}"),
    "indicators.periods": lambda by, city: indicators.periods(by, _indicator_of(city)),
    "indicators.profile": lambda by, city: indicators.profile(by, "wijk", f"W-{city.only}"),
    "indicators.ranking": _by_slug(indicators.ranking, "inhabitants", area_type="wijk"),
    "indicators.reading_series": lambda by, city: indicators.reading_series(by, [f"count-{city.only}"]),
    "indicators.verify": lambda by, city: indicators.verify(by, [city.figures["public"]]),
}
PURE = {
    "context.closed_attributes": "decides about the settings it is given",
    "governance.may": "decides about what it is given",
    "governance.require": "decides about what it is given",
    "governance.readable": "decides about what it is given",
    "governance.visible": "is the filter that all the others rest on",
    "governance.record": "writes into the log of the actor's own city (tests/room/governance)",
    "governance.admit_person": "admits into the city of the one who admits (tests/room/accounts)",
    "governance.issue_key": "names no thing; the key is one of the actor's city",
    "ingest.sync_sources": "test_definitions_of_another_city_are_refused",
    "harvest.sync_sources": "a folder names no city; it is taken over for the actor's own",
    "indicators.sync_indicators": "a folder names no city; it is taken over for the actor's own",
}


def _no_addresses() -> pa.Table:
    names = ("id", "street", "house_number", "box_number", "postcode", "municipality")
    empty = {name: pa.array([], pa.string()) for name in names}
    return pa.table({**empty, "lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())})


def _dataset(city: City) -> catalogue.DatasetIn:
    title, source = {"nl": "Van mij"}, catalogue.SourceInfo("x", "", "x")
    return catalogue.DatasetIn(
        slug=f"population-{city.only}", title=title, description=title, theme="population", department="mobiliteit",
        licence_uri="https://example.org/", source=source, columns=(catalogue.Column("a", "BIGINT"),),
    )  # fmt: skip


def _indicator_of(city: City) -> indicators.Indicator:
    return indicators.indicator(Actor.system(city.id, "tests"), f"inhabitants-{city.only}")


def _doors() -> set[str]:
    found = set()
    for room in ROOMS:
        door = importlib.import_module(f"spiegelstad.{room}.public")
        for name in door.__all__:
            function = getattr(door, name)
            if inspect.isfunction(function) and {"actor", "by"} & inspect.signature(function).parameters.keys():
                found.add(f"{room}.{name}")
    return found


def test_every_door_is_tried() -> None:
    """A new query or act needs a call in DOORS."""
    assert _doors() == DOORS.keys() | PURE.keys()


@pytest.mark.parametrize("door", DOORS)
def test_no_door_leads_into_another_city(cities: Cities, door: str) -> None:
    """Not even for its administrator, or for the program itself in the other city."""
    zebra, ander = cities
    before = state_of(zebra.id)
    for by in (ander.people["administrator"], Actor.system(ander.id, "tests"), Actor.anonymous(ander.id)):
        try:
            given = DOORS[door](by, zebra)
        except SpiegelstadError as error:
            given = str(error)
        text = str(given.to_pylist() if isinstance(given, pa.Table) else given)
        asked = {str(zebra.versions["public"]), str(zebra.figures["public"])}
        secrets = {zebra.mark, *zebra.marks(*zebra.kinds), *zebra.ids()} - asked
        assert [secret for secret in secrets if secret in text] == [], (door, by)
    assert state_of(zebra.id) == before


def test_definitions_of_another_city_are_refused(cities: Cities, tmp_path: Path) -> None:
    zebra, ander = cities
    folder, before = write_city(tmp_path / "sources", definition(), tenant_id=zebra.id), state_of(zebra.id)
    for by in (ander.people["administrator"], Actor.system(ander.id, "tests")):
        with pytest.raises(SpiegelstadError):
            ingest.sync_sources(by=by, folder=folder)
    assert state_of(zebra.id) == before


def _arguments(city: City) -> dict[str, list[str]]:
    """Return the arguments of every command that takes `--city`, about another city's things."""
    return {
        "audit verify": ["--json"],
        "catalogue verify": ["--json"],
        "context replay": ["--json"],
        "figures show": [str(city.figures["public"])],
        "figures verify": [str(city.figures["public"])],
        "harvest list": ["--json"],
        "harvest report": [f"catalogue-{city.only}"],
        "harvest run": [f"catalogue-{city.only}"],
        "indicators compute": [f"inhabitants-{city.only}"],
        "indicators list": [],
        "ingest live": ["--json"],
        "ingest quarantine": [f"source-{city.only}"],
        "ingest replay": [f"source-{city.only}"],
        "ingest run": [f"source-{city.only}"],
        "ingest runs": [f"source-{city.only}"],
        "ldes status": ["--json"],
        "keys issue": ["mine", "--scope", "data:read"],
        "keys list": ["--json"],
        "keys withdraw": [str(city.key_id), "--reason", "lost"],
        "mirror drop-raw": ["--before", "2026-01-01", "--reason", "old"],
        "mirror refused": ["--json"],
        "mirror verify": ["--json"],
        "people add": ["new@example.org", "--name", "New", "--role", "clerk"],
    }


def _with_city(command: click.Command, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        inner = {name: command.get_command(context, name) for name in command.list_commands(context)}
        return [found for name, one in inner.items() if one for found in _with_city(one, (*path, name))]
    takes = any(isinstance(one, click.Option) and one.name == "city" for one in command.params)
    return [path] if takes and path != ("demo",) else []


def test_no_command_reaches_another_city(cities: Cities, monkeypatch: pytest.MonkeyPatch) -> None:
    zebra, ander = cities
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())
    arguments, before = _arguments(zebra), state_of(zebra.id)
    assert {" ".join(path) for path in _with_city(cli, ())} == arguments.keys()
    for words, more in arguments.items():
        done = CliRunner().invoke(cli, [*words.split(), *more, "--city", ander.id])
        text = f"{done.output}{done.exception}"
        secrets = {zebra.mark, *zebra.marks(*zebra.kinds), *zebra.ids()} - set(more)
        assert [secret for secret in secrets if secret in text] == [], (words, text)
        assert done.exit_code != 0 or not any(zebra.only in one or one in zebra.ids() for one in more), (words, text)
        assert done.exception is None or isinstance(done.exception, (SystemExit, SpiegelstadError)), (words, text)
        assert state_of(zebra.id) == before, words


def test_no_city_is_named_that_does_not_exist(cities: Cities, monkeypatch: pytest.MonkeyPatch) -> None:
    """And of several cities one must be named."""
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())
    for more in (["--city", "nergens"], []):
        done = CliRunner().invoke(cli, ["keys", "list", *more])
        assert done.exit_code != 0 and cities[0].mark not in done.output


def test_versions_of_another_city_are_no_inputs(cities: Cities, tmp_path: Path) -> None:
    """Lineage cannot name what its publisher may not read."""
    zebra, ander = cities
    table, path = pa.table({"a": [1]}), catalogue.incoming_file()
    pq.write_table(table, path)
    with pytest.raises(SpiegelstadError):
        catalogue.publish_version(
            by=Actor.system(ander.id, "tests"), slug="population-public", parquet=path, columns=columns_of(table),
            lineage=catalogue.Lineage("compute", None, (zebra.versions["public"],)),
        )  # fmt: skip


def test_unknown_ids_and_foreign_ids_look_the_same(cities: Cities) -> None:
    zebra, ander = cities
    by = ander.people["administrator"]
    for ask, id_ in (
        (catalogue.version, zebra.versions["public"]), (indicators.figure, zebra.figures["public"]),
        (ingest.quarantined_row, zebra.rows["public"]),
    ):  # fmt: skip
        told = [_refusal(ask, by, one) for one in (id_, uuid4())]
        assert told[0] == told[1]


def _refusal(ask: Callable[[Actor, UUID], object], by: Actor, id_: UUID) -> tuple[type, str]:
    with pytest.raises(SpiegelstadError) as caught:
        ask(by, id_)
    return type(caught.value), str(caught.value).replace(str(id_), "<id>")
