"""A CSV of five million rows becomes a checked, versioned dataset, against DuckDB's own CSV → Parquet.

Seven columns: text, time with offset, whole number, two decimals, point, yes or no; every thousandth row is wrong. No
key is repeated: a file in which one is goes through a table, and takes more than twice as long. The file gets one row
more before each run, so that nothing of it is known from the run before. Ours is a whole run:
copy to the store of raw files with its checksum, types and fifteen rules, a rule of uniqueness, quarantine, quality
and coverage, the Parquet file named by its content, version and run in the database.
The raw way is `COPY (FROM read_csv(…)) TO … (FORMAT parquet)` with DuckDB's settings as they come: it checks nothing.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.csv

from benchmarks.memory import growth
from benchmarks.row import Row

ROWS, RUNS, PIECE = 5_000_000, 5, 500_000
SENSORS = 50
SLUG = "bench-counts"


def write_csv(path: Path, rows: int) -> None:
    """Write the file in pieces; the same every time."""
    random = np.random.default_rng(1)
    with path.open("wb") as file:
        for start in range(0, rows, PIECE):
            number = np.arange(start, min(start + PIECE, rows))
            pa.csv.write_csv(_piece(number, random), file, pa.csv.WriteOptions(include_header=start == 0))


def _piece(number: "np.ndarray[tuple[int], np.dtype[np.int64]]", random: np.random.Generator) -> pa.Table:
    size = len(number)
    moments = np.datetime64("2025-01-01T00:00:00") + (number // SENSORS * 60).astype("timedelta64[s]")
    speed = np.round(random.normal(45, 8, size), 2)
    speed[number % 1000 == 7] = -5
    return pa.table(
        {
            "sensor": np.char.add("sensor-", (number % SENSORS).astype(str)),
            "time": np.char.add(np.datetime_as_string(moments), "+00:00"),
            "count": random.integers(0, 500, size),
            "speed": speed,
            "lon": np.round(3.7 + random.random(size) / 10, 6),
            "lat": np.round(51 + random.random(size) / 10, 6),
            "valid": random.random(size) < 0.9,
        }
    )


def definition() -> dict[str, object]:
    """Return the source that reads the file."""
    from spiegelstad.ingest.testing import definition as source

    columns = {
        "sensor": {"required": True},
        "time": {"type": "datetime", "required": True},
        "count": {"type": "integer", "unit": "C62", "required": True, "minimum": 0, "maximum": 10_000},
        "speed": {"type": "number", "unit": "KMH", "minimum": 0, "maximum": 200},
        "lon": {"type": "number", "minimum": 2, "maximum": 7},
        "lat": {"type": "number", "minimum": 49, "maximum": 52},
        "valid": {"type": "boolean"},
    }
    return source(SLUG, columns=columns, unique=["sensor", "time"], format={"type": "csv"}, quarantine={"share": 0.5})


def prepare(rows: int) -> None:
    """Make the tables, the city, the source and its file."""
    from django.conf import settings
    from django.core.management import call_command

    from spiegelstad.accounts.testing import make_tenant
    from spiegelstad.ingest.testing import make_source

    call_command("migrate", verbosity=0)
    make_tenant(SLUG)
    make_source(SLUG, Path(settings.VAR) / "bench-sources", definition())
    folder = Path(settings.VAR) / "data"
    folder.mkdir(exist_ok=True)
    write_csv(folder / f"{SLUG}.csv", rows)


def ours(_: int) -> dict[str, float]:
    """Run the source on a file that it hasn't seen."""
    from django.conf import settings

    from spiegelstad.accounts.public import Actor
    from spiegelstad.ingest import public as ingest

    by = Actor.system(SLUG, "bench")
    with (Path(settings.VAR) / "data" / f"{SLUG}.csv").open("a") as file:
        file.write(f"sensor-{uuid4().hex},2026-01-01T00:00:00+00:00,1,40.5,3.7,51.0,true\n")
    with growth() as grown:
        started = time.perf_counter()
        run = ingest.run_source(by=by, slug=SLUG)
        seconds = time.perf_counter() - started
    if not run.succeeded:
        raise AssertionError(run.error)
    return {"seconds": seconds, "memory_mb": grown.mb, "rows": run.accepted, "bad": run.quarantined}


def raw(_: int) -> dict[str, float]:
    """Let DuckDB copy the file."""
    import duckdb
    from django.conf import settings

    source, target = Path(settings.VAR) / "data" / f"{SLUG}.csv", Path(settings.VAR) / "raw.parquet"
    target.unlink(missing_ok=True)
    with growth() as grown:
        started = time.perf_counter()
        duckdb.connect().execute(f"COPY (FROM read_csv('{source}')) TO '{target}' (FORMAT parquet)").fetchall()
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "memory_mb": grown.mb}


def _in_child(what: str, rows: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_ingest", what, str(rows)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(answer.splitlines()[-1])
    return found


def main(quick: bool) -> list[Row]:
    """Medians of interleaved runs, each in a process of its own."""
    rows, runs = (ROWS // 10, 1) if quick else (ROWS, RUNS)
    _in_child("prepare", rows)
    measured = [(_in_child("ours", rows), _in_child("raw", rows)) for _ in range(runs)]
    ours_s = statistics.median(one["seconds"] for one, _ in measured)
    raw_s = statistics.median(one["seconds"] for _, one in measured)
    first = measured[0][0]
    bare_mb = max(one["memory_mb"] for _, one in measured)
    return [
        Row(
            work=f"{rows:,}-row CSV → checked, versioned dataset",
            against="raw DuckDB CSV → Parquet",
            aim="≤ 2.0 ×",
            ours_s=ours_s,
            raw_s=raw_s,
            ratio=ours_s / raw_s,
            memory_mb=max(one["memory_mb"] for one, _ in measured),
            note=f"{first['bad']:,.0f} rows to quarantine, raw copy kept; DuckDB alone takes {bare_mb:,.0f} MB",
        )
    ]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    import django

    django.setup()
    work = {"prepare": prepare, "ours": ours, "raw": raw}[sys.argv[1]]
    print(json.dumps(work(int(sys.argv[2]))))
