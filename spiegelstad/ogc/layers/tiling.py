"""Tiles of a layer: who lies in it, what of them is left at its zoom, and no more than a map can show."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from spiegelstad.ogc.formats import mvt
from spiegelstad.ogc.layers.building import ROW
from spiegelstad.ogc.layers.layer import NODE_ROWS, Layer, Positions, touches, within
from spiegelstad.ogc.rules.tiles import BUFFER, EXTENT, TileAt

MAX_FEATURES = 10_000
MAX_BYTES = 500_000
MAX_PROPERTIES = 16
_LOOKED_AT = 20 * MAX_FEATURES
_LEAST_SIDE = 8.0
"""What is smaller than this many units, about a pixel, is drawn as a square of a pixel."""
_MAX_KEPT_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tile:
    """A vector tile: of `matched` features it shows `shown`, the largest, or of points every so many."""

    content: bytes
    matched: int
    shown: int


_kept: OrderedDict[tuple[str, TileAt], Tile] = OrderedDict()
_guard = threading.Lock()
_size = 0


def tile_of(layer: Layer, name: str, at: TileAt) -> Tile:
    """Return a tile; the last ones made are kept, as they never change."""
    key = (f"{layer.id} {name}", at)
    with _guard:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = _make(layer, name, at)
    _keep(key, made)
    return made


def _keep(key: tuple[str, TileAt], made: Tile) -> None:
    global _size  # noqa: PLW0603  of the tiles kept beside it
    with _guard:
        _size += len(made.content) + 200 if key not in _kept else 0
        _kept[key] = made
        while _size > _MAX_KEPT_BYTES:
            _size -= len(_kept.popitem(last=False)[1].content) + 200


def _make(layer: Layer, name: str, at: TileAt) -> Tile:
    positions, matched = _points_in(layer, at) if layer.is_points else _shapes_in(layer, at)
    while True:
        content = _encoded(layer, name, at, positions)
        if len(content) <= MAX_BYTES or len(positions) <= 1:
            return Tile(content, matched, len(positions))
        share = MAX_BYTES / len(content) * 0.9
        positions = _thinned(layer, positions, max(1, int(len(positions) * share)))


def _thinned(layer: Layer, positions: Positions, count: int) -> Positions:
    """Return `count` of the positions: evenly along the curve for points, the first (the largest) of others."""
    if not layer.is_points:
        return positions[:count]
    return positions[np.linspace(0, len(positions) - 1, count).astype(np.int64)]


def _points_in(layer: Layer, at: TileAt) -> tuple[Positions, int]:
    """Return points of a tile, one for each unit at most, and how many lie there; of millions a few are looked at."""
    bounds = at.bounds
    touched = touches(layer.nodes, bounds)
    if touched.sum() * NODE_ROWS <= _LOOKED_AT:
        positions = layer.near(bounds)
        matched = len(positions)
    else:
        inside = touched & within(layer.nodes, bounds)
        edge = np.flatnonzero(touched & ~inside)[:, None] * NODE_ROWS + np.arange(NODE_ROWS)
        edge = edge[edge < layer.located]
        edge = edge[touches(layer.boxes[edge], bounds)]
        sure = (np.flatnonzero(inside)[:, None] * NODE_ROWS + np.arange(0, NODE_ROWS, 8)).ravel()
        matched = int(inside.sum()) * NODE_ROWS + len(edge)
        matched = min(matched, layer.located)
        positions = np.sort(np.concatenate([sure[sure < layer.located], edge]))
        positions = _thinned(layer, positions, min(len(positions), _LOOKED_AT))
    units = np.rint(at.units(layer.boxes[positions])).astype(np.int64)
    if len(positions) > MAX_FEATURES:
        cells = units[:, 0] // 4 * EXTENT + units[:, 1] // 4
        positions = positions[np.sort(np.unique(cells, return_index=True)[1])]
    return _thinned(layer, positions, min(len(positions), MAX_FEATURES)), matched


def _shapes_in(layer: Layer, at: TileAt) -> tuple[Positions, int]:
    """Return shapes of a tile, the largest first, and how many lie there."""
    positions = layer.near(at.bounds)
    boxes = layer.boxes[positions]
    extent = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    order = np.argsort(-extent, kind="stable")[:MAX_FEATURES]
    return positions[order], len(positions)


def _encoded(layer: Layer, name: str, at: TileAt, positions: Positions) -> bytes:
    if not len(positions):
        return b""
    rows = layer.rows(positions)
    names = [one for one in rows.column_names if one != ROW and not pa.types.is_binary(rows.column(one).type)]
    columns = {one: rows.column(one).combine_chunks() for one in names[:MAX_PROPERTIES]}
    return mvt.tile(name, rows.column(ROW).to_numpy(), _drawn(layer, at, positions), columns)


def _drawn(layer: Layer, at: TileAt, positions: Positions) -> NDArray[np.object_]:
    """Return shapes in units of the tile: without what cannot be seen at this zoom, cut at the buffer."""
    if layer.is_points:
        return np.asarray(shapely.points(at.units(layer.boxes[positions])))
    shapes = np.asarray(shapely.transform(layer.shapes(positions), at.units))
    bounds = shapely.bounds(shapes)
    is_tiny = (bounds[:, 2:] - bounds[:, :2] < _LEAST_SIDE).all(axis=1) & (shapely.get_dimensions(shapes) > 0)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    half = _LEAST_SIDE / 2
    squares = shapely.box(middle[:, 0] - half, middle[:, 1] - half, middle[:, 0] + half, middle[:, 1] + half)
    return np.where(is_tiny, squares, _cut(shapely.simplify(shapes, 1.0, preserve_topology=False)))


def _cut(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    edges = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    try:
        return np.asarray(shapely.clip_by_rect(shapes, *edges))
    except shapely.GEOSException:  # rings that cross themselves
        return np.asarray(shapely.clip_by_rect(shapely.make_valid(shapes), *edges))
