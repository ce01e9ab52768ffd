# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
"""What only places can say of a row: the areas its point lies in, whether that is in the city, geometry from text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.formats.rows import quoted
from spiegelstad.ingest.pipeline.checks import Checks
from spiegelstad.ingest.pipeline.select import SKIPPED
from spiegelstad.ingest.pipeline.stage import Stage
from spiegelstad.ingest.vocabulary import ColumnType
from spiegelstad.places import public as places

Floats = NDArray[np.float64]
Points = tuple[str, str]


class Beside:
    """Computes the columns that stand beside the stage, in batches."""

    def __init__(self, tenant_id: str, definition: SourceDefinition, texts: Mapping[str, str], checks: Checks) -> None:
        self.tenant_id = tenant_id
        self.locates = [
            ((locate.lon, locate.lat), area_type, name)
            for locate in definition.locates
            for area_type, name in locate.into.items()
        ]
        self.inside = [
            ((rule.lon, rule.lat), checks.add("inside", f"{rule.lon}, {rule.lat}"))
            for rule in definition.rules
            if rule.inside
        ]
        self.kept = [(keep.lon, keep.lat) for keep in definition.keep if keep.inside]
        self.shapes = [
            (name, checks.add("geometry", name))
            for name, column in definition.columns.items()
            if column.type is ColumnType.GEOMETRY and texts.get(name) == "VARCHAR"
        ]

    @property
    def types(self) -> dict[str, str]:
        """The columns that are made, with their DuckDB types; empty when there is nothing to do."""
        if not (self.locates or self.inside or self.kept or self.shapes):
            return {}
        made = {name: "VARCHAR" for _, _, name in self.locates}
        made.update({name: "BLOB" for name, _ in self.shapes})
        return {**made, "__verdict": "VARCHAR"}

    def tables(self, stage: Stage) -> Iterator[pa.Table]:
        """Give the columns of `types`, one row for each row of the stage, in order."""
        pairs = [pair for pair, _, _ in self.locates] + [pair for pair, _ in self.inside] + self.kept
        numbers = sorted({name for pair in pairs for name in pair})
        wanted = [f"{quoted(name)}::DOUBLE AS {quoted(name)}" for name in numbers]
        wanted += [*(quoted(name) for name, _ in self.shapes), "__reasons IS NOT NULL AS __failed"]
        for batch in stage.batches(f"SELECT {', '.join(wanted)} FROM stage"):
            yield self._table(batch, {name: _floats(batch.column(name)) for name in numbers})

    def _table(self, batch: pa.RecordBatch, floats: Mapping[str, Floats]) -> pa.Table:
        made: dict[str, Any] = {}
        for (lon, lat), area_type, name in self.locates:
            codes = places.locate(self.tenant_id, area_type, floats[lon], floats[lat])
            made[name] = pa.array(codes, pa.string())
        verdicts: list[list[str]] = [[] for _ in range(batch.num_rows)]
        for name, check in self.shapes:
            made[name], wrong = _shapes(batch.column(name))
            for row in wrong:
                verdicts[row].append(str(check.number))
        for (lon, lat), check in self.inside:
            for row in self._outside(floats[lon], floats[lat]):
                verdicts[row].append(str(check.number))
        texts = [",".join(numbers) or None for numbers in verdicts]
        failed = batch.column("__failed").to_numpy(zero_copy_only=False)
        for lon, lat in self.kept:
            for row in self._outside(floats[lon], floats[lat]):
                texts[row] = SKIPPED
            for pointless in np.flatnonzero(~_has_point(floats[lon], floats[lat]) & ~failed):
                texts[int(pointless)] = (
                    SKIPPED  # a point that can't be read is wrong, a point that isn't there out of scope
                )
        return pa.table({**made, "__verdict": pa.array(texts, pa.string())})

    def _outside(self, lon: Floats, lat: Floats) -> list[int]:
        """Give the rows whose point lies outside the city."""
        has_point = _has_point(lon, lat)
        inside = np.zeros(len(lon), dtype=bool)
        inside[has_point] = places.inside_city(self.tenant_id, lon[has_point], lat[has_point])
        return [int(row) for row in np.flatnonzero(has_point & ~inside)]


def _has_point(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return np.isfinite(lon) & np.isfinite(lat)


def _floats(column: pa.Array) -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _shapes(texts: pa.Array) -> tuple[pa.Array, list[int]]:
    """Read GeoJSON, WKT or hexadecimal WKB; give WKB and the rows that hold none of these."""
    made: list[bytes | None] = []
    wrong: list[int] = []
    for row, text in enumerate(texts.to_pylist()):
        geometry = _shape(text) if text else None
        if text and (geometry is None or not shapely.is_valid(geometry) or shapely.is_empty(geometry)):
            wrong.append(row)
            geometry = None
        made.append(None if geometry is None else shapely.to_wkb(shapely.force_2d(geometry), byte_order=1))
    return pa.array(made, pa.binary()), wrong


def _shape(text: str) -> Any:
    try:
        if text.lstrip().startswith("{"):
            return shapely.from_geojson(text)
        if text.lstrip()[:2] in ("00", "01"):
            return shapely.from_wkb(bytes.fromhex(text.strip()))
        return shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return None
