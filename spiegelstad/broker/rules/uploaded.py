"""A file that somebody shares: reading it, guessing what its columns hold, and making a table of it. Pure."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import orjson
import shapely

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue.public import ColumnType

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 60
MAX_TEXT = 2_000
MAX_POINTS = 500_000
GEOMETRY = "geometry"
USES = ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP WITH TIME ZONE", "lon", "lat", "x", "y", "drop")
"""What a column can become: a type, a coordinate (WGS84, or Lambert 72 in metres), or nothing."""

_PLACES = {
    "lon": ("lon", "lng", "long", "longitude", "lengtegraad"),
    "lat": ("lat", "latitude", "breedtegraad"),
    "x": ("x", "x_lambert72", "x_lambert", "lambert_x", "xcoord"),
    "y": ("y", "y_lambert72", "y_lambert", "lambert_y", "ycoord"),
}
_LIMITS = {"lon": (-180, 180), "lat": (-90, 90), "x": (0, 300_000), "y": (0, 300_000)}
_TRUTH = {"true": True, "false": False, "ja": True, "nee": False, "yes": True, "no": False, "1": True, "0": False}
_GUESSED = (ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.DATE, ColumnType.TIMESTAMPTZ)


class UnusableUpload(InvalidInput):
    """The file cannot be used; `detail` says why, for who made it."""

    title = "This file cannot be used"


@dataclass(frozen=True, slots=True)
class Raw:
    """A file as read: names, rows of texts (None: empty), and for GeoJSON the shape of each row."""

    names: tuple[str, ...]
    rows: list[list[str | None]]
    shapes: list[bytes | None] | None = None

    def values(self, number: int) -> list[str | None]:
        """Return the values of a column."""
        return [row[number] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a column of the file becomes: its new name, its use, whether it must be filled in, what it means."""

    source: str
    name: str
    use: str
    required: bool = False
    description: str = ""


def read(content: bytes, file_name: str) -> Raw:
    """Read CSV or GeoJSON."""
    if len(content) > MAX_BYTES:
        raise UnusableUpload(f"The file has more than {MAX_BYTES // 1024**2} MB.")
    raw = _geojson(content) if file_name.casefold().endswith((".geojson", ".json")) else _csv(content)
    if not raw.rows:
        raise UnusableUpload("The file holds no rows.")
    return raw


