"""A version laid out by place (`building.py`), open for reading, and who lies in a box."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from spiegelstad.base.errors import Unavailable
from spiegelstad.base.locks import FileLock
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ogc.layers.building import ABOUT, build

Bounds = tuple[float, float, float, float]
Positions = NDArray[np.int64]
FEATURES, BOXES, LOCK = "features.arrow", "boxes.npy", "lock"
_LAYOUT = 1
"""Another when layers come to be laid out otherwise."""
NODE_ROWS = 64
MAX_BUILT_AT_ONCE = 1_000_000
_PATIENCE_S = 8.0
_MAX_OPEN = 48


class LayerNotReady(Unavailable):
    """The version is being laid out for the map; large ones take a minute after they were published."""

    title = "Being prepared"


@dataclass(frozen=True, eq=False)
class Layer:
    """The rows of a version along a Hilbert curve; a *position* is a place in that order, which never changes.

    `id` names the content and its layout. `located`: how many have a place; they come first. `nodes`: the box around
    each 64 rows. `key`: the column that names the rows, else they are named by their number in the file, from 0.
    """

    id: str
    table: pa.Table
    boxes: NDArray[np.float64]
    nodes: NDArray[np.float64]
    located: int
    kinds: tuple[str, ...]
    bounds: Bounds | None
    key: str
    geometry: str

    @property
    def is_points(self) -> bool:
        """Whether all shapes are points, whose coordinates are in `boxes`."""
        return bool(self.boxes.shape[1] == 2)

    def near(self, bounds: Bounds) -> Positions:
        """Return, in order, the positions of all rows whose box touches `bounds`."""
        touched = touches(self.nodes, bounds)
        inside = touched & within(self.nodes, bounds)
        sure = _rows_of(np.flatnonzero(inside), self.located)
        maybe = _rows_of(np.flatnonzero(touched & ~inside), self.located)
        return np.sort(np.concatenate([sure, maybe[touches(self.boxes[maybe], bounds)]]))

    def shapes(self, positions: Positions) -> NDArray[np.object_]:
        """Return the shapes at these positions, None where there is none."""
        if self.is_points:
            places = self.boxes[positions]
            shapes = np.asarray(shapely.points(places))
            shapes[np.isnan(places[:, 0])] = None
            return shapes
        column = self._taken(self.table.select([self.geometry]), positions).column(0)
        return np.asarray(shapely.from_wkb(column.to_pylist(), on_invalid="ignore"))

    def rows(self, positions: Positions) -> pa.Table:
        """Return the rows at these positions, with their number in the version's file, without the geometry."""
        table = self.table if self.is_points else self.table.drop_columns([self.geometry])
        return self._taken(table, positions)

    @staticmethod
    def _taken(table: pa.Table, positions: Positions) -> pa.Table:
        """Take rows out of the stretch they lie in: the fewer pieces of the file Arrow looks at, the faster."""
        if not len(positions):
            return table.slice(0, 0)
        first = int(positions.min())
        return table.slice(first, int(positions.max()) - first + 1).take(pa.array(positions - first))


def touches(boxes: NDArray[np.float64], bounds: Bounds) -> NDArray[np.bool_]:
    """Whether each box (or point) has a point in common with `bounds`."""
    low, high = boxes[:, :2], boxes[:, -2:]
    return np.asarray(
        (low[:, 0] <= bounds[2]) & (high[:, 0] >= bounds[0]) & (low[:, 1] <= bounds[3]) & (high[:, 1] >= bounds[1])
    )


def within(boxes: NDArray[np.float64], bounds: Bounds) -> NDArray[np.bool_]:
    """Whether each box (or point) lies whole in `bounds`."""
    low, high = boxes[:, :2], boxes[:, -2:]
    return np.asarray(
        (low[:, 0] >= bounds[0]) & (high[:, 0] <= bounds[2]) & (low[:, 1] >= bounds[1]) & (high[:, 1] <= bounds[3])
    )


