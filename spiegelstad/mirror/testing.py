"""Builders of series and observations, for tests, the demo and benchmarks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.public import ImportResult, SeriesIn, ensure_series, import_observations

SCHEMA = pa.schema(
    [
        ("series", pa.string()),
        ("observed_at", pa.timestamp("us", tz="UTC")),
        ("value", pa.float64()),
        ("quality", pa.uint8()),
    ]
)


def make_series(
    tenant_id: str, *keys: str, property: str = "bicycleCount", unit: str = "C62", **more: Any
) -> list[int]:
    """Make series with these keys, by the system; return their ids."""
    series = [
        SeriesIn(key=key, property=property, unit=unit, name={"nl": f"Reeks {key}", "en": f"Series {key}"}, **more)
        for key in keys
    ]
    ids = ensure_series(by=Actor.system(tenant_id, "tests"), series=series)
    return [ids[key] for key in keys]


def observations_table(rows: Iterable[tuple[str, datetime, float] | tuple[str, datetime, float, int]]) -> pa.Table:
    """Return rows (series, observed_at, value[, quality]) as the table that `import_observations` takes."""
    columns: Sequence[list[Any]] = ([], [], [], [])
    for series, observed_at, value, *quality in rows:
        for column, item in zip(columns, (series, observed_at, value, quality[0] if quality else 0), strict=True):
            column.append(item)
    return pa.table(list(columns), schema=SCHEMA)


def make_observations(
    tenant_id: str, rows: Iterable[tuple[str, datetime, float] | tuple[str, datetime, float, int]]
) -> ImportResult:
    """Import rows (series, observed_at, value[, quality]), by the system."""
    return import_observations(by=Actor.system(tenant_id, "tests"), table=observations_table(rows))


def make_city_table(keys: Sequence[str], start: datetime, steps: int, every_s: int, seed: int = 1) -> pa.Table:
    """Return observations of many series in the order in which they would come in: all series at each moment."""
    first = np.datetime64(start.replace(tzinfo=None), "us")
    at = np.repeat(first + np.arange(steps) * np.timedelta64(every_s, "s"), len(keys))
    value = np.round(np.random.default_rng(seed).normal(50, 20, len(at)), 2)
    codes = pa.array(np.tile(np.arange(len(keys), dtype=np.int32), steps))
    series = pa.DictionaryArray.from_arrays(codes, pa.array(keys))
    moments = pa.array(at).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    return pa.table({"series": series, "observed_at": moments, "value": value})
