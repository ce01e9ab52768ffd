"""Which area holds a point: exact, deterministic on borders, and fast for a million points at once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spiegelstad.places.vocabulary import Bounds

Floats = NDArray[np.float64]
_OUTSIDE, _MIXED = -1, -2
_CELLS = 256
_GRID_PAYS_FROM = 50_000
_MARGIN = 1e-6


class PointIndex:
    """Areas of one type on one day, ready for points. A point on a border, or in two areas, is in the lowest code.

    Few points go through an STRtree. Many go through a grid first: a cell that lies wholly inside one area answers for
    all its points at once, so only points in cells that a border crosses need the exact test.
    """

    def __init__(self, codes: Sequence[str], geometries: Sequence[BaseGeometry] | NDArray[np.object_]) -> None:
        """`geometries` are valid (multi)polygons, one per code."""
        order = sorted(range(len(codes)), key=lambda number: codes[number])
        self.geometries = np.full(len(codes), None, dtype=object)
        self.geometries[:] = [geometries[number] for number in order]
        # One place past the end holds None, so that index -1 (outside) answers None without a branch.
        self._answers = np.array([*(codes[number] for number in order), None], dtype=object)
        shapely.prepare(self.geometries)
        self._tree = shapely.STRtree(self.geometries)

    @property
    def bounds(self) -> Bounds | None:
        """The box round all areas, or None when there are none."""
        if not len(self.geometries):
            return None
        west, south, east, north = shapely.total_bounds(self.geometries).tolist()
        return west, south, east, north

    def locate(self, x: Floats, y: Floats) -> NDArray[np.object_]:
        """The code of the area that holds each point, or None; NaN and infinite points give None."""
        return np.asarray(self._answers[self._positions(np.asarray(x, dtype=float), np.asarray(y, dtype=float))])

    def _positions(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        positions = np.full(len(x), _OUTSIDE, dtype=np.int64)
        bounds = self.bounds
        if bounds is None:
            return positions
        near = np.flatnonzero((x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3]))
        if len(near) < _GRID_PAYS_FROM:
            positions[near] = self._exact(x[near], y[near])
            return positions
        positions[near] = self._grid[_cells_of(x[near], y[near], bounds)]
        crossed = np.flatnonzero(positions == _MIXED)
        positions[crossed] = self._exact(x[crossed], y[crossed])
        return positions

    def _exact(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        points, areas = self._tree.query(shapely.points(x, y), predicate="intersects")
        positions = np.full(len(x), len(self.geometries), dtype=np.int64)
        np.minimum.at(positions, points, areas)
        positions[positions == len(self.geometries)] = _OUTSIDE
        return positions

    @cached_property
    def _grid(self) -> NDArray[np.int64]:
        """Per cell the area that holds all of it, or that none touches it, or that it is mixed.

        Areas are laid from the last code to the first, so that the lowest code overrules; cells are tested a little
        larger than they are, so that rounding never puts a point in a cell that does not hold it.
        """
        west, south, east, north = self.bounds or (0.0, 0.0, 0.0, 0.0)
        xs, ys = np.linspace(west, east, _CELLS + 1), np.linspace(south, north, _CELLS + 1)
        x_margin, y_margin = (east - west) * _MARGIN, (north - south) * _MARGIN
        grid = np.full(_CELLS * _CELLS, _OUTSIDE, dtype=np.int64)
        for number in range(len(self.geometries) - 1, -1, -1):
            columns, rows = _cells_under(shapely.bounds(self.geometries[number]), xs, ys)
            boxes = shapely.box(
                xs[columns] - x_margin, ys[rows] - y_margin, xs[columns + 1] + x_margin, ys[rows + 1] + y_margin
            )
            touched = shapely.intersects(self.geometries[number], boxes)
            cells = (rows * _CELLS + columns)[touched]
            whole = shapely.contains_properly(self.geometries[number], boxes[touched])
            grid[cells] = np.where(whole, number, _MIXED)
        return grid


def _cells_of(x: Floats, y: Floats, bounds: Bounds) -> NDArray[np.int64]:
    west, south, east, north = bounds
    columns = ((x - west) * (_CELLS / max(east - west, 1e-12))).astype(np.int64)
    rows = ((y - south) * (_CELLS / max(north - south, 1e-12))).astype(np.int64)
    return np.asarray(np.minimum(rows, _CELLS - 1) * _CELLS + np.minimum(columns, _CELLS - 1))


def _cells_under(bounds: Floats, xs: Floats, ys: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and rows of the cells that a box may touch, one cell of room on each side."""
    first = np.searchsorted(xs, bounds[0]) - 2, np.searchsorted(ys, bounds[1]) - 2
    last = np.searchsorted(xs, bounds[2]) + 1, np.searchsorted(ys, bounds[3]) + 1
    columns = np.arange(max(first[0], 0), min(last[0], _CELLS))
    rows = np.arange(max(first[1], 0), min(last[1], _CELLS))
    grid_columns, grid_rows = np.meshgrid(columns, rows)
    return grid_columns.ravel(), grid_rows.ravel()
