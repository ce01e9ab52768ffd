"""Ten million observations: written with their rollups against a raw COPY, and read from rollups against raw rows.

Writing: 95 sensors, one value each 5 minutes for a year, in batches of 500,000 in the order in which they come in.
The raw way copies the same rows into the same partitioned table with its index, in binary, sorted and encoded before
the clock starts: the fastest COPY we know. Ours starts from Arrow tables and checks, sorts, encodes, copies, and keeps
hourly and daily rollups and latest values in the same transactions.

Reading: 19 sensors with a value each minute for a year. The raw way groups the raw rows in PostgreSQL and brings the
result over in the same form (binary arrays). Ours is the door itself, with policy and the look-up of the series. Both
are also measured on the 5-minute values, where twelve rows make an hour and a rollup can win less.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from benchmarks.memory import growth
from benchmarks.row import Row

ROWS, BATCH, RUNS, READS = 10_000_000, 500_000, 3, 9
CITY = "bench-observations"
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
SENSORS = {300: 95, 60: 19}  # by seconds between values: ten million rows in a year
WIJK = 4  # sensors


def keys(every_s: int) -> list[str]:
    """Return the keys of the series with this interval."""
    return [f"sensor:{every_s}:{number:02}" for number in range(SENSORS[every_s])]


def batches(rows: int, every_s: int) -> Iterator[pa.Table]:
    """Yield the observations in the order in which they would come in."""
    from spiegelstad.mirror.testing import make_city_table

    table = make_city_table(keys(every_s), BEGIN, rows // SENSORS[every_s], every_s)
    for start in range(0, table.num_rows, BATCH):
        yield table.slice(start, BATCH)


def prepare() -> None:
    """Make the city and its series once, and empty what an earlier run wrote."""
    from django.db import connection

    from spiegelstad.accounts.testing import make_tenant
    from spiegelstad.mirror.actions.partitions import MONTHS
    from spiegelstad.mirror.testing import make_series

    make_tenant(CITY)
    for every_s in SENSORS:
        make_series(CITY, *keys(every_s))
    MONTHS.ensure([*(date(2025, month, 1) for month in range(1, 13)), END.date()])
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mirror_observation, mirror_hourly, mirror_daily")
        cursor.execute("UPDATE mirror_serieslatest SET newest_at = NULL, observed_at = NULL, value = NULL")


def write_ours(rows: int, every_s: int) -> float:
    """Import through the door; return the seconds."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.mirror.public import import_observations

    by, seconds = Actor.system(CITY, "bench"), 0.0
    for table in batches(rows, every_s):
        started = time.perf_counter()
        result = import_observations(by=by, table=table)
        seconds += time.perf_counter() - started
        if result.inserted != table.num_rows:
            raise AssertionError(f"{result.inserted} of {table.num_rows} rows taken")
    return seconds


def write_raw(rows: int, every_s: int) -> float:
    """Copy rows that are sorted and encoded already; return the seconds of COPY and commit alone."""
    from spiegelstad.base import sql
    from spiegelstad.mirror.formats import pg_binary

    seconds = 0.0
    for block in _blocks(rows, every_s):
        columns = (CITY.encode(), block.series, block.at - pg_binary.EPOCH_US, block.value, block.quality)
        payload = pg_binary.copy_in(columns, len(block))
        started = time.perf_counter()
        with (
            sql.cursor() as cursor,
            cursor.copy(
                "COPY mirror_observation (tenant_id, series_id, observed_at, value, quality) FROM STDIN (FORMAT binary)"
            ) as copy,
        ):
            copy.write(payload)
        seconds += time.perf_counter() - started
    return seconds


def _blocks(rows: int, every_s: int) -> Iterator[Any]:
    from spiegelstad.base.clock import now
    from spiegelstad.mirror.models import Series
    from spiegelstad.mirror.rules.blocks import in_order
    from spiegelstad.mirror.rules.checking import KnownSeries, check_table

    known = {row.key: KnownSeries(row.pk, "", "C62", None, None) for row in Series.objects.filter(tenant_id=CITY)}
    for table in batches(rows, every_s):
        yield in_order(check_table(table, known, now()).block)


