"""The demo city from nothing to figures that prove themselves, through the same doors as a real city."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, Role
from spiegelstad.demo import actions
from spiegelstad.demo.cast import PEOPLE, first_password
from spiegelstad.demo.city import exports_sensors, read_sensors
from spiegelstad.demo.city.readings import series_key
from spiegelstad.demo.city.sensors import PROPERTIES
from spiegelstad.demo.files import data_folder, key_file
from spiegelstad.indicators import public as indicators
from spiegelstad.ingest import public as ingest
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places
from spiegelstad.sensors import public as register

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper  # type: ignore[attr-defined]

INHABITANTS, SEED = 1_000, 1
BY = Actor.system("demo", "tests")


@dataclass(frozen=True)
class Prepared:
    """The city once it has been prepared, after one interruption; `first_runs` were done before it."""

    var: Path
    folder: Path
    first_runs: dict[str, list[ingest.Run]]
    monkeypatch: pytest.MonkeyPatch


class Killed(BaseException):
    """Stands for the power cut."""


@pytest.fixture
def prepared(db: None, tmp_path: Path, settings: "SettingsWrapper", monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """Prepare the city, be interrupted at the twelfth source, and prepare again."""
    settings.VAR = tmp_path
    folder = data_folder(tmp_path, INHABITANTS, SEED)
    settings.DATA = str(folder)
    monkeypatch.setattr(exports_sensors, "DAYS_OF_HISTORY", 100)  # two years would only take longer
    turn = itertools.count()
    run_source = ingest.run_source

    def interrupted(*, by: Actor, slug: str) -> ingest.Run:
        if next(turn) == 12:
            raise Killed
        return run_source(by=by, slug=slug)

    with monkeypatch.context() as patch:
        patch.setattr("spiegelstad.ingest.public.run_source", interrupted)
        with pytest.raises(Killed):
            actions.prepare("demo", inhabitants=INHABITANTS, seed=SEED)
    first = {source.slug: ingest.runs(BY, source.slug) for source in ingest.sources(BY)}
    actions.prepare("demo", inhabitants=INHABITANTS, seed=SEED)
    return Prepared(tmp_path, folder, first, monkeypatch)


def test_demo_from_nothing_to_figures_that_prove_themselves(
    prepared: Prepared, subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    """One test, since preparing takes most of the time; each part reports on its own."""
    for part in PARTS:
        with subtests.test(part.__name__):
            part(prepared)


def what_was_done_before_the_interruption_is_not_done_again(city: Prepared) -> None:
    done = [slug for slug, runs in city.first_runs.items() if runs]
    assert len(done) == 12
    for slug in done:
        assert ingest.runs(BY, slug) == city.first_runs[slug]


def every_source_succeeds(city: Prepared) -> None:
    sources = ingest.sources(BY)
    assert len(sources) == 32
    assert {one.theme for one in indicators.indicators(BY)} >= {
        "population", "income", "housing", "mobility", "air", "energy", "green", "money",
    }  # fmt: skip
    for source in sources:
        last = ingest.last_good_run(BY, source.slug)
        assert last is not None, source.slug
        assert last.accepted > 0, source.slug


def quarantine_holds_exactly_the_planted_faults(city: Prepared) -> None:
    """Every fault that a rule must catch, by file and row, and nothing else."""
    planted = orjson.loads((city.folder / "planted.json").read_bytes())
    wanted = {
        (file["source"], file["path"], fault["row"] + 1)
        for file in planted
        for fault in file["faults"]
        if fault["caught"]
    }
    assert len(wanted) > 150
    assert len({fault["kind"] for file in planted for fault in file["faults"] if fault["caught"]}) > 25
    found = set()
    for source in ingest.sources(BY):
        for page in itertools.count(1):
            rows, _ = ingest.quarantine(BY, source.slug, page=page)
            # A file inside a zip is named after the zip.
            found |= {(source.slug, row.file.removesuffix("/epc.csv"), row.row_number) for row in rows}
            if not rows:
                break
    assert found == wanted


def rows_read_are_the_rows_written(city: Prepared) -> None:
    planted = orjson.loads((city.folder / "planted.json").read_bytes())
    for source in ingest.sources(BY):
        last = ingest.last_good_run(BY, source.slug)
        assert last is not None
        assert last.rows_read == sum(file["rows"] for file in planted if file["source"] == source.slug), source.slug


def sensors_stand_in_the_city(city: Prepared) -> None:
    """Every series takes the place of its entity, so that the map and the figures by wijk know it."""
    known = mirror.series(BY)
    _seed, sensors = read_sensors(city.folder)
    assert len(sensors) == 12
    assert {one.key for one in known} == {
        series_key(sensor, name) for sensor in sensors for name, _most in PROPERTIES[sensor.kind]
    }
    lon, lat = (np.array([getattr(one, name) for one in known], dtype=np.float64) for name in ("lon", "lat"))
    assert places.inside_city("demo", lon, lat).all()


def sensors_are_in_the_register(city: Prepared) -> None:
    """Every one is active, with owner and purpose, a day since when and all of its series."""
    _seed, sensors = read_sensors(city.folder)
    found = register.devices(BY)
    assert {one.entity_id for one in found} == {f"urn:ngsi-ld:Device:demo:{sensor.code}" for sensor in sensors}
    keys = sorted(reading.key for one in found for reading in one.readings)
    assert keys == sorted(one.key for one in mirror.series(BY))
    for one in found:
        assert one.is_active and one.department and one.purpose and one.since and one.stored_at, one.key
        assert one.recognises_people == bool(one.safeguards) == (one.kind is register.Kind.PEOPLE), one.key


def every_indicator_is_computed_and_verifies(city: Prepared) -> None:
    defined = indicators.indicators(BY)
    assert len(defined) == 40
    assert indicators.waiting(tenant_id="demo") == {}
    for one in defined:
        figures = indicators.figures(BY, one.slug)
        # In a village so few houses are sold that all prices are hidden.
        assert any(figure.value is not None for figure in figures) or one.slug == "house-price", one.slug
        assert {figure.area_type for figure in figures} <= set(one.area_types)
        assert "municipality" in {figure.area_type for figure in figures}, one.slug
    result = indicators.verify(BY)
    assert result.figures > 1_000
    assert result.differences == ()


def yearly_indicators_have_ten_years(city: Prepared) -> None:
    for one in indicators.indicators(BY):
        if one.period == "year":
            periods = {figure.period for figure in indicators.figures(BY, one.slug, area_type="municipality")}
            assert len(periods) == 10, one.slug


def small_numbers_are_hidden(city: Prepared) -> None:
    hidden = [one for one in indicators.figures(BY, "house-price", area_type="sector") if one.suppressed]
    assert hidden
    assert all(one.value is None for one in hidden)


def each_role_has_one_invented_person(city: Prepared) -> None:
    assert {role for _name, role in PEOPLE} == set(Role)
    assert len(first_password(city.var)) > 12
    for name in ("password", "sensor-key-demo"):
        assert (city.var / "demo" / name).stat().st_mode & 0o077 == 0
    key = accounts.actor_of_key(key_file(city.var, "demo").read_text(encoding="utf-8"))
    assert key.tenant_id == "demo"
    assert key.scopes == {"observations:write"}


def a_second_start_does_nothing(city: Prepared) -> None:
    def fail(**_given: object) -> None:
        raise AssertionError("this should not be done again")

    with city.monkeypatch.context() as patch:
        patch.setattr("spiegelstad.ingest.public.run_source", fail)
        patch.setattr("spiegelstad.demo.city.generate", fail)
        actions.prepare("demo", inhabitants=INHABITANTS, seed=SEED)


def a_new_generator_makes_and_reads_everything_again(city: Prepared) -> None:
    read: list[str] = []

    def remember(*, by: Actor, slug: str) -> ingest.Run:
        read.append(slug)
        return ingest.runs(by, slug)[0]

    with city.monkeypatch.context() as patch:
        patch.setattr(actions, "fingerprint", lambda: "another")
        patch.setattr("spiegelstad.ingest.public.run_source", remember)
        actions.prepare("demo", inhabitants=INHABITANTS, seed=SEED)
    assert len(read) == 32


def a_city_of_another_size_is_refused(city: Prepared) -> None:
    with pytest.raises(actions.AnotherCity, match="1000 inhabitants"):
        actions.prepare("demo", inhabitants=2_000, seed=SEED)
    assert not data_folder(city.var, 2_000, SEED).exists()


PARTS = (
    what_was_done_before_the_interruption_is_not_done_again,
    every_source_succeeds,
    quarantine_holds_exactly_the_planted_faults,
    rows_read_are_the_rows_written,
    sensors_stand_in_the_city,
    sensors_are_in_the_register,
    every_indicator_is_computed_and_verifies,
    yearly_indicators_have_ten_years,
    small_numbers_are_hidden,
    each_role_has_one_invented_person,
    a_second_start_does_nothing,
    a_new_generator_makes_and_reads_everything_again,
    a_city_of_another_size_is_refused,
)
