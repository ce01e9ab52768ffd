"""How a block of observations is written: new rows by COPY, corrections by UPDATE, rollups and latest values with them.

All of it in the transaction of the caller, with the series locked in the order of their ids, so that writers of the
same series wait for each other, never in a circle, and each sees what the one before did.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from django.conf import settings

from spiegelstad.base import sql
from spiegelstad.mirror.formats import pg_binary
from spiegelstad.mirror.rules import blocks, days
from spiegelstad.mirror.rules.blocks import Block, Bools, Ints
from spiegelstad.mirror.vocabulary import Quality

CHUNK_ROWS = 500_000
MOST_NEWS = 10_000  # observations stored together
NEVER = -(2**62)  # microseconds: before every moment


@dataclass(frozen=True, slots=True)
class Locked:
    """What the lock tells of a series: its newest observation and since when raw rows are kept, or `NEVER`."""

    newest_at: int
    raw_since: int


class Writer:
    """Writes observations of one city through one cursor."""

    def __init__(self, cursor: "psycopg.Cursor[Any]", tenant_id: str, now: datetime) -> None:
        self._cursor = cursor
        self._tenant_id = tenant_id
        self._now = now

    def run(self, name: str, **params: object) -> "psycopg.Cursor[Any]":
        """Run a statement of `sql/`; `tenant` is always given."""
        return self._cursor.execute(_statement(name), {"tenant": self._tenant_id, **params})

    def together(self) -> AbstractContextManager[object]:
        """Send what is executed on this connection in one round trip, until something is asked of the answers."""
        return self._cursor.connection.pipeline()

    def lock(self, series: Ints) -> dict[int, Locked]:
        """Lock series until the transaction ends."""
        rows = self.run("lock_series", series=pg_binary.array(np.unique(series)))
        return {
            id_: Locked(NEVER if newest is None else newest, NEVER if since is None else since)
            for id_, newest, since in rows
        }

    def write(self, block: Block, locked: Mapping[int, Locked]) -> tuple[int, int]:
        """Write an ordered block (one row per key); return (rows inserted, rows corrected)."""
        exists, differs = self._compare(block, locked)
        new, corrected = block.take(~exists), block.take(differs)
        if len(new):
            self._insert(new)
        if len(corrected):
            self._correct(corrected)
        self._add_rollups(blocks.hourly(new))
        self.count_again(*blocks.unique_pairs(corrected.series, days.hour_of(corrected.at)))
        if len(changed := block.take(~exists | differs)):
            self._advance_latest(changed, corrected)
            self._tell(changed)
        return len(new), len(corrected)

    def count_again(self, series: Ints, hours: Ints) -> None:
        """Count these hours again from the raw rows, and their days from the hours."""
        if not len(series):
            return
        bounds = {"first_at": hours.min(), "last_at": hours.max() + days.HOUR_US}
        keys = {"series": pg_binary.array(series), "bucket": pg_binary.moments(hours)}
        self.run("forget_hours", **keys)
        self.run("count_hours_again", **keys, **_moments(bounds))
        self.sum_days_again(*blocks.unique_pairs(series, days.day_of(hours)))

    def sum_days_again(self, series: Ints, on: Ints) -> None:
        """Add these days up again from their hours."""
        keys = {"series": pg_binary.array(series), "bucket": pg_binary.days(on)}
        first, last = pg_binary.moments(days.midnights(on)), pg_binary.moments(days.midnights(on + 1))
        self.run("forget_days", **keys)
        self.run("count_days_again", **keys, first=first, last=last)

    def find_latest_again(self, series: Ints) -> None:
        """Search the latest value of these series in the raw rows."""
        if len(series):
            self.run("find_latest_again", series=pg_binary.array(series))

    def _compare(self, block: Block, locked: Mapping[int, Locked]) -> tuple[Bools, Bools]:
        """Return per row whether it exists and whether it then differs. Rows newer than all others need no look."""
        exists, differs = np.zeros(len(block), np.bool_), np.zeros(len(block), np.bool_)
        ids, place = np.unique(block.series, return_inverse=True)
        newest = np.array([locked[int(id_)].newest_at for id_ in ids], np.int64)[place]
        late = np.flatnonzero(block.at <= newest)
        if not len(late):
            return exists, differs
        late = late[self._in_used_ranges(block.take(late))]
        if len(late):
            rows = block.take(late)
            found = self.run("rows_that_exist", **_columns(rows), **_bounds(rows)).fetchall()
            numbers = np.array([number for number, _ in found], np.int64) - 1
            exists[late[numbers]] = True
            differs[late[numbers]] = [changed for _, changed in found]
        return exists, differs

    def _in_used_ranges(self, block: Block) -> Bools:
        """Return per row whether its series has anything between the first and last row of this block."""
        first, last = blocks.oldest(block), blocks.newest(block)
        found = self.run(
            "ranges_with_rows",
            series=pg_binary.array(first.series),
            first=pg_binary.moments(first.at),
            last=pg_binary.moments(last.at),
            **_bounds(block),
        )
        used = first.series[[number - 1 for (number,) in found]]
        return np.isin(block.series, used)

    def _insert(self, new: Block) -> None:
        columns = (self._tenant_id.encode(), new.series, new.at - pg_binary.EPOCH_US, new.value, new.quality)
        with self._cursor.copy(_statement("copy_observations")) as copy:
            copy.write(pg_binary.copy_in(columns, len(new)))

    def _correct(self, corrected: Block) -> None:
        self.run("correct_observations", **_columns(corrected), **_bounds(corrected))

    def _add_rollups(self, hours: blocks.Groups) -> None:
        if not len(hours):
            return
        self.run("add_hours", **_groups(hours), bucket=pg_binary.moments(hours.bucket))
        on = blocks.daily(hours)
        self.run("add_days", **_groups(on), bucket=pg_binary.days(on.bucket))

    def _tell(self, changed: Block) -> None:
        """Keep what was stored for those who are told of it; a batch that is larger than news can be is history."""
        if tells(self._tenant_id) and len(changed) <= MOST_NEWS:
            columns = {"series": pg_binary.array(changed.series), "at": pg_binary.moments(changed.at)}
            self.run("keep_news", **columns, now=self._now)

    def _advance_latest(self, changed: Block, corrected: Block) -> None:
        newest, counting = blocks.newest(changed), blocks.newest(changed.take(changed.quality != Quality.BAD))
        with_value = np.isin(newest.series, counting.series)
        self.run(
            "advance_latest",
            **_columns(newest.replace(with_value, counting)),
            newest=pg_binary.moments(newest.at),
            now=self._now,
        )
        turned_bad = corrected.take(corrected.quality == Quality.BAD)
        if len(turned_bad):
            columns = {"series": pg_binary.array(turned_bad.series), "at": pg_binary.moments(turned_bad.at)}
            lost = [series for (series,) in self.run("latest_among", **columns)]
            self.find_latest_again(np.array(lost, np.int64))


def tells(tenant_id: str) -> bool:
    """Say whether somebody is told of what is stored in this city."""
    return tenant_id in settings.PUBLISH_MQTT


@cache
def _statement(name: str) -> Any:
    return sql.load(Path(__file__).parent, name)


def _columns(block: Block) -> dict[str, object]:
    return {
        "series": pg_binary.array(block.series),
        "at": pg_binary.moments(block.at),
        "value": pg_binary.array(block.value),
        "quality": pg_binary.array(block.quality),
    }


def _groups(groups: blocks.Groups) -> dict[str, object]:
    names = ("series", "count", "sum", "minimum", "maximum")
    return {name: pg_binary.array(getattr(groups, name)) for name in names}


def _moments(bounds: Mapping[str, int]) -> dict[str, object]:
    return {name: days.moment(int(value)) for name, value in bounds.items()}


def _bounds(block: Block) -> dict[str, object]:
    return _moments({"first_at": int(block.at.min()), "last_at": int(block.at.max())})


@contextmanager
def writer(tenant_id: str, now: datetime) -> Iterator[Writer]:
    """Yield a writer on Django's connection and transaction, with parameters bound by the server."""
    with sql.cursor() as outer, psycopg.Cursor(outer.connection) as cursor:
        pg_binary.accept_arrays(cursor)
        yield Writer(cursor, tenant_id, now)
