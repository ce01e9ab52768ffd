"""Mapbox Vector Tiles 2.1, written whole columns at a time: protocol buffers are numbers of 7 bits to the byte.

Shapes come in units of the tile, y to the south. One feature becomes one of the tile for each kind of its parts.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from spiegelstad.ogc.rules.tiles import EXTENT

Numbers = NDArray[np.int64]
Pieces = tuple[Numbers, list[bytes]]
"""The features (by their index) that have something, and what each has, as bytes."""

_POINT, _LINE, _POLYGON = 1, 2, 3
_CLOSE = 15
_MAX_TEXT = 200


def tile(name: str, ids: Numbers, shapes: NDArray[np.object_], columns: Mapping[str, pa.Array]) -> bytes:
    """Return a tile of one layer; nothing when no shape is left of it."""
    tags, values = _tags(columns, len(ids))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, within = shapely.get_parts(parts, return_index=True)  # those of collections
    owner, kinds = owner[within], shapely.get_dimensions(parts)
    features: list[bytes] = []
    for kind, encode in ((0, _points), (1, _lines), (2, _polygons)):
        mine = kinds == kind
        if mine.any():
            found, geometries = encode(parts[mine], owner[mine])
            features += _features(kind + 1, ids, tags, found, geometries)
    if not features:
        return b""
    keys = [_field(3, key.encode()) for key in columns]
    head = [b"\x78\x02", _field(1, name.encode())]
    layer = b"".join([*head, *features, *keys, *(_field(4, value) for value in values), b"\x28" + _number(EXTENT)])
    return _field(3, layer)


def _features(
    kind: int, ids: Numbers, tags: Sequence[bytes], found: Numbers, geometries: list[bytes]
) -> Iterator[bytes]:
    type_ = bytes([0x18, kind])
    for index, geometry in zip(found.tolist(), geometries, strict=True):
        words = b"\x08" + _number(int(ids[index]))
        yield _field(2, words + _field(2, tags[index]) + type_ + _field(4, geometry))


def _points(parts: NDArray[np.object_], owner: Numbers) -> Pieces:
    """Write points: all of one feature after one command."""
    at = _whole(shapely.get_coordinates(parts))
    found, starts, counts = _runs(owner)
    steps = _steps(at, starts)
    place = 2 * np.arange(len(at)) + np.repeat(np.arange(len(found)), counts) + 1
    out = np.empty(2 * len(at) + len(found), dtype=np.int64)
    out[place], out[place + 1] = steps[:, 0], steps[:, 1]
    out[place[starts] - 1] = counts << 3 | 1
    return found, _split(out, 2 * counts + 1)


def _lines(parts: NDArray[np.object_], owner: Numbers) -> Pieces:
    return _paths(*shapely.get_coordinates(parts, return_index=True), owner, closed=False)


def _polygons(parts: NDArray[np.object_], owner: Numbers) -> Pieces:
    """Write polygons: the outer ring clockwise as it is seen, holes the other way round."""
    rings, of_part = shapely.get_rings(shapely.orient_polygons(parts, exterior_cw=False), return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    is_last = np.append(of_ring[1:] != of_ring[:-1], True)
    points, of_ring = points[~is_last], of_ring[~is_last]  # the point that closes a ring is its first again
    good = _has_area(points, of_ring, len(rings))
    outer = np.append(True, of_part[1:] != of_part[:-1])
    good &= good[np.maximum.accumulate(np.where(outer, np.arange(len(rings)), 0))]  # no hole without its ring
    keep = good[of_ring]
    return _paths(points[keep], of_ring[keep], owner[of_part], closed=True)


def _has_area(points: NDArray[np.float64], of_ring: Numbers, rings: int) -> NDArray[np.bool_]:
    """Whether each ring still has an area in whole units."""
    at = _whole(points)
    after = np.arange(1, len(at) + 1)
    _, starts, counts = _runs(of_ring)
    after[starts + counts - 1] = starts
    crossed = at[:, 0] * at[after, 1] - at[after, 0] * at[:, 1]
    area = np.zeros(rings, dtype=np.int64)
    np.add.at(area, of_ring, crossed)
    return np.asarray(area != 0)


def _paths(points: NDArray[np.float64], of_path: Numbers, owner: Numbers, *, closed: bool) -> Pieces:
    """Write paths; `owner` is the feature of each. What falls on one unit is one point, and one point is no path."""
    at = _whole(points)
    fresh = np.append(True, (of_path[1:] != of_path[:-1]) | (at[1:] != at[:-1]).any(axis=1))[: len(at)]
    at, of_path = at[fresh], of_path[fresh]
    enough = np.bincount(of_path, minlength=len(owner))[of_path] >= (3 if closed else 2)
    at, of_path = at[enough], of_path[enough]
    _, starts, counts = _runs(of_path)
    of_feature = owner[of_path]
    found, feature_starts, _ = _runs(of_feature)
    steps = _steps(at, feature_starts)
    more = 3 if closed else 2
    is_first = np.zeros(len(at), dtype=np.int64)
    is_first[starts] = 1
    place = 2 * np.arange(len(at)) + (np.cumsum(is_first) - 1) * more + 2 - is_first
    out = np.empty(2 * len(at) + more * len(starts), dtype=np.int64)
    out[place], out[place + 1] = steps[:, 0], steps[:, 1]
    out[place[starts] - 1] = 1 << 3 | 1
    out[place[starts] + 2] = (counts - 1) << 3 | 2
    if closed:
        out[place[starts + counts - 1] + 2] = _CLOSE
    paths = np.add.reduceat(is_first, feature_starts) if len(found) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.append(feature_starts, len(at)))
    return found, _split(out, 2 * sizes + more * paths)


def _whole(points: NDArray[np.float64]) -> Numbers:
    return np.rint(points).astype(np.int64)


def _runs(of: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return, of numbers of which equal ones stand together, each once, where it starts and how often it stands."""
    starts = np.flatnonzero(np.append(True, of[1:] != of[:-1])[: len(of)])
    return of[starts], starts, np.diff(np.append(starts, len(of)))


