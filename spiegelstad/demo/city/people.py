"""Who lives where: households and persons in the last year of the statistics, and the character of every sector.

The persons exist only here, as numbers; what leaves the generator is counted by sector, as real statistical offices do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spiegelstad.demo.city.blocks import Areas, Ints
from spiegelstad.demo.city.buildings import FLATS, Buildings
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.terrain import RING, Floats, Terrain

OWNER, TENANT, SOCIAL = range(3)
#: Upper bounds (exclusive) of the age groups of the statistics.
AGE_BOUNDS = np.array([12, 18, 35, 50, 65, 80])
AGE_GROUPS = ("0-11", "12-17", "18-34", "35-49", "50-64", "65-79", "80+")


@dataclass(frozen=True)
class Sectors:
    """Character of the sectors, one element each: the causes behind the statistics.

    `belt` is the old workers' belt along the ring, `poverty` runs from about -1 to 2, `rising` is a wijk that
    gentrifies, `growing` a sector with a building site.
    """

    wijk: Ints
    area_m2: Floats
    away: Floats
    inside_ring: NDArray[np.bool_]
    density: Floats
    belt: Floats
    harbour: Floats
    poverty: Floats
    rising: NDArray[np.bool_]
    growing: NDArray[np.bool_]


@dataclass(frozen=True)
class Households:
    """One element per household."""

    building: Ints
    sector: Ints
    size: Ints
    children: Ints
    age: Ints
    income_eur: Floats
    tenure: Ints
    cars: Ints


@dataclass(frozen=True)
class Persons:
    """One element per person."""

    sector: Ints
    age_group: Ints
    woman: NDArray[np.bool_]


def make_sectors(terrain: Terrain, areas: Areas, seed: int) -> Sectors:
    """The character of each sector from where it lies, with luck that neighbours share."""
    rng = stream(seed, "sectors")
    points = shapely.get_coordinates(shapely.point_on_surface(areas.sectors))
    away = terrain.distance(points)
    belt = np.exp(-(((away - RING * 1.05) / 0.11) ** 2))
    harbour = terrain.harbour_share(points)
    luck = _shared_luck(rng, points, terrain.scale.radius_m)
    poverty = 1.25 * belt + 0.8 * harbour - 0.9 * np.clip(away - 0.5, 0, 1) + 0.45 * luck - 0.1
    wijken = len(areas.wijken)
    rising_wijk = int(
        np.argsort(np.bincount(areas.wijk_of_sector, belt, wijken) / np.bincount(areas.wijk_of_sector))[-2]
    )
    outside = np.flatnonzero((away > 0.45) & (harbour < 0.3))
    growing = np.zeros(len(points), dtype=bool)
    growing[rng.choice(outside, max(1, len(outside) // 25), replace=False)] = True
    return Sectors(
        wijk=areas.wijk_of_sector,
        area_m2=np.asarray(shapely.area(areas.sectors)),
        away=away,
        inside_ring=shapely.contains_xy(terrain.ring, points),
        density=terrain.density(points),
        belt=belt,
        harbour=harbour,
        poverty=poverty,
        rising=areas.wijk_of_sector == rising_wijk,
        growing=growing,
    )


def _shared_luck(rng: np.random.Generator, points: Floats, radius: float) -> Floats:
    """A smooth field of about standard deviation one: places close together are alike."""
    total = np.zeros(len(points))
    for _ in range(8):
        direction = rng.normal(size=2) * 2.4 / radius
        total += np.cos(points @ direction + rng.uniform(0, 2 * np.pi))
    return total / 2


def make_households(buildings: Buildings, sectors: Sectors, inhabitants: int, seed: int) -> Households:
    """Households in the dwellings, exactly so many persons in all; some dwellings stay empty."""
    rng = stream(seed, "households")
    dwelling = np.repeat(np.arange(len(buildings.kind)), buildings.dwellings)
    dwelling = dwelling[rng.permutation(len(dwelling))]
    flat = buildings.kind[dwelling] == FLATS
    sector = buildings.sector[dwelling]
    age = _ages(rng, sectors.away[sector], flat)
    size, children = _sizes(rng, age, flat, sectors.poverty[sector])
    last = int(np.searchsorted(np.cumsum(size), inhabitants))
    last = min(last, len(size) - 1)
    size = size[: last + 1]
    size, children = _exactly(rng, size, children[: last + 1], inhabitants)
    dwelling, sector, age = dwelling[: last + 1], sector[: last + 1], age[: last + 1]
    poverty, away = sectors.poverty[sector], sectors.away[sector]
    tenure = _tenures(rng, flat[: last + 1], poverty, age)
    income = _incomes(rng, size - children, age, tenure, poverty)
    wish = -0.35 + 0.9 * np.clip(away, 0, 1) + 0.28 * (size - children) + income / 95_000 - 0.5 * (tenure == SOCIAL)
    cars = rng.poisson(np.clip(wish, 0.05, 2.5)).clip(0, 3)
    return Households(dwelling, sector, size, children, age, income, tenure, cars)


def _ages(rng: np.random.Generator, away: Floats, flat: NDArray[np.bool_]) -> Ints:
    """Age of the reference person: young in the middle of town and in flats, older outside."""
    middle = np.interp(away, [0, 0.3, 0.5, 0.9], [42, 49, 57, 60]) - np.where(flat, 3, 0)
    age = rng.normal(middle, 19.0)
    students = (away < 0.3) & (rng.random(len(away)) < 0.14)
    return np.where(students, rng.integers(19, 26, len(age)), np.clip(age, 20, 96)).astype(np.int64)


def _sizes(rng: np.random.Generator, age: Ints, flat: NDArray[np.bool_], poverty: Floats) -> tuple[Ints, Ints]:
    """Persons and children per household."""
    alone = np.interp(age, [20, 30, 45, 65, 80, 95], [0.68, 0.42, 0.27, 0.33, 0.55, 0.8]) + np.where(flat, 0.2, -0.08)
    adults = np.where(rng.random(len(age)) < alone, 1, 2)
    adults += (adults == 2) & (age > 44) & (age < 68) & (rng.random(len(age)) < 0.3)
    wish = np.interp(age, [22, 32, 38, 44, 52, 60], [0.1, 1.1, 1.65, 1.35, 0.35, 0.0])
    wish = wish * np.where(flat, 0.6, 1.0) * np.where(adults == 1, 0.5, 1.1) * (1 + 0.22 * np.clip(poverty, 0, 2))
    children = rng.poisson(wish).clip(0, 6)
    return (adults + children).astype(np.int64), children.astype(np.int64)


def _exactly(rng: np.random.Generator, size: Ints, children: Ints, inhabitants: int) -> tuple[Ints, Ints]:
    """Change few households so that the persons add up."""
    surplus = int(size.sum()) - inhabitants
    if surplus > 0:
        size, children = size.copy(), children.copy()
        size[-1] -= surplus
        children[-1] = min(int(children[-1]), int(size[-1]) - 1)
        if size[-1] < 1:
            raise ValueError("the last household has no one left")
        return size, children
    more = np.bincount(rng.choice(np.flatnonzero(size > 1), -surplus), minlength=len(size))
    return size + more, children + more


def _tenures(rng: np.random.Generator, flat: NDArray[np.bool_], poverty: Floats, age: Ints) -> Ints:
    """Owner, tenant of a private owner, or tenant of the social housing company."""
    social = np.clip(0.045 + 0.085 * poverty + 0.07 * flat, 0.01, 0.5)
    owner = np.interp(age, [22, 35, 50, 75], [0.3, 0.66, 0.82, 0.85]) - 0.11 * poverty - 0.26 * flat
    luck = rng.random(len(age))
    return np.where(luck < social, SOCIAL, np.where(rng.random(len(age)) < owner, OWNER, TENANT)).astype(np.int64)


def _incomes(rng: np.random.Generator, adults: Ints, age: Ints, tenure: Ints, poverty: Floats) -> Floats:
    """Taxable income of the household in euro a year."""
    work = np.interp(age, [20, 27, 45, 60, 68, 90], [0.45, 0.85, 1.18, 1.12, 0.78, 0.66])
    home = np.choose(tenure, [1.12, 0.88, 0.6])
    middle = 27_500 * work * home * (1 - 0.13 * poverty) * np.where(adults == 1, 1.0, 1.62)
    return np.asarray(np.round(middle * np.exp(rng.normal(0, 0.42, len(age))), 0))


def make_persons(households: Households, seed: int) -> Persons:
    """Everyone with a sector, an age group and a sex."""
    rng = stream(seed, "persons")
    household = np.repeat(np.arange(len(households.size)), households.size)
    place = np.arange(len(household)) - np.repeat(np.cumsum(households.size) - households.size, households.size)
    adults = (households.size - households.children)[household]
    reference = households.age[household]
    partner = np.where(place == 0, reference, np.clip(reference + rng.normal(0, 4, len(place)), 18, 99))
    partner = np.where(place == 2, np.clip(reference - 28, 18, 30), partner)
    child = np.clip(reference - 31 + rng.normal(0, 5, len(place)), 0, 19)
    age = np.where(place < adults, partner, child).astype(np.int64)
    woman = rng.random(len(age)) < np.interp(age, [0, 60, 75, 95], [0.49, 0.5, 0.54, 0.68])
    return Persons(households.sector[household], np.searchsorted(AGE_BOUNDS, age, side="right"), woman)
