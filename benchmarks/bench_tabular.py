"""Rows of datasets by HTTP, through Granian as `up` runs it.

- Ten clients at once filter and aggregate ten million rows, each time with another bound, against ten threads that ask
  the same of one bare DuckDB over the same Parquet file; the 95th percentile of all requests, in rounds by turns.
- A thousand rows by a filter as JSON, by another each time and by the same, and the counts of two facets, against
  Datasette over the same rows in SQLite with an index on each column that is asked, one client, medians by turns.
  Datasette does not look for facets to suggest.
- Five million rows as CSV into a file, against DuckDB's COPY of the same rows into a file. Memory is the growth of the
  peak of the web server's processes from the first half million rows to all of them.
"""

import os
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import duckdb

from benchmarks.context_serving import OURS, ours, running
from benchmarks.row import Row

ROWS, CSV_ROWS, SMALL_ROWS = 10_000_000, 5_000_000, 200_000
CLIENTS, REQUESTS, ROUNDS, RUNS = 10, 6, 3, 15
DATASETTE = 8124
HOST = "bench-tabular.localhost"
_MADE = """
COPY (SELECT i AS id, 'plek ' || (hash(i) % 1000) AS place, (hash(i + 7) % 1000)::BIGINT AS count,
             (hash(i + 9) % 100000) / 1000.0::DOUBLE AS share,
             TIMESTAMPTZ '2024-01-01 00:00:00Z' + i * INTERVAL 10 SECOND AS at,
             'soort ' || hash(i + 3) % 20 AS kind FROM range({rows}) t(i)) TO '{path}' (ROW_GROUP_SIZE 122880)"""
_BARE = "SELECT kind, count(*), avg(share) FROM read_parquet('{path}') WHERE count > ? GROUP BY kind ORDER BY kind"


