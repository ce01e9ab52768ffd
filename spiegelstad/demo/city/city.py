"""The whole invented city in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from spiegelstad.demo.city.blocks import Areas, Blocks, make_areas, make_blocks
from spiegelstad.demo.city.buildings import Buildings, Ground, make_buildings
from spiegelstad.demo.city.greenery import Parks, Stops, Trees, make_parks, make_stops, make_trees
from spiegelstad.demo.city.people import make_households, make_persons, make_sectors
from spiegelstad.demo.city.scale import PLAN_YEARS_AGO, YEARS_OF_STATISTICS, Scale, scale_for
from spiegelstad.demo.city.sensors import Sensor, make_sensors
from spiegelstad.demo.city.statistics import Inhabitants, Statistics, make_statistics
from spiegelstad.demo.city.streets import Streets, make_streets
from spiegelstad.demo.city.terrain import Terrain, make_terrain


@dataclass(frozen=True)
class City:
    """Everything there is; geometry in EPSG:31370."""

    scale: Scale
    seed: int
    until: dt.date
    terrain: Terrain
    blocks: Blocks
    areas: Areas
    streets: Streets
    parks: Parks
    trees: Trees
    stops: Stops
    buildings: Buildings
    town: Inhabitants
    statistics: Statistics
    sensors: tuple[Sensor, ...]

    @property
    def last_year(self) -> int:
        """The last complete year: the newest one in the statistics."""
        return self.until.year - 1


def invent(*, inhabitants: int, seed: int, until: dt.date) -> City:
    """Invent a city; the same arguments give the same city."""
    scale = scale_for(inhabitants)
    terrain = make_terrain(scale, seed)
    blocks = make_blocks(terrain, seed)
    areas = make_areas(terrain, blocks, seed)
    streets = make_streets(terrain, blocks, seed)
    parks = make_parks(terrain, blocks, seed)
    ground = Ground(terrain, blocks, areas, streets, parks)
    buildings = make_buildings(ground, until.year, seed)
    sectors = make_sectors(terrain, areas, seed)
    households = make_households(buildings, sectors, inhabitants, seed)
    town = Inhabitants(buildings, sectors, households, make_persons(households, seed))
    years = np.arange(until.year - YEARS_OF_STATISTICS, until.year)
    return City(
        scale=scale,
        seed=seed,
        until=until,
        terrain=terrain,
        blocks=blocks,
        areas=areas,
        streets=streets,
        parks=parks,
        trees=make_trees(terrain, streets, parks, until.year, seed),
        stops=make_stops(terrain, streets, seed),
        buildings=buildings,
        town=town,
        statistics=make_statistics(town, years, until.year - PLAN_YEARS_AGO, seed),
        sensors=make_sensors(terrain, streets, seed),
    )
