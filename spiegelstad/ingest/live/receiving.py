"""Taking messages in: entities, series and observations of the good rows are stored, the others kept with a reason.

Everything may be repeated without effect, so a message is acknowledged only after this has returned, and one that comes
again (after a lost acknowledgement, or a killed process) changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
from django.db import InterfaceError, OperationalError

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.errors import SpiegelstadError, Unavailable
from spiegelstad.context import public as context
from spiegelstad.governance.public import Classification
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.formats.messages import Message, Record, UnreadableMessage, records_of
from spiegelstad.ingest.live.known import Known
from spiegelstad.ingest.live.rows import Observed, Reader, Row, WrongRow
from spiegelstad.mirror import public as mirror

#: The database isn't there or is busy: nobody's fault, and the same messages can be given again.
BUSY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, Unavailable)
MAX_REFUSED_TEXT = 2_000
_HERE = Path(__file__).parent  # its parent has the folder sql

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of messages. `rows`: taken; `refused`: kept with a reason; `skipped`: out of scope or no uplink."""

    messages: int = 0
    rows: int = 0
    refused: int = 0
    skipped: int = 0
    duplicates: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add up."""
        return Counts(
            self.messages + other.messages,
            self.rows + other.rows,
            self.refused + other.refused,
            self.skipped + other.skipped,
            self.duplicates + other.duplicates,
        )


@dataclass
class _Batch:
    """The rows of some messages, sorted by what becomes of them."""

    rows: list[tuple[Record, Row]] = field(default_factory=list)
    refused: list[mirror.BadRow] = field(default_factory=list)
    skipped: int = 0
    duplicates: int = 0


class Receiver:
    """Takes the messages of one source in; one object per process, shared by its threads."""

    def __init__(self, tenant_id: str, source_id: UUID, definition: SourceDefinition) -> None:
        self.by = Actor.system(tenant_id, f"source {definition.source}")
        self.source_id = source_id
        self.definition = definition
        self._reader = Reader(definition)
        mqtt = definition.where.mqtt
        alone = mqtt is not None and not mqtt.shared  # every web process takes webhooks in
        self._stored_entities, self._stored_series = Known(alone=alone), Known(alone=alone)

    def receive(self, messages: Sequence[Message]) -> Counts:
        """Store what the messages say; when this returns, all of it is committed.

        A message that can't be stored is kept as a refused row, and never holds up the others. Raises one of BUSY when
        the database can't take anything now, or so many refused rows wait that no more are kept.
        """
        try:
            return self._receive(messages)
        except BUSY:
            raise
        except Exception as error:
            if len(messages) == 1:
                return self._refuse(messages[0], error)
        parts = [self.receive([message]) for message in messages]
        return sum(parts, Counts())

    def _refuse(self, message: Message, error: Exception) -> Counts:
        if not isinstance(error, SpiegelstadError):
            log.error("a message of %s failed", self.definition.source, exc_info=error)
        reason = error.detail if isinstance(error, SpiegelstadError) else f"the program failed: {type(error).__name__}"
        mirror.keep_refused_rows(by=self.by, rows=[_refused(message, reason)])
        return Counts(messages=1, refused=1)

    def _receive(self, messages: Sequence[Message]) -> Counts:
        batch = self._read(messages)
        self._drop_duplicates(batch)
        self._write_entities(batch)
        refused = [*batch.refused, *self._write_observations(batch)]
        mirror.keep_refused_rows(by=self.by, rows=refused)
        self._note_uplinks(batch)
        return Counts(
            messages=len(messages),
            rows=len(batch.rows),
            refused=len(refused),
            skipped=batch.skipped,
            duplicates=batch.duplicates,
        )

    def _read(self, messages: Iterable[Message]) -> _Batch:
        batch = _Batch()
        for message in messages:
            try:
                records = records_of(message, self.definition.format)
            except UnreadableMessage as error:
                batch.refused.append(_refused(message, str(error)))
                continue
            batch.skipped += not records
            for record in records:
                self._read_record(record, message, batch)
        return batch

    def _read_record(self, record: Record, message: Message, batch: _Batch) -> None:
        try:
            row = self._reader.row(record.values)
        except WrongRow as error:
            batch.refused.append(_refused(message, str(error)))
            return
        if row is None:
            batch.skipped += 1
        else:
            batch.rows.append((record, row))

    def _drop_duplicates(self, batch: _Batch) -> None:
        if not any(record.uplink for record, _ in batch.rows):
            return
        seen = {digest for (digest,) in sql.rows(sql.load(_HERE, "seen_uplinks"), self._uplinks(batch))}
        kept = []
        for record, row in batch.rows:
            if record.uplink is None or record.uplink.digest not in seen:
                kept.append((record, row))
                seen.update([record.uplink.digest] if record.uplink else [])
        batch.duplicates = len(batch.rows) - len(kept)
        batch.rows = kept

    def _note_uplinks(self, batch: _Batch) -> None:
        """Remember uplinks once all they say is committed: after a crash before this they are simply taken again."""
        params = self._uplinks(batch)
        if params["digests"]:
            with sql.cursor() as cursor:
                cursor.execute(sql.load(_HERE, "note_uplinks"), params)

    def _uplinks(self, batch: _Batch) -> dict[str, Any]:
        known = [record.uplink for record, _ in batch.rows if record.uplink]
        return {
            "tenant": self.by.tenant_id,
            "source": self.source_id,
            "digests": [uplink.digest for uplink in known],
            "moments": [uplink.at for uplink in known],
        }

    def _write_entities(self, batch: _Batch) -> None:
        """Bring entities up to date; what a message doesn't say of one stays as it was."""
        part = self.definition.entities
        if part is None:
            return
        given: dict[str, context.EntityIn] = {}
        for _, row in batch.rows:
            if (found := self._reader.entity(row)) is None:
                continue
            attributes = {name: _plain(row[name]) for name in part.attributes if row[name] is not None}
            one = context.EntityIn(
                id=found.id,
                type=part.type,
                name=found.name[""],
                lon=found.lon,
                lat=found.lat,
                attributes={**given[found.id].attributes, **attributes} if found.id in given else attributes,
                classification=Classification(self.definition.classification),
                department=self.definition.department,
            )
            given[found.id] = _with_point_of(given.get(found.id), one)
        if changed := self._stored_entities.new(given):
            context.upsert_entities(by=self.by, entities=changed)
            self._stored_entities.note(given)

    def _write_observations(self, batch: _Batch) -> list[mirror.BadRow]:
        """Store the observations of all rows; return those that the mirror refuses, as text with its reason."""
        found = [one for _, row in batch.rows for one in self._reader.observations(row)]
        if not found:
            return []
        self._ensure_series(found)
        refused = mirror.import_observations(by=self.by, table=_table(found)).refused
        if any("is not known here" in one.reason for one in refused):  # somebody removed a series that we knew
            self._stored_series.forget()
            self._ensure_series(found)
            refused = mirror.import_observations(by=self.by, table=_table(found)).refused
        return [mirror.BadRow(1, _text(found[one.row]), one.reason) for one in refused]

    def _ensure_series(self, found: Iterable[Observed]) -> None:
        given = {one.series.id: self._series(one) for one in found}
        if not (changed := self._stored_series.new(given)):
            return
        ids = {one.entity_id for one in changed if one.entity_id}
        entities = {entity.id: entity for entity in context.entities(self.by, ids=ids)} if ids else {}
        mirror.ensure_series(by=self.by, series=[_placed(one, entities.get(one.entity_id)) for one in changed])
        self._stored_series.note(given)

    def _series(self, one: Observed) -> mirror.SeriesIn:
        part = self.definition.observations[one.part]
        return mirror.SeriesIn(
            key=one.series.id,
            property=part.property,
            name=one.series.name,
            unit=part.unit,
            entity_id=one.series.entity,
            lon=one.series.lon,
            lat=one.series.lat,
            minimum=part.minimum,
            maximum=part.maximum,
            classification=Classification(self.definition.classification),
            department=self.definition.department,
            expected_every_s=part.expected_every_s,
        )


