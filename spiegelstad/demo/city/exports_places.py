"""Files about places: areas, streets, addresses, buildings, parks, trees, stops, water, sensors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from spiegelstad.demo.city import write
from spiegelstad.demo.city.blocks import Shapes
from spiegelstad.demo.city.buildings import KINDS
from spiegelstad.demo.city.city import City
from spiegelstad.demo.city.dirt import Cells, Recipe, Spoil
from spiegelstad.demo.city.exports import Export, cells, sector_codes, sector_names, wijk_codes
from spiegelstad.demo.city.greenery import SPECIES
from spiegelstad.demo.city.names import CITY, NIS_CODE, WIJKEN
from spiegelstad.demo.city.sensors import KINDS as SENSOR_KINDS
from spiegelstad.demo.city.sensors import to_degrees
from spiegelstad.demo.city.streets import CLASSES
from spiegelstad.demo.city.terrain import river_half_width_m

LAMBERT = 31370


def place_exports(city: City) -> list[Export]:
    """All files about places."""
    return [
        *_areas(city),
        _streets(city),
        _addresses(city),
        _buildings(city),
        *_green(city),
        _stops(city),
        _sensors(city),
    ]


def _areas(city: City) -> list[Export]:
    areas = city.areas
    wijken = wijk_codes(city)
    water = shapely.intersection(
        shapely.buffer(city.terrain.river, river_half_width_m(city.terrain)), city.areas.municipality
    )
    water = shapely.set_precision(water, 0.01)
    return [
        Export("municipality", "places/gemeente.geojson", {"NISCODE": cells([NIS_CODE]), "NAAM": cells([CITY])}, _plain,
               shapes=np.array([areas.municipality], dtype=object)),
        Export("wijken", "places/wijken.geojson",
               {"wijknr": wijken, "wijk": cells(WIJKEN[: len(wijken)]), "gemeente": cells([NIS_CODE] * len(wijken))},
               _plain, shapes=areas.wijken),
        Export("sectors", "places/sectoren.zip",
               {"SECTORCODE": sector_codes(city), "SECTORNAAM": sector_names(city),
                "wijknr": wijken[areas.wijk_of_sector]},
               _zipped, shapes=areas.sectors),
        Export("water", "places/water.geojson",
               {"id": cells(["WL001"]), "naam": cells(["De Spiegel"]), "soort": cells(["rivier"])},
               _plain, shapes=np.array([water], dtype=object)),
    ]  # fmt: skip


def _plain(columns: Mapping[str, Cells], shapes: Shapes) -> bytes:
    return write.geojson_bytes(columns, shapes, epsg=LAMBERT)


def _zipped(columns: Mapping[str, Cells], shapes: Shapes) -> bytes:
    return write.zip_bytes({"sectoren.geojson": _plain(columns, shapes)})


def _streets(city: City) -> Export:
    streets = city.streets
    number = len(streets.lines)
    direction = np.where(streets.one_way, "enkel", "beide")
    columns = {
        "wegsegment": cells([f"WS{row:06d}" for row in range(number)]),
        "straat_id": cells([f"ST{street:05d}" for street in streets.street.tolist()]),
        "straatnaam": cells(streets.name_of(np.arange(number))),
        "klasse": cells(np.array(CLASSES)[streets.road_class]),
        "rijrichting": cells(direction),
        "snelheid": cells(streets.maximum_kmh),
    }
    recipe = Recipe(
        spoils=(
            Spoil("impossible speed", "snelheid", 700, 0.0008),
            Spoil("unknown class", "klasse", "???", 0.0005),
            Spoil("no identifier", "wegsegment", None, 0.0004),
        ),
        repeated=0.001,
    )
    return Export("streets", "places/wegsegmenten.geojson", columns,
                  _plain, recipe, streets.lines)  # fmt: skip


def _addresses(city: City) -> Export:
    buildings = city.buildings
    degrees = to_degrees(buildings.points)
    wijk = city.areas.wijk_of_sector[buildings.sector]
    columns = {
        "adres_id": cells([f"AD{row:07d}" for row in range(len(buildings.kind))]),
        "straatnaam": cells([city.streets.names[street] for street in buildings.street.tolist()]),
        "huisnummer": write.texts(buildings.house_number),
        "postcode": cells([f"05{number:02d}" for number in wijk.tolist()]),
        "gemeente": cells([CITY] * len(wijk)),
        "sector": sector_codes(city)[buildings.sector],
        "woningen": write.texts(buildings.dwellings),
        "lengtegraad": write.texts(degrees[:, 0], decimal=","),
        "breedtegraad": write.texts(degrees[:, 1], decimal=","),
    }
    recipe = Recipe(
        spoils=(
            Spoil("no street", "straatnaam", "", 0.0005),
            Spoil("unknown sector", "sector", "99001Z99-", 0.0005),
            Spoil("far outside the city", "lengtegraad", "5,5", 0.0004),
            Spoil("not a number", "breedtegraad", "n.v.t.", 0.0003),
        ),
        repeated=0.001,
    )
    return Export("addresses", "places/adressen.csv", columns, lambda rows, _s: write.csv_bytes(rows, bom=True), recipe)


def _buildings(city: City) -> Export:
    buildings = city.buildings
    columns = {
        "gebouw_id": cells([f"GB{row:07d}" for row in range(len(buildings.kind))]),
        "adres_id": cells([f"AD{row:07d}" for row in range(len(buildings.kind))]),
        "soort": cells(np.array(KINDS)[buildings.kind]),
        "hoogte_m": cells(buildings.height_m),
        "bouwjaar": cells(buildings.year),
        "woningen": cells(buildings.dwellings),
        "sector": sector_codes(city)[buildings.sector],
    }
    recipe = Recipe(
        spoils=(
            Spoil("impossible height", "hoogte_m", -9999.0, 0.0005),
            Spoil("year in the future", "bouwjaar", 20195, 0.0004),
        )
    )
    return Export("buildings", "places/gebouwen.parquet", columns, write.parquet_bytes, recipe, buildings.shapes)


def _green(city: City) -> list[Export]:
    parks, trees = city.parks, city.trees
    park_columns = {
        "park_id": cells([f"PK{row:04d}" for row in range(len(parks.names))]),
        "naam": cells(parks.names),
        "soort": cells(parks.kinds),
    }
    degrees = to_degrees(trees.points)
    tree_columns = {
        "boom": cells([f"B{row:06d}" for row in range(len(trees.species))]),
        "soort": cells(np.array(SPECIES)[trees.species]),
        "hoogte": write.texts(trees.height_m, decimal=","),
        "plantjaar": write.texts(trees.planted),
        "lon": write.texts(degrees[:, 0], decimal=","),
        "lat": write.texts(degrees[:, 1], decimal=","),
    }
    tree_recipe = Recipe(
        spoils=(
            Spoil("impossible height", "hoogte", "245,0", 0.0008),
            Spoil("no place", "lon", "", 0.0006),
            Spoil("not a year", "plantjaar", "onbekend?", 0.0006),
        ),
        repeated=0.001,
    )
    return [
        Export("parks", "green/parken.geojson", park_columns,
               _plain, shapes=parks.shapes),
        Export("trees", "green/bomen.csv", tree_columns,
               lambda rows, _s: write.csv_bytes(rows, encoding="latin-1"), tree_recipe),
    ]  # fmt: skip


def _stops(city: City) -> Export:
    stops = city.stops
    degrees = to_degrees(stops.points)
    columns = {
        "halte": cells([f"H{row:04d}" for row in range(len(stops.names))]),
        "naam": cells(stops.names),
        "vervoer": cells(np.where(stops.tram, "tram", "bus")),
        "ritten_werkdag": cells(stops.departures),
        "lon": cells(degrees[:, 0]),
        "lat": cells(degrees[:, 1]),
    }
    recipe = Recipe(spoils=(Spoil("place of zeros", "lon", 0.0, 0.004),), repeated=0.004)
    return Export("stops", "mobility/haltes.json", columns,
                  lambda rows, _s: write.json_bytes(rows, records="data.haltes"), recipe)  # fmt: skip


def _sensors(city: City) -> Export:
    sensors = city.sensors
    columns = {
        "code": cells([sensor.code for sensor in sensors]),
        "soort": cells([SENSOR_KINDS[sensor.kind][1] for sensor in sensors]),
        "naam": cells([sensor.name for sensor in sensors]),
        "plaatsen": cells([sensor.places or None for sensor in sensors]),
        "geplaatst": cells([f"{sensor.installed}-03-01" for sensor in sensors]),
        "lon": cells([sensor.lon for sensor in sensors]),
        "lat": cells([sensor.lat for sensor in sensors]),
    }
    return Export(
        "sensors", "sensors/sensoren.json", columns, lambda rows, _s: write.json_bytes(rows, records="sensoren")
    )
