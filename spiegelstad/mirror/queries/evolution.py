"""Histories of attributes: so many observations from an end, and what they add up to in periods of any length."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psycopg
from numpy.typing import NDArray

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import TooLarge
from spiegelstad.governance.public import visible
from spiegelstad.mirror import models
from spiegelstad.mirror.formats import pg_binary
from spiegelstad.mirror.queries.series import Series
from spiegelstad.mirror.rules.checking import FUTURE, OLDEST

_HERE = Path(__file__).parent
_HOUR = timedelta(hours=1)
_EVER = timedelta(days=3_000_000)
MOST_PERIODS = 100_000


class TooManyPeriods(TooLarge):
    """So many periods were asked for that their sums are not a summary."""


Source = Literal["raw", "hours", "days"]
Sum = Literal["count", "sum", "mean", "minimum", "maximum", "distinct", "deviation", "squares"]
"""What can be asked of the values of a period; `deviation` is that of a sample, 0 for a single value."""


@dataclass(frozen=True, slots=True)
class Range:
    """From a moment (included) to another (excluded); None: as far as there is anything."""

    from_: datetime | None = None
    to: datetime | None = None

    def params(self) -> dict[str, Any]:
        """Return both ends as a query has them: no further than observations can lie."""
        end = now() + 2 * FUTURE
        return {"from": max(self.from_ or OLDEST, OLDEST), "to": min(self.to or end, end)}


@dataclass(frozen=True, slots=True)
class Periods:
    """How a range is cut: by a fixed `step` from `anchor`, at `bounds` (beginnings in order), or, with neither, not."""

    anchor: datetime
    step: timedelta | None = None
    bounds: Sequence[datetime] | None = None

    def params(self) -> dict[str, Any]:
        """Return what the statements ask."""
        bounds = list(self.bounds) if self.bounds is not None else None
        return {"anchor": self.anchor if self.step else OLDEST, "step": self.step or _EVER, "bounds": bounds}

    def on_the_hour(self) -> bool:
        """Say whether every period begins on the hour."""
        step = self.step or timedelta()
        return not step % _HOUR and all(_on_the_hour(one) for one in (self.anchor, *(self.bounds or ())))


@dataclass(frozen=True, slots=True)
class Aggregates:
    """What the values of one series that count add up to, in each period that holds any, in order: equal columns.

    `begins`: the beginnings of the periods, in microseconds since 1970. `sums`: what was asked for, by name.
    """

    series: int
    begins: NDArray[np.int64]
    sums: dict[str, NDArray[Any]]


def series_of_entities(actor: Actor, entity_ids: Collection[str]) -> list[Series]:
    """Return the series of these entities that `actor` may read."""
    statement, params = _readable_series(actor)
    with sql.prepared() as cursor:
        found = cursor.execute(statement, [*params, list(entity_ids)]).fetchall()
    return [
        Series(id_, key, entity, type_, property_, json.loads(name), *rest)
        for id_, key, entity, type_, property_, name, *rest in found
    ]


_FIELDS = tuple(Series.__dataclass_fields__)


@lru_cache(maxsize=2_048)
def _readable_series(actor: Actor) -> tuple[bytes, tuple[Any, ...]]:
    """Return the statement that reads the series of entities for an actor, and its parameters but for the ids."""
    chosen = models.Series.objects.filter(visible(actor)).values_list(*_FIELDS)
    statement, params = chosen.query.sql_with_params()
    return f"{statement} AND entity_id = ANY(%s) ORDER BY id".encode(), params


def observed(
    tenant_id: str, series: Sequence[int], within: Range, *, limit: int, newest: bool
) -> list[tuple[int, datetime, float]]:
    """Return (series, moment, value) of the oldest or newest `limit` observations of each series that count.

    Ordered by moment within a series: the newest first when those were asked for.
    """
    params = {"tenant": tenant_id, "series": list(series), "limit": limit, **within.params()}
    return _rows("observed_last" if newest else "observed_first", params)


def observed_at(tenant_id: str, moments: Sequence[tuple[int, datetime]]) -> list[tuple[int, datetime, float]]:
    """Return (series, moment, value) of those of these observations that are there and count."""
    if not moments:
        return []
    at = [moment for _, moment in moments]
    params = {"tenant": tenant_id, "series": [series for series, _ in moments], "at": at}
    return _rows("observed_at_moments", {**params, "first_at": min(at), "last_at": max(at)})


def observed_within(tenant_id: str, series: Sequence[int], within: Range) -> set[int]:
    """Return which of these series have an observation that counts in that time."""
    return {id_ for (id_,) in _rows("observed_in", {"tenant": tenant_id, "series": list(series), **within.params()})}


def aggregated(
    tenant_id: str,
    series: Sequence[int],
    within: Range,
    periods: Periods,
    sums: Collection[Sum],
    *,
    source: Source | None = None,
) -> list[Aggregates]:
    """Return these sums of the periods that hold values, of each series that has any.

    Days or hours are read where all periods are made of them, and the sums are those that rollups know. `source` forces
    one, to compare them. Raises TooManyPeriods.
    """
    chosen = source or ("raw" if any(one in _ONLY_RAW for one in sums) else source_for(within, periods))
    params = {"tenant": tenant_id, "series": list(series), **within.params(), **periods.params()}
    statement = f"aggregate_{chosen}"
    if chosen == "hours":
        from_, to = params["from"], params["to"]
        first = from_ if _on_the_hour(from_) else _hour_of(from_) + _HOUR
        last = max(_hour_of(to), first)
        params |= {"first": first, "last": last}
        if (first, last) != (from_, to):
            statement = "aggregate_hours_with_ends"
        elif periods.step == _HOUR:
            statement = "aggregate_each_hour"
    found = _packed(statement, {**params, "limit": MOST_PERIODS + 1}, sorted(sums), is_raw=chosen == "raw")
    if sum(len(one.begins) for one in found) > MOST_PERIODS:
        raise TooManyPeriods(f"More than {MOST_PERIODS:,} periods hold values.", remedy="Ask for longer periods.")
    return found


_COLUMNS = ("count", "sum", "minimum", "maximum")  # as the statements give them
_ONLY_RAW = ("distinct", "deviation", "squares")
_INTEGERS = ("count", "distinct")


def _packed(name: str, params: dict[str, Any], sums: Sequence[Sum], *, is_raw: bool) -> list[Aggregates]:
    """Return what a statement finds, which the database has put in one binary value for each series."""
    kinds = {"period": "int64"} | {str(one): "int64" if one in _INTEGERS else "float64" for one in sums}
    senders = {one: f'{"int8send" if one in _INTEGERS else "float8send"}("{one}")' for one in sums}
    if "mean" in senders:
        senders["mean"] = 'float8send("sum" / "count")'
    record = " || ".join(["timestamptz_send(period)", *senders.values()])
    names = ", ".join(f'"{column}"' for column in ("period", *_COLUMNS, *(_ONLY_RAW if is_raw else ())))
    statement = (
        f"SELECT series_id, string_agg({record}, ''::bytea ORDER BY period) "  # noqa: S608 - names of our own
        f"FROM ({_statement(name)}) AS sums (series_id, {names}) GROUP BY series_id"
    )
    with sql.prepared() as cursor:
        found = cursor.execute(statement.encode(), params, binary=True).fetchall()
    return [_aggregates(id_, pg_binary.records_out(payload, kinds)) for id_, payload in found]


def _aggregates(series: int, columns: dict[str, NDArray[Any]]) -> Aggregates:
    return Aggregates(series, columns.pop("period") + pg_binary.EPOCH_US, columns)


def source_for(within: Range, periods: Periods) -> Source:
    """Return the coarsest rollup of which all periods are made."""
    if periods.step is None and all(_at_midnight(one) for one in _ends(within, periods)):
        return "days"
    return "hours" if periods.on_the_hour() or (periods.step is None and periods.bounds is None) else "raw"


def _ends(within: Range, periods: Periods) -> list[datetime]:
    return [one for one in (within.from_, within.to, *(periods.bounds or ())) if one is not None]


def _at_midnight(at: datetime) -> bool:
    if not OLDEST <= at <= now() + 2 * FUTURE:
        return True  # no observation lies there
    local = at.astimezone(BRUSSELS)
    return not (local.hour or local.minute or local.second or local.microsecond)


def _on_the_hour(at: datetime) -> bool:
    return _hour_of(at) == at


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _rows(name: str, params: dict[str, Any]) -> list[Any]:
    with sql.cursor() as outer, psycopg.Cursor(outer.connection) as cursor:
        return cursor.execute(_statement(name), params, binary=True).fetchall()


def _statement(name: str) -> Any:
    return sql.load(_HERE, name)
