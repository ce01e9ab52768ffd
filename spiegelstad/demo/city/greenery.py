"""Parks, trees and stops of public transport."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spiegelstad.demo.city import names
from spiegelstad.demo.city.blocks import Blocks, Ints, Shapes
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.streets import LOCAL, RADIAL, RING, RURAL, Streets
from spiegelstad.demo.city.terrain import Floats, Terrain, river_half_width_m

SPECIES = (
    "zilverlinde",
    "spiegelesdoorn",
    "nevelwilg",
    "glansbeuk",
    "dauwkers",
    "kaatseik",
    "maanberk",
    "schijnplataan",
)


@dataclass(frozen=True)
class Parks:
    """Parks with the blocks they take up."""

    shapes: Shapes
    names: list[str]
    kinds: list[str]
    blocks: NDArray[np.bool_]


@dataclass(frozen=True)
class Trees:
    """Trees: points (n, 2), kind, height in metres and year of planting."""

    points: Floats
    species: Ints
    height_m: Floats
    planted: Ints


@dataclass(frozen=True)
class Stops:
    """Stops of bus and tram: points (n, 2), names, mode and departures on a working day."""

    points: Floats
    names: list[str]
    tram: NDArray[np.bool_]
    departures: Ints


def make_parks(terrain: Terrain, blocks: Blocks, seed: int) -> Parks:
    """Parks of one or two blocks everywhere, larger woods and meadows outside; fewer in the belt around the ring."""
    rng = stream(seed, "parks")
    away = terrain.distance(blocks.points)
    belt = np.exp(-(((away - 0.40) / 0.10) ** 2))
    chance = np.where(away < 0.75, 0.021 * (1 - 0.7 * belt), 0.045) * (1 - terrain.harbour_share(blocks.points))
    heart = rng.random(len(blocks.points)) < chance
    chosen = heart.copy()
    grow = np.where(away > 0.6, 0.75, 0.22)
    for one, other in blocks.neighbours:
        chosen[other] |= heart[one] and rng.random() < grow[other]
    area = np.asarray(shapely.area(blocks.shapes))
    chosen &= (area > 900) & ~shapely.dwithin(blocks.shapes, shapely.Point(*terrain.stadium), 150)
    shapes = shapely.get_parts(shapely.coverage_union_all(blocks.shapes[chosen]))
    water = shapely.buffer(terrain.river, river_half_width_m(terrain) + 8)
    shapes = shapely.difference(shapely.buffer(shapes, -7.0, join_style="mitre"), water)
    shapes = shapely.set_precision(shapely.get_parts(shapes), 0.01)
    shapes = shapes[shapely.area(shapes) > 500]
    large = np.asarray(shapely.area(shapes)) > 120_000
    kinds = [("natuur" if big else "park") for big in large]
    return Parks(np.asarray(shapes, dtype=object), names.park_names(rng, len(shapes)), kinds, chosen)


def make_trees(terrain: Terrain, streets: Streets, parks: Parks, year: int, seed: int) -> Trees:
    """Street trees on both sides of some streets, and trees in parks: about one per eight inhabitants."""
    rng = stream(seed, "trees")
    wanted = terrain.scale.inhabitants // 8
    lined = rng.random(len(streets.names))[streets.street] < 0.35
    away = terrain.distance(streets.middle)
    lined &= (streets.road_class != RURAL) & (rng.random(len(away)) < 0.35 + 0.5 * np.abs(away - 0.4))
    along = rng.choice(np.flatnonzero(lined), wanted * 2 // 3, p=_normal(streets.length_m[lined]))
    spot = shapely.line_interpolate_point(streets.lines[along], rng.uniform(0.05, 0.95, len(along)), normalized=True)
    street_trees = shapely.get_coordinates(spot) + rng.choice([-4.5, 4.5], (len(along), 2)) * rng.uniform(
        0.6, 1, (len(along), 2)
    )
    points = np.vstack([street_trees, _in_parks(rng, parks, wanted - len(along))])
    age = np.minimum(rng.gamma(2.0, 18.0, len(points)), 160).astype(np.int64)
    height = np.round(2.5 + 22 * (1 - np.exp(-age / 35)) * rng.uniform(0.75, 1.1, len(points)), 1)
    return Trees(points, rng.integers(0, len(SPECIES), len(points)), height, year - age)


def _in_parks(rng: np.random.Generator, parks: Parks, count: int) -> Floats:
    """Random points inside parks, more in larger ones but not in proportion."""
    park = rng.choice(len(parks.shapes), count * 4, p=_normal(np.sqrt(shapely.area(parks.shapes))))
    bounds = shapely.bounds(parks.shapes)[park]
    points = rng.uniform(bounds[:, :2], bounds[:, 2:])
    shapely.prepare(parks.shapes)
    inside = shapely.contains_xy(parks.shapes[park], points[:, 0], points[:, 1])
    return np.asarray(points[inside][:count])


def make_stops(terrain: Terrain, streets: Streets, seed: int) -> Stops:
    """Stops along the radials and the ring every 350 metres or so, and in local streets where many people live."""
    rng = stream(seed, "stops")
    order = np.lexsort([-streets.density, streets.road_class])
    order = order[streets.road_class[order] != RURAL]
    chosen: list[int] = []
    taken = np.empty((0, 2))
    spacing = np.select([streets.road_class == RADIAL, streets.road_class == RING], [330.0, 700.0], 620.0)
    lived_in = streets.density > 0.22
    for segment in order:
        if streets.road_class[segment] == LOCAL and not lived_in[segment]:
            continue
        here = streets.middle[segment]
        if not len(taken) or np.hypot(*(taken - here).T).min() > spacing[segment]:
            chosen.append(int(segment))
            taken = streets.middle[chosen]
    segments = np.array(chosen)
    away = terrain.distance(streets.middle[segments])
    radial = streets.road_class[segments] == RADIAL
    tram = radial & (away < 0.6) & (rng.random(len(segments)) < 0.7)
    departures = np.round(
        (20 + 160 * streets.density[segments]) * np.where(radial, 1.6, 0.8) * rng.uniform(0.8, 1.2, len(segments))
    )
    return Stops(streets.middle[segments], names.numbered(streets.name_of(segments)), tram, departures.astype(np.int64))


def _normal(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())
