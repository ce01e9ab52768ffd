"""The land of a demo city of the region: border, wijken and sensors, in degrees. Pure.

Made as Spiegelstad is, from another seed, and laid beside it along the same latitude, which keeps every shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spiegelstad.demo.city import Sensor
from spiegelstad.demo.city.blocks import make_areas, make_blocks
from spiegelstad.demo.city.names import WIJKEN
from spiegelstad.demo.city.scale import scale_for
from spiegelstad.demo.city.sensors import KINDS, make_sensors, to_degrees
from spiegelstad.demo.city.streets import make_streets
from spiegelstad.demo.city.terrain import Floats, make_terrain
from spiegelstad.demo.region.cast import DemoCity

INHABITANTS = 5_000
#: Types of the entities that its sensors are.
TYPES = tuple(sorted(entity for _prefix, entity, _word, _share in KINDS.values()))


@dataclass(frozen=True)
class Wijk:
    """A neighbourhood with its shape in degrees WGS84."""

    code: str
    name: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Ground:
    """What there is of a city; shapes in degrees WGS84."""

    border: BaseGeometry
    wijken: tuple[Wijk, ...]
    sensors: tuple[Sensor, ...]


def ground_of(city: DemoCity) -> Ground:
    """Make the land of a city; the same city gives the same land."""
    terrain = make_terrain(scale_for(INHABITANTS), city.seed)
    blocks = make_blocks(terrain, city.seed)
    areas = make_areas(terrain, blocks, city.seed)
    sensors = make_sensors(terrain, make_streets(terrain, blocks, city.seed), city.seed)
    return Ground(
        border=_laid(city, areas.municipality),
        wijken=tuple(
            Wijk(f"{city.code}-W{number:02d}", WIJKEN[city.first_wijk + number], _laid(city, shape))
            for number, shape in enumerate(areas.wijken)
        ),
        sensors=tuple(replace(one, lon=round(one.lon + city.east_deg, 7)) for one in sensors),
    )


def _laid(city: DemoCity, shape: Any) -> BaseGeometry:
    """Lay a shape in Lambert 72 where this city lies, in degrees."""

    def laid(points: Floats) -> Floats:
        return np.asarray(np.round(to_degrees(points) + np.array([city.east_deg, 0.0]), 7))

    moved: BaseGeometry = shapely.transform(shape, laid)
    return moved


def entity_id(city: DemoCity, sensor: Sensor) -> str:
    """Return the URN of a sensor."""
    return f"urn:ngsi-ld:{entity_type(sensor)}:{city.tenant}:{sensor.code}"


def entity_type(sensor: Sensor) -> str:
    """Return the type of the entity that a sensor is."""
    return KINDS[sensor.kind][1]
