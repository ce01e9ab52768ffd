"""Which rows of a batch can be taken. The rest is named, row by row, with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spiegelstad.base.errors import InvalidInput
from spiegelstad.mirror.rules.blocks import Block, Bools, Floats, Ints
from spiegelstad.mirror.rules.days import microseconds
from spiegelstad.mirror.vocabulary import Quality

OLDEST = datetime(1900, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)


class InvalidObservations(InvalidInput):
    """The table has not the columns of observations."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row (counted from 0) that was not taken, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """What the check needs to know of a series."""

    id: int
    department: str
    unit: str
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows that can be taken (in the order given) with their row numbers, and the others."""

    block: Block
    rows: Ints
    refused: tuple[Refusal, ...]


def check_table(table: pa.Table, known: Mapping[str, KnownSeries], now: datetime) -> Checked:
    """Check columns series, observed_at (with zone), value and, if present, quality and unit.

    A value outside the range of its series is taken as bad: kept, and not counted. Raises InvalidObservations.
    """
    keys, codes = _keys(table)
    at, at_missing = _moments(table)
    value, value_missing = _floats(table, "value")
    quality, quality_missing = _quality(table)
    ids = np.array([known[key].id if key in known else -1 for key in keys] + [-1], np.int64)
    reasons: list[tuple[Bools, str]] = [
        (codes < 0, "The row names no series."),
        (ids[codes] < 0, "The series {series!r} is not known here."),
        (at_missing, "observed_at is missing."),
        (at < microseconds(OLDEST), "observed_at is before 1900."),
        (at > microseconds(now + FUTURE), "observed_at is more than a day in the future."),
        (value_missing | ~np.isfinite(value), "The value is missing or not a finite number."),
        (quality_missing, "The quality is none of 0 good, 1 suspect, 2 bad, 3 estimated."),
        (_other_unit(table, keys, codes, known), "The unit is not that of the series {series!r}."),
    ]
    refused, bad = _refusals(reasons, keys, codes)
    rows = np.flatnonzero(~bad)
    block = Block(ids[codes], at, value + 0.0, quality).take(rows)  # adding 0.0 turns -0.0 into 0.0
    return Checked(_flag_outside(block, known), rows, refused)


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    try:
        column = table.column(name).combine_chunks()
    except KeyError:
        raise InvalidObservations(f"The column {name!r} is missing.") from None
    try:
        return pc.cast(column, kind)
    except pa.ArrowInvalid as error:
        raise InvalidObservations(f"The column {name!r} cannot be read: {error}") from None
    except pa.ArrowNotImplementedError:
        raise InvalidObservations(f"The column {name!r} has the type {column.type}, not {kind}.") from None


def _keys(table: pa.Table) -> tuple[list[str], Ints]:
    encoded = _column(table, "series", pa.string()).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.fill_null(-1).to_numpy().astype(np.int64)


def _moments(table: pa.Table) -> tuple[Ints, Bools]:
    if "observed_at" in table.column_names and getattr(table.schema.field("observed_at").type, "tz", None) is None:
        raise InvalidObservations("The column 'observed_at' has no time zone.", remedy="Give moments with their zone.")
    column = _column(table, "observed_at", pa.timestamp("us", tz="UTC"))
    return pc.cast(column, pa.int64()).fill_null(0).to_numpy(), column.is_null().to_numpy(zero_copy_only=False)


def _floats(table: pa.Table, name: str) -> tuple[Floats, Bools]:
    column = _column(table, name, pa.float64())
    return column.fill_null(0).to_numpy(), column.is_null().to_numpy(zero_copy_only=False)


def _quality(table: pa.Table) -> tuple[np.ndarray[tuple[int], np.dtype[np.int16]], Bools]:
    if "quality" not in table.column_names:
        return np.zeros(table.num_rows, np.int16), np.zeros(table.num_rows, np.bool_)
    column = _column(table, "quality", pa.int16()).fill_null(Quality.GOOD).to_numpy()
    return column, (column < min(Quality)) | (column > max(Quality))


def _other_unit(table: pa.Table, keys: list[str], codes: Ints, known: Mapping[str, KnownSeries]) -> Bools:
    if "unit" not in table.column_names:
        return np.zeros(table.num_rows, np.bool_)
    units = pa.array([known[key].unit if key in known else None for key in keys] + [None], pa.string())
    same = pc.equal(units.take(pa.array(codes % len(units))), _column(table, "unit", pa.string()))
    different: Bools = pc.invert(same.fill_null(True)).to_numpy(zero_copy_only=False)
    return different


def _refusals(reasons: list[tuple[Bools, str]], keys: list[str], codes: Ints) -> tuple[tuple[Refusal, ...], Bools]:
    """Return the first reason of each row that has one, and the mask of those rows."""
    bad = np.zeros(len(codes), np.bool_)
    found: list[Refusal] = []
    for mask, reason in reasons:
        for row in np.flatnonzero(mask & ~bad).tolist():
            found.append(Refusal(row, reason.format(series=keys[codes[row]]) if "{" in reason else reason))
        bad |= mask
    return tuple(sorted(found, key=lambda refusal: refusal.row)), bad


def _flag_outside(block: Block, known: Mapping[str, KnownSeries]) -> Block:
    limits = {
        series.id: (
            -np.inf if series.minimum is None else series.minimum,
            np.inf if series.maximum is None else series.maximum,
        )
        for series in known.values()
    }
    ids, place = np.unique(block.series, return_inverse=True)
    lowest = np.array([limits[int(id_)][0] for id_ in ids], np.float64)[place]
    highest = np.array([limits[int(id_)][1] for id_ in ids], np.float64)[place]
    outside = (block.value < lowest) | (block.value > highest)
    return Block(block.series, block.at, block.value, np.where(outside, Quality.BAD, block.quality).astype(np.int16))
