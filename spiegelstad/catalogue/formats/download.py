"""A version's file as CSV, JSON or GeoJSON, a piece at a time: memory stays flat whatever its size.

Text is UTF-8, moments are ISO 8601 in UTC, geometry is WGS84 (WKT in CSV and JSON). A missing value is empty in CSV
and null in JSON.
"""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import shapely

from spiegelstad.catalogue.formats.parquet import column_type
from spiegelstad.catalogue.rules import Column, geometry_of
from spiegelstad.catalogue.vocabulary import ColumnType

_BATCH_ROWS = 8_192
_ROW_GROUP_BUFFER = 1024 * 1024

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
}


def batches(path: Path, size: int = _BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of `size` at most, reading no more of the file than needed."""
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=_ROW_GROUP_BUFFER) as file:
        yield from file.iter_batches(batch_size=size, use_threads=False)


def as_csv(path: Path, columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield CSV with a header, commas, and quotes where needed."""
    header = True
    for batch in _with_header(path):
        sink = BytesIO()
        options = pa_csv.WriteOptions(include_header=header, quoting_style="needed")
        pa_csv.write_csv(_in_words(batch), sink, options)
        header = False
        yield sink.getvalue()


def _with_header(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the batches; of an empty file one without rows, so that the header is written."""
    found = False
    for batch in batches(path):
        found = True
        yield batch
    if not found:
        schema = pq.read_schema(path)
        yield pa.record_batch([pa.array([], field.type) for field in schema], schema=schema)


def as_json(path: Path, columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield a JSON array of objects."""
    yield from _joined(b"[\n", (orjson.dumps(row) for batch in batches(path) for row in _objects(batch)), b"\n]\n")


def as_geojson(path: Path, columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield a FeatureCollection in WGS84; the geometry is that of the geometry column, else a point of lon and lat."""
    found = geometry_of(columns)
    if found is None:
        raise ValueError("no geometry: look at `geometry_of` first")
    head = b'{"type": "FeatureCollection", "features": [\n'
    yield from _joined(head, (feature for batch in batches(path) for feature in _features(batch, found)), b"\n]}\n")


def _features(batch: pa.RecordBatch, where: tuple[str, ...]) -> Iterator[bytes]:
    geometries = _geometries(batch, where)
    shapes = shapely.to_geojson(geometries)
    for shape, properties in zip(shapes, _objects(batch.drop_columns(list(where))), strict=True):
        geometry = b"null" if shape is None else shape.encode()
        yield b'{"type": "Feature", "geometry": ' + geometry + b', "properties": ' + orjson.dumps(properties) + b"}"


def _geometries(batch: pa.RecordBatch, where: tuple[str, ...]) -> Any:
    if len(where) == 1:
        return shapely.from_wkb(batch.column(where[0]).to_pylist(), on_invalid="ignore")
    lon, lat = (batch.column(name).to_numpy(zero_copy_only=False).astype(float) for name in where)
    points = shapely.points(lon, lat)
    points[np.isnan(lon) | np.isnan(lat)] = None
    return points


def _joined(head: bytes, parts: Iterator[bytes], tail: bytes) -> Iterator[bytes]:
    """Yield the parts with commas between them, some hundred at a time."""
    piece, first = [head], True
    for part in parts:
        piece.append(part if first else b",\n" + part)
        first = False
        if len(piece) > 500:
            yield b"".join(piece)
            piece = []
    piece.append(tail)
    yield b"".join(piece)


def _objects(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return _in_words(batch).to_pylist() if batch.num_columns else [{} for _ in range(batch.num_rows)]


def _in_words(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with moments and geometry as text, and no value that is not a number."""
    arrays = [_column_in_words(batch.column(i)) for i in range(batch.num_columns)]
    return pa.record_batch(arrays, names=batch.schema.names)


def _column_in_words(values: pa.Array) -> pa.Array:
    kind = column_type(values.type)
    if kind == ColumnType.TIMESTAMPTZ:
        words = pc.strftime(pc.cast(values, pa.timestamp("us", "UTC")), "%Y-%m-%dT%H:%M:%SZ")
        return pc.replace_substring_regex(words, r"\.000000Z$", "Z")
    if kind == ColumnType.DATE:
        return pc.cast(values, pa.string())
    if kind == ColumnType.BLOB:
        return pa.array(shapely.to_wkt(shapely.from_wkb(values.to_pylist(), on_invalid="ignore")), pa.string())
    if kind == ColumnType.DOUBLE:
        return pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
    return values


Writer = Callable[[Path, Sequence[Column]], Iterator[bytes]]
WRITERS: dict[str, Writer] = {"csv": as_csv, "json": as_json, "geojson": as_geojson}