def _steps(at: Numbers, starts: Numbers) -> Numbers:
    """Return how far each point is from the one before, each feature from its corner, as numbers without a sign."""
    steps = np.diff(at, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    steps[starts] = at[starts]
    return np.asarray(steps << 1 ^ steps >> 63)


def _split(numbers: Numbers, counts: Numbers) -> list[bytes]:
    """Write numbers and return the bytes of each so many of them."""
    content, lengths = _written(numbers)
    ends = np.append(0, np.cumsum(lengths))[np.append(0, np.cumsum(counts))].tolist()
    return [content[start:end] for start, end in pairwise(ends)]


def _written(numbers: Numbers) -> tuple[bytes, Numbers]:
    """Write numbers below 2**35 as varints; return the bytes and how many each took."""
    groups = np.stack([numbers >> 7 * group & 0x7F for group in range(5)], axis=1)
    lengths = np.ones(len(numbers), dtype=np.int64)
    for group in range(1, 5):
        lengths += numbers >= 1 << 7 * group
    place = np.arange(5)
    groups |= np.where(place < lengths[:, None] - 1, 0x80, 0)
    return groups[place < lengths[:, None]].astype(np.uint8).tobytes(), lengths


def _number(value: int) -> bytes:
    """Write one number that is not negative."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _number(len(content)) + content


def _tags(columns: Mapping[str, pa.Array], count: int) -> tuple[list[bytes], list[bytes]]:
    """Return for each feature the numbers of its keys and values, and the values; a missing value has none."""
    values: list[bytes] = []
    pairs = np.empty((count, len(columns), 2), dtype=np.int64)
    there = np.zeros((count, len(columns)), dtype=bool)
    for number, column in enumerate(columns.values()):
        coded = pc.dictionary_encode(column)
        pairs[:, number, 0] = number
        pairs[:, number, 1] = len(values) + pc.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False)
        there[:, number] = pc.is_valid(column).to_numpy(zero_copy_only=False)
        values += [_value(one) for one in coded.dictionary.to_pylist()]
    counts = 2 * there.sum(axis=1)
    has = counts > 0
    tags = [b""] * count
    for index, content in zip(np.flatnonzero(has).tolist(), _split(pairs[there].ravel(), counts[has]), strict=True):
        tags[index] = content
    return tags, values


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return bytes([0x38, value])
    if isinstance(value, int):
        return b"\x20" + _number(value) if value >= 0 else b"\x30" + _number(value << 1 ^ -1)
    if isinstance(value, float):
        return b"\x19" + np.float64(value).tobytes()
    return _field(1, str(value)[:_MAX_TEXT].encode())
