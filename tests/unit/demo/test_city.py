"""The invented city: the same every time, exactly partitioned, of the size asked for, and plausible."""

import datetime as dt
import hashlib
import json
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from spiegelstad.demo.city import generate
from spiegelstad.demo.city.blocks import make_areas, make_blocks
from spiegelstad.demo.city.city import City, invent
from spiegelstad.demo.city.happenings import make_sales, travel_survey
from spiegelstad.demo.city.people import OWNER, SOCIAL, TENANT
from spiegelstad.demo.city.scale import scale_for
from spiegelstad.demo.city.sensors import to_degrees
from spiegelstad.demo.city.terrain import make_terrain

UNTIL = dt.date(2026, 11, 22)


@lru_cache(maxsize=4)
def _city(inhabitants: int = 30_000, seed: int = 1) -> City:
    return invent(inhabitants=inhabitants, seed=seed, until=UNTIL)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_generate_gives_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    generate(tmp_path / "one", inhabitants=1_000, seed=7, until=UNTIL)
    generate(tmp_path / "two", inhabitants=1_000, seed=7, until=UNTIL)
    one = _digests(tmp_path / "one")
    assert len(one) > 60
    assert one == _digests(tmp_path / "two")
    generate(tmp_path / "three", inhabitants=1_000, seed=8, until=UNTIL)
    three = _digests(tmp_path / "three")
    assert one.keys() == three.keys()
    assert not [name for name in one if one[name] == three[name]]