def fill(slug: str, rows: int) -> Path:
    """Publish a dataset of so many made rows; return its file."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.catalogue import store
    from spiegelstad.catalogue.actions import publish_version
    from spiegelstad.catalogue.public import Column, Lineage
    from spiegelstad.catalogue.testing import make_dataset

    path = store.incoming_file()
    duckdb.sql(_MADE.format(rows=rows, path=path))
    types = {"id": "BIGINT", "place": "VARCHAR", "count": "BIGINT", "share": "DOUBLE", "kind": "VARCHAR"}
    types["at"] = "TIMESTAMP WITH TIME ZONE"
    columns = tuple(Column(name, types[name]) for name in ("id", "place", "count", "share", "at", "kind"))
    make_dataset("bench-tabular", slug, columns)
    version = publish_version(by=Actor.system("bench-tabular", "bench"), slug=slug, parquet=path, columns=columns,
                              lineage=Lineage("ingest"))  # fmt: skip
    return store.path_of(version.content_hash)


def get(connection: HTTPConnection, address: str) -> bytes:
    """Ask for an address, which must be answered well."""
    connection.request("GET", address, headers={"Host": HOST if connection.port == OURS else "localhost"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status} {body[:500]!r}")
    return body


def under_load(work: Callable[[int], Callable[[int], object]], first: int) -> list[float]:
    """Let ten clients work at once; `work` gives what a client does with a number, which is never the same twice."""
    times: list[float] = []
    failed: list[BaseException] = []

    def client(number: int) -> None:
        try:
            ask = work(number)
            for turn in range(REQUESTS):
                started = time.perf_counter()
                ask(first + number * REQUESTS + turn)
                times.append(time.perf_counter() - started)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=client, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return times


def aggregate(path: Path, rounds: int, rows: int) -> Row:
    """Measure filter and aggregate with ten clients."""
    database = duckdb.connect()

    def bare(_client: int) -> Callable[[int], object]:
        cursor = database.cursor()
        return lambda bound: cursor.execute(_BARE.format(path=path), [bound]).fetchall()

    def served(_client: int) -> Callable[[int], object]:
        connection = HTTPConnection("127.0.0.1", OURS, timeout=60)
        address = "/data/large/rows?count__gt={}&group=kind&aggregate=count,avg:share"
        return lambda bound: get(connection, address.format(bound))

    sides: dict[str, list[float]] = {"served": [], "bare": []}
    under_load(served, 0), under_load(bare, 0)
    for turn in range(rounds):
        sides["served"] += under_load(served, 60 * (turn + 1))
        sides["bare"] += under_load(bare, 60 * (turn + 1))
    ours_s, raw_s = (statistics.quantiles(times, n=20)[-1] for times in sides.values())
    work = f"filter + aggregate over {rows:,} rows, {CLIENTS} clients"
    note = "95th percentile of all requests; all ten want both cores at once"
    return Row(work, "bare DuckDB on the same Parquet", "≤ 1.5 ×", ours_s, raw_s, ours_s / raw_s, 0.0, note)


@contextmanager
def datasette(folder: Path, parquet: Path) -> Iterator[None]:
    """Serve the same rows with Datasette until the block ends."""
    path = folder / "rows.db"
    rows = duckdb.sql(
        f"SELECT id, place, count, share, \"at\"::VARCHAR, kind FROM read_parquet('{parquet}')"
    ).fetchall()
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE rows (id INTEGER PRIMARY KEY, place TEXT, count INTEGER, share REAL, at TEXT, kind TEXT)"
        )
        database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", rows)
        for column in ("place", "count", "kind"):
            database.execute(f"CREATE INDEX by_{column} ON rows ({column})")
        database.execute("ANALYZE")
    database.close()
    settings = {
        "suggest_facets": "off",
        "facet_time_limit_ms": "5000",
        "sql_time_limit_ms": "5000",
        "default_cache_ttl": "0",
    }
    options = [part for name, value in settings.items() for part in ("--setting", name, value)]
    with running(["datasette", "serve", "--immutable", str(path), "--port", str(DATASETTE), *options], DATASETTE):
        yield


def against_datasette(runs: int) -> list[Row]:
    """Measure a thousand rows as JSON, and facet counts, one client."""
    mine, theirs = (HTTPConnection("127.0.0.1", port, timeout=60) for port in (OURS, DATASETTE))
    works = {
        "1,000 rows by a filter as JSON": (
            "/data/small/rows.json?count__gt={}&limit=1000", "/rows/rows.json?count__gt={}&_size=1000&_shape=objects",
        ),
        "the same 1,000 rows again": (
            "/data/small/rows.json?count__gt=99&limit=1000", "/rows/rows.json?count__gt=99&_size=1000&_shape=objects",
        ),
        "counts of two facets": (
            "/data/small/rows.json?count__gt={}&facets=kind,place&limit=0",
            "/rows/rows.json?count__gt={}&_facet=kind&_facet=place&_size=0&_shape=objects",
        ),
    }  # fmt: skip
    rows = []
    for work, (own, other) in works.items():
        pairs = [(_timed(mine, own.format(n)), _timed(theirs, other.format(n))) for n in range(100, 103 + runs)][3:]
        ours_s, raw_s = (statistics.median(times) for times in zip(*pairs, strict=True))
        rows.append(Row(f"{work}, of {SMALL_ROWS:,}", "Datasette on the same rows", "≥ 10 × faster", ours_s, raw_s,
                        ours_s / raw_s, 0.0, f"one client{', another bound each time' * ('{}' in own)}"))  # fmt: skip
    return rows


def _timed(connection: HTTPConnection, address: str) -> float:
    started = time.perf_counter()
    get(connection, address)
    return time.perf_counter() - started


def download(path: Path, folder: Path, rows: int, runs: int) -> Row:
    """Measure a download as CSV against COPY, and how much more memory all rows take than a tenth of them."""
    _download(folder, f"limit={rows // 10}")
    before = _peak_kb()
    database, pairs = duckdb.connect(), []
    for _ in range(runs):
        served = _download(folder, "")
        started = time.perf_counter()
        database.execute(f"COPY (SELECT * FROM read_parquet('{path}')) TO '{folder / 'copy.csv'}' (HEADER)")
        pairs.append((served, time.perf_counter() - started))
    ours_s, raw_s = (statistics.median(times) for times in zip(*pairs, strict=True))
    size = (folder / "served.csv").stat().st_size / 2**20
    note = f"{size:,.0f} MB; memory: what all take more than a tenth"
    grown = (_peak_kb() - before) / 1024
    return Row(
        f"download of {rows:,} rows as CSV", "DuckDB COPY", "≤ 1.5 ×", ours_s, raw_s, ours_s / raw_s, grown, note
    )


def _download(folder: Path, query: str) -> float:
    started = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", OURS, timeout=120)
    connection.request("GET", f"/data/long/rows.csv?{query}", headers={"Host": HOST})
    answer = connection.getresponse()
    with (folder / "served.csv").open("wb", buffering=0) as file:
        while piece := answer.read1(1 << 20):
            file.write(piece)
    connection.close()
    return time.perf_counter() - started


def _peak_kb() -> int:
    """Return the sum of the peaks of the web server's processes."""
    found = subprocess.run(["pgrep", "-f", "spiegelstad.project.server"], capture_output=True, text=True, check=True)
    total = 0
    for pid in found.stdout.split():
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        total += int(status.partition("VmHWM:")[2].split()[0])
    return total


def main(quick: bool) -> list[Row]:
    """Measure all."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "spiegelstad.project.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from spiegelstad.accounts.testing import make_tenant

    call_command("migrate", verbosity=0)
    make_tenant("bench-tabular", host=HOST)
    rows, csv_rows, rounds, runs = (200_000, 200_000, 1, 5) if quick else (ROWS, CSV_ROWS, ROUNDS, RUNS)
    large, long, small = fill("large", rows), fill("long", csv_rows), fill("small", SMALL_ROWS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ours(folder), datasette(folder, small):
            return [aggregate(large, rounds, rows), *against_datasette(runs), download(long, folder, csv_rows, 3)]
