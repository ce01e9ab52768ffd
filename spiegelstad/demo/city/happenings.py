"""Single happenings over ten years: homes sold, energy certificates, accidents, answers in the travel survey, money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.buildings import FLATS
from spiegelstad.demo.city.people import Sectors
from spiegelstad.demo.city.scale import Scale, stream
from spiegelstad.demo.city.statistics import Inhabitants, Statistics
from spiegelstad.demo.city.streets import LOCAL, RURAL, Streets
from spiegelstad.demo.city.terrain import Floats, Terrain

LABELS = ("A", "B", "C", "D", "E", "F")
#: kWh per m² a year up to which a home has this label (Flemish bounds).
LABEL_BOUNDS = np.array([100, 200, 300, 400, 500])
SEVERITIES = ("licht", "zwaar", "dodelijk")
MODES = ("te voet", "fiets", "auto", "bus of tram", "trein", "andere")


@dataclass(frozen=True)
class Sales:
    """Homes sold: sector, day, flat or house, price in euro and surface in m²."""

    sector: Ints
    day: Ints
    flat: Ints
    price_eur: Ints
    surface_m2: Ints


@dataclass(frozen=True)
class Certificates:
    """Energy certificates: sector, day, kWh per m² a year, flat or house."""

    sector: Ints
    day: Ints
    kwh_m2: Ints
    flat: Ints


@dataclass(frozen=True)
class Accidents:
    """Accidents with injury: place (n, 2), moment in seconds, severity, mode of the victim."""

    points: Floats
    second: Ints
    severity: Ints
    mode: Ints
    victims: Ints


def _days(rng: np.random.Generator, years: Ints, pick: Ints) -> Ints:
    """A random day, as days since 1970, in the year of each pick."""
    first = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(first[pick] + rng.integers(0, 365, len(pick)))


def make_sales(town: Inhabitants, stats: Statistics, seed: int) -> Sales:
    """About one in fifty lived-in homes a year changes hands."""
    rng = stream(seed, "sales")
    number = rng.poisson(stats.dwellings * 0.021)
    sector, year = (np.repeat(index.ravel(), number.ravel()) for index in np.indices(number.shape))
    flat_share = _flat_share(town)
    flat = (rng.random(len(sector)) < flat_share[sector]).astype(np.int64)
    surface = np.clip(rng.normal(np.where(flat, 82, 148), np.where(flat, 22, 40)), 28, 420)
    sectors = town.sectors
    place = 1.16 - 0.19 * sectors.poverty + 0.26 * np.exp(-sectors.away / 0.25) - 0.1 * sectors.harbour
    rise = (0.034 + 0.024 * sectors.rising)[sector] * (year - len(stats.years) + 1)
    price = (
        2_150 * place[sector] * surface * np.where(flat, 1.18, 1.0) * np.exp(rise + rng.normal(0, 0.17, len(sector)))
    )
    return Sales(
        sector,
        _days(rng, stats.years, year),
        flat,
        (price / 500).round().astype(np.int64) * 500,
        surface.astype(np.int64),
    )


def make_certificates(town: Inhabitants, stats: Statistics, seed: int) -> Certificates:
    """Certificates of homes that were let or sold: better with every year, worse in the old belt."""
    rng = stream(seed, "certificates")
    number = rng.poisson(stats.dwellings * 0.036)
    sector, year = (np.repeat(index.ravel(), number.ravel()) for index in np.indices(number.shape))
    flat = (rng.random(len(sector)) < _flat_share(town)[sector]).astype(np.int64)
    sectors = town.sectors
    middle = 350 + 55 * sectors.poverty - 60 * sectors.away - 120 * sectors.growing
    kwh = middle[sector] * np.where(flat, 0.72, 1.0) * np.exp(-0.042 * year + rng.normal(0, 0.42, len(sector)))
    return Certificates(sector, _days(rng, stats.years, year), np.clip(kwh, 8, 990).astype(np.int64), flat)


def _flat_share(town: Inhabitants) -> Floats:
    count = len(town.sectors.wijk)
    flats = np.bincount(town.buildings.sector, town.buildings.dwellings * (town.buildings.kind == FLATS), count)
    return np.asarray(flats / np.maximum(np.bincount(town.buildings.sector, town.buildings.dwellings, count), 1))


def make_accidents(terrain: Terrain, streets: Streets, stats: Statistics, seed: int) -> Accidents:
    """Accidents on the streets: most on radials and the ring, fewer inside the ring since the circulation plan."""
    rng = stream(seed, "accidents")
    busy = np.where(streets.road_class == RURAL, 0.15, np.where(streets.road_class == LOCAL, 0.5, 4.0))
    danger = streets.length_m * busy * np.clip(streets.density, 0.1, 1)
    inside = shapely.contains_xy(terrain.ring, streets.middle)
    total = terrain.scale.inhabitants * 0.0034
    segment, year = [], []
    for number, plan in enumerate(stats.plan):
        weight = danger * np.where(inside & plan, 0.72, 1.0)
        expected = total * np.exp(-0.018 * number) * weight.sum() / danger.sum()
        segment.append(rng.choice(len(weight), rng.poisson(expected), p=weight / weight.sum()))
        year.append(np.full(len(segment[-1]), number))
    where, when = np.concatenate(segment), np.concatenate(year)
    spot = shapely.line_interpolate_point(streets.lines[where], rng.uniform(0.02, 0.98, len(where)), normalized=True)
    hour = rng.choice(24, len(where), p=_RUSH / _RUSH.sum())
    second = _days(rng, stats.years, when) * 86_400 + hour * 3_600 + rng.integers(0, 60, len(where)) * 60
    severity = rng.choice(3, len(where), p=[0.885, 0.105, 0.01])
    mode = rng.choice(4, len(where), p=[0.13, 0.43, 0.38, 0.06])
    return Accidents(shapely.get_coordinates(spot), second, severity, mode, 1 + rng.poisson(0.14, len(where)))


_RUSH = np.array([2, 2, 1, 1, 1, 2, 4, 9, 12, 8, 7, 8, 9, 8, 9, 11, 14, 15, 12, 8, 6, 5, 4, 3], dtype=np.float64)


def travel_survey(sectors: Sectors, stats: Statistics, seed: int) -> Ints:
    """Trips in the answers, by (wijk, year, mode): about 700 trips per wijk and year."""
    rng = stream(seed, "survey")
    wijken = int(sectors.wijk.max()) + 1
    people = np.bincount(sectors.wijk, minlength=wijken)
    away = np.bincount(sectors.wijk, sectors.away, wijken) / people
    inside = np.bincount(sectors.wijk, sectors.inside_ring, wijken) / people > 0.5
    trips = np.zeros((wijken, len(stats.years), len(MODES)), dtype=np.int64)
    for year, plan in enumerate(stats.plan):
        car = np.interp(away, [0, 0.3, 0.5, 0.9], [0.20, 0.33, 0.47, 0.60]) * (1 - 0.008 * year)
        car = car * np.where(inside & plan, 0.80, np.where(plan, 0.96, 1.0))
        bicycle = np.interp(away, [0, 0.3, 0.5, 0.9], [0.31, 0.31, 0.25, 0.19]) * (1 + 0.014 * year)
        bicycle = bicycle * np.where(inside & plan, 1.13, 1.0)
        rest = 1 - car - bicycle
        shares = np.column_stack([rest * 0.5, bicycle, car, rest * 0.34, rest * 0.1, rest * 0.06])
        for wijk in range(wijken):
            trips[wijk, year] = rng.multinomial(rng.integers(620, 780), shares[wijk] / shares[wijk].sum())
    return trips


DOMAINS = (
    "Mobiliteit", "Wonen en bouwen", "Klimaat en energie", "Groen en natuur", "Onderwijs", "Cultuur en sport",
    "Zorg en welzijn", "Veiligheid", "Algemeen bestuur", "Jeugd",
)  # fmt: skip


def budget(scale: Scale, stats: Statistics, seed: int) -> list[tuple[int, str, str, float, float]]:
    """Budget lines: year, domain, spending or income, planned and realised amount in euro."""
    rng = stream(seed, "budget")
    shares = np.array([0.09, 0.06, 0.04, 0.05, 0.17, 0.10, 0.16, 0.15, 0.14, 0.04])
    lines = []
    for number, year in enumerate(stats.years):
        shares_now = shares + np.array([0.0, 0.0, 0.004, 0.002, 0, 0, 0, -0.002, -0.004, 0]) * number
        for kind, each in (("uitgave", 2_150), ("ontvangst", 2_190)):
            total = scale.inhabitants * each * 1.031**number
            for domain, share in zip(DOMAINS, shares_now / shares_now.sum(), strict=True):
                planned = total * share * rng.uniform(0.97, 1.03)
                realised = planned * rng.uniform(0.90, 1.02)
                lines.append((int(year), domain, kind, round(planned, 2), round(realised, 2)))
    return lines


@dataclass(frozen=True)
class Investments:
    """Investment projects: year, wijk, domain (an index of DOMAINS), planned and realised amount in euro."""

    year: Ints
    wijk: Ints
    domain: Ints
    planned_eur: Floats
    realised_eur: Floats


def make_investments(scale: Scale, sectors: Sectors, stats: Statistics, seed: int) -> Investments:
    """More in the belt and where people come to live; a third of what is planned comes late."""
    rng = stream(seed, "investments")
    wijken = int(sectors.wijk.max()) + 1
    people = np.bincount(sectors.wijk, stats.people[:, -1].sum(axis=(1, 2)), wijken)
    need = people * (
        1 + 0.8 * np.bincount(sectors.wijk, sectors.belt + 2 * sectors.growing, wijken) / np.bincount(sectors.wijk)
    )
    number = scale.investments_a_year * len(stats.years)
    year = np.repeat(stats.years, scale.investments_a_year)
    wijk = rng.choice(wijken, number, p=need / need.sum())
    domain = rng.choice(len(DOMAINS), number, p=[0.26, 0.10, 0.12, 0.14, 0.12, 0.12, 0.05, 0.03, 0.03, 0.03])
    mean = scale.inhabitants * 420 / scale.investments_a_year
    planned = mean * rng.lognormal(-0.32, 0.8, number) * 1.02 ** (year - stats.years[0])
    realised = planned * np.where(
        rng.random(number) < 0.33, rng.uniform(0.1, 0.7, number), rng.uniform(0.85, 1.08, number)
    )
    return Investments(year, wijk, domain, np.round(planned, 2), np.round(realised, 2))
