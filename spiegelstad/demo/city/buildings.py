"""Buildings: rectangles along the streets with height, year and number of dwellings; halls in the harbour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from spiegelstad.demo.city.blocks import Areas, Blocks, Ints, Shapes
from spiegelstad.demo.city.greenery import Parks
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.streets import RING, Streets
from spiegelstad.demo.city.terrain import Floats, Terrain, river_half_width_m

#: Persons per dwelling that we build for; a little under the mean household, so that some dwellings are empty.
PERSONS_PER_DWELLING = 2.08
KINDS = ("gesloten", "halfopen", "open", "appartement", "bedrijf")
TERRACED, SEMI, DETACHED, FLATS, HALL = range(5)


@dataclass(frozen=True)
class Ground:
    """What there is before anything is built."""

    terrain: Terrain
    blocks: Blocks
    areas: Areas
    streets: Streets
    parks: Parks


@dataclass(frozen=True)
class Buildings:
    """One element per building; coordinates in EPSG:31370."""

    shapes: Shapes
    points: Floats
    kind: Ints
    dwellings: Ints
    height_m: Floats
    year: Ints
    street: Ints
    house_number: Ints
    sector: Ints


_SPARES = (1.2, 2.0, np.inf)
"""So many times the dwellings that are wanted are looked at; more when too many stand in each other."""


@dataclass(frozen=True)
class _Slots:
    """Places for a building along a street: position along the segment, side, size."""

    centre: Floats
    along: Floats
    width: Floats
    depth: Floats
    segment: Ints
    side: Ints
    density: Floats
    position_m: Floats


def make_buildings(ground: Ground, year: int, seed: int) -> Buildings:
    """Enough buildings for all inhabitants, denser in the town, and halls where the harbour is."""
    rng = stream(seed, "buildings")
    dwellings_wanted = int(np.ceil(ground.terrain.scale.inhabitants / PERSONS_PER_DWELLING))
    slots, block = _free_slots(ground, _slots(rng, ground.streets))
    kind, dwellings = _kinds(rng, slots.density, slots.width)
    rank = rng.exponential(size=len(kind)) / np.clip(slots.density, 0.01, None) ** 1.2
    ranked = np.argsort(rank, kind="stable")
    for spare in _SPARES:
        tried = ranked[: int(np.searchsorted(np.cumsum(dwellings[ranked]), dwellings_wanted * spare)) + 1]
        order, shapes = _without_overlaps(tried, _rectangles(slots, tried))
        enough = int(np.searchsorted(np.cumsum(dwellings[order]), dwellings_wanted)) + 1
        if enough <= len(order):
            break
    else:
        raise ValueError("the streets have no room for all inhabitants")
    order, shapes = order[:enough], shapes[:enough]
    sector = ground.areas.sector_of_block[block[order]]
    homes = _Homes(slots, order, kind[order], dwellings[order], sector, shapes)
    return _joined(rng, ground, homes, year)


@dataclass(frozen=True)
class _Homes:
    slots: _Slots
    order: Ints
    kind: Ints
    dwellings: Ints
    sector: Ints
    shapes: Shapes


def _slots(rng: np.random.Generator, streets: Streets) -> _Slots:
    """All places along both sides of the streets, except the ring road."""
    coordinates, owner = shapely.get_coordinates(streets.lines, return_index=True)
    piece = np.flatnonzero(owner[1:] == owner[:-1])
    piece = piece[streets.road_class[owner[piece]] != RING]
    start, end, segment = coordinates[piece], coordinates[piece + 1], owner[piece]
    length = np.hypot(*(end - start).T)
    density = streets.density[segment]
    width = np.interp(density, [0.1, 0.3, 0.6, 1.0], [17.0, 11.0, 7.0, 6.2])
    room = np.maximum(((length - 20.0) / width).astype(np.int64), 0)
    row = np.repeat(np.arange(len(piece)), room * 2)
    place = np.arange(len(row)) - np.repeat(np.cumsum(room * 2) - room * 2, room * 2)
    side, step = place % 2, place // 2
    direction = ((end - start) / np.maximum(length, 0.01)[:, None])[row]
    normal = np.column_stack([-direction[:, 1], direction[:, 0]]) * np.where(side == 0, 1, -1)[:, None]
    depth = rng.uniform(8.5, 12.5, len(row))
    front = np.interp(density[row], [0.1, 0.5], [11.0, 5.5])
    position = 10.0 + (step + 0.5) * width[row]
    centre = start[row] + direction * position[:, None] + normal * (front + depth / 2)[:, None]
    return _Slots(centre, direction, width[row], depth, segment[row], side, density[row], position)


def _free_slots(ground: Ground, slots: _Slots) -> tuple[_Slots, Ints]:
    """Places on land that isn't a park, a river bank or harbour ground; with the block each lies in."""
    terrain, blocks, parks = ground.terrain, ground.blocks, ground.parks
    points: Shapes = np.asarray(shapely.points(slots.centre), dtype=object)
    block = np.full(len(points), -1)
    found, inside = shapely.STRtree(blocks.shapes).query(points, predicate="within")
    block[found] = inside
    shapely.prepare(terrain.river)
    free = (block >= 0) & ~shapely.dwithin(terrain.river, points, river_half_width_m(terrain) + 14)
    free &= ~parks.blocks[block] & (terrain.harbour_share(slots.centre) < 0.5)
    free &= ~shapely.dwithin(points, shapely.Point(*terrain.stadium), 120)
    keep = np.flatnonzero(free)
    return _Slots(*(getattr(slots, name)[keep] for name in _Slots.__dataclass_fields__)), block[keep]