def _rows_of(nodes: Positions, located: int) -> Positions:
    rows = (nodes[:, None] * NODE_ROWS + np.arange(NODE_ROWS)).ravel()
    return rows[rows < located]


_open: OrderedDict[str, Layer] = OrderedDict()
_guard = threading.Lock()


def layout_of(version: catalogue.Version) -> str:
    """Name the layout of a version: it rests on what the columns are for, which may change where the content does not.

    `<layout>.<file>` is the name of a sidecar.
    """
    told = repr([_LAYOUT, *((one.name, one.type, one.role) for one in version.columns)])
    return f"layer-{sha256(told.encode()).hexdigest()[:12]}"


def layer_of(version: catalogue.Version) -> Layer:
    """Return the layer of a version that says where; a small one that was never laid out is so now.

    Raises LayerNotReady for a large one, which a job lays out after it was published.
    """
    id_ = f"{version.content_hash}.{layout_of(version)}"
    with _guard:
        found = _open.get(id_)
        if found is not None:
            _open.move_to_end(id_)
            return found
    features, boxes, _ = _files(version)
    if not features.exists():
        if version.rows > MAX_BUILT_AT_ONCE:
            raise _not_ready(version)
        lay_out(version, patience_s=_PATIENCE_S)
    opened = read_layer(id_, features, boxes)
    with _guard:
        _open[id_] = opened
        while len(_open) > _MAX_OPEN:
            _open.popitem(last=False)
    return opened


def _files(version: catalogue.Version) -> list[Path]:
    layout = layout_of(version)
    return [catalogue.sidecar_of(version.content_hash, f"{layout}.{name}") for name in (FEATURES, BOXES, LOCK)]


def lay_out(version: catalogue.Version, *, patience_s: float) -> None:
    """Make the layer of a version unless it is there; one process at a time, others wait."""
    features, boxes, lock_file = _files(version)
    where = catalogue.geometry_of(version.columns)
    if where is None or features.exists():
        return
    source = catalogue.parquet_path(version.id)
    if not source.exists():
        raise catalogue.DataUnreadable(f"The file of version {version.number} of {version.slug!r} is missing.")
    lock = FileLock(lock_file)
    if not lock.take(patience_s=patience_s):
        raise _not_ready(version)
    try:
        if not features.exists():
            new_features, new_boxes = catalogue.incoming_file(), catalogue.incoming_file()
            build(source, version.columns, where, new_features, new_boxes)
            new_boxes.replace(boxes)
            new_features.replace(features)
    finally:
        lock.release()


def _not_ready(version: catalogue.Version) -> LayerNotReady:
    return LayerNotReady(
        f"Version {version.number} of {version.slug!r} is being prepared for the map.",
        remedy="Try again in a minute.",
        retry_after_s=30,
    )


def read_layer(id_: str, features: Path, boxes_file: Path) -> Layer:
    """Open the two files of a layer."""
    table = pa.ipc.open_file(pa.memory_map(str(features))).read_all()
    about: Mapping[str, Any] = json.loads(table.schema.metadata[ABOUT])
    boxes: NDArray[np.float64] = np.load(boxes_file, mmap_mode="r") if table.num_rows else np.empty((0, 2))
    return Layer(
        id=id_,
        table=table,
        boxes=boxes,
        nodes=_nodes(boxes[: about["located"]]),
        located=about["located"],
        kinds=tuple(about["kinds"]),
        bounds=about["bounds"] and tuple(about["bounds"]),
        key=about["key"],
        geometry=about["geometry"],
    )


def _nodes(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(boxes):
        return np.empty((0, 4))
    starts = np.arange(0, len(boxes), NODE_ROWS)
    low = np.minimum.reduceat(boxes[:, :2], starts, axis=0)
    high = np.maximum.reduceat(boxes[:, -2:], starts, axis=0)
    return np.hstack([low, high])