@pytest.mark.parametrize("inhabitants", [1_000, 30_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_city_has_exactly_the_inhabitants_asked_for(inhabitants: int) -> None:
    city = _city(inhabitants)
    assert city.town.households.size.sum() == inhabitants
    assert city.statistics.people[:, -1].sum() == inhabitants
    assert len(city.areas.wijken) == scale_for(inhabitants).wijken
    assert len(city.areas.sectors) == scale_for(inhabitants).sectors


@pytest.mark.parametrize("seed", [14, 10**30])
def test_small_city_has_room_for_all_whatever_its_streets(seed: int) -> None:
    assert invent(inhabitants=1_000, seed=seed, until=UNTIL).town.households.size.sum() == 1_000


@pytest.mark.parametrize("inhabitants", [999, 1_000_001])
def test_city_refuses_other_sizes(inhabitants: int) -> None:
    with pytest.raises(ValueError, match="1,000 to 1,000,000"):
        scale_for(inhabitants)


def test_full_city_has_25_wijken_200_sectors_and_60_sensors() -> None:
    scale = scale_for(250_000)
    assert (scale.wijken, scale.sectors, scale.sensors) == (25, 200, 60)


@pytest.mark.parametrize(("inhabitants", "seed"), [(1_000, 1), (1_000, 5), (30_000, 1), (250_000, 2)])
def test_sectors_cover_the_municipality_exactly(inhabitants: int, seed: int) -> None:
    terrain = make_terrain(scale_for(inhabitants), seed)
    areas = make_areas(terrain, make_blocks(terrain, seed), seed)
    assert shapely.coverage_is_valid(areas.sectors)
    assert shapely.coverage_is_valid(areas.wijken)
    assert shapely.coverage_union_all(areas.sectors).equals(areas.municipality)
    for number, wijk in enumerate(areas.wijken):
        assert shapely.coverage_union_all(areas.sectors[areas.wijk_of_sector == number]).equals(wijk)
    assert shapely.area(areas.sectors).sum() == pytest.approx(shapely.area(areas.municipality), abs=1e-3)


def test_sectors_as_written_cover_the_municipality_exactly(tmp_path: Path) -> None:
    generate(tmp_path, inhabitants=1_000, seed=3, until=UNTIL)
    with zipfile.ZipFile(tmp_path / "places" / "sectoren.zip") as archive:
        sectors = json.loads(archive.read("sectoren.geojson"))["features"]
    shapes = np.array([shapely.geometry.shape(feature["geometry"]) for feature in sectors], dtype=object)
    whole = json.loads((tmp_path / "places" / "gemeente.geojson").read_bytes())["features"][0]["geometry"]
    assert shapely.coverage_is_valid(shapes)
    assert shapely.coverage_union_all(shapes).equals(shapely.geometry.shape(whole))


def test_city_lies_in_the_sea() -> None:
    """Nobody's address: all of it north-west of the line along the coast from De Panne to Knokke."""
    city = invent(inhabitants=1_000, seed=1, until=UNTIL)
    radius = scale_for(1_000_000).radius_m * 1.2
    middle = np.array([city.terrain.border.centroid.coords[0]])
    corners = middle + radius * np.array([[1, -1], [-1, -1], [1, 1]])
    coast_at = np.interp(to_degrees(corners)[:, 0], [2.54, 2.92, 3.20, 3.37], [51.09, 51.23, 51.33, 51.37])
    assert (to_degrees(corners)[:, 1] > coast_at).all()


def test_buildings_stand_in_their_sector_and_not_in_each_other() -> None:
    city = _city()
    buildings = city.buildings
    assert (buildings.dwellings.sum() >= len(city.town.households.size)) and (buildings.height_m > 1).all()
    inside = shapely.intersects(city.areas.sectors[buildings.sector], shapely.points(buildings.points))
    assert inside.all()
    one, other = shapely.STRtree(buildings.shapes).query(buildings.shapes, predicate="intersects")
    homes = buildings.dwellings > 0
    assert not ((one != other) & homes[one] & homes[other]).any()


def test_house_numbers_are_unique_in_a_street() -> None:
    buildings = _city().buildings
    pairs = np.column_stack([buildings.street, buildings.house_number])
    assert len(np.unique(pairs, axis=0)) == len(pairs)


@pytest.mark.parametrize("inhabitants", [1_000, 30_000])
def test_street_names_are_unique(inhabitants: int) -> None:
    names = _city(inhabitants).streets.names
    assert len(set(names)) == len(names)


def test_statistics_add_up() -> None:
    stats, sectors = _city().statistics, _city().town.sectors
    assert (stats.tenures.sum(axis=2) + stats.empty == stats.dwellings).all()
    assert (stats.alone <= stats.households).all()
    assert (stats.low_income <= stats.households).all()
    assert (stats.electric_cars <= stats.cars).all()
    assert (stats.green_m2 + stats.sealed_m2 <= sectors.area_m2[:, None] + 1).all()
    assert (stats.canopy_m2 <= stats.green_m2).all()


def test_statistics_are_plausible_for_a_flemish_city() -> None:
    stats = _city(250_000).statistics
    last = stats.people[:, -1].sum(axis=(0, 2)) / stats.people[:, -1].sum()
    assert 0.14 < last[:2].sum() < 0.25  # younger than 18
    assert 0.12 < last[-2:].sum() < 0.24  # 65 and older
    persons = stats.people[:, -1].sum() / stats.households[:, -1].sum()
    assert 1.9 < persons < 2.4
    tenure = stats.tenures[:, -1].sum(axis=0) / stats.tenures[:, -1].sum()
    assert 0.4 < tenure[OWNER] < 0.7
    assert 0.2 < tenure[TENANT] < 0.5
    assert 0.05 < tenure[SOCIAL] < 0.18
    assert 0.5 < stats.cars[:, -1].sum() / stats.households[:, -1].sum() < 1.2
    assert 24_000 < np.nanmedian(stats.income_median_eur[:, -1]) < 42_000
    assert np.nanpercentile(stats.income_median_eur[:, -1], 95) > 1.25 * np.nanpercentile(
        stats.income_median_eur[:, -1], 5
    )
    assert 2_000 < stats.electricity_kwh[:, -1].sum() / stats.households[:, -1].sum() < 4_500
    assert 6 < np.median(stats.no2[:, -1]) < 20


def test_circulation_plan_clears_the_air_inside_the_ring_only() -> None:
    city = _city(250_000)
    stats, inside = city.statistics, city.town.sectors.inside_ring
    first = int(np.argmax(stats.plan))
    change = stats.no2[:, first] / stats.no2[:, first - 1]
    before = stats.no2[:, first - 1] / stats.no2[:, first - 2]
    assert change[inside].mean() < before[inside].mean() - 0.06
    assert abs(change[~inside].mean() - before[~inside].mean()) < 0.02
    trips = travel_survey(city.town.sectors, stats, city.seed).sum(axis=0)
    car = trips[:, 2] / trips.sum(axis=1)
    assert car[first] - car[first - 1] < -0.02


def test_one_wijk_rises() -> None:
    city = _city(250_000)
    sectors, income = city.town.sectors, city.statistics.income_median_eur
    growth = income[:, -1] / income[:, 0]
    assert len(np.unique(sectors.wijk[sectors.rising])) == 1
    assert np.nanmean(growth[sectors.rising]) > np.nanmean(growth[~sectors.rising]) * 1.08


def test_home_prices_differ_between_wijken_and_rise() -> None:
    city = _city(250_000)
    sales = make_sales(city.town, city.statistics, city.seed)
    houses = sales.flat == 0
    wijk = city.areas.wijk_of_sector[sales.sector]
    medians = [np.median(sales.price_eur[houses & (wijk == number)]) for number in np.unique(wijk[houses])]
    assert max(medians) > 1.3 * min(medians)
    early, late = sales.day < np.median(sales.day), sales.day >= np.median(sales.day)
    assert np.median(sales.price_eur[houses & late]) > 1.1 * np.median(sales.price_eur[houses & early])
