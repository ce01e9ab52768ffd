"""Histories: hourly, daily and raw, as Arrow tables in a fixed order."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.mirror.formats import pg_binary
from spiegelstad.mirror.queries.series import Series, series
from spiegelstad.mirror.rules.days import begin_of
from spiegelstad.mirror.vocabulary import Resolution

SERIES_AT_ONCE = 100
_GROUPS = ("series", "bucket", "count", "sum", "minimum", "maximum")
_RAW = {"series": "int64", "observed_at": "int64", "value": "float64", "quality": "int16"}
_MOMENT = pa.timestamp("us", tz="UTC")

Columns = dict[str, NDArray[Any]]


def hourly(actor: Actor, keys: Collection[str], from_: datetime, to: datetime) -> pa.Table:
    """Return series, bucket (beginning of the hour), count, sum, minimum, maximum, average; from_ <= bucket < to.

    Ordered by series key and bucket; hours without a counting value, and series that `actor` may not read, are absent.
    """
    return _hours(actor, series(actor, keys=keys), from_, to)


def daily(actor: Actor, keys: Collection[str], from_: date, to: date) -> pa.Table:
    """Return the same by day in Brussels: `bucket` is a date."""
    return _days(actor, series(actor, keys=keys), from_, to)


def raw(actor: Actor, keys: Collection[str], from_: datetime, to: datetime) -> pa.Table:
    """Return series, observed_at, value, quality of every observation with from_ <= observed_at < to, bad ones too."""
    return _raw(actor, series(actor, keys=keys), from_, to)


def freeze(
    actor: Actor,
    from_: date,
    to: date,
    *,
    resolution: Resolution,
    keys: Collection[str] | None = None,
    property: str | None = None,
) -> pa.Table:
    """Return what the series hold now for the days from_ <= day < to (Brussels), to be published as a version.

    The columns of `hourly`, `daily` or `raw`, and entity, property, unit, lon and lat of the series after the first.
    The same rows and types for the same contents, whatever the order in which they came in.
    """
    chosen = series(actor, keys=keys, property=property)
    if resolution is Resolution.DAY:
        return _with_place(_days(actor, chosen, from_, to), chosen)
    read = _raw if resolution is Resolution.RAW else _hours
    return _with_place(read(actor, chosen, begin_of(from_), begin_of(to)), chosen)


def _hours(actor: Actor, chosen: Sequence[Series], from_: datetime, to: datetime) -> pa.Table:
    return _table(_groups("read_hours", actor, chosen, from_, to), chosen, bucket=_MOMENT)


def _days(actor: Actor, chosen: Sequence[Series], from_: date, to: date) -> pa.Table:
    return _table(_groups("read_days", actor, chosen, from_, to), chosen, bucket=pa.date32())


def _groups(statement: str, actor: Actor, chosen: Sequence[Series], from_: date, to: date) -> Columns:
    parts: list[Sequence[NDArray[Any]]] = [[np.empty(0, np.int64)] * 3 + [np.empty(0)] * 3]
    with _reader() as cursor:
        for start in range(0, len(chosen), SERIES_AT_ONCE):
            params = _params(actor, chosen[start : start + SERIES_AT_ONCE], from_, to)
            row = cursor.execute(_statement(statement), params, binary=True).fetchone()
            if row and row[0] is not None:
                parts.append(row)
    columns = {name: np.concatenate(arrays) for name, arrays in zip(_GROUPS, zip(*parts, strict=True), strict=True)}
    return {**columns, "average": columns["sum"] / columns["count"]}


def _raw(actor: Actor, chosen: Sequence[Series], from_: datetime, to: datetime) -> pa.Table:
    payload = bytearray()
    with (
        sql.cursor() as outer,
        psycopg.ClientCursor(outer.connection) as cursor,  # COPY takes no parameters bound by the server
        cursor.copy(_statement("read_raw"), _params(actor, chosen, from_, to)) as copy,
    ):
        for part in copy:
            payload += part
    columns = pg_binary.copy_out(payload, _RAW)
    columns["observed_at"] += pg_binary.EPOCH_US
    return _table(columns, chosen, observed_at=_MOMENT)


def _params(actor: Actor, chosen: Sequence[Series], from_: date, to: date) -> dict[str, object]:
    return {"tenant": actor.tenant_id, "series": [item.id for item in chosen], "from": from_, "to": to}


@contextmanager
def _reader() -> Iterator["psycopg.Cursor[Any]"]:
    with sql.cursor() as outer, psycopg.Cursor(outer.connection) as cursor:
        pg_binary.accept_arrays(cursor)
        yield cursor


def _statement(name: str) -> Any:
    return sql.load(Path(__file__).parent, name)


def _table(columns: Columns, chosen: Sequence[Series], **types: pa.DataType) -> pa.Table:
    """Return the columns with keys instead of ids, ordered by key (within a series they are in order already)."""
    ids = np.array([item.id for item in chosen], np.int64)
    by_id = np.argsort(ids)
    rank = by_id[np.searchsorted(ids[by_id], columns["series"])] if len(ids) else columns["series"]
    order = np.argsort(rank, kind="stable")
    arrays = {name: _array(column[order], types.get(name)) for name, column in columns.items()}
    keys = pa.array([item.key for item in chosen], pa.string())
    return pa.table({**arrays, "series": keys.take(pa.array(rank[order]))})


def _array(column: NDArray[Any], kind: pa.DataType | None) -> pa.Array:
    if kind is None:
        return pa.array(column)
    if pa.types.is_date(kind):
        return pa.array(column.astype(np.int32)).cast(kind)
    return pa.array(column).cast(kind)


def _with_place(table: pa.Table, chosen: Sequence[Series]) -> pa.Table:
    keys = pa.array([item.key for item in chosen], pa.string())
    place = pa.compute.index_in(table.column("series"), keys)
    extra: dict[str, tuple[list[Any], pa.DataType]] = {
        "entity": ([item.entity_id for item in chosen], pa.string()),
        "property": ([item.property for item in chosen], pa.string()),
        "unit": ([item.unit for item in chosen], pa.string()),
        "lon": ([item.lon for item in chosen], pa.float64()),
        "lat": ([item.lat for item in chosen], pa.float64()),
    }
    added = {name: pa.array(values, kind).take(place) for name, (values, kind) in extra.items()}
    first, *rest = table.column_names
    return pa.table({first: table.column(first), **added, **{name: table.column(name) for name in rest}})
