"""The lie of the land: border, river, ring road, radial roads, villages and harbour, in Belgian Lambert 72 metres.

Spiegelstad lies on invented land in the North Sea, some twenty kilometres off Ostend: inside Lambert 72 and the
Belgian part of the sea, so that every conversion is the real one, and yet nobody's address, street or neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spiegelstad.demo.city.scale import Scale, stream

Floats = NDArray[np.float64]
#: Middle of the market square, EPSG:31370.
CENTRE = (38_000.0, 233_000.0)
#: Distance of the ring road to the centre, as a share of the radius of the city.
RING = 0.38


@dataclass(frozen=True)
class Terrain:
    """Lines that everything else follows; all coordinates in EPSG:31370."""

    scale: Scale
    border: shapely.Polygon
    river: shapely.LineString
    north_bank: shapely.Polygon
    ring: shapely.Polygon
    radials: tuple[shapely.LineString, ...]
    villages: Floats
    harbour: Floats
    stadium: Floats

    def distance(self, points: Floats) -> Floats:
        """Distance to the centre as a share of the radius; points (n, 2) → (n,)."""
        return np.asarray(np.hypot(points[:, 0] - CENTRE[0], points[:, 1] - CENTRE[1]) / self.scale.radius_m)

    def density(self, points: Floats) -> Floats:
        """How built-up a place is, 0 … about 1; points (n, 2) → (n,)."""
        radius = self.scale.radius_m
        town = np.exp(-((self.distance(points) / 0.34) ** 1.5))
        for village in self.villages:
            away = np.hypot(points[:, 0] - village[0], points[:, 1] - village[1])
            town = town + 0.42 * np.exp(-((away / (0.10 * radius)) ** 2))
        return np.asarray((0.03 + town) * (1 - 0.93 * self.harbour_share(points)))

    def harbour_share(self, points: Floats) -> Floats:
        """How much a place belongs to the harbour, 0 … 1."""
        away = np.hypot(points[:, 0] - self.harbour[0], points[:, 1] - self.harbour[1])
        return np.asarray(np.exp(-((away / (0.17 * self.scale.radius_m)) ** 4)))


def make_terrain(scale: Scale, seed: int) -> Terrain:
    """Border, river, roads and villages of one city."""
    rng = stream(seed, "terrain")
    radius = scale.radius_m
    river, north_bank = _river(rng, radius)
    flow = shapely.get_coordinates(river)
    angles = rng.uniform(0, 2 * np.pi) + np.arange(7) * 2 * np.pi / 7 + rng.uniform(-0.25, 0.25, 7)
    reach = rng.uniform(0.62, 0.82, 7) * radius
    villages = np.column_stack([CENTRE[0] + reach * np.cos(angles), CENTRE[1] + reach * np.sin(angles)])
    ring = _closed_curve(rng, RING * radius, 0.05, 160)
    stadium = np.array([CENTRE[0] - 0.30 * radius, CENTRE[1] + 0.16 * radius])
    return Terrain(
        scale=scale,
        border=_closed_curve(rng, radius, 0.09, 240),
        river=river,
        north_bank=north_bank,
        ring=ring,
        radials=_radials(rng, radius),
        villages=villages,
        harbour=flow[int(len(flow) * 0.72)] + [0.0, 0.04 * radius],
        stadium=stadium,
    )


def river_half_width_m(terrain: Terrain) -> float:
    """Half the width of the river; a larger city lies on a larger river."""
    return float(np.clip(terrain.scale.radius_m / 260, 5, 40))


def _closed_curve(rng: np.random.Generator, radius: float, roughness: float, points: int) -> shapely.Polygon:
    """A rounded shape about the centre: a circle with a few waves on it."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    distance = np.ones(points)
    for wave in range(2, 9):
        distance += roughness * rng.normal() / wave**0.7 * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    distance *= radius
    return shapely.Polygon(
        np.column_stack([CENTRE[0] + distance * np.cos(angle), CENTRE[1] + distance * np.sin(angle)])
    )


def _river(rng: np.random.Generator, radius: float) -> tuple[shapely.LineString, shapely.Polygon]:
    """A meandering river from south-west to north-east just beside the market, and the land north of it."""
    along = np.linspace(-1.5, 1.5, 260)
    aside = np.full_like(along, -0.045)
    for wave, size in ((1.1, 0.10), (2.3, 0.055), (4.1, 0.035), (7.3, 0.018)):
        aside += size * (np.sin(wave * np.pi * along + (phase := rng.uniform(0, 2 * np.pi))) - np.sin(phase))
    turn = np.deg2rad(24)
    x = CENTRE[0] + radius * (along * np.cos(turn) - aside * np.sin(turn))
    y = CENTRE[1] + radius * (along * np.sin(turn) + aside * np.cos(turn))
    far = 4 * radius * np.array([-np.sin(turn), np.cos(turn)])
    line = np.column_stack([x, y])
    return shapely.LineString(line), shapely.Polygon(np.vstack([line, line[-1] + far, line[0] + far]))


def _radials(rng: np.random.Generator, radius: float) -> tuple[shapely.LineString, ...]:
    """Nine old roads from the inner town to the border and beyond, each with bends of its own."""
    lines = []
    out = np.linspace(0.07, 1.35, 60) * radius
    for number in range(9):
        angle = 2 * np.pi * (number + rng.uniform(-0.18, 0.18)) / 9 + 0.35
        bend = rng.normal(0, 0.10) * np.sin(out / radius * 2.2) + rng.normal(0, 0.035) * np.sin(out / radius * 7)
        lines.append(
            shapely.LineString(
                np.column_stack([CENTRE[0] + out * np.cos(angle + bend), CENTRE[1] + out * np.sin(angle + bend)])
            )
        )
    return tuple(lines)