def reads(every_s: int) -> dict[str, tuple[Callable[[], int], Callable[[], int]]]:
    """Return what is read, each as (ours, raw); both return the number of buckets."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.mirror.public import daily, hourly

    visitor, of_wijk = Actor.anonymous(CITY), keys(every_s)[:WIJK]
    hour = "date_trunc('hour', observed_at)"
    day = "(observed_at AT TIME ZONE 'Europe/Brussels')::date"
    return {
        "hourly series of a sensor for a year": (
            lambda: hourly(visitor, of_wijk[:1], BEGIN, END).num_rows,
            lambda: _grouped(hour, of_wijk[:1]),
        ),
        f"{WIJK} sensors of a wijk by day, a year": (
            lambda: daily(visitor, of_wijk, date(2025, 1, 2), date(2025, 12, 31)).num_rows,
            lambda: _grouped(
                day, of_wijk, datetime(2025, 1, 1, 23, tzinfo=UTC), datetime(2025, 12, 30, 23, tzinfo=UTC)
            ),
        ),
    }


def _grouped(bucket: str, chosen: list[str], from_: datetime = BEGIN, to: datetime = END) -> int:
    import psycopg

    from spiegelstad.base import sql
    from spiegelstad.mirror.formats import pg_binary
    from spiegelstad.mirror.models import Series

    ids = list(Series.objects.filter(tenant_id=CITY, key__in=chosen).values_list("id", flat=True))
    names = ("series_id", "bucket", "count", "sum", "min", "max")
    query = f"""
        SELECT {", ".join(f"array_agg({name})" for name in names)} FROM (
            SELECT series_id, {bucket} AS bucket, count(*), sum(value), min(value), max(value)
            FROM mirror_observation
            WHERE tenant_id = %s AND series_id = ANY(%s) AND observed_at >= %s AND observed_at < %s AND quality <> 2
            GROUP BY 1, 2 ORDER BY 1, 2
        ) grouped"""
    with sql.cursor() as outer, psycopg.Cursor(outer.connection) as cursor:
        pg_binary.accept_arrays(cursor)
        row = cursor.execute(query.encode(), (CITY, ids, from_, to), binary=True).fetchone()
    return len(row[0]) if row else 0


def measure(what: str, rows: int, runs: int, every_s: int) -> dict[str, Any]:
    """Run one way in this process: `ours` and `raw` write all rows, `read` reads what was written last."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from spiegelstad.base import postgres

    with postgres.running(settings.VAR):
        call_command("migrate", verbosity=0)
        if what == "read":
            return _measure_reads(every_s, runs)
        prepare()
        next(batches(rows, every_s))
        with growth() as grown:
            seconds = (write_ours if what == "ours" else write_raw)(rows, every_s)
        return {"seconds": seconds, "memory_mb": grown.mb}


def _measure_reads(every_s: int, runs: int) -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE mirror_observation, mirror_hourly, mirror_daily")
    found: dict[str, Any] = {}
    for name, (ours, raw) in reads(every_s).items():
        if ours() != raw():
            raise AssertionError(f"{name}: {ours()} buckets, {raw()} expected")
        times = [(_seconds(ours), _seconds(raw)) for _ in range(runs)]
        found[name] = {"ours": [pair[0] for pair in times], "raw": [pair[1] for pair in times]}
    return {"reads": found}


def _seconds(work: Callable[[], int]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _in_child(what: str, rows: int, runs: int, every_s: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.bench_observations", what, str(rows), str(runs), str(every_s)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return found


def main(quick: bool) -> list[Row]:
    """Medians of interleaved runs; each way of writing in a process of its own."""
    rows, runs = (ROWS // 10, 1) if quick else (ROWS, RUNS)
    ours, raw = [], []
    for _ in range(runs):
        raw.append(_in_child("raw", rows, 1, 300))
        ours.append(_in_child("ours", rows, 1, 300))
    found = [_written(rows, ours, raw), *_read(300, rows)]
    _in_child("ours", rows, 1, 60)
    return [*found, *_read(60, rows)]


def _written(rows: int, ours: list[dict[str, Any]], raw: list[dict[str, Any]]) -> Row:
    ours_s = statistics.median(run["seconds"] for run in ours)
    raw_s = statistics.median(run["seconds"] for run in raw)
    return Row(
        work=f"{rows:,} observations with hourly and daily rollups",
        against="raw COPY into the same table",
        aim="≤ 2.0 ×",
        ours_s=ours_s,
        raw_s=raw_s,
        ratio=ours_s / raw_s,
        memory_mb=max(run["memory_mb"] for run in ours),
        note=f"{rows / ours_s:,.0f} rows per second; the raw rows are sorted and encoded beforehand",
    )


def _read(every_s: int, rows: int) -> list[Row]:
    found = _in_child("read", rows, READS, every_s)
    return [
        Row(
            work=f"{name}, a value each {every_s // 60} min",
            against=f"raw SQL over {rows:,} rows",
            aim="≥ 20 × faster" if every_s == 60 else "–",
            ours_s=statistics.median(times["ours"]),
            raw_s=statistics.median(times["raw"]),
            ratio=statistics.median(times["ours"]) / statistics.median(times["raw"]),
            memory_mb=0,
            note="policy and look-up of the series included",
        )
        for name, times in found["reads"].items()
    ]


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))))
