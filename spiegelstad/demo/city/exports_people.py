"""Files about people: population, households, income, dwellings, homes sold, energy certificates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spiegelstad.demo.city import happenings, write
from spiegelstad.demo.city.city import City
from spiegelstad.demo.city.dirt import Cells, Recipe, Spoil
from spiegelstad.demo.city.exports import UNKNOWN_SECTOR, Export, by_sector_and_year, cells, sector_codes, wijk_codes
from spiegelstad.demo.city.names import NIS_CODE
from spiegelstad.demo.city.people import AGE_GROUPS, OWNER, SOCIAL, TENANT


def people_exports(city: City) -> list[Export]:
    """The files about people, their incomes and their homes."""
    homes = [_dwellings(city), _sales(city), _certificates(city)]
    return [_population(city), _households(city), *_income(city), *homes]


def _population(city: City) -> Export:
    people = city.statistics.people
    sector, year, group, sex = (index.ravel() for index in np.indices(people.shape))
    columns = {
        "jaar": write.texts(city.statistics.years[year]),
        "sector": sector_codes(city)[sector],
        "leeftijd": cells(np.array(AGE_GROUPS)[group]),
        "geslacht": cells(np.array(["M", "V"])[sex]),
        "inwoners": write.texts(people.ravel()),
    }
    recipe = Recipe(
        spoils=(
            UNKNOWN_SECTOR,
            Spoil("negative number of people", "inwoners", "-12", 0.0006),
            Spoil("not a number", "inwoners", "n.v.t.", 0.0006),
            Spoil("age group typed wrong", "leeftijd", "18-43", 0.0004),
        ),
        repeated=0.001,
        shuffled=0.01,
    )
    return Export(
        "population", "population/bevolking.csv", columns, lambda rows, _s: write.csv_bytes(rows, bom=True), recipe
    )


def _households(city: City) -> Export:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "Sector": sector,
        "Jaar": cells(year),
        "Huishoudens": cells(stats.households.ravel()),
        "Alleenwonend": cells(stats.alone.ravel()),
        "Met kinderen": cells(stats.with_children.ravel()),
    }
    recipe = Recipe(
        spoils=(
            Spoil("no number", "Huishoudens", None, 0.001),
            Spoil("note in a cell", "Alleenwonend", "zie mail", 0.001),
        )
    )
    return Export("households", "population/huishoudens.xlsx", columns,
                  lambda rows, _s: write.xlsx_bytes(rows, sheet="Huishoudens"), recipe)  # fmt: skip


def _income(city: City) -> list[Export]:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "sector": sector,
        "jaar": write.texts(year),
        "huishoudens": write.texts(stats.households.ravel()),
        "totaal_inkomen": write.texts(stats.income_total_eur.ravel(), decimals=2, decimal=","),
        "mediaan_inkomen": write.texts(stats.income_median_eur.ravel(), decimals=2, decimal=","),
        "laag_inkomen": write.texts(stats.low_income.ravel()),
    }
    recipe = Recipe(
        spoils=(
            UNKNOWN_SECTOR,
            Spoil("impossible income", "mediaan_inkomen", "999999999,0", 0.0008),
            Spoil("negative number", "laag_inkomen", "-1", 0.0006),
        ),
        repeated=0.001,
    )
    return [
        Export(
            "income", "income/inkomens.csv", columns, lambda rows, _s: write.csv_bytes(rows, encoding="latin-1"), recipe
        ),
        _median_incomes(city),
    ]


def _median_incomes(city: City) -> Export:
    """Medians of wijken and the city, which don't follow from the medians of their parts: the office publishes them."""
    stats, homes = city.statistics, city.town.households
    wijk = city.areas.wijk_of_sector[homes.sector]
    rise = np.nanmean(stats.income_median_eur / stats.income_median_eur[:, -1:], axis=0)
    codes, kinds, years, medians = [], [], [], []
    for number, code in enumerate([NIS_CODE, *wijk_codes(city)]):
        mine = homes.income_eur if number == 0 else homes.income_eur[wijk == number - 1]
        for turn, year in enumerate(stats.years.tolist()):
            codes.append(code)
            kinds.append("gemeente" if number == 0 else "wijk")
            years.append(year)
            medians.append(round(float(np.median(mine) * rise[turn]), 0))
    columns = {"niveau": cells(kinds), "gebied": cells(codes), "jaar": cells(years), "mediaan": cells(medians)}
    return Export("income-areas", "income/inkomens-wijken.xlsx", columns,
                  lambda rows, _s: write.xlsx_bytes(rows, sheet="Mediaan"))  # fmt: skip


