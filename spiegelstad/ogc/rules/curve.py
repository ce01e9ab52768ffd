"""The Hilbert curve: an order in which what lies near on the map lies near in the file."""

import numpy as np
from numpy.typing import NDArray

_BITS = 16
_LAST = (1 << _BITS) - 1


def along_curve(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of each point on the curve through the box around all of them; finite coordinates only."""
    column, row = _cells(x), _cells(y)
    place = np.zeros(len(column), dtype=np.int64)
    for bit in range(_BITS - 1, -1, -1):
        side = 1 << bit
        right, upper = (column & side) > 0, (row & side) > 0
        place += side * side * ((3 * right) ^ upper)
        turned = right & ~upper
        column, row = np.where(turned, _LAST - column, column), np.where(turned, _LAST - row, row)
        column, row = np.where(upper, column, row), np.where(upper, row, column)
    return place


def _cells(values: NDArray[np.float64]) -> NDArray[np.int64]:
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    low, high = values.min(), values.max()
    scale = _LAST / (high - low) if high > low else 0.0
    return np.asarray(((values - low) * scale).astype(np.int64))