def _with_point_of(before: context.EntityIn | None, one: context.EntityIn) -> context.EntityIn:
    """Keep the point that an earlier message of the same batch gave, where the later gives none."""
    return one if before is None or one.lon is not None else replace(one, lon=before.lon, lat=before.lat)


def _placed(one: mirror.SeriesIn, entity: context.Entity | None) -> mirror.SeriesIn:
    """Give a series the type of its entity, and its place where it has none of its own."""
    if entity is None:
        return one
    lon, lat = (entity.lon, entity.lat) if one.lon is None else (one.lon, one.lat)
    return replace(one, entity_type=entity.type, lon=lon, lat=lat)


def _table(found: Sequence[Observed]) -> pa.Table:
    return pa.table(
        {
            "series": pa.array([one.series.id for one in found], pa.string()),
            "observed_at": pa.array([one.at for one in found], pa.timestamp("us", tz="UTC")),
            "value": pa.array([one.value for one in found], pa.float64()),
            "quality": pa.array([one.quality for one in found], pa.int16()),
        }
    )


def _text(one: Observed) -> str:
    return f"{one.series.id} {one.at.isoformat()} {one.value!r}"


def _refused(message: Message, reason: str) -> mirror.BadRow:
    topic = f"{message.topic} " if message.topic else ""
    return mirror.BadRow(1, f"{topic}{message.payload[:MAX_REFUSED_TEXT].decode('utf-8', 'replace')}", reason)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # a moment is a date too
