"""Many observations as columns, and what they add up to. Everything here is whole-array arithmetic: a batch of half a
million rows is grouped in a few hundredths of a second.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spiegelstad.mirror.rules import days
from spiegelstad.mirror.vocabulary import Quality

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Observations by column: series id, microseconds since 1970, value, quality."""

    series: Ints
    at: Ints
    value: Floats
    quality: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.series)

    def take(self, which: Bools | Ints | slice) -> "Block":
        """Return the rows that a mask, positions or a slice choose."""
        return Block(self.series[which], self.at[which], self.value[which], self.quality[which])

    def replace(self, where: Bools, by: "Block") -> "Block":
        """Return a copy in which the rows that a mask chooses are those of another block."""
        copy = Block(self.series.copy(), self.at.copy(), self.value.copy(), self.quality.copy())
        copy.series[where], copy.at[where], copy.value[where], copy.quality[where] = (
            by.series,
            by.at,
            by.value,
            by.quality,
        )
        return copy


@dataclass(frozen=True, slots=True)
class Groups:
    """Rollups by column: series id, bucket (moment of an hour, or day since 1970), count, sum, minimum, maximum."""

    series: Ints
    bucket: Ints
    count: NDArray[np.int32]
    sum: Floats
    minimum: Floats
    maximum: Floats

    def __len__(self) -> int:
        return len(self.series)


def in_order(block: Block) -> Block:
    """Return the rows by series and moment; of rows with the same key the last one stays."""
    order = np.lexsort((block.at, block.series))  # stable: equal keys keep their order
    ordered = block.take(order)
    return ordered.take(_last_of_runs(ordered.series, ordered.at))


def hourly(block: Block) -> Groups:
    """Return the hours of an ordered block; bad values don't count."""
    counting = block.take(block.quality != Quality.BAD)
    hours = days.hour_of(counting.at)
    starts = _starts_of_runs(counting.series, hours)
    if not len(starts):
        return Groups(starts, starts, starts.astype(np.int32), *(np.empty(0),) * 3)
    return Groups(
        counting.series[starts],
        hours[starts],
        np.diff(np.append(starts, len(counting))).astype(np.int32),
        np.add.reduceat(counting.value, starts),
        np.minimum.reduceat(counting.value, starts),
        np.maximum.reduceat(counting.value, starts),
    )


def daily(hours: Groups) -> Groups:
    """Return the days that ordered hours add up to."""
    on = days.day_of(hours.bucket)
    starts = _starts_of_runs(hours.series, on)
    if not len(starts):
        return hours
    return Groups(
        hours.series[starts],
        on[starts],
        np.add.reduceat(hours.count, starts).astype(np.int32),
        np.add.reduceat(hours.sum, starts),
        np.minimum.reduceat(hours.minimum, starts),
        np.maximum.reduceat(hours.maximum, starts),
    )


def newest(block: Block) -> Block:
    """Return the newest row of each series of an ordered block."""
    return block.take(_last_of_runs(block.series))


def oldest(block: Block) -> Block:
    """Return the oldest row of each series of an ordered block."""
    return block.take(_starts_of_runs(block.series))


def unique_pairs(first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Return the different pairs of two columns, in order."""
    pairs = np.unique(np.stack((first, second), axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _changes(columns: tuple[Ints, ...]) -> Bools:
    changed = np.zeros(max(len(columns[0]) - 1, 0), np.bool_)
    for column in columns:
        changed |= column[1:] != column[:-1]
    return changed


def _starts_of_runs(*columns: Ints) -> Ints:
    if not len(columns[0]):
        return np.empty(0, np.int64)
    return np.concatenate(([0], np.flatnonzero(_changes(columns)) + 1)).astype(np.int64)


def _last_of_runs(*columns: Ints) -> Ints:
    if not len(columns[0]):
        return np.empty(0, np.int64)
    return np.concatenate((np.flatnonzero(_changes(columns)), [len(columns[0]) - 1])).astype(np.int64)
