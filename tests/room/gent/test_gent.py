"""Ghent from end to end, on the real files of the shared data folder: sources, quarantine, figures and their proof.

What is expected is computed here in another way, straight from the files, or is known from the files' description.
"""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import Geod

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators import public as indicators
from spiegelstad.ingest import public as ingest
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

PROJECT = Path(__file__).resolve().parents[3]

# Per source: rows read, accepted, in quarantine. What is left is out of scope: other municipalities.
ROWS = {
    "municipality": (1, 1, 0),
    "wijken": (25, 25, 0),
    "sectors": (201, 201, 0),
    "sector-wijk": (202, 202, 0),
    "roads": (14_266, 14_266, 0),
    "parks": (161, 158, 3),
    "addresses": (93_681, 93_661, 20),
    "density": (25, 25, 0),
    "energy": (40_932, 808, 0),
    "bicycle-counters": (14, 14, 0),
    "bicycle-coupure-2022": (105_120, 105_108, 12),
    "parking-2022": (25_080, 23_810, 1_270),
    "parking-live": (2, 2, 0),
    "no2-2018": (17_886, 808, 0),
    "stops": (1_452, 1_445, 0),
    "house-prices": (34_740, 60, 0),
    "households": (9_283, 14, 0),
    "household-projections": (9_283, 17, 0),
    "plan-2026": (11_095, 153, 0),
    "investments": (77_536, 729, 0),
}


@dataclass(frozen=True)
class Gent:
    """The city once it has been read and computed."""

    data: Path
    by: Actor
    runs: dict[str, ingest.Run]
    computations: dict[str, indicators.Computation]

    def table(self, slug: str) -> pa.Table:
        """The accepted rows of a source."""
        version = catalogue.current_version(self.by, slug)
        assert version is not None
        return pq.read_table(catalogue.parquet_path(version.id))

    def value(self, indicator: str, period: str, area_type: str = "municipality", area: str = "44021") -> float:
        """One figure's value."""
        found = indicators.figures(self.by, indicator, area_type=area_type, areas=[area], periods=[period])
        assert len(found) == 1
        assert found[0].value is not None
        return found[0].value


@pytest.fixture
def gent(db: None, shared_data: Path, settings: "SettingsWrapper") -> Gent:
    """Set the city up, run every source and compute every indicator."""
    settings.DATA = str(shared_data)
    by = ingest.set_up_city(PROJECT / "sources" / "gent")
    runs = {source.slug: ingest.run_source(by=by, slug=source.slug) for source in ingest.sources(by)}
    indicators.sync_indicators(by=by, folder=PROJECT / "indicators" / "gent")
    computations = {one.indicator: one for one in indicators.compute(by=by)}
    return Gent(shared_data, by, runs, computations)


def test_gent_from_files_to_figures_that_prove_themselves(gent: Gent, subtests: pytest.Subtests) -> None:
    """One test, since reading the city takes most of the time; each part reports on its own."""
    for part in PARTS:
        with subtests.test(part.__name__):
            part(gent)


def every_source_runs_and_counts_its_rows(gent: Gent) -> None:
    assert {slug: run.error for slug, run in gent.runs.items() if run.error} == {}
    assert {slug: (run.rows_read, run.accepted, run.quarantined) for slug, run in gent.runs.items()} == ROWS
    for slug, (_, accepted, _) in ROWS.items():
        version = catalogue.current_version(gent.by, slug)
        assert version is not None
        assert version.rows == accepted


def quarantine_holds_the_rows_that_cannot_be(gent: Gent) -> None:
    """Occupations below 0 and above 100 %, addresses in France, times that the clock skipped, parks without border."""
    impossible = 0
    for path in (gent.data / "mobility" / "parking-ghent-2022").glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                wrong = not 0 <= float(row["occupation"]) <= 100 or int(row["availablecapacity"]) < 0
                impossible += wrong
    assert gent.runs["parking-2022"].quarantined == impossible
    shown, _ = ingest.quarantine(gent.by, "parking-2022")
    assert any("occupation" in str(row.reasons) for row in shown)
    parking = gent.table("parking-2022")
    assert pc.min(parking["occupation"]).as_py() >= 0
    assert pc.max(parking["occupation"]).as_py() <= 100
    clock, _ = ingest.quarantine(gent.by, "bicycle-coupure-2022")
    assert {str(row.raw["Uur5Minuten"]).split(":")[0] for row in clock} == {"2"}
    assert {row.raw["Totaal"] for row in clock} == {"0"}