def _kinds(rng: np.random.Generator, density: Floats, width: Floats) -> tuple[Ints, Ints]:
    """Kind of dwelling and number of dwellings in each building."""
    luck = rng.random(len(density))
    flats = luck < np.interp(density, [0.1, 0.35, 0.8, 1.1], [0.01, 0.05, 0.14, 0.26])
    row = np.where(
        width < 8,
        TERRACED,
        np.where(width < 12, np.where(luck < 0.6, SEMI, TERRACED), np.where(luck < 0.75, DETACHED, SEMI)),
    )
    several = 2 + rng.geometric(0.16, len(density))
    return np.where(flats, FLATS, row).astype(np.int64), np.where(flats, np.minimum(several, 40), 1).astype(np.int64)


def _rectangles(slots: _Slots, chosen: Ints) -> Shapes:
    """Footprints, five centimetres free of each other on every side."""
    along = slots.along[chosen]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    share = np.where(slots.width[chosen] < 8, 1.0, 0.72)
    half_width = ((slots.width[chosen] * share - 0.1) / 2)[:, None] * along
    half_depth = (slots.depth[chosen] / 2)[:, None] * across
    centre = slots.centre[chosen]
    corners = [
        centre - half_width - half_depth,
        centre + half_width - half_depth,
        centre + half_width + half_depth,
        centre - half_width + half_depth,
    ]
    ring = np.round(np.stack([*corners, corners[0]], axis=1), 2)
    return np.asarray(shapely.polygons(ring), dtype=object)


def _without_overlaps(order: Ints, shapes: Shapes) -> tuple[Ints, Shapes]:
    """Leave out every building that would stand in an earlier one."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    late = np.zeros(len(shapes), dtype=bool)
    late[np.maximum(one, other)[one != other]] = True
    return order[~late], shapes[~late]


def _joined(rng: np.random.Generator, ground: Ground, homes: _Homes, year: int) -> Buildings:
    """Homes and halls together, with heights, years and house numbers."""
    points = homes.slots.centre[homes.order]
    away = ground.terrain.distance(points)
    segment = homes.slots.segment[homes.order]
    floors = np.where(
        homes.kind == FLATS, np.clip(np.ceil(homes.dwellings / 2.6), 3, 14), rng.choice([1, 2, 2, 3], len(points))
    )
    height = np.round(3.0 * floors + rng.uniform(1.5, 4.5, len(points)), 1)
    oldest = np.interp(away, [0, 0.3, 0.45, 0.8], [1680, 1870, 1910, 1955])
    built = np.minimum(oldest + rng.beta(1.3, 1.5, len(points)) * (year - oldest), year - 1).astype(np.int64)
    hall_shapes, hall_block = _halls(rng, ground)
    halls = len(hall_shapes)
    hall_points = shapely.get_coordinates(shapely.centroid(hall_shapes))
    nearest = (
        shapely.STRtree(ground.streets.lines).nearest(shapely.points(hall_points)) if halls else np.empty(0, np.int64)
    )
    kind = np.concatenate([homes.kind, np.full(halls, HALL)])
    side = np.concatenate([homes.slots.side[homes.order], np.zeros(halls, np.int64)])
    position = np.concatenate([homes.slots.position_m[homes.order], np.full(halls, 50.0)])
    street = ground.streets.street[np.concatenate([segment, nearest])]
    return Buildings(
        shapes=np.concatenate([homes.shapes, hall_shapes]),
        points=np.asarray(np.round(np.vstack([points, hall_points]), 2), dtype=np.float64),
        kind=kind,
        dwellings=np.concatenate([homes.dwellings, np.zeros(halls, np.int64)]),
        height_m=np.concatenate([height, np.round(rng.uniform(7, 14, halls), 1)]),
        year=np.concatenate([built, rng.integers(1955, year, halls)]),
        street=street,
        house_number=_house_numbers(street, side, np.concatenate([segment, nearest]), position),
        sector=np.concatenate([homes.sector, ground.areas.sector_of_block[hall_block]]),
    )


def _halls(rng: np.random.Generator, ground: Ground) -> tuple[Shapes, Ints]:
    """One hall in most harbour blocks: its shape and block."""
    terrain, blocks, parks = ground.terrain, ground.blocks, ground.parks
    harbour = terrain.harbour_share(blocks.points) >= 0.5
    chosen = np.flatnonzero(harbour & ~parks.blocks & (rng.random(len(harbour)) < 0.85))
    middle = blocks.points[chosen]
    half = (np.sqrt(shapely.area(blocks.shapes[chosen])) * rng.uniform(0.2, 0.33, len(chosen)))[:, None]
    corners = np.round(np.hstack([middle - half, middle + half * [1.0, 0.7]]), 2)
    shapes: Shapes = np.asarray(shapely.box(*corners.T), dtype=np.object_)
    inside = shapely.contains(blocks.shapes[chosen], shapes) & (shapely.area(shapes) > 150)
    river = ~shapely.dwithin(shapes, terrain.river, river_half_width_m(terrain) + 5)
    keep = np.asarray(inside & river)
    return shapes[keep], chosen[keep]


def _house_numbers(street: Ints, side: Ints, segment: Ints, position: Floats) -> Ints:
    """Odd on one side, even on the other, rising along the street."""
    order = np.lexsort([position, segment, side, street])
    group = street[order] * 2 + side[order]
    start = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    step = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = 1 + 2 * step + side[order]
    return number
