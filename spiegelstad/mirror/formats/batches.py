"""Posted batches of observations, JSON lines or CSV, read as a stream with limits.

JSON lines: one object per line with series, observed_at (RFC 3339 with offset), value and, if wanted, quality (0-3)
and unit (UN/CEFACT code, compared with that of the series). CSV: the same names in the header line, comma, UTF-8.
"""

import csv
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from spiegelstad.base.errors import InvalidInput, TooLarge
from spiegelstad.base.gzipped import unzipped

MAX_LINE_BYTES = 64 * 1024
COLUMNS = ("series", "observed_at", "value", "quality", "unit")


class UnreadableBatch(InvalidInput):
    """The batch as a whole cannot be read."""


class BatchTooLarge(TooLarge):
    """More bytes or rows than one batch may have."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    series: Annotated[str, Field(min_length=1, max_length=200)]
    observed_at: AwareDatetime
    value: Annotated[float, Field(allow_inf_nan=False)]
    quality: Annotated[int, Field(ge=0, le=3)] = 0
    unit: str | None = None


_ROW = TypeAdapter(_Row)


@dataclass(slots=True)
class BadRow:
    """A row that cannot be taken: its line in the batch (from 1), its text and the reason."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class Batch:
    """The rows of a batch that can be read, by column, with their lines and texts; and those that cannot."""

    series: list[str] = field(default_factory=list)
    observed_at: list[datetime] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    unit: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    def table(self) -> pa.Table:
        """Return the readable rows as the table that `import_observations` takes."""
        kinds = (pa.string(), pa.timestamp("us", tz="UTC"), pa.float64(), pa.uint8(), pa.string())
        columns = (self.series, self.observed_at, self.value, self.quality, self.unit)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        return pa.table(dict(zip(COLUMNS, arrays, strict=True)))

    def take(self, line: int, text: str, read: Callable[[], _Row]) -> None:
        """Add the row that `read` gives, or the reason why it gives none."""
        try:
            row = read()
        except ValidationError as error:
            self.bad.append(BadRow(line, text, _reason(error)))
            return
        self.series.append(row.series)
        self.observed_at.append(row.observed_at)
        self.value.append(row.value)
        self.quality.append(row.quality)
        self.unit.append(row.unit)
        self.lines.append(line)
        self.texts.append(text)


def read_json_lines(body: Iterable[bytes], max_rows: int) -> Batch:
    """Read JSON lines; blank lines are skipped."""
    batch = Batch()
    for number, line in enumerate(_lines(body), 1):
        _limit_rows(number, max_rows)
        if line.strip():
            batch.take(number, _text(line), lambda line=line: _ROW.validate_json(line, strict=True))  # type: ignore[misc]
    return batch


def read_csv(body: Iterable[bytes], max_rows: int) -> Batch:
    """Read CSV with a header line; an empty quality or unit is as if it were not there."""
    batch = Batch()
    texts = (_text(line) for line in _lines(body))
    reader = csv.reader(texts, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            _limit_rows(reader.line_num - 1, max_rows)
            if cells:
                batch.take(reader.line_num, ",".join(cells), lambda cells=cells: _csv_row(header, cells))  # type: ignore[misc]
    except csv.Error as error:
        raise UnreadableBatch(f"Line {reader.line_num} is not CSV: {error}.") from None
    return batch


def decompressed(body: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield the gzip stream's contents piece by piece; stops a bomb at `max_bytes`."""
    try:
        yield from limited(unzipped(body, 256 * 1024), max_bytes)
    except zlib.error:
        raise UnreadableBatch("The body says gzip and is not.") from None
    except EOFError:
        raise UnreadableBatch("The gzip stream ends too early.", remedy="Send the batch again.") from None


def limited(body: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield the pieces until there are more bytes than may be."""
    seen = 0
    for piece in body:
        seen += len(piece)
        if seen > max_bytes:
            raise BatchTooLarge(f"A batch holds at most {max_bytes:,} bytes, unpacked.", remedy="Send smaller batches.")
        yield piece


def _limit_rows(lines: int, max_rows: int) -> None:
    if lines > max_rows:  # blank lines too, or a batch of nothing else would cost us much and the sender nothing
        raise BatchTooLarge(f"A batch holds at most {max_rows:,} rows.", remedy="Send smaller batches.")


def _lines(body: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in body:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > MAX_LINE_BYTES:
            raise UnreadableBatch(
                f"A line has more than {MAX_LINE_BYTES:,} bytes.", remedy="End each row with a newline."
            )
    if rest:
        yield rest


def _text(line: bytes) -> str:
    return line.decode("utf-8-sig", "replace")


def _check_header(header: list[str]) -> None:
    missing = [name for name in COLUMNS[:3] if name not in header]
    unknown = sorted(set(header) - set(COLUMNS))
    if missing or unknown or len(set(header)) < len(header):
        raise UnreadableBatch(
            f"The header line must name series, observed_at and value, and may name quality and unit, each once; it is "
            f"{','.join(header)[:200]!r}."
        )


def _csv_row(header: list[str], cells: list[str]) -> _Row:
    given: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=False) if cell != ""}
    if len(cells) > len(header):
        given["more cells than the header"] = ",".join(cells[len(header) :])
    return _ROW.validate_strings(given)


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"[:300] if place else first["msg"][:300]