def cyclists_are_all_counted(gent: Gent) -> None:
    """The known total of the year, in the dataset, in the figures and in the rollups of the series."""
    assert pc.sum(gent.table("bicycle-coupure-2022")["cyclists"]).as_py() == 2_627_127
    months = indicators.figures(gent.by, "cyclists-per-day")
    assert [sum(getattr(one, part) for one in months) for part in ("numerator", "denominator")] == [2_627_127, 365]
    days = mirror.daily(gent.by, ["bicycle:COU"], date(2022, 1, 1), date(2023, 1, 1))
    assert days.num_rows == 365
    assert pc.sum(days["sum"]).as_py() == 2_627_127
    assert gent.runs["bicycle-coupure-2022"].observations["inserted"] == 105_108


def parking_figures_agree_with_the_files(gent: Gent) -> None:
    """The mean of one day, from the raw lines in whatever order they stand."""
    taken = places_ = 0
    for path in (gent.data / "mobility" / "parking-ghent-2022").glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                moment = datetime.strptime(row["timestamp"], "%Y%m%d%H%M%S").replace(tzinfo=UTC).astimezone(BRUSSELS)
                fine = 0 <= float(row["occupation"]) <= 100 and int(row["availablecapacity"]) >= 0
                if fine and moment.date().isoformat() == "2022-12-03":
                    taken += int(row["totalcapacity"]) - int(row["availablecapacity"])
                    places_ += int(row["totalcapacity"])
    assert gent.value("parking-occupation", "2022-12-03") == pytest.approx(100 * taken / places_, rel=1e-12)


def population_is_density_times_surface(gent: Gent) -> None:
    """Surfaces on the ellipsoid instead of in Lambert 72: the two agree within a person in ten thousand."""
    density = json.loads((gent.data / "registers" / "ghent-bevolkingsdichtheid-wijk-2024.json").read_bytes())
    wijken = json.loads((gent.data / "geo" / "ghent-stadswijken.geojson").read_bytes())["features"]
    people = sum(
        density["population_density_2024"][wijk["properties"]["wijk"]] * _ellipsoid_km2(wijk["geometry"])
        for wijk in wijken
    )
    assert people == pytest.approx(268_781, rel=0.001)
    assert gent.value("population", "2024") == pytest.approx(268_781, abs=30)
    assert sum(one.value or 0 for one in indicators.figures(gent.by, "population", area_type="wijk")) == gent.value(
        "population", "2024"
    )


def _ellipsoid_km2(geometry: dict[str, object]) -> float:
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(shapely.geometry.shape(geometry)))
    return abs(area) / 1e6


def wijk_of_a_sector_is_the_official_one(gent: Gent) -> None:
    """The parent found by place equals the table of the provinces for all 200 sectors that both know."""
    official = dict(zip(*(gent.table("sector-wijk")[name].to_pylist() for name in ("sector", "wijk")), strict=True))
    sectors = {area.code: area.parent_code for area in places.areas(gent.by, "sector")}
    known = {code: official.get(f"44021{code:-<4}") for code in sectors}
    assert sum(wijk is not None for wijk in known.values()) == 200
    assert {code: wijk for code, wijk in known.items() if wijk and wijk != f"44021{sectors[code]}"} == {}


def points_lie_where_an_obvious_loop_puts_them(gent: Gent) -> None:
    wijken = json.loads((gent.data / "geo" / "ghent-stadswijken.geojson").read_bytes())["features"]
    shapes = {str(wijk["properties"]["wijknr"]): shapely.geometry.shape(wijk["geometry"]) for wijk in wijken}
    stops = gent.table("stops")
    for lon, lat, wijk in list(zip(*(stops[name].to_pylist() for name in ("lon", "lat", "wijk")), strict=True))[::10]:
        holding = [code for code, shape in shapes.items() if shape.intersects(shapely.Point(lon, lat))]
        assert wijk == min(holding, default=None)


def energy_of_the_city_holds_what_no_sector_on_the_map_has(gent: Gent) -> None:
    """The sum of the sheet's rows of Ghent, and one sector by itself."""
    book = openpyxl.load_workbook(gent.data / "energy" / "fluvius-elek-gas-statsec-2018-2021.xlsx", read_only=True)
    rows = [row for row in book.worksheets[0].iter_rows(values_only=True) if str(row[0]).startswith("44021")]
    used = sum(row[3] for row in rows if row[1] == 2021)
    connections = sum(row[5] for row in rows if row[1] == 2021)
    assert gent.value("electricity-per-connection", "2021") == pytest.approx(used / connections, rel=1e-12)
    kuip = next(row for row in rows if row[0] == "44021A00-" and row[1] == 2021)
    assert gent.value("electricity-per-connection", "2021", "sector", "A00") == pytest.approx(
        kuip[3] / kuip[5], rel=1e-12
    )


