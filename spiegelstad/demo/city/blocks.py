"""City blocks: the faces between streets, river and border, and the areas that are made of them.

Everything is noded once on a grid of one centimetre, so that blocks, sectors, wijken and the municipality share their
border points exactly: the partition has neither gaps nor overlaps, also after it is written with two decimals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.terrain import CENTRE, Floats, Terrain

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
#: All coordinates lie on this grid, in metres.
GRID_M = 0.01


@dataclass(frozen=True)
class Blocks:
    """Faces of the city and the edges between them."""

    shapes: Shapes
    points: Floats
    weights: Floats
    edges: Shapes
    neighbours: Ints
    shared_m: Floats


@dataclass(frozen=True)
class Areas:
    """Which block belongs to which sector, and which sector to which wijk; with the shapes of both."""

    sector_of_block: Ints
    wijk_of_sector: Ints
    sectors: Shapes
    wijken: Shapes
    municipality: shapely.Geometry


def make_blocks(terrain: Terrain, seed: int) -> Blocks:
    """Blocks with their weight (a measure of how many people live there) and adjacency."""
    edges = _noded_edges(terrain, _block_seeds(terrain, seed))
    faces = np.asarray(shapely.get_parts(shapely.polygonize(edges)), dtype=object)
    inside = np.asarray(shapely.contains(terrain.border.buffer(1.0), faces))
    faces = faces[inside]
    points = shapely.get_coordinates(shapely.centroid(faces))
    weights = terrain.density(points) * shapely.area(faces)
    neighbours, shared = _adjacency(faces)
    return Blocks(faces, points, weights, edges, neighbours, shared)


def _block_seeds(terrain: Terrain, seed: int) -> Floats:
    """Points for the middle of the blocks: closer together where the town is denser, then evened out."""
    rng = stream(seed, "blocks")
    shapely.prepare(terrain.border)
    west, south, east, north = terrain.border.bounds
    found: list[Floats] = []
    while sum(map(len, found)) < terrain.scale.cells:
        tries = rng.uniform((west, south), (east, north), (terrain.scale.cells * 4, 2))
        keep = rng.random(len(tries)) < np.clip(0.05 + 0.9 * terrain.density(tries), 0, 1)
        tries = tries[keep]
        found.append(tries[shapely.contains_xy(terrain.border, tries)])
    points = np.vstack(found)[: terrain.scale.cells]
    for _ in range(2):
        cells = shapely.get_parts(_voronoi(terrain, points, ordered=True))
        points = shapely.get_coordinates(shapely.centroid(cells))
    return points


def _voronoi(terrain: Terrain, points: Floats, *, ordered: bool = False) -> shapely.Geometry:
    return shapely.voronoi_polygons(
        shapely.MultiPoint(points), extend_to=terrain.border, only_edges=not ordered, ordered=ordered
    )


def _noded_edges(terrain: Terrain, points: Floats) -> Shapes:
    """All lines of the town, cut where they meet: block borders, river, ring, radials and the border of the city."""
    blocks = shapely.intersection(_voronoi(terrain, points), terrain.border)
    roads = [shapely.intersection(line, terrain.border) for line in (terrain.river, *terrain.radials)]
    lines = [blocks, *roads, terrain.ring.exterior, terrain.border.exterior]
    return np.asarray(shapely.get_parts(shapely.unary_union(lines, grid_size=GRID_M)), dtype=object)


def _adjacency(faces: Shapes) -> tuple[Ints, Floats]:
    """Pairs of blocks that share a border, with the length of it: (n, 2) and (n,)."""
    coordinates, owner = shapely.get_coordinates(shapely.get_exterior_ring(faces), return_index=True)
    grid = np.round(coordinates / GRID_M).astype(np.int64)
    same = owner[1:] == owner[:-1]
    start, end, face = grid[:-1][same], grid[1:][same], owner[1:][same]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    segment = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
    order = np.lexsort(segment.T)
    segment, face = segment[order], face[order]
    twin = np.flatnonzero((segment[1:] == segment[:-1]).all(axis=1))
    length = np.hypot(*(segment[twin, :2] - segment[twin, 2:]).T) * GRID_M
    return np.column_stack([face[twin], face[twin + 1]]), np.asarray(length)


def make_areas(terrain: Terrain, blocks: Blocks, seed: int) -> Areas:
    """Wijken and sectors as groups of blocks, with borders along the river and the ring."""
    rng = stream(seed, "areas")
    inside_ring = shapely.contains_xy(terrain.ring, blocks.points)
    north = shapely.contains_xy(terrain.north_bank, blocks.points)
    region = inside_ring.astype(np.int64) * 2 + north
    wijk = _split(rng, blocks, region, np.full(4, terrain.scale.wijken), spread=0.62)
    wijken = int(wijk.max()) + 1
    sector = _split(rng, blocks, wijk, np.full(wijken, terrain.scale.sectors), spread=0.8)
    wijk_of_sector = np.zeros(int(sector.max()) + 1, dtype=np.int64)
    wijk_of_sector[sector] = wijk
    return Areas(
        sector_of_block=sector,
        wijk_of_sector=wijk_of_sector,
        sectors=_dissolve(blocks.shapes, sector),
        wijken=_dissolve(blocks.shapes, wijk),
        municipality=shapely.coverage_union_all(blocks.shapes),
    )


def _split(rng: np.random.Generator, blocks: Blocks, region: Ints, total: Ints, *, spread: float) -> Ints:
    """Split every region into compact groups of blocks, `total[0]` groups in all; numbered from the centre outwards."""
    regions = int(region.max()) + 1
    weight = np.asarray(np.bincount(region, blocks.weights, regions) ** spread, dtype=np.float64)
    wanted = _share_out(weight, int(total[0]))
    label = np.zeros(len(region), dtype=np.int64)
    first = 0
    for number in range(regions):
        mine = np.flatnonzero(region == number)
        count = min(int(wanted[number]), len(mine))
        label[mine] = first + _compact_groups(rng, blocks.points[mine], blocks.weights[mine], count)
        first += count
    return _outwards(blocks, region, _without_islands(blocks, region, label))


def _share_out(weight: Floats, total: int) -> Ints:
    """Whole numbers of at least one in proportion to weight that add up to the total."""
    exact = 1 + weight / weight.sum() * (total - len(weight))
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(exact - whole)[::-1][: total - int(whole.sum())]] += 1
    return np.asarray(whole)


def _compact_groups(rng: np.random.Generator, points: Floats, weights: Floats, count: int) -> Ints:
    """k-means with weights: labels 0 … count - 1, none empty."""
    start = rng.choice(len(points), count, replace=False, p=weights / weights.sum())
    middle = points[start]
    for _ in range(12):
        label = np.argmin(((points[:, None, :] - middle[None]) ** 2).sum(axis=2), axis=1)
        mass = np.bincount(label, weights, count)
        for axis in (0, 1):
            moved = np.bincount(label, weights * points[:, axis], count) / np.where(mass > 0, mass, 1)
            middle[:, axis] = np.where(mass > 0, moved, middle[:, axis])
    for empty in np.setdiff1d(np.arange(count), label):
        crowded = np.flatnonzero(label == np.bincount(label, minlength=count).argmax())
        label[crowded[0]] = empty
    return np.asarray(label, dtype=np.int64)


def _without_islands(blocks: Blocks, region: Ints, label: Ints) -> Ints:
    """Give every part of a group that lies apart to the neighbour with the longest common border in the same region."""
    label = label.copy()
    for _ in range(4):
        part = _connected(len(label), blocks.neighbours[np.equal(*label[blocks.neighbours].T)])
        mass = np.bincount(part, blocks.weights, int(part.max()) + 1)
        largest = {}
        for piece in np.argsort(mass):
            largest[label[np.flatnonzero(part == piece)[0]]] = piece
        apart = ~np.isin(part, list(largest.values()))
        if not apart.any():
            break
        border: dict[int, dict[int, float]] = {}
        for (one, other), length in zip(blocks.neighbours, blocks.shared_m, strict=True):
            for mine, theirs in ((one, other), (other, one)):
                if apart[mine] and not apart[theirs] and region[mine] == region[theirs]:
                    around = border.setdefault(int(part[mine]), {})
                    around[int(label[theirs])] = around.get(int(label[theirs]), 0.0) + length
        for piece, around in border.items():
            label[part == piece] = max(around, key=lambda name: around[name])
    return label


def _connected(size: int, pairs: Ints) -> Ints:
    """Number of the connected component of each node: labels spread along the pairs until they are stable."""
    component = np.arange(size)
    while True:
        low = np.minimum(*component[pairs].T)
        before = component.copy()
        np.minimum.at(component, pairs[:, 0], low)
        np.minimum.at(component, pairs[:, 1], low)
        component = component[component]
        if (component == before).all():
            return np.unique(component, return_inverse=True)[1].astype(np.int64)


def _outwards(blocks: Blocks, region: Ints, label: Ints) -> Ints:
    """Number the groups again: regions as seen from the centre, and within a region from the centre outwards."""
    groups, compact = np.unique(label, return_inverse=True)
    away = np.hypot(*(blocks.points - CENTRE).T)
    mass = np.bincount(compact, blocks.weights)
    group_away = np.bincount(compact, away * blocks.weights) / mass
    region_of_group = np.zeros(len(groups), dtype=np.int64)
    region_of_group[compact] = region
    region_mass = np.bincount(region, blocks.weights)
    region_away = np.bincount(region, away * blocks.weights) / region_mass
    order = np.lexsort([group_away, region_away[region_of_group]])
    rank = np.empty(len(groups), dtype=np.int64)
    rank[order] = np.arange(len(groups))
    return rank[compact]


def _dissolve(shapes: Shapes, label: Ints) -> Shapes:
    """One shape per label, with exactly the borders of its parts."""
    return np.array(
        [shapely.coverage_union_all(shapes[label == number]) for number in range(int(label.max()) + 1)], dtype=object
    )
