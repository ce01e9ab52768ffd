"""All indicators of a city of 200 sectors over 10 years: `indicators.compute` against the same SQL bare in DuckDB.

Both read the same Parquet files of 250,000 inhabitants a year (one row each) and answer the same 25 formulas over the
municipality, 25 wijken and 200 sectors. The bare way runs each formula in one DuckDB connection, with all cores, and
takes the result as Arrow. Ours also checks the output, hides small cells, writes 56,500 figures with their origin to
PostgreSQL and audits it. A city of its own, in the database that SPIEGELSTAD_VAR names.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa

from benchmarks.row import Row

WIJKEN, SECTORS, YEARS, INHABITANTS, RUNS = 25, 200, 10, 250_000, 3

_MEMBERS = "JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector"
_COUNT = "SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, count(*)::DOUBLE AS value FROM people p"
_SHARE = (
    "SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, "
    "count(*) FILTER ({condition})::DOUBLE AS numerator, count(*)::DOUBLE AS denominator FROM people p"
)
_MEASURE = (
    "SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, {measure} AS value, "
    "count(*)::DOUBLE AS denominator FROM people p"
)


def formulas() -> dict[str, tuple[str, dict[str, object]]]:
    """25 formulas: a count, shares, means, medians and sums; with the keys of the YAML that differ."""
    shares = {f"share-age-{age}": f"WHERE age BETWEEN {age} AND {age + 9}" for age in range(0, 100, 10)}
    shares |= {f"share-rooms-{rooms}": f"WHERE rooms = {rooms}" for rooms in range(1, 7)}
    measures = {
        "mean-age": "avg(age)",
        "mean-income": "avg(income)",
        "median-income": "median(income)",
        "income-spread": "stddev_pop(income)",
        "upper-quarter": "quantile_cont(income, 0.75)",
        "mean-rooms": "avg(rooms)",
        "median-age": "median(age)",
        "total-income": "sum(income)",
    }
    shared: dict[str, object] = {"unit": "P1", "minimum_cell": 10}
    return {
        "inhabitants": (f"{_COUNT} {_MEMBERS} GROUP BY ALL", {}),
        **{
            slug: (f"{_SHARE.format(condition=condition)} {_MEMBERS} GROUP BY ALL", shared)
            for slug, condition in shares.items()
        },
        **{
            slug: (f"{_MEASURE.format(measure=measure)} {_MEMBERS} GROUP BY ALL", {"minimum_cell": 10})
            for slug, measure in measures.items()
        },
    }


def people(inhabitants: int) -> pa.Table:
    """One row for each inhabitant in each year, some sectors nearly empty."""
    random = np.random.default_rng(1)
    weights = random.lognormal(0, 1.0, SECTORS)
    weights[:6] = 2e-5 * weights.sum()  # a handful of people: suppression has work to do
    count = inhabitants * YEARS
    sectors = np.array([f"S{number:03}" for number in range(SECTORS)])
    return pa.table(
        {
            "sector": pa.array(sectors[random.choice(SECTORS, count, p=weights / weights.sum())]),
            "year": pa.array(np.repeat(np.arange(2016, 2016 + YEARS), inhabitants)),
            "age": pa.array(random.integers(0, 100, count)),
            "income": pa.array(np.round(random.lognormal(10, 0.5, count), 2)),
            "rooms": pa.array(random.integers(1, 8, count)),
        }
    )


def prepare(folder: Path, inhabitants: int) -> str:
    """Make a city with areas, people and definitions; return its id."""
    import shapely

    from spiegelstad.accounts.public import Actor
    from spiegelstad.accounts.testing import make_tenant
    from spiegelstad.catalogue import testing as catalogue
    from spiegelstad.indicators import public
    from spiegelstad.indicators.testing import write_definition
    from spiegelstad.places.testing import make_area, make_areas

    tenant = make_tenant(f"bench-{uuid4().hex[:8]}").id
    make_areas(tenant, "municipality", [make_area("M")])
    make_areas(tenant, "wijk", [make_area(f"W{number:02}", parent_code="M") for number in range(WIJKEN)])
    sectors = [
        make_area(f"S{number:03}", shapely.box(3.6, 51.0, 3.61, 51.01), parent_code=f"W{number % WIJKEN:02}")
        for number in range(SECTORS)
    ]
    make_areas(tenant, "sector", sectors)
    table = people(inhabitants)
    catalogue.make_dataset(tenant, "people", catalogue.columns_of(table), theme="population")
    catalogue.make_version(tenant, "people", table)
    for slug, (sql, keys) in formulas().items():
        write_definition(folder, slug, sql, inputs={"people": {"dataset": "people"}}, **keys)
    public.sync_indicators(by=Actor.system(tenant, "bench"), folder=folder)
    return tenant


def ours(tenant: str) -> tuple[float, int]:
    """Compute all indicators anew; seconds and figures."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.indicators import models, public

    models.Indicator.objects.filter(tenant_id=tenant).update(current=None)
    started = time.perf_counter()
    done = public.compute(by=Actor.system(tenant, "bench"))
    seconds = time.perf_counter() - started
    if any(one.error for one in done):
        raise AssertionError([one.error for one in done if one.error])
    return seconds, sum(one.figure_count for one in done)


