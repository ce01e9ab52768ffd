"""A version's file as rows to be told: its columns, with geometry as WKT, and the box round each. In flat memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from spiegelstad.catalogue.public import Column, geometry_of
from spiegelstad.ldes.formats.rows import WKT
from spiegelstad.ldes.rules.tiles import tiles_of

TILE = "__tile"
_ROWS = 8_192


def reader(path: Path, columns: Sequence[Column]) -> pa.RecordBatchReader:
    """Return the rows of a version with two columns more: `WKT` (null without a place) and `TILE`."""
    where = geometry_of(columns)
    kept = [column.name for column in columns if where is None or column.name not in where or len(where) == 2]
    schema = pq.read_schema(path)
    told = pa.schema([*(schema.field(name) for name in kept), pa.field(WKT, pa.string()), pa.field(TILE, pa.string())])
    return pa.RecordBatchReader.from_batches(told, _batches(path, told, kept, where))


def _batches(
    path: Path, told: pa.Schema, kept: Sequence[str], where: tuple[str, ...] | None
) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
            shapes = _shapes(batch, where)
            wkt = pa.array(shapely.to_wkt(shapes, rounding_precision=-1), pa.string())
            tiles = pa.array(tiles_of(shapely.bounds(shapes)), pa.string())
            yield pa.record_batch([*(batch.column(name) for name in kept), wkt, tiles], schema=told)


def _shapes(batch: pa.RecordBatch, where: tuple[str, ...] | None) -> Any:
    if where is None:
        return np.full(batch.num_rows, None, dtype=object)
    if len(where) == 1:
        return shapely.from_wkb(batch.column(where[0]).to_numpy(zero_copy_only=False), on_invalid="ignore")
    lon, lat = (batch.column(name).to_numpy(zero_copy_only=False).astype(float) for name in where)
    points = np.full(len(lon), None, dtype=object)
    known = np.isfinite(lon) & np.isfinite(lat)
    points[known] = shapely.points(lon[known], lat[known])
    return points
