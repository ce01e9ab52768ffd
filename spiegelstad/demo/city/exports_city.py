"""Files about the city: cars, energy, air, green, travel, accidents, money."""

from __future__ import annotations

import numpy as np

from spiegelstad.demo.city import happenings, write
from spiegelstad.demo.city.city import City
from spiegelstad.demo.city.dirt import Recipe, Spoil
from spiegelstad.demo.city.exports import UNKNOWN_SECTOR, Export, by_sector_and_year, cells, wijk_codes
from spiegelstad.demo.city.sensors import to_degrees


def city_exports(city: City) -> list[Export]:
    """The files about mobility, surroundings and money."""
    surroundings = [_energy(city), _air(city), _ground(city)]
    mobility = [_cars(city), _survey(city), _accidents(city)]
    return [*surroundings, *mobility, _budget(city), _investments(city)]


def _cars(city: City) -> Export:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "sector": sector,
        "jaar": cells(year),
        "wagens": cells(stats.cars.ravel()),
        "elektrisch": cells(stats.electric_cars.ravel()),
    }
    recipe = Recipe(
        spoils=(Spoil("negative number", "wagens", -1, 0.001), Spoil("text for a number", "elektrisch", "veel", 0.0008))
    )
    return Export(
        "cars",
        "mobility/wagens.json",
        columns,
        lambda rows, _s: write.json_bytes(rows, records="resultaat.rijen"),
        recipe,
    )


def _energy(city: City) -> Export:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "Sector": sector,
        "Jaar": cells(year),
        "Huishoudens": cells(stats.households.ravel()),
        "Elektriciteit (kWh)": cells(stats.electricity_kwh.ravel()),
        "Aansluitingen gas": cells(stats.gas_connections.ravel()),
        "Gas (kWh)": cells(stats.gas_kwh.ravel()),
        "Zonnedaken": cells(stats.solar_roofs.ravel()),
        "Zonnepanelen (kW)": cells(stats.solar_kw.ravel()),
    }
    recipe = Recipe(spoils=(Spoil("negative use", "Gas (kWh)", -1.0, 0.001), Spoil("no year", "Jaar", None, 0.001)))
    return Export("energy", "energy/verbruik.xlsx", columns,
                  lambda rows, _s: write.xlsx_bytes(rows, sheet="Verbruik per sector"), recipe)  # fmt: skip


def _air(city: City) -> Export:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "sector": sector,
        "jaar": write.texts(year),
        "no2": write.texts(stats.no2.ravel(), decimal=","),
        "pm25": write.texts(stats.pm25.ravel(), decimal=","),
        "lawaai_aandeel": write.texts(stats.noisy.ravel(), decimal=","),
    }
    recipe = Recipe(spoils=(Spoil("value of a broken model", "no2", "-999", 0.001), UNKNOWN_SECTOR))
    return Export("air-model", "air/luchtkaart.csv", columns, lambda rows, _s: write.csv_bytes(rows, bom=True), recipe)


def _ground(city: City) -> Export:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "sector": sector,
        "jaar": write.texts(year),
        "oppervlakte_m2": write.texts(np.repeat(np.round(city.town.sectors.area_m2), len(stats.years)), decimals=0),
        "groen_m2": write.texts(stats.green_m2.ravel(), decimals=0),
        "verhard_m2": write.texts(stats.sealed_m2.ravel(), decimals=0),
        "bomen_m2": write.texts(stats.canopy_m2.ravel(), decimals=0),
    }
    recipe = Recipe(spoils=(Spoil("negative surface", "groen_m2", "-5", 0.001), UNKNOWN_SECTOR), repeated=0.001)
    return Export("green-map", "green/groenkaart.csv", columns, lambda rows, _s: write.csv_bytes(rows), recipe)


def _survey(city: City) -> Export:
    trips = happenings.travel_survey(city.town.sectors, city.statistics, city.seed)
    wijk, year, mode = (index.ravel() for index in np.indices(trips.shape))
    columns = {
        "wijknr": wijk_codes(city)[wijk],
        "jaar": write.texts(city.statistics.years[year]),
        "vervoerswijze": cells(np.array(happenings.MODES)[mode]),
        "verplaatsingen": write.texts(trips.ravel()),
    }
    recipe = Recipe(
        spoils=(Spoil("way of travelling that is not on the list", "vervoerswijze", "step?", 0.001),), repeated=0.001
    )
    return Export("travel-survey", "mobility/verplaatsingen.csv", columns,
                  lambda rows, _s: write.csv_bytes(rows, encoding="latin-1"), recipe)  # fmt: skip


def _accidents(city: City) -> Export:
    found = happenings.make_accidents(city.terrain, city.streets, city.statistics, city.seed)
    degrees = to_degrees(found.points)
    iso = np.datetime_as_string(found.second.astype("datetime64[s]")).tolist()
    columns = {
        "nummer": cells([f"O{row:05d}" for row in range(len(iso))]),
        "tijdstip": cells([text.replace("T", " ") for text in iso]),
        "ernst": cells(np.array(happenings.SEVERITIES)[found.severity]),
        "vervoerswijze": cells(np.array(happenings.MODES)[found.mode]),
        "slachtoffers": write.texts(found.victims),
        "lon": write.texts(degrees[:, 0], decimal=","),
        "lat": write.texts(degrees[:, 1], decimal=","),
    }
    recipe = Recipe(
        spoils=(Spoil("far outside the city", "lat", "0,0", 0.001), Spoil("no severity", "ernst", "", 0.0008)),
        repeated=0.001,
    )
    return Export(
        "accidents", "mobility/ongevallen.csv", columns, lambda rows, _s: write.csv_bytes(rows, bom=True), recipe
    )


def _budget(city: City) -> Export:
    lines = happenings.budget(city.scale, city.statistics, city.seed)
    year, domain, kind, planned, realised = (list(column) for column in zip(*lines, strict=True))
    columns = {
        "jaar": write.texts(np.array(year)),
        "domein": cells(domain),
        "soort": cells(kind),
        "raming": cells([_belgian(amount) for amount in planned]),
        "rekening": cells([_belgian(amount) for amount in realised]),
    }
    recipe = Recipe(spoils=(Spoil("text for an amount", "rekening", "p.m.", 0.004),), repeated=0.004)
    return Export(
        "budget", "money/begroting.csv", columns, lambda rows, _s: write.csv_bytes(rows, encoding="latin-1"), recipe
    )


def _belgian(amount: float) -> str:
    """1234567.5 as 1.234.567,50."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _investments(city: City) -> Export:
    made = happenings.make_investments(city.scale, city.town.sectors, city.statistics, city.seed)
    columns = {
        "project": cells([f"INV{row:05d}" for row in range(len(made.year))]),
        "jaar": cells(made.year),
        "wijknr": wijk_codes(city)[made.wijk],
        "domein": cells(np.array(happenings.DOMAINS)[made.domain]),
        "gepland": cells(made.planned_eur),
        "uitgevoerd": cells(made.realised_eur),
    }
    recipe = Recipe(
        spoils=(Spoil("unknown wijk", "wijknr", "W99", 0.001), Spoil("negative amount", "gepland", -250000.0, 0.001)),
        repeated=0.001,
    )
    return Export("investments", "money/investeringen.xlsx", columns,
                  lambda rows, _s: write.xlsx_bytes(rows, sheet="Investeringen"), recipe)  # fmt: skip