def _csv(content: bytes) -> Raw:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text or text.lstrip()[:1] in {"<", "%", "{"} or content.startswith(b"PK"):
        raise UnusableUpload("This is no CSV file. Save it as CSV (UTF-8) in your spreadsheet first.")
    first = text.split("\n", 1)[0]
    separator = max(";,\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = _distinct([name.strip() for name in next(reader, [])])
        rows = []
        for line in reader:
            if not any(line):
                continue
            if len(line) != len(names):
                raise UnusableUpload(f"Line {reader.line_num} has another number of columns.")
            rows.append([_short(value) for value in line])
            if len(rows) > MAX_ROWS:
                raise UnusableUpload(f"The file has more than {MAX_ROWS} rows.")
    except csv.Error:
        raise UnusableUpload("This is no CSV file. Save it as CSV (UTF-8) in your spreadsheet first.") from None
    return Raw(tuple(names), rows)


def _short(value: Any) -> str | None:
    """Return a value as text, None when it is empty."""
    text = value if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()
    return text.strip()[:MAX_TEXT] or None


def _distinct(names: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Return names of which no two are the same, whatever their case, and none is taken."""
    if len(names) > MAX_COLUMNS:
        raise UnusableUpload(f"The file has more than {MAX_COLUMNS} columns.")
    seen, found = set(taken), []
    for number, name in enumerate(names, start=1):
        base = name[:96] or f"column{number}"
        numbered = (base if times == 1 else f"{base}_{times}" for times in count(1))
        found.append(next(one for one in numbered if one.casefold() not in seen))
        seen.add(found[-1].casefold())
    return found


def _geojson(content: bytes) -> Raw:
    wrong = UnusableUpload("This is no GeoJSON file with a list of features.")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise wrong from None
    if b"\\u0000" in content:  # no text of the database can hold it
        raise wrong
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise wrong
    if len(features) > MAX_ROWS:
        raise UnusableUpload(f"The file has more than {MAX_ROWS} rows.")
    properties = [one["properties"] if isinstance(one.get("properties"), dict) else {} for one in features]
    keys = list(dict.fromkeys(key for one in properties for key in one))
    names = _distinct(keys)
    rows = [[_short(one.get(key)) for key in keys] for one in properties]
    return Raw(tuple(names), rows, _shapes([one.get("geometry") for one in features]))


def _shapes(geometries: Sequence[Any]) -> list[bytes | None]:
    """Read shapes in WGS84; a wrong one is None, and counts as wrong."""
    texts = [orjson.dumps(one).decode() if isinstance(one, dict) else None for one in geometries]
    found = shapely.from_geojson(texts, on_invalid="ignore")
    if shapely.get_num_coordinates(found).sum() > MAX_POINTS:
        raise UnusableUpload(f"The shapes hold more than {MAX_POINTS} points.")
    boxes = shapely.bounds(found)
    return [
        None if one is None or one.is_empty or not _is_on_earth(box) else shapely.to_wkb(shapely.force_2d(one))
        for one, box in zip(found, boxes, strict=True)
    ]


def _is_on_earth(box: Sequence[float]) -> bool:
    west, south, east, north = box
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def guess(raw: Raw) -> list[Mapped]:
    """Guess what every column holds: its type by all of its values, its place by its name and its values."""
    names = zip(raw.names, _distinct([tidy(name) for name in raw.names], [GEOMETRY]), strict=True)
    return [Mapped(name, new, _guess_use(name, raw.values(number))) for number, (name, new) in enumerate(names)]


def tidy(name: str) -> str:
    """Return a name as a column has it: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:100] or "column"


def _guess_use(name: str, values: Sequence[str | None]) -> str:
    filled = [value for value in values if value is not None]
    for use, names in _PLACES.items():
        if tidy(name) in names and filled and all(parse(value, use) is not None for value in filled):
            return use
    for type_ in _GUESSED:
        if filled and all(parse(value, type_) is not None for value in filled):
            return "VARCHAR" if type_ == ColumnType.BIGINT and _has_leading_zero(filled) else type_.value
    return "VARCHAR"


def _has_leading_zero(values: Sequence[str]) -> bool:
    """Whether these are codes and no numbers: a postcode 0800 is not 800."""
    return any(len(value) > 1 and value.startswith("0") for value in values)


def parse(text: str, use: str) -> Any:
    """Return a value in its type; None when it is none."""
    try:
        return _READERS[use](text)
    except (ValueError, KeyError, OverflowError):
        return None


def _number(text: str) -> float:
    """Read 12.5, 12,5 and 1.234,5; not 1,234.5, which would become another number, nor codes such as 12_5."""
    before, _comma, after = text.partition(",")
    value = float(f"{before.replace('.', '')}.{after}" if after else text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    value = int(text)
    if "_" in text:
        raise ValueError(text)
    if abs(value) >= 2**63:
        raise OverflowError
    return value


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date() if "/" in text else date.fromisoformat(text)  # noqa: DTZ007


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)
    return aware.astimezone(UTC).astimezone(BRUSSELS)  # OverflowError at the ends of all time


def _coordinate(use: str) -> Callable[[str], float]:
    low, high = _LIMITS[use]

    def read_one(text: str) -> float:
        value = _number(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read_one


_READERS: dict[str, Callable[[str], Any]] = {
    ColumnType.VARCHAR: str,
    ColumnType.BIGINT: _whole,
    ColumnType.DOUBLE: _number,
    ColumnType.BOOLEAN: lambda text: _TRUTH[text.casefold()],
    ColumnType.DATE: _day,
    ColumnType.TIMESTAMPTZ: _moment,
    **{use: _coordinate(use) for use in _LIMITS},
}
