"""Making a layer of a version: its rows in the order of a Hilbert curve, and the box of each.

Two files, in place whole or not at all. `boxes`: a NumPy array of float64, a row of x, y for points and of the corners
x0, y0, x1, y1 for other shapes (WGS84 degrees), NaN for rows without a place, which come last. `features`: an Arrow
file, uncompressed so that it is read where it lies (mmap): the number of the row in the version's file, then its
columns. Coordinates of points are in `boxes` only.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from spiegelstad.catalogue.public import ARROW_TYPES, Column
from spiegelstad.ogc.rules.curve import along_curve

ROW = "ogc:row"
ABOUT = b"about"
CHUNK_ROWS = 16_384
_PARSED_AT_ONCE = 65_536
_KEY_ROLE = "identifier"


def build(parquet: Path, columns: Sequence[Column], where: tuple[str, ...], features: Path, boxes: Path) -> None:
    """Lay out the file `parquet`, of which the columns `where` say where (WKB, or longitude and latitude)."""
    table = pq.read_table(parquet).select([column.name for column in columns])
    table = table.cast(pa.schema([pa.field(column.name, ARROW_TYPES[column.type]) for column in columns]))
    places, kinds = _places(table, where)
    if len(where) == 2 or kinds == ["Point"]:
        table, places = table.drop_columns(list(where)), places[:, :2]
    order, located = _order(places)
    places = places[order]
    with boxes.open("wb") as file:
        np.save(file, places)
    about = {
        "located": located,
        "kinds": kinds,
        "bounds": _bounds(places[:located]),
        "key": _key(table, columns),
        "geometry": where[0] if len(where) == 1 else "geometry",
    }
    table = table.add_column(0, ROW, pa.array(np.arange(len(table))))
    _write(table, order, about, features)


def _places(table: pa.Table, where: tuple[str, ...]) -> tuple[NDArray[np.float64], list[str]]:
    """Return the box of each row, and the kinds of shapes there are."""
    if len(where) == 2:
        x, y = (table.column(name).to_numpy() for name in where)
        places = np.column_stack([x, y, x, y]).astype(np.float64)
        return places, ["Point"]
    parts, kinds = [np.empty((0, 4))], set()
    column = table.column(where[0])
    for start in range(0, len(column), _PARSED_AT_ONCE):
        shapes = shapely.from_wkb(column.slice(start, _PARSED_AT_ONCE).to_pylist(), on_invalid="ignore")
        parts.append(shapely.bounds(shapes))
        kinds |= {shape.geom_type for shape in shapes[np.unique(shapely.get_type_id(shapes), return_index=True)[1]]
                  if shape is not None}  # fmt: skip
    return np.concatenate(parts), sorted(kinds)


def _order(places: NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    """Return the rows along the curve, those without a place after all others, and how many have one."""
    has_place = np.isfinite(places).all(axis=1)
    places[~has_place] = np.nan
    rows = np.flatnonzero(has_place)
    middle = (places[rows, :2] + places[rows, -2:]) / 2
    along = rows[np.argsort(along_curve(middle[:, 0], middle[:, 1]), kind="stable")]
    return np.concatenate([along, np.flatnonzero(~has_place)]), len(rows)


def _bounds(places: NDArray[np.float64]) -> list[float] | None:
    if not len(places):
        return None
    return [*places[:, :2].min(axis=0).tolist(), *places[:, -2:].max(axis=0).tolist()]


def _key(table: pa.Table, columns: Sequence[Column]) -> str:
    """Return the column that names each row, if one says so and does: never empty, never twice the same."""
    for column in columns:
        if column.role == _KEY_ROLE and column.name in table.column_names:
            values = table.column(column.name)
            if not values.null_count and pc.count_distinct(values).as_py() == len(values):
                return column.name
    return ""


def _write(table: pa.Table, order: NDArray[np.int64], about: dict[str, object], path: Path) -> None:
    schema = table.schema.with_metadata({ABOUT: json.dumps(about)})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for start in range(0, len(order), CHUNK_ROWS):
            part = table.take(pa.array(order[start : start + CHUNK_ROWS])).combine_chunks()
            writer.write_table(part.replace_schema_metadata(schema.metadata))
