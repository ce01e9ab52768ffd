"""Observations: import in any order and any number of times, and deletion with a reason."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.governance.public import Thing, record, require
from spiegelstad.mirror.actions.partitions import MONTHS
from spiegelstad.mirror.actions.writing import CHUNK_ROWS, NEVER, Locked, Writer, writer
from spiegelstad.mirror.models import Series
from spiegelstad.mirror.queries.series import NoSuchSeries
from spiegelstad.mirror.rules import blocks, days
from spiegelstad.mirror.rules.acts import DELETE_OBSERVATIONS, IMPORT_OBSERVATIONS
from spiegelstad.mirror.rules.checking import Checked, KnownSeries, Refusal, check_table

_NEEDED = ("key", "department", "unit", "minimum", "maximum")


class RawIsGone(Conflict):
    """Retention has removed the raw observations of that time; their rollups are all that is left."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, in rows. `refused`: rows (from 0) that were not taken, each with its reason."""

    inserted: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: tuple[Refusal, ...] = ()


def import_observations(*, by: Actor, table: pa.Table) -> ImportResult:
    """Take a table of series (key), observed_at (timestamp with zone), value, quality (0-3) and unit, both optional.

    In any order; of two rows with the same series and moment the later in the table wins. A value that is there with
    the same quality is unchanged, another one is corrected; rollups and latest values follow in the same transaction.
    The same table again changes nothing. Rows that cannot be taken are returned, and the others are taken.
    Raises InvalidObservations (columns), and Forbidden for series of a department that `by` may not write.
    """
    received_at = now()
    known = _known_series(by, table)
    checked = check_table(table, known, received_at)
    _require_departments(by, checked, known)
    MONTHS.ensure(days.months_of(checked.block.at))
    with transaction.atomic(), writer(by.tenant_id, received_at) as opened:
        result = _write(opened, checked)
        if result.corrected:
            details = {"corrected": result.corrected, "inserted": result.inserted}
            record(by, IMPORT_OBSERVATIONS, Thing("observations", "", by.tenant_id), details=details)
    return result


def delete_observations(*, by: Actor, series_key: str, from_: datetime, to: datetime, reason: str) -> int:
    """Delete the observations of a series with from_ <= observed_at < to; return how many there were.

    Raises NoSuchSeries, InvalidInput without a reason, RawIsGone when retention was there before.
    """
    if not reason.strip():
        raise InvalidInput("A deletion needs a reason.")
    series = Series.objects.filter(tenant_id=by.tenant_id, key=series_key).first()
    if series is None:
        raise NoSuchSeries(f"There is no series {series_key!r}.")
    thing = Thing("series", series_key, by.tenant_id, department=series.department)
    require(by, DELETE_OBSERVATIONS, thing)
    with transaction.atomic(), writer(by.tenant_id, now()) as opened:
        deleted = _delete(opened, series.pk, from_, to)
        details = {"from": from_, "to": to, "deleted": deleted}
        record(by, DELETE_OBSERVATIONS, thing, details=details, reason=reason)
    return deleted


def _known_series(by: Actor, table: pa.Table) -> dict[str, KnownSeries]:
    if "series" not in table.column_names:
        return {}
    keys = [key for key in table.column("series").unique().to_pylist() if isinstance(key, str) and "\0" not in key]
    rows = Series.objects.filter(tenant_id=by.tenant_id, key__in=keys).only(*_NEEDED)
    return {row.key: KnownSeries(row.pk, row.department, row.unit, row.minimum, row.maximum) for row in rows}


def _require_departments(by: Actor, checked: Checked, known: dict[str, KnownSeries]) -> None:
    written = set(np.unique(checked.block.series).tolist())
    departments = {series.department for series in known.values() if series.id in written} or {""}
    for department in sorted(departments):
        require(by, IMPORT_OBSERVATIONS, Thing("observations", "", by.tenant_id, department=department))


def _write(opened: Writer, checked: Checked) -> ImportResult:
    locked = opened.lock(checked.block.series)
    checked = _refuse_before_raw(checked, locked)
    block = blocks.in_order(checked.block)
    inserted = corrected = 0
    for start in range(0, len(block), CHUNK_ROWS):
        new, changed = opened.write(block.take(slice(start, start + CHUNK_ROWS)), locked)
        inserted, corrected = inserted + new, corrected + changed
    unchanged = len(checked.block) - inserted - corrected
    return ImportResult(inserted, corrected, unchanged, checked.refused)


def _refuse_before_raw(checked: Checked, locked: dict[int, Locked]) -> Checked:
    """Refuse rows of a time whose raw rows are gone: their rollups could not be kept right."""
    if all(series.raw_since == NEVER for series in locked.values()):
        return checked
    since = np.array([locked[int(id_)].raw_since for id_ in checked.block.series], np.int64)
    gone = checked.block.at < since
    reason = "Retention has removed the raw observations of that time."
    refused = [*checked.refused, *(Refusal(row, reason) for row in checked.rows[gone].tolist())]
    return replace(
        checked,
        block=checked.block.take(~gone),
        rows=checked.rows[~gone],
        refused=tuple(sorted(refused, key=lambda refusal: refusal.row)),
    )


def _delete(opened: Writer, series: int, from_: datetime, to: datetime) -> int:
    ids = np.array([series], np.int64)
    if days.microseconds(from_) < opened.lock(ids)[series].raw_since:
        raise RawIsGone("Retention has removed the raw observations of that time.", remedy="Choose a later beginning.")
    gone = opened.run("delete_observations", series=series, **{"from": from_, "to": to}).fetchall()
    if gone:
        hours = np.array([hour for hour, _ in gone], np.int64)
        opened.count_again(np.full(len(hours), series, np.int64), hours)
        opened.find_latest_again(ids)
    return sum(count for _, count in gone)