def _dwellings(city: City) -> Export:
    stats = city.statistics
    sector, year = by_sector_and_year(city)
    columns = {
        "sector": sector,
        "jaar": write.texts(year),
        "woningen": write.texts(stats.dwellings.ravel()),
        "eigenaars": write.texts(stats.tenures[:, :, OWNER].ravel()),
        "huurders": write.texts(stats.tenures[:, :, TENANT].ravel()),
        "sociale_huurders": write.texts(stats.tenures[:, :, SOCIAL].ravel()),
        "leegstaand": write.texts(stats.empty.ravel()),
    }
    recipe = Recipe(spoils=(UNKNOWN_SECTOR, Spoil("no number", "woningen", "", 0.001)), repeated=0.001)
    return Export("dwellings", "housing/woningen.csv", columns, lambda rows, _s: write.csv_bytes(rows), recipe)


def _dates(day: NDArray[np.int64]) -> Cells:
    """Days as 31/12/2025."""
    iso = np.datetime_as_string(day.astype("datetime64[D]")).tolist()
    return cells([f"{text[8:]}/{text[5:7]}/{text[:4]}" for text in iso])


def _sales(city: City) -> Export:
    sales = happenings.make_sales(city.town, city.statistics, city.seed)
    columns = {
        "akte": cells([f"V{row:06d}" for row in range(len(sales.day))]),
        "datum": _dates(sales.day),
        "sector": sector_codes(city)[sales.sector],
        "type": cells(np.array(["huis", "appartement"])[sales.flat]),
        "prijs": write.texts(sales.price_eur),
        "oppervlakte": write.texts(sales.surface_m2),
    }
    recipe = Recipe(
        spoils=(
            Spoil("price of one euro", "prijs", "1", 0.0012),
            Spoil("day that does not exist", "datum", "31/02/2021", 0.0006),
            UNKNOWN_SECTOR,
        ),
        repeated=0.001,
        shuffled=0.05,
    )
    return Export(
        "home-sales",
        "housing/verkopen.csv",
        columns,
        lambda rows, _s: write.csv_bytes(rows, encoding="latin-1"),
        recipe,
    )


def _certificates(city: City) -> Export:
    made = happenings.make_certificates(city.town, city.statistics, city.seed)
    label = np.array(happenings.LABELS)[np.searchsorted(happenings.LABEL_BOUNDS, made.kwh_m2, side="left")]
    columns = {
        "certificaat": cells([f"EPC{row:06d}" for row in range(len(made.day))]),
        "datum": cells(np.datetime_as_string(made.day.astype("datetime64[D]"))),
        "sector": sector_codes(city)[made.sector],
        "type": cells(np.array(["huis", "appartement"])[made.flat]),
        "kwh_m2": write.texts(made.kwh_m2),
        "label": cells(label),
    }
    recipe = Recipe(
        spoils=(
            Spoil("label that does not exist", "label", "GG", 0.0006),
            Spoil("impossible use", "kwh_m2", "-9999", 0.0006),
            Spoil("no sector", "sector", "", 0.0006),
        ),
        repeated=0.0008,
    )
    return Export("energy-certificates", "housing/epc.zip", columns,
                  lambda rows, _s: write.zip_bytes({"epc.csv": write.csv_bytes(rows)}), recipe)  # fmt: skip
