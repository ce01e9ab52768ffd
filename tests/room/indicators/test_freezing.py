"""Formulas over what lives: series and areas are frozen as versions first, so that their figures stay verifiable."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import shapely

from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators import jobs, public
from spiegelstad.indicators.testing import make_figures, write_definition
from spiegelstad.ingest import public as ingest_public
from spiegelstad.ingest import testing as ingest
from spiegelstad.mirror import testing as mirror
from spiegelstad.places import testing as places
from tests.conftest import People

pytestmark = pytest.mark.django_db
DAILY = """
SELECT m.area_type, m.area_code, strftime(c.bucket, '%Y-%m-%d') AS period, sum(c.sum) AS value
FROM counts c JOIN area_members m ON m.member_type = 'sector' AND m.member_code = c.sector_code
GROUP BY ALL
"""
CLOSED = {"classification": "confidential", "department": "mobiliteit"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indicators"


def _midday(days_ago: int) -> dt.datetime:
    return (now().astimezone(BRUSSELS) - dt.timedelta(days=days_ago)).replace(
        hour=12, minute=0, second=0, microsecond=0
    )


def _counted(people: People, folder: Path, resolution: str = "day", sql: str = DAILY, **series: Any) -> None:
    tenant = people.system.tenant_id
    places.make_squares(tenant)
    mirror.make_series(tenant, "count:1", lon=3.61, lat=51.01, **series)
    mirror.make_series(tenant, "count:2", lon=3.61, lat=51.06, **series)
    rows = [(key, _midday(days), 10.0 * days) for key in ("count:1", "count:2") for days in (1, 2, 3)]
    mirror.make_observations(tenant, [*rows, ("count:1", _midday(0), 1000.0)])
    inputs = {"counts": {"series": {"property": "bicycleCount", "resolution": resolution, "history_days": 30}}}
    write_definition(folder, "cyclists", sql, period="day", inputs=inputs, theme="mobility")
    public.sync_indicators(by=people.system, folder=folder)
    public.compute(by=people.system)


def _day(days_ago: int) -> str:
    return f"{_midday(days_ago):%Y-%m-%d}"


def test_series_are_frozen_with_the_areas_they_lie_in(people: People, folder: Path) -> None:
    _counted(people, folder)
    values = {(f.area_code, f.period): f.value for f in public.figures(people.nobody, "cyclists")}
    assert values["W1A", _day(2)] == 20 and values["W1B", _day(3)] == 30 and values["M", _day(1)] == 20
    assert ("M", _day(0)) not in values, "today isn't over"
    frozen = catalogue.current_version(people.nobody, "frozen-bicyclecount-day-30d")
    assert {"wijk_code", "sector_code", "municipality_code"} <= {column.name for column in frozen.columns}
    assert frozen.lineage.activity == "freeze" and frozen.rows == 6


def test_figures_over_series_stay_verifiable_after_corrections(people: People, folder: Path) -> None:
    _counted(people, folder)
    old = public.figures(people.nobody, "cyclists", areas=["M"], periods=[_day(1)])[0]
    mirror.make_observations(people.system.tenant_id, [("count:1", _midday(1), 77.0)])
    public.compute(by=people.system)
    new = public.figures(people.nobody, "cyclists", areas=["M"], periods=[_day(1)])[0]
    assert (old.value, new.value) == (20, 87)
    assert public.verify(people.nobody, [old.id, new.id]).holds


def test_unchanged_series_give_no_new_version_and_no_new_figures(people: People, folder: Path) -> None:
    _counted(people, folder)
    mirror.make_observations(people.system.tenant_id, [("count:1", _midday(0), 2000.0)])
    assert public.compute(by=people.system) == []
    assert len(catalogue.versions(people.nobody, "frozen-bicyclecount-day-30d")) == 1
    assert len(catalogue.versions(people.nobody, "frozen-areas")) == 1


def test_hours_are_frozen_in_their_zone(people: People, folder: Path) -> None:
    sql = """WITH local AS (SELECT timezone('Europe/Brussels', bucket) AS moment FROM counts)
        SELECT 'municipality' AS area_type, 'M' AS area_code, strftime(moment, '%Y-%m-%d') AS period,
               max(hour(moment))::DOUBLE AS value
        FROM local GROUP BY ALL"""
    _counted(people, folder, "hour", sql)
    assert {f.value for f in public.figures(people.nobody, "cyclists")} == {12}


def test_figures_over_closed_series_are_closed(people: People, folder: Path) -> None:
    _counted(people, folder, **CLOSED)
    assert [one.slug for one in public.indicators(people.steward)] == ["cyclists"]
    for actor in (people.nobody, people.clerk, people.other_steward):
        assert public.indicators(actor) == []


def test_nightly_job_computes_every_city(people: People, folder: Path) -> None:
    _counted(people, folder)
    mirror.make_observations(people.system.tenant_id, [("count:2", _midday(4), 5.0)])
    jobs.compute_nightly(timestamp=0)
    assert len(public.figures(people.nobody, "cyclists", areas=["M"])) == 4


def test_changed_areas_are_a_new_version_and_count_again(people: People, folder: Path) -> None:
    sql = "SELECT area_type, area_code, '2025' AS period, area_km2 AS value FROM areas"
    write_definition(folder, "surface", sql, inputs={}, unit="KMK")
    make_figures(people.system.tenant_id, folder)
    before = public.figures(people.nobody, "surface", areas=["W4B"])[0]
    square = shapely.box(3.75, 51.05, 3.79, 51.1)
    places.make_areas(people.system.tenant_id, "sector", [places.make_area("W4B", square, parent_code="W4")])
    public.compute(by=people.system)
    after = public.figures(people.nobody, "surface", areas=["W4B"])[0]
    assert before.value is not None and after.value is not None and after.value < before.value
    assert public.verify(people.nobody).holds, "old figures are proven over the areas of their time"


def test_formula_over_areas_alone_needs_no_input(people: People, folder: Path) -> None:
    places.make_squares(people.system.tenant_id)
    sql = """SELECT area_type, area_code, '' AS period, count(*)::DOUBLE AS value FROM area_members
        WHERE member_type = 'sector' GROUP BY ALL"""
    write_definition(folder, "sectors", sql, inputs={}, period="none")
    public.sync_indicators(by=people.system, folder=folder)
    public.compute(by=people.system)
    assert {f.area_code: f.value for f in public.figures(people.nobody, "sectors", area_type="wijk")} == dict.fromkeys(
        ["W1", "W2", "W3", "W4"], 2
    )
    (latest,) = public.latest(people.nobody, "municipality", "M")
    assert latest.figure.value == 8 and latest.figure.period == ""


def test_origin_goes_on_to_the_source_of_the_sensor(people: People, folder: Path) -> None:
    """A row of a file becomes an observation, a frozen version and a figure: the figure leads back to its run."""
    tenant = people.system.tenant_id
    places.make_squares(tenant)
    observations = {"series": "count:{place}", "property": "bicycleCount", "name": {"nl": "{place}"}, "value": "count",
                    "observed_at": "time", "unit": "C62", "lon": "lon", "lat": "lat"}  # fmt: skip
    columns = {"place": {}, "time": {"type": "datetime"}, "count": {"type": "integer", "minimum": 0},
               "lon": {"type": "number"}, "lat": {"type": "number"}}  # fmt: skip
    source = ingest.definition("counts", columns=columns, unique=None, observations=[observations])
    text = f"place;time;count;lon;lat\nKorenmarkt;{_midday(1).isoformat()};12;3.61;51.01\nKorenmarkt;x;-3;3.61;51.01\n"
    ingest.write_data("counts.csv", text)
    ingest_public.sync_sources(by=people.system, folder=ingest.write_city(folder.parent / "sources", source))
    run = ingest_public.run_source(by=people.system, slug="counts")
    inputs = {"counts": {"series": {"property": "bicycleCount", "history_days": 30}}}
    write_definition(folder, "cyclists", DAILY, period="day", inputs=inputs)
    public.sync_indicators(by=people.system, folder=folder)
    public.compute(by=people.system)
    origin = public.figure(people.nobody, public.figures(people.nobody, "cyclists", areas=["W1"])[0].id)
    assert origin.figure.value == 12
    frozen = next(one for one in origin.inputs if one.name == "counts")
    assert (frozen.publisher, frozen.department) == ("Stad Voorbeeld", "mobiliteit") and frozen.quality["score"] < 1
    (behind,) = origin.made_from
    assert (behind.name, behind.dataset, behind.version_id) == ("counts", "counts", run.version_id)
    assert behind.lineage["run"]["quarantined"] == 1
    with pytest.raises(catalogue.VersionInUse):
        catalogue.delete_version(by=people.steward, version_id=behind.version_id, reason="Not needed.")
