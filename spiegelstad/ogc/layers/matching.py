"""Which rows of a layer a filter holds for: the boxes first, then the filter itself on what is left."""

import threading
import time
from collections import OrderedDict
from functools import lru_cache

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from spiegelstad.base.errors import Unavailable
from spiegelstad.ogc.cql2.evaluating import holds
from spiegelstad.ogc.cql2.nodes import SPATIAL, Node, Op, Property, Shape, conjuncts
from spiegelstad.ogc.layers.layer import Bounds, Layer, Positions, within

_AT_ONCE = 65_536
_MAX_SECONDS = 10.0
_MAX_KEPT_BYTES = 64 * 1024 * 1024
_MAX_KEPT_EACH = 8 * 1024 * 1024


class FilterTooSlow(Unavailable):
    """The filter takes longer than its time."""

    title = "The filter takes too long"


class LayerRows:
    """Some rows of a layer: columns and shapes are read when first asked for."""

    def __init__(self, layer: Layer, positions: Positions, whole: bool) -> None:
        self._layer, self._positions, self._whole = layer, positions, whole
        self.geometry = layer.geometry
        self.shapes = lru_cache(maxsize=1)(self._shapes)

    def __len__(self) -> int:
        """Return how many."""
        return len(self._positions)

    def column(self, name: str) -> pa.Array:
        """Return the values of a column."""
        column = self._layer.table.column(name)
        if self._whole:  # one stretch of the file: nothing is copied
            found = column.slice(int(self._positions[0]), len(self._positions))
        else:
            found = column.take(pa.array(self._positions))
        return found.combine_chunks() if found.num_chunks != 1 else found.chunk(0)

    def _shapes(self) -> NDArray[np.object_]:
        return self._layer.shapes(self._positions)

    def within(self, bounds: Bounds) -> NDArray[np.bool_]:
        """Whether each box lies whole in `bounds`."""
        return within(self._layer.boxes[self._positions], bounds)


def matching(layer: Layer, node: Node | None) -> Positions | None:
    """Return, in order, the positions of the rows for which a filter that was checked holds; None stands for all."""
    if node is None:
        return None
    key = (layer.id, node)
    found = _kept.get(key)
    if found is None:
        found = _find(layer, node)
        _kept.keep(key, found)
    return found


def _find(layer: Layer, node: Node) -> Positions:
    deadline = time.monotonic() + _MAX_SECONDS
    near = _near(layer, node)
    everything = np.arange(layer.table.num_rows) if near is None else near
    found = []
    for start in range(0, len(everything), _AT_ONCE):
        if time.monotonic() > deadline:
            raise FilterTooSlow(
                f"The filter takes longer than {_MAX_SECONDS:g} s.",
                remedy="Ask for a smaller bbox or a simpler filter.",
            )
        positions = everything[start : start + _AT_ONCE]
        found.append(positions[holds(node, LayerRows(layer, positions, near is None))])
    return np.concatenate(found) if found else everything


def _near(layer: Layer, node: Node) -> Positions | None:
    """Return the rows that can hold for what the filter says about place; None when it says nothing."""
    found: Positions | None = None
    for part in conjuncts(node):
        if isinstance(part, Op) and part.name in SPATIAL - {"s_disjoint"}:
            shapes = [one for one in part.args if isinstance(one, Shape)]
            if len(shapes) == 1 and any(isinstance(one, Property) for one in part.args):
                near = layer.near(shapely.bounds(shapes[0].geometry).tolist())
                found = near if found is None else np.intersect1d(found, near, assume_unique=True)
    return found


class _Kept:
    """What filters found, for the pages that follow: the last used within a number of bytes."""

    def __init__(self) -> None:
        self._found: OrderedDict[object, Positions] = OrderedDict()
        self._bytes = 0
        self._guard = threading.Lock()

    def get(self, key: object) -> Positions | None:
        with self._guard:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def keep(self, key: object, found: Positions) -> None:
        if found.nbytes > _MAX_KEPT_EACH:
            return
        with self._guard:
            self._bytes += found.nbytes - (self._found[key].nbytes if key in self._found else 0)
            self._found[key] = found
            while self._bytes > _MAX_KEPT_BYTES or len(self._found) > 2_000:
                self._bytes -= self._found.popitem(last=False)[1].nbytes


_kept = _Kept()