def energy_of_few_homes_is_hidden(gent: Gent) -> None:
    figures = indicators.figures(gent.by, "electricity-per-connection", area_type="sector", periods=["2021"])
    assert any(one.suppressed for one in figures)
    assert all(one.suppressed for one in figures if one.denominator is not None and 0 < one.denominator < 10)
    assert all(one.value is None for one in figures if one.suppressed)


def money_is_that_of_the_plan(gent: Gent) -> None:
    spent = sum(gent.value("planned-spending", str(year)) for year in range(2026, 2032))
    assert spent == pytest.approx(1_212_769_208, abs=6)
    assert gent.value("planned-per-inhabitant", "") == pytest.approx(1_212_769_208 / 268_781, rel=0.001)
    assert 400 < gent.value("investment-per-inhabitant", "2026") < 700


def projections_never_stand_among_counts(gent: Gent) -> None:
    assert max(one.period for one in indicators.figures(gent.by, "households")) == "2023"
    assert min(one.period for one in indicators.figures(gent.by, "households-expected")) == "2024"
    assert gent.value("households-expected", "2040") == pytest.approx(9.86, abs=0.005)  # the source's own column


def addresses_are_found_in_spite_of_errors(gent: Gent) -> None:
    for typed, label in [
        ("Veldstraat 5, 9000 Gent", "Veldstraat 5, 9000 Gent"),
        ("maistraat 90", "Maïsstraat 90, 9000 Gent"),
        ("st pietersnieuwstr 33", "Sint-Pietersnieuwstraat 33, 9000 Gent"),
        ("Kortrijkse steenweg 1144", "Kortrijksesteenweg 1144, 9051 Gent"),
    ]:
        assert places.search_addresses(gent.by, typed)[0].label == label
    assert places.areas_at(gent.by, 3.7252, 51.0537)[1].name == "Binnenstad"


def every_indicator_has_plausible_figures(gent: Gent) -> None:
    definitions = indicators.load_definitions(PROJECT / "indicators" / "gent")
    assert len(definitions) >= 15
    assert {one.indicator: one.error for one in gent.computations.values() if one.error} == {}
    assert set(gent.computations) == {one.slug for one in definitions}
    assert len({one.theme for one in indicators.indicators(gent.by)}) >= 7
    for indicator, (period, least, most) in PLAUSIBLE.items():
        assert least <= gent.value(indicator, period) <= most, indicator


def every_figure_proves_itself(gent: Gent) -> None:
    result = indicators.verify(gent.by, "all")
    assert result.differences == ()
    assert result.figures > 2_000
    assert result.computations == len(gent.computations)


def a_second_run_changes_nothing(gent: Gent) -> None:
    for slug in ("wijken", "sectors", "stops", "parking-2022"):
        before = catalogue.current_version(gent.by, slug)
        run = ingest.run_source(by=gent.by, slug=slug)
        assert run.error == ""
        assert run.observations.get("inserted", 0) == 0
        assert catalogue.current_version(gent.by, slug) == before


# Per indicator of the whole city: a period, and between what any figure must lie that is not plainly wrong.
PLAUSIBLE = {
    "population-density": ("2024", 1_600, 1_800),
    "house-price": ("2024", 300_000, 450_000),
    "flat-price": ("2024", 200_000, 400_000),
    "homes-sold": ("2024", 3_000, 6_000),
    "addresses-per-hectare": ("2013", 5, 7),
    "road-density": ("", 9, 11),
    "car-free-roads": ("", 2, 15),
    "cyclists-weekend": ("2022-05", 10, 28.5),
    "parking-peak": ("2022-12-03", 30, 100),
    "stops-per-inhabitant": ("2024", 4, 7),
    "accessible-stops": ("", 20, 50),
    "no2": ("2018", 20, 35),
    "no2-above-2030-limit": ("2018", 80, 100),
    "gas-per-connection": ("2021", 10_000, 18_000),
    "gas-connected": ("2021", 60, 95),
    "park-per-inhabitant": ("2024", 10, 50),
    "park-share": ("", 2, 10),
    "planned-climate-share": ("2026", 1, 5),
    "investment-mobility-share": ("2026", 5, 40),
}
PARTS = [
    every_source_runs_and_counts_its_rows,
    quarantine_holds_the_rows_that_cannot_be,
    cyclists_are_all_counted,
    parking_figures_agree_with_the_files,
    population_is_density_times_surface,
    wijk_of_a_sector_is_the_official_one,
    points_lie_where_an_obvious_loop_puts_them,
    energy_of_the_city_holds_what_no_sector_on_the_map_has,
    energy_of_few_homes_is_hidden,
    money_is_that_of_the_plan,
    projections_never_stand_among_counts,
    addresses_are_found_in_spite_of_errors,
    every_indicator_has_plausible_figures,
    every_figure_proves_itself,
    a_second_run_changes_nothing,
]
