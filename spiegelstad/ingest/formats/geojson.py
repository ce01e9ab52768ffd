"""GeoJSON: features read one after the other, geometry as WKB in WGS84 with its point, length and area."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.json import refuse_absent
from spiegelstad.ingest.formats.json_stream import as_text, pick, stream_items
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted
from spiegelstad.ingest.formats.staging import stage_rows
from spiegelstad.places import public as places

PIECE = 2_000
PROBLEM = "geometry.problem"
MEASURES = ("geometry.lon", "geometry.lat", "geometry.length_m", "geometry.area_m2")


def read_geojson(files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], work: Path) -> Rows:
    """Give one row per feature: wanted properties as text, and the geometry when a column asks for it."""
    names = list(dict.fromkeys(name for want in wanted for name in want.names))
    shapes = [name for name in names if name == "geometry" or name in MEASURES]
    properties = [name for name in names if name not in shapes]
    columns = [*properties, *shapes, *([PROBLEM] if shapes else [])]
    seen: set[str] = set(shapes)
    types = {"geometry": pa.binary(), **dict.fromkeys(MEASURES, pa.float64())}
    features = _features(files, form, properties, shapes, seen)
    rows = stage_rows(features, columns, files, work / "features.parquet", types)
    refuse_absent(files, wanted, seen)
    return rows


def _features(
    files: Sequence[InputFile], form: Format, properties: Sequence[str], shapes: Sequence[str], seen: set[str]
) -> Iterator[tuple[int, list[Any]]]:
    for number, file in enumerate(files):
        crs = [form.crs]
        items = stream_items(file.path, file.name, "features", partial(_remember, crs))
        while piece := list(islice(items, PIECE)):
            values = [_properties(feature, properties) for feature in _checked(piece, file)]
            for row in values:
                seen.update(name for name, value in zip(properties, row, strict=True) if value is not None)
            geometry = _geometry(piece, shapes, crs[0]) if shapes else [[] for _ in piece]
            for row, shape in zip(values, geometry, strict=True):
                yield number, [*row, *shape]


def _remember(crs: list[str], key: str, value: Any) -> None:
    """Take the coordinate system from the file's own `crs` member, unless the definition names one."""
    name = pick(value, "properties.name") if key == "crs" else None
    if isinstance(name, str) and not crs[0]:
        crs[0] = name


def _checked(piece: Sequence[Any], file: InputFile) -> Sequence[dict[str, Any]]:
    for feature in piece:
        if not isinstance(feature, dict):
            raise UnusableFile(f"{file.name}: a feature isn't an object.", remedy="Ask the publisher.")
    return piece


def _properties(feature: dict[str, Any], names: Sequence[str]) -> list[str | None]:
    own = feature.get("properties") or {}
    return [as_text(feature.get("id") if name == "feature.id" else pick(own, name)) for name in names]


def _geometry(piece: Sequence[Any], shapes: Sequence[str], crs: str) -> list[list[Any]]:
    """Give the shape columns of each feature, and what is wrong with its geometry (None: nothing)."""
    bare = [{"type": "Feature", "geometry": feature.get("geometry"), "properties": {}} for feature in piece]
    features = places.parse_features(orjson.dumps({"type": "FeatureCollection", "features": bare}), crs)
    geometries = np.full(len(features), None, dtype=object)
    geometries[:] = [feature.geometry for feature in features]
    columns = shape_columns(geometries, shapes)
    problems = [feature.problem or None for feature in features]
    return [[*values, problem] for *values, problem in zip(*columns, problems, strict=True)]


def shape_columns(geometries: Any, shapes: Sequence[str]) -> list[list[Any]]:
    """Give WKB, representative point, length and area (m, m² in Lambert 72) of geometries in WGS84."""
    points = shapely.point_on_surface(geometries)
    x, y = shapely.get_x(points), shapely.get_y(points)
    made: dict[str, Callable[[], Any]] = {
        "geometry": lambda: shapely.to_wkb(geometries, byte_order=1),
        "geometry.lon": lambda: np.round(x, 9),
        "geometry.lat": lambda: np.round(y, 9),
        "geometry.length_m": lambda: np.round(places.length_m(geometries), 3),
        "geometry.area_m2": lambda: np.round(places.area_m2(geometries), 3),
    }
    return [[_plain(value) for value in made[name]()] for name in shapes]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes) or value is None:
        return value
    return None if np.isnan(value) else float(value)
