"""What is selected as a file, a piece at a time: memory stays flat whatever its size.

One way for whole versions and for parts of them; what the values look like stands in `lines`.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.base.errors import NotFound, TooLarge
from spiegelstad.catalogue.access import Rows
from spiegelstad.catalogue.formats import lines, xlsx
from spiegelstad.catalogue.rules import geometry_of
from spiegelstad.catalogue.selection.rules import Selection

_ROW_GROUP = 122_880

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class UnknownFormat(NotFound):
    """The rows are not offered in this format."""

    title = "Unknown format"


class TooManyForSheet(TooLarge):
    """More rows than a sheet can hold."""

    title = "Too many rows for a sheet"


def as_csv(rows: Rows, selection: Selection) -> Iterator[bytes]:
    """Return CSV with a header, commas, and quotes where needed."""
    return chain([lines.csv_header(rows.columns_of(selection))], rows.texts(selection, lines.csv_line))


def as_json(rows: Rows, selection: Selection) -> Iterator[bytes]:
    """Return a JSON array of objects."""
    return _joined(b"[", rows.texts(selection, lines.json_line), b"\n]\n")


def as_geojson(rows: Rows, selection: Selection) -> Iterator[bytes]:
    """Return a FeatureCollection in WGS84. The columns must say where: look at `geometry_of` first."""
    head = b'{"type":"FeatureCollection","features":['
    return _joined(head, rows.texts(selection, lines.feature_line), b"\n]}\n")


def _joined(head: bytes, pieces: Iterable[bytes], tail: bytes) -> Iterator[bytes]:
    """Yield the pieces without the comma they begin with."""
    yield head
    comma = 1
    for piece in pieces:
        yield piece[comma:]
        comma = 0
    yield tail


def as_xlsx(rows: Rows, selection: Selection) -> Iterator[bytes]:
    """Return a workbook of one sheet; `TooManyForSheet` beforehand when it would not hold them all."""
    if (count := rows.size(selection)) > xlsx.MAX_ROWS:
        detail = f"A sheet holds {xlsx.MAX_ROWS} rows, and these are {count}."
        raise TooManyForSheet(detail, remedy="Select fewer, or take CSV or Parquet.")
    names = [column.name for column in rows.columns_of(selection)]
    return xlsx.file(names, rows.texts(selection, lines.sheet_line))


def as_parquet(rows: Rows, selection: Selection) -> Iterator[bytes]:
    """Return Parquet, a row group at a time."""
    batches = rows.batches(selection, _ROW_GROUP)
    return _parquet(next(batches).schema, batches)


class _Sink:
    """A file that is taken away while it is written."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """There is nothing that waits."""

    def close(self) -> None:
        """What was written stays to be taken."""

    def taken(self) -> bytes:
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def _parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


_WRITERS: dict[str, Callable[[Rows, Selection], Iterator[bytes]]] = {
    "csv": as_csv,
    "json": as_json,
    "geojson": as_geojson,
    "xlsx": as_xlsx,
    "parquet": as_parquet,
}


def require_format(rows: Rows, selection: Selection, extension: str) -> None:
    """Raise `UnknownFormat` when what is selected cannot be had in this format."""
    if extension not in CONTENT_TYPES:
        raise UnknownFormat(f"There is no format {extension!r}.", remedy=f"Choose from {', '.join(CONTENT_TYPES)}.")
    if extension == "geojson" and geometry_of(rows.columns_of(selection)) is None:
        raise UnknownFormat("These rows have no geometry, so there is no GeoJSON of them.")


def write(rows: Rows, selection: Selection, extension: str) -> Iterator[bytes]:
    """Yield what is selected as a file. What does not fit is refused here, before the first piece is asked for."""
    require_format(rows, selection, extension)
    return _WRITERS[extension](rows, selection)