def raw(tenant: str) -> tuple[float, int]:
    """Run the same formulas over the same files in one DuckDB connection; seconds and rows."""
    import duckdb

    from spiegelstad.accounts.public import Actor
    from spiegelstad.catalogue import public as catalogue

    actor = Actor.system(tenant, "bench")
    slugs = {"people": "people", "areas": "frozen-areas", "area_members": "frozen-area-members"}
    paths = {name: catalogue.parquet_path(catalogue.current_version(actor, slug).id) for name, slug in slugs.items()}
    started = time.perf_counter()
    with duckdb.connect() as connection:
        for name, path in paths.items():
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        tables = [connection.sql(sql).to_arrow_table() for sql, _ in formulas().values()]
    return time.perf_counter() - started, sum(table.num_rows for table in tables)


def measure(inhabitants: int, runs: int) -> dict[str, object]:
    """Interleave both ways in this process; the memory is the peak of ours, with its sandboxes, above the start."""
    from spiegelstad.base import postgres

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    found: dict[str, list[tuple[float, int]]] = {"ours": [], "raw": []}
    with postgres.running(settings.VAR), tempfile.TemporaryDirectory() as folder:
        call_command("migrate", verbosity=0)
        tenant = prepare(Path(folder), inhabitants)
        before = peak_mb()
        ours(tenant)
        memory_mb = peak_mb() - before
        for _ in range(runs):
            found["ours"].append(ours(tenant))
            found["raw"].append(raw(tenant))
    return {**found, "memory_mb": memory_mb}


def peak_mb() -> float:
    """The peak memory of this process and its sandboxes together."""
    pids = [os.getpid()]
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == os.getpid() and b"sandbox.worker" in (path / "cmdline").read_bytes():
                pids.append(int(path.name))
        except OSError:
            continue  # it ended meanwhile
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(quick: bool) -> list[Row]:
    """Medians of interleaved runs, in a process of their own."""
    size, runs = (INHABITANTS // 10, 1) if quick else (INHABITANTS, RUNS)
    command = [sys.executable, "-m", "benchmarks.bench_indicators", str(size), str(runs)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    rows = {count for _, count in found["ours"]} | {count for _, count in found["raw"]}
    if len(rows) != 1:
        raise AssertionError(f"not the same number of figures: {rows}")
    ours_s = statistics.median(seconds for seconds, _ in found["ours"])
    raw_s = statistics.median(seconds for seconds, _ in found["raw"])
    return [
        Row(
            work=f"{len(formulas())} indicators, {SECTORS} sectors × {YEARS} years ({rows.pop():,} figures)",
            against="the same SQL bare in DuckDB",
            aim="≤ 1.3 ×",
            ours_s=ours_s,
            raw_s=raw_s,
            ratio=ours_s / raw_s,
            memory_mb=found["memory_mb"],
            note=f"{size * YEARS:,} rows read; ours checks, hides small cells, writes figures and audits",
        )
    ]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
