"""The street network: the edges between blocks, classed, strung into streets and named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spiegelstad.demo.city import names
from spiegelstad.demo.city.blocks import GRID_M, Blocks, Ints, Shapes
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.terrain import Floats, Terrain

#: Classes of roads, from the road that carries most.
CLASSES = ("ring", "radial", "local", "rural")
RING, RADIAL, LOCAL, RURAL = range(4)
#: A local street gets another name after this length, in metres.
LONGEST_LOCAL_M = 750.0


@dataclass(frozen=True)
class Streets:
    """Road segments; every array has one element per segment, `names` one per street."""

    lines: Shapes
    middle: Floats
    length_m: Floats
    road_class: Ints
    street: Ints
    maximum_kmh: Ints
    one_way: NDArray[np.bool_]
    density: Floats
    names: list[str]

    def name_of(self, segments: Ints) -> list[str]:
        """Street names of these segments."""
        return [self.names[number] for number in self.street[segments]]


def make_streets(terrain: Terrain, blocks: Blocks, seed: int) -> Streets:
    """Segments with class, speed, direction and street name."""
    rng = stream(seed, "streets")
    middle = shapely.get_coordinates(shapely.line_interpolate_point(blocks.edges, 0.5, normalized=True))
    spots: Shapes = np.asarray(shapely.points(middle), dtype=object)
    density = terrain.density(middle)
    road_class = np.where(density > 0.10, LOCAL, RURAL)
    road_class[_along(spots, *terrain.radials)] = RADIAL
    road_class[_along(spots, terrain.ring.exterior)] = RING
    water_or_border = _along(spots, terrain.river, terrain.border.exterior) & (road_class >= LOCAL)
    track = (road_class == RURAL) & (rng.random(len(middle)) < 0.45)
    keep = np.flatnonzero(~water_or_border & ~track)
    lines, middle, density, road_class = blocks.edges[keep], middle[keep], density[keep], road_class[keep]
    length = np.asarray(shapely.length(lines))
    street = _string_together(lines, length, road_class)
    first = np.unique(street, return_index=True)[1]
    kinds = [CLASSES[int(number)] for number in road_class[first]]
    return Streets(
        lines=lines,
        middle=middle,
        length_m=length,
        road_class=road_class,
        street=street,
        maximum_kmh=_maximum_speed(rng, terrain, middle, road_class, street),
        one_way=(road_class == LOCAL) & (density > 0.45) & (rng.random(len(street)) < 0.4),
        density=density,
        names=names.street_names(rng, kinds),
    )


def _along(points: Shapes, *lines: shapely.LineString) -> NDArray[np.bool_]:
    """Which points lie on one of the lines, within half a metre."""
    together = shapely.MultiLineString([shapely.LineString(line.coords) for line in lines])
    shapely.prepare(together)
    return np.asarray(shapely.dwithin(together, points, 0.5))


def _maximum_speed(rng: np.random.Generator, terrain: Terrain, middle: Floats, road_class: Ints, street: Ints) -> Ints:
    """Speed limit in km/h: inside the ring all is a zone 30 since the circulation plan, outside half of the streets."""
    inside = shapely.contains_xy(terrain.ring, middle)
    quiet = rng.random(int(street.max()) + 1)[street] < 0.5
    local = np.where(
        inside, np.where(rng.random(int(street.max()) + 1)[street] < 0.06, 20, 30), np.where(quiet, 30, 50)
    )
    radial = np.where(inside, 50, 70)
    return np.choose(road_class, [np.full(len(street), 70), radial, local, np.full(len(street), 70)]).astype(np.int64)


def _string_together(lines: Shapes, length: Floats, road_class: Ints) -> Ints:
    """The street of every segment: at each crossing the two straightest segments of one class go on as one."""
    pairs = _straightest_pairs(lines, road_class)
    street = np.arange(len(lines))
    total = length.copy()

    def root(segment: int) -> int:
        while street[segment] != segment:
            street[segment] = street[street[segment]]
            segment = int(street[segment])
        return segment

    for one, other in pairs:
        first, second = root(int(one)), root(int(other))
        local = road_class[one] >= LOCAL
        if first != second and not (local and total[first] + total[second] > LONGEST_LOCAL_M):
            street[max(first, second)] = min(first, second)
            total[min(first, second)] += total[max(first, second)]
    roots = np.array([root(segment) for segment in range(len(lines))])
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _straightest_pairs(lines: Shapes, road_class: Ints) -> Ints:
    """Pairs of segments of one class that meet at a crossing, the straightest first and each segment end used once."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines)))
    last = np.append(first[1:], len(coordinates)) - 1
    ends = np.concatenate([coordinates[first], coordinates[last]])
    inward = np.concatenate([coordinates[first + 1], coordinates[last - 1]]) - ends
    bearing = np.arctan2(inward[:, 1], inward[:, 0])
    node = np.unique(np.round(ends / GRID_M).astype(np.int64), axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(node, kind="stable")
    one, other = _neighbours_in_order(node[order])
    one, other = order[one], order[other]
    segment = np.arange(len(ends)) % len(lines)
    turn = np.abs(np.pi - np.abs((bearing[one] - bearing[other] + np.pi) % (2 * np.pi) - np.pi))
    good = (road_class[segment[one]] == road_class[segment[other]]) & (turn < np.deg2rad(55))
    ranked = np.flatnonzero(good)[np.argsort(turn[good], kind="stable")]
    used: set[int] = set()
    chosen = []
    for pair in ranked:
        here, there = int(one[pair]), int(other[pair])
        if here not in used and there not in used:
            used.update((here, there))
            chosen.append((segment[here], segment[there]))
    return np.array(chosen, dtype=np.int64).reshape(-1, 2)


def _neighbours_in_order(sorted_nodes: Ints) -> tuple[Ints, Ints]:
    """All pairs of positions with an equal value in a sorted array (crossings have few arms, so a few shifts do)."""
    ones, others = [], []
    for shift in range(1, 8):
        equal = np.flatnonzero(sorted_nodes[shift:] == sorted_nodes[:-shift])
        ones.append(equal)
        others.append(equal + shift)
    return np.concatenate(ones), np.concatenate(others)
