"""Ten years of statistics by sector: the last year counted from the households, the years before it from trends.

Three stories run through them. Four years ago a circulation plan kept through traffic out of the inner town: fewer
cars, more bicycles and cleaner air inside the ring, a little more traffic on it. One wijk of the old belt rises:
incomes and prices grow faster there. And some sectors outside have a building site, so that people come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.buildings import FLATS, Buildings
from spiegelstad.demo.city.people import AGE_GROUPS, OWNER, SOCIAL, TENANT, Households, Persons, Sectors
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.terrain import RING, Floats


@dataclass(frozen=True)
class Statistics:
    """Tables of (sectors, years), unless said otherwise."""

    years: Ints
    plan: NDArray[np.bool_]
    people: Ints
    """(sectors, years, age groups, man/woman)"""
    households: Ints
    alone: Ints
    with_children: Ints
    income_total_eur: Floats
    income_median_eur: Floats
    low_income: Ints
    dwellings: Ints
    tenures: Ints
    """(sectors, years, owner/tenant/social)"""
    empty: Ints
    cars: Ints
    electric_cars: Ints
    electricity_kwh: Floats
    gas_kwh: Floats
    gas_connections: Ints
    solar_kw: Floats
    solar_roofs: Ints
    no2: Floats
    pm25: Floats
    noisy: Floats
    """Share of the inhabitants with more than 55 dB over day, evening and night."""
    green_m2: Floats
    sealed_m2: Floats
    canopy_m2: Floats


@dataclass(frozen=True)
class Inhabitants:
    """What statistics count."""

    buildings: Buildings
    sectors: Sectors
    households: Households
    persons: Persons


def make_statistics(town: Inhabitants, years: Ints, plan_year: int, seed: int) -> Statistics:
    """All tables; `years` ascending, the last one is the year of the households."""
    rng = stream(seed, "statistics")
    sectors, homes = town.sectors, town.households
    count = len(sectors.wijk)
    back = years - years[-1]
    plan = years >= plan_year
    growth = _growth(rng, sectors)
    people = _people(rng, town, growth, back)
    inhabitants = people.sum(axis=(2, 3))
    now = np.bincount(homes.sector, minlength=count)
    size = np.maximum(np.bincount(homes.sector, homes.size, count) / np.maximum(now, 1), 1)
    households = np.maximum(np.round(inhabitants / (size[:, None] * (1 - 0.0022 * back))), 0).astype(np.int64)
    alone = _part(households, _share(homes.sector, homes.size == 1, count), 0.004 * back)
    children = _part(households, _share(homes.sector, homes.children > 0, count), -0.001 * back)
    dwellings, tenures, empty = _housing(rng, town, households, back)
    income_total, income_median, low = _incomes(rng, town, households, back)
    cars, electric = _cars(rng, town, households, plan, back)
    solar_share = np.clip(
        (0.22 - 0.05 * sectors.poverty - 0.16 * sectors.inside_ring)[:, None] * np.exp(0.16 * back), 0.004, 0.6
    )
    roofs = np.round(households * solar_share * _luck(rng, count, back, 0.03)).astype(np.int64)
    gas_share = np.clip(0.86 - 0.2 * sectors.growing - 0.15 * np.clip(sectors.away - 0.7, 0, 1), 0.3, 0.95)
    gas_connections = np.round(households * gas_share[:, None] * (1 - 0.004 * (back + 9))).astype(np.int64)
    flats = _flat_share(town, count)
    gas_each = (15_500 - 5_500 * flats + 900 * sectors.poverty)[:, None] * np.exp(-0.022 * (back + 9))
    power_each = (3_250 - 1_000 * flats + 350 * sectors.away)[:, None] * np.exp(-0.008 * (back + 9))
    no2, pm25, noisy = _air(rng, sectors, plan, back)
    green, sealed, canopy = _ground(rng, sectors, back)
    return Statistics(
        years=years, plan=plan, people=people, households=households, alone=alone, with_children=children,
        income_total_eur=income_total, income_median_eur=income_median, low_income=low, dwellings=dwellings,
        tenures=tenures, empty=empty, cars=cars, electric_cars=electric,
        electricity_kwh=np.round(households * power_each * _luck(rng, count, back, 0.012) + electric * 1_500.0),
        gas_kwh=np.round(gas_connections * gas_each * _luck(rng, count, back, 0.02)),
        gas_connections=gas_connections, solar_kw=np.round(roofs * _luck(rng, count, back, 0.04) * 4.6, 1),
        solar_roofs=roofs, no2=no2, pm25=pm25, noisy=noisy, green_m2=green, sealed_m2=sealed, canopy_m2=canopy,
    )  # fmt: skip


def _growth(rng: np.random.Generator, sectors: Sectors) -> Floats:
    """Growth of the number of inhabitants a year."""
    return 0.006 + 0.045 * sectors.growing + 0.004 * sectors.belt + rng.normal(0, 0.003, len(sectors.wijk))


def _luck(rng: np.random.Generator, count: int, back: Ints, size: float) -> Floats:
    """Factors about 1 for (sectors, years): a part that stays with the sector and a part of each year."""
    stays = rng.normal(0, size, (count, 1))
    return np.asarray(np.exp(stays + rng.normal(0, size / 2, (count, len(back)))))


def _share(sector: Ints, yes: NDArray[np.bool_], count: int) -> Floats:
    return np.asarray(np.bincount(sector, yes, count) / np.maximum(np.bincount(sector, minlength=count), 1))


def _part(whole: Ints, share: Floats, trend: NDArray[np.floating[Any]]) -> Ints:
    """A whole-number part of (sectors, years) that never exceeds the whole."""
    return np.asarray(np.minimum(np.round(whole * np.clip(share[:, None] * (1 + trend), 0, 1)), whole), dtype=np.int64)


def _people(rng: np.random.Generator, town: Inhabitants, growth: Floats, back: Ints) -> Ints:
    """Inhabitants by sector, year, age group and sex; in the last year exactly the persons that there are."""
    count, groups = len(growth), len(AGE_GROUPS)
    key = (town.persons.sector * groups + town.persons.age_group) * 2 + town.persons.woman
    last = np.bincount(key, minlength=count * groups * 2).reshape(count, 1, groups, 2)
    ageing = np.array([-0.002, 0.004, -0.001, 0.001, 0.0, 0.012, 0.016])
    rate = growth[:, None, None, None] + ageing[None, None, :, None]
    years = back[None, :, None, None]
    luck = 1 + rng.normal(0, 0.02, (count, len(back), groups, 2)) * (years < 0)
    return np.asarray(np.round(last * np.exp(rate * years) * luck), dtype=np.int64)


def _housing(rng: np.random.Generator, town: Inhabitants, households: Ints, back: Ints) -> tuple[Ints, Ints, Ints]:
    """Dwellings, lived-in dwellings by tenure, and empty ones."""
    count = len(households)
    now = np.bincount(town.buildings.sector, town.buildings.dwellings, count)
    full = np.bincount(town.households.sector, minlength=count)
    empty_share = np.clip((now - full) / np.maximum(now, 1), 0.01, 0.12)
    empty = np.round(households * empty_share[:, None] * _luck(rng, count, back, 0.05)).astype(np.int64)
    social = _part(households, _share(town.households.sector, town.households.tenure == SOCIAL, count), -0.004 * back)
    owner_share = _share(town.households.sector, town.households.tenure == OWNER, count)
    owner = np.minimum(_part(households, owner_share, -0.006 * back), households - social)
    tenures = np.empty((*households.shape, 3), dtype=np.int64)
    tenures[:, :, OWNER], tenures[:, :, SOCIAL] = owner, social
    tenures[:, :, TENANT] = households - social - owner
    return households + empty, tenures, empty


def _incomes(rng: np.random.Generator, town: Inhabitants, households: Ints, back: Ints) -> tuple[Floats, Floats, Ints]:
    """Total and median income, and households with a low income."""
    count = len(households)
    homes = town.households
    order = np.lexsort([homes.income_eur, homes.sector])
    number = np.bincount(homes.sector, minlength=count)
    start = np.cumsum(number) - number
    middle = np.minimum(start + number // 2, len(order) - 1)
    median = np.where(number > 0, homes.income_eur[order][middle], np.nan)
    mean = np.bincount(homes.sector, homes.income_eur, count) / np.maximum(number, 1)
    rise = (0.022 + 0.016 * town.sectors.rising)[:, None] * back
    factor = np.exp(rise) * _luck(rng, count, back, 0.006)
    adults = homes.size - homes.children
    equal = homes.income_eur / (1 + 0.5 * (adults - 1) + 0.3 * homes.children)
    low = _part(households, _share(homes.sector, equal < 0.6 * np.median(equal), count), -0.004 * back)
    return np.round(mean[:, None] * households * factor), np.round(median[:, None] * factor), low


def _cars(
    rng: np.random.Generator, town: Inhabitants, households: Ints, plan: NDArray[np.bool_], back: Ints
) -> tuple[Ints, Ints]:
    """Cars of residents, and how many of them are electric."""
    count = len(households)
    owned = np.bincount(town.households.sector, town.households.cars, count)
    each = owned / np.maximum(np.bincount(town.households.sector, minlength=count), 1)
    fewer = np.where(town.sectors.inside_ring[:, None] & plan, 0.93, 1.0)
    cars = np.round(households * each[:, None] * fewer * np.exp(-0.006 * back) * _luck(rng, count, back, 0.01))
    share = np.clip((0.13 - 0.03 * town.sectors.poverty)[:, None] * np.exp(0.42 * back), 0.001, 0.5)
    return cars.astype(np.int64), np.round(cars * share).astype(np.int64)


def _flat_share(town: Inhabitants, count: int) -> Floats:
    flat = town.buildings.kind[town.households.building] == FLATS
    return _share(town.households.sector, flat, count)


def _air(
    rng: np.random.Generator, sectors: Sectors, plan: NDArray[np.bool_], back: Ints
) -> tuple[Floats, Floats, Floats]:
    """Yearly means of NO2 and PM2.5 in µg/m³, and the share of people in noise."""
    count = len(sectors.wijk)
    near_ring = np.exp(-(((sectors.away - RING) / 0.05) ** 2))
    traffic = 9 * np.clip(sectors.density, 0, 1.2) + 6 * near_ring + 7 * sectors.harbour
    effect = np.where(plan, np.where(sectors.inside_ring, 0.80, 1.0)[:, None] + 0.05 * near_ring[:, None], 1.0)
    no2 = (7.5 + 1.45 * traffic[:, None] * effect) * np.exp(-0.028 * (back + 9)) * _luck(rng, count, back, 0.02)
    pm25 = (9.2 + 0.28 * traffic[:, None]) * np.exp(-0.02 * (back + 9)) * _luck(rng, count, back, 0.015)
    noisy = (0.07 + 0.035 * traffic[:, None] * effect) * (1 - 0.006 * (back + 9)) * _luck(rng, count, back, 0.04)
    return np.round(no2, 1), np.round(pm25, 1), np.round(np.clip(noisy, 0.02, 0.9), 4)


def _ground(rng: np.random.Generator, sectors: Sectors, back: Ints) -> tuple[Floats, Floats, Floats]:
    """Green, sealed and tree-covered surface in m²; green and sealed together are less than the sector."""
    count = len(sectors.wijk)
    built = np.clip(0.16 + 0.62 * np.clip(sectors.density, 0, 1) + 0.1 * sectors.belt + 0.3 * sectors.harbour, 0, 0.86)
    site = 0.012 * (back + 9) * sectors.growing[:, None]
    undone = 0.0016 * (back + 9) * (1 + sectors.inside_ring[:, None])
    sealed = np.clip(built[:, None] * _luck(rng, count, back[:1], 0.05) + site - undone, 0.05, 0.92)
    green = (1 - sealed) * 0.9
    canopy = green * (0.26 + 0.004 * (back + 9))
    area = sectors.area_m2[:, None]
    return np.round(green * area), np.round(sealed * area), np.round(canopy * area)
