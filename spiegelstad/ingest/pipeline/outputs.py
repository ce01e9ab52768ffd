# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
"""What accepted rows become in other rooms: areas, addresses, entities, series and observations.

Names of our own start with `__`, which no column of a dataset does.

Everything is offered in a fixed order, and the receiving acts may be repeated without effect, so that a run that was
broken off half-way is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import shapely

from spiegelstad.accounts.public import Actor
from spiegelstad.base.progress import Progress
from spiegelstad.context import public as context
from spiegelstad.governance.public import Classification
from spiegelstad.ingest.definition.source import Areas, Entities, Observations, SourceDefinition
from spiegelstad.ingest.definition.templates import columns_in, pieces
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.rows import literal, quoted
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places

CHUNK_ROWS = 500_000
ENTITY_CHUNK = 5_000
MAX_KEY = 200  # characters that the mirror has for the key of a series
_NO_NUL = "\N{REPLACEMENT CHARACTER}"


class Outputs:
    """Hands the rows of an accepted Parquet file on."""

    def __init__(self, by: Actor, definition: SourceDefinition, parquet: Path, work: Path) -> None:
        self.by = by
        self.definition = definition
        self.rows = f"read_parquet({literal(str(parquet))})"
        self.numbered = f"read_parquet({literal(str(parquet))}, file_row_number = true)"
        self.duck = duckdb.connect(
            ":memory:", config={"memory_limit": "1GB", "temp_directory": str(work / "spill-outputs"), "threads": "2"}
        )
        self.duck.execute("SET TimeZone = 'UTC'")

    def hand_on(self, progress: Progress) -> dict[str, int]:
        """Give everything the definition asks for to its room; return what became of the observations."""
        try:
            if self.definition.areas:
                self._areas(self.definition.areas)
            if self.definition.addresses:
                self._addresses()
            if self.definition.entities:
                self._entities(self.definition.entities)
            counts = {"inserted": 0, "corrected": 0, "unchanged": 0, "refused": 0}
            for part in self.definition.observations:
                self._series(part)
                self._observations(part, counts, progress)
            return counts if self.definition.observations else {}
        finally:
            self.duck.close()

    def _batches(self, sql: str, rows: int = CHUNK_ROWS) -> Iterator[pa.RecordBatch]:
        yield from self.duck.sql(sql).to_arrow_reader(rows)

    def _areas(self, areas: Areas) -> None:
        columns = {"geometry": areas.geometry}
        for key, day in (("valid_from", areas.valid_from), ("valid_to", areas.valid_to)):
            if isinstance(day, str):
                columns[key] = day
        texts = {"code": areas.code, "name": areas.name, **({"parent": areas.parent} if areas.parent else {})}
        selected = [f"{quoted(name)} AS {quoted(key)}" for key, name in columns.items()]
        selected += [f"{column_text(name)} AS {quoted(key)}" for key, name in texts.items()]
        selected += [f"{quoted(name)} AS {quoted('attribute ' + name)}" for name in areas.attributes]
        found = [
            self._area(areas, row)
            for batch in self._batches(f"SELECT {', '.join(selected)} FROM {self.rows}", ENTITY_CHUNK)
            for row in batch.to_pylist()
        ]
        places.import_areas(by=self.by, area_type=areas.type, areas=found, complete=areas.complete)

    def _area(self, areas: Areas, row: dict[str, Any]) -> places.AreaIn:
        if row["geometry"] is None:
            raise UnusableFile(f"The area {row['code']!r} has no geometry.", remedy="Make the geometry required.")
        return places.AreaIn(
            code=str(row["code"]),
            name=str(row["name"] or row["code"]),
            geometry=shapely.from_wkb(row["geometry"]),
            parent_code=str(row.get("parent") or ""),
            valid_from=_day(areas.valid_from, row.get("valid_from")),
            valid_to=_day(areas.valid_to, row.get("valid_to")),
            attributes={name: plain(row[f"attribute {name}"]) for name in areas.attributes},
        )

    def _addresses(self) -> None:
        part = self.definition.addresses
        if part is None:
            return
        names = part.model_dump()
        identifier = text_sql(part.id) if columns_in(part.id) else column_text(part.id)
        texts = ("street", "house_number", "box_number", "postcode", "municipality")
        selected = [f"{identifier} AS id"]
        selected += [f"{column_text(names[key])} AS {key}" for key in texts if names.get(key)]
        selected += [f"{quoted(part.lon)}::DOUBLE AS lon", f"{quoted(part.lat)}::DOUBLE AS lat"]
        table = self.duck.sql(f"SELECT {', '.join(selected)} FROM {self.rows}").to_arrow_table()
        places.import_addresses(by=self.by, table=table, complete=part.complete)

    def _entities(self, part: Entities) -> None:
        selected = [f"{text_sql(part.id)} AS __id", f"{text_sql(part.name)} AS __name", *_point(part)]
        selected += [f"{quoted(name)} AS {quoted('attribute ' + name)}" for name in part.attributes]
        last = "QUALIFY row_number() OVER (PARTITION BY __id ORDER BY file_row_number DESC) = 1"
        named = f"{text_sql(part.id)} IS NOT NULL"
        sql = f"SELECT {', '.join(selected)} FROM {self.numbered} WHERE {named} {last} ORDER BY __id"
        for batch in self._batches(sql, ENTITY_CHUNK):
            entities = [self._entity(part, row) for row in batch.to_pylist()]
            context.upsert_entities(by=self.by, entities=entities)

    def _entity(self, part: Entities, row: dict[str, Any]) -> context.EntityIn:
        return context.EntityIn(
            id=row["__id"],
            type=part.type,
            name=row["__name"] or "",
            lon=row.get("__lon"),
            lat=row.get("__lat"),
            attributes={name: plain(row[f"attribute {name}"]) for name in part.attributes},
            classification=Classification(self.definition.classification),
            department=self.definition.department,
        )

    def _series(self, part: Observations) -> None:
        """Make the series that the rows name; what its template and position give is taken from its first row."""
        wanted = [f"{text_sql(part.series)} AS __key", f"{text_sql(part.entity)} AS __entity", *_point(part)]
        wanted += [f"{text_sql(text)} AS {quoted('name ' + language)}" for language, text in part.name.items()]
        first = "QUALIFY row_number() OVER (PARTITION BY __key ORDER BY file_row_number) = 1"
        named = f"length({text_sql(part.series)}) <= {MAX_KEY}"  # of one that is longer, observations are refused
        sql = f"SELECT {', '.join(wanted)} FROM {self.numbered} WHERE {named} {first} ORDER BY __key"
        for batch in self._batches(sql, ENTITY_CHUNK):
            rows = batch.to_pylist()
            wanted_ids = {row["__entity"] for row in rows if row["__entity"]}
            known = {entity.id: entity for entity in context.entities(self.by, ids=wanted_ids)} if wanted_ids else {}
            series = [self._one_series(part, row, known.get(row["__entity"])) for row in rows]
            mirror.ensure_series(by=self.by, series=series)

    def _one_series(self, part: Observations, row: dict[str, Any], entity: context.Entity | None) -> mirror.SeriesIn:
        """Return the series that a row names. Without a place of its own it stands where its entity stands."""
        lon, lat = row.get("__lon"), row.get("__lat")
        return mirror.SeriesIn(
            key=row["__key"],
            property=part.property,
            name={language: row[f"name {language}"] or row["__key"] for language in part.name},
            unit=part.unit,
            entity_id=row["__entity"] or "",
            entity_type=entity.type if entity else "",
            lon=entity.lon if lon is None and entity else lon,
            lat=entity.lat if lat is None and entity else lat,
            minimum=part.minimum,
            maximum=part.maximum,
            classification=Classification(self.definition.classification),
            department=self.definition.department,
            expected_every_s=part.expected_every_s,
        )

    def _observations(self, part: Observations, counts: dict[str, int], progress: Progress) -> None:
        flag = quoted(part.quality) if part.quality else "0"
        known = f"CASE WHEN {flag} BETWEEN 0 AND 3 THEN {flag} WHEN {flag} IS NOT NULL THEN 255 END"  # 255: no flag
        sql = (
            f"SELECT {text_sql(part.series)} AS __series, {quoted(part.observed_at)} AS __at, "
            f"{quoted(part.value)}::DOUBLE AS __value, ({known})::UTINYINT AS __quality FROM {self.numbered} "
            "WHERE __series IS NOT NULL AND __at IS NOT NULL AND __value IS NOT NULL "
            "ORDER BY __series, __at, file_row_number"  # of two rows for one moment the later in the file wins
        )
        done = 0
        for batch in self._batches(sql):
            table = pa.Table.from_batches([batch]).rename_columns(["series", "observed_at", "value", "quality"])
            result = mirror.import_observations(by=self.by, table=table)
            counts["inserted"] += result.inserted
            counts["corrected"] += result.corrected
            counts["unchanged"] += result.unchanged
            counts["refused"] += len(result.refused)
            done += batch.num_rows
            progress.update(done, None, f"{self.definition.source}: observations")


def _point(part: Entities | Observations) -> list[str]:
    return [f"{quoted(name)}::DOUBLE AS {key}" for key, name in (("__lon", part.lon), ("__lat", part.lat)) if name]


def text_sql(template: str) -> str:
    """Give SQL for a template; NULL where one of its columns has no value."""
    parts = [column_text(text) if is_column else literal(text) for is_column, text in pieces(template)]
    return "(" + " || ".join(parts) + ")" if parts else "''"


def column_text(name: str) -> str:
    """Give SQL for the text of a column, without the one character that the database takes in no text."""
    return f"replace({quoted(name)}::VARCHAR, chr(0), '{_NO_NUL}')"


def _day(fixed: date | str | None, found: date | None) -> date | None:
    return fixed if isinstance(fixed, date) else found


def plain(value: Any) -> Any:
    """Make a value fit for JSON."""
    if isinstance(value, str):
        return value.replace("\0", _NO_NUL)
    return value.isoformat() if hasattr(value, "isoformat") else value
