"""Observations that are attributes of entities: taken in the transaction that changes the entity.

The caller has decided who may do this and has its own log of changes, so nothing is audited here. It has locked its
entities before and locks no audit log before: series come after entities and before the head of the audit log.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.mirror.actions.partitions import MONTHS
from spiegelstad.mirror.actions.series import SeriesIn
from spiegelstad.mirror.actions.writing import NEVER, Writer, tells, writer
from spiegelstad.mirror.formats import pg_binary
from spiegelstad.mirror.models import Series
from spiegelstad.mirror.queries.series import NoSuchSeries
from spiegelstad.mirror.rules import blocks, days
from spiegelstad.mirror.rules.blocks import Block, Bools
from spiegelstad.mirror.rules.checking import FUTURE, OLDEST
from spiegelstad.mirror.vocabulary import Quality

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A finite value of a series at a moment (aware)."""

    series: int
    at: datetime
    value: float


def may_be_observed(at: datetime, received_at: datetime) -> bool:
    """Say whether the mirror takes a value of this moment: not before 1900, at most a day ahead."""
    return OLDEST <= at <= received_at + FUTURE


def attribute_series(tenant_id: str, series: Sequence[SeriesIn]) -> dict[str, int]:
    """Make these series or bring them up to date in the caller's transaction; return the id of each key.

    A unit given for a key that is there corrects that of all its values: for another unit the caller makes another key.
    """
    keys = [one.key for one in series]
    rows = orjson.dumps([asdict(one) for one in series]).decode()
    params: dict[str, Any] = {"tenant": tenant_id, "now": now(), "rows": rows}
    with sql.cursor() as cursor:
        cursor.execute(sql.load(_HERE, "upsert_series"), params)
        ids = dict(Series.objects.filter(tenant_id=tenant_id, key__in=keys).values_list("key", "id"))
        cursor.execute(sql.load(_HERE, "add_latest"), {"tenant": tenant_id, "series": list(ids.values())})
    return ids


def record_values(
    tenant_id: str, values: Sequence[AttributeValue], along: Callable[[], None] | None = None
) -> list[int]:
    """Store values in the caller's transaction, rollups and latest values with them; return the positions refused.

    One value per series and moment. A value that is there is corrected. Refused are those of a time whose raw rows
    retention removed; every moment must be one that `may_be_observed` allows. Raises NoSuchSeries.
    What `along` executes goes to the database in the same round trip, without waiting for what is refused.
    """
    if not values:
        if along:
            along()
        return []
    at = np.array([days.microseconds(one.at) for one in values], np.int64)
    MONTHS.ensure_apart(days.months_of(at))
    received_at = now()
    columns = {
        "series": pg_binary.array(np.array([one.series for one in values], np.int64)),
        "at": pg_binary.moments(at),
        "value": pg_binary.array(np.array([one.value for one in values], np.float64) + 0.0),  # turns -0.0 into 0.0
    }
    with writer(tenant_id, received_at) as opened:
        with opened.together() if along else nullcontext():
            stored = opened.run("record_newest", **columns, now=received_at, tells=tells(tenant_id))
            if along:
                along()
            late = [position for (position,) in stored]
        if not late:
            return []
        return [late[number] for number in _record_late(opened, tenant_id, [values[position] for position in late])]


def delete_values(tenant_id: str, series: int, moments: Sequence[datetime]) -> int:
    """Delete the observations of a series at these moments in the caller's transaction; return how many there were.

    Those of a time whose raw rows retention removed are no longer there.
    """
    ids = np.array([series], np.int64)
    with writer(tenant_id, now()) as opened:
        opened.lock(ids)
        gone = [hour for (hour,) in opened.run("delete_moments", series=series, at=list(moments))]
        if gone:
            hours = np.unique(np.array(gone, np.int64))
            opened.count_again(np.full(len(hours), series, np.int64), hours)
            opened.find_latest_again(ids)
    return len(gone)


def forget_values(tenant_id: str, series: int) -> None:
    """Delete every observation of a series and its rollups in the caller's transaction; the series stays."""
    with writer(tenant_id, now()) as opened:
        opened.lock(np.array([series], np.int64))
        opened.run("forget_observations", series=series)


def _record_late(opened: Writer, tenant_id: str, values: Sequence[AttributeValue]) -> list[int]:
    """Store values that may be there already; return the positions of those of a time that retention has closed."""
    ids = np.array([one.series for one in values], np.int64)
    locked = opened.lock(ids)
    if len(locked) < len(np.unique(ids)):
        raise NoSuchSeries("A series of these values does not exist.")
    block = _block(tenant_id, values)
    since = np.array([locked[int(id_)].raw_since for id_ in block.series], np.int64)
    gone: Bools = (since != NEVER) & (block.at < since)
    kept = blocks.in_order(block.take(~gone))
    if len(kept):
        opened.write(kept, locked)
    return [int(position) for position in np.flatnonzero(gone)]


def _block(tenant_id: str, values: Sequence[AttributeValue]) -> Block:
    series = np.array([one.series for one in values], np.int64)
    value = np.array([one.value + 0.0 for one in values], np.float64)
    at = np.array([days.microseconds(one.at) for one in values], np.int64)
    limits = {id_: (low, high) for id_, low, high in _limits(tenant_id, set(series.tolist()))}
    low = np.array([limits[int(id_)][0] for id_ in series], np.float64)  # None becomes NaN, which nothing exceeds
    high = np.array([limits[int(id_)][1] for id_ in series], np.float64)
    quality = np.where((value < low) | (value > high), Quality.BAD, Quality.GOOD).astype(np.int16)
    return Block(series, at, value, quality)


def _limits(tenant_id: str, series: set[int]) -> Sequence[tuple[int, float | None, float | None]]:
    found = Series.objects.filter(tenant_id=tenant_id, id__in=series)
    return list(found.values_list("id", "minimum", "maximum"))
