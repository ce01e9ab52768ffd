"""OGC API Features: a hundred of 280,000 addresses by bbox, over HTTP, against peers; tiles of three million points.

pygeoapi (0.21) runs under Granian with as many threads as ours, over the same rows as CSV: of its providers for local
files it is the one that reads no more than it must (GeoJSON and TinyDB parse all rows for each request; SQLite needs
SpatiaLite, Parquet needs GeoPandas, which are not in our environment). So that reading the file is not all that is
compared, it also gives the first hundred of a file of 120 rows: that is its floor.
tipg serves them under uvicorn from PostGIS (`ogc_tipg.py`; its row is left out where there is no PostGIS, which
Debian's package `postgresql-15-postgis-3` brings), by two statements of SQL for each request. All tell how many match.
DuckDB alone, in our process, counts and fetches the same rows from the Parquet file. All give the same features of two
boxes; then each of others is asked once, by turns, for a hundred, of pygeoapi each tenth.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks import ogc_tipg
from benchmarks.context_serving import OURS, THREADS, ours, running
from benchmarks.memory import growth
from benchmarks.row import Row

ROWS, POINTS, RUNS, SIDE = 280_000, 3_000_000, 90, 0.01
SLOW, SELDOM = "pygeoapi", 10
PEER, HOST = 8125, "bench-ogc.localhost"
Box = tuple[float, float, float, float]
WORLD: Box = (-180, -90, 180, 90)
Ask = Callable[[Box, int], list[str]]
"""Ask for the features in a box, at most so many: their ids."""
TILES = {5: (10, 16), 10: (342, 522), 14: (5482, 8361)}


def addresses(rows: int) -> pa.Table:
    """Return addresses in streets around Ghent, each street near its middle."""
    draw = np.random.default_rng(11)
    streets = draw.integers(0, 3_000, rows)
    middle = np.column_stack([draw.normal(3.72, 0.05, 3_000), draw.normal(51.05, 0.03, 3_000)])[streets]
    spread = draw.normal(0, 0.002, (rows, 2))
    return pa.table(
        {
            "id": np.arange(rows),
            "street": [f"Straat {number}" for number in streets],
            "house_number": draw.integers(1, 300, rows).astype(str),
            "postcode": (9000 + streets % 50).astype(str),
            "municipality": ["Gent"] * rows,
            "lon": np.round(middle[:, 0] + spread[:, 0], 6),
            "lat": np.round(middle[:, 1] + spread[:, 1], 6),
        }
    )


def boxes(count: int) -> list[Box]:
    """Return boxes of about a kilometre in the middle of the city."""
    draw = np.random.default_rng(5)
    corners = np.column_stack([draw.uniform(3.68, 3.75, count), draw.uniform(51.02, 51.07, count)])
    return [(round(x, 5), round(y, 5), round(x + SIDE, 5), round(y + SIDE, 5)) for x, y in corners]


def publish(slug: str, table: pa.Table) -> None:
    """Publish a table in the city of this measurement and lay it out, as the worker does."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.catalogue.public import current_version
    from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
    from spiegelstad.ogc.layers.layer import lay_out

    make_dataset("bench-ogc", slug, columns_of(table))
    make_version("bench-ogc", slug, table)
    lay_out(current_version(Actor.system("bench-ogc", "bench"), slug), patience_s=60)


def over_http(port: int, path: str, host: str) -> Ask:
    """Return how to ask a server. Each time over a connection of its own, as one that waits while the peer reads its
    file is ended by the server."""

    def ask(box: Box, limit: int) -> list[str]:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        text = ",".join(map(str, box))
        connection.request("GET", f"{path}?bbox={text}&limit={limit}", headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return [str(one["id"]) for one in json.loads(body)["features"]]

    return ask


def bare(parquet: Path) -> Ask:
    """Return how to ask DuckDB alone."""
    database = duckdb.connect()
    where = f"FROM read_parquet('{parquet}') WHERE lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?"

    def ask(box: Box, limit: int) -> list[str]:
        bounds = [box[0], box[2], box[1], box[3]]
        database.execute(f"SELECT count(*) {where}", bounds).fetchone()
        return [str(row[0]) for row in database.execute(f"SELECT * {where} LIMIT {limit}", bounds).fetchall()]

    return ask


@contextmanager
def peer(folder: Path, files: dict[str, Path]) -> Iterator[None]:
    """Serve CSV files with pygeoapi until the block ends."""
    config, description = folder / "pygeoapi.json", folder / "openapi.json"
    config.write_text(json.dumps(_configuration(files)), encoding="utf-8")
    os.environ |= {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    generate = ["openapi", "generate", str(config), "--format", "json", "--output-file", str(description)]
    program = Path(sys.executable).with_name("pygeoapi")
    subprocess.run([str(program), *generate], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    serve = ["granian", "--interface", "wsgi", "--port", str(PEER), "--blocking-threads", str(THREADS), "--no-ws"]
    with running([*serve, "--log-level", "error", "pygeoapi.flask_app:APP"], PEER):
        yield


def _configuration(files: dict[str, Path]) -> dict[str, object]:
    extent = {"spatial": {"bbox": [2, 49, 7, 52], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    about = {"title": "addresses", "description": "addresses", "keywords": ["addresses"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": PEER}, "url": f"http://127.0.0.1:{PEER}",
            "mimetype": "application/json",
            "encoding": "utf-8", "languages": ["en-US"], "limits": {"default_items": 100, "max_items": 10_000},
            "map": {"url": "https://example.org/{z}/{x}/{y}.png", "attribution": "none"}, "gzip": False,
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**about, "keywords_type": "theme", "terms_of_service": "none", "url": "https://example.org"},
            "license": {"name": "none", "url": "https://example.org"},
            "provider": {"name": "none", "url": "https://example.org"},
            "contact": {"name": "none"},
        },
        "resources": {
            name: {
                "type": "collection", **about, "links": [], "extents": extent,
                "providers": [{"type": "feature", "name": "CSV", "data": str(path), "id_field": "id",
                               "geometry": {"x_field": "lon", "y_field": "lat"}}],
            }
            for name, path in files.items()
        },
    }  # fmt: skip


def require_same(sides: dict[str, Ask]) -> None:
    """Require that all sides find the same features."""
    for box in boxes(2):
        found = {name: sorted(ask(box, 10_000)) for name, ask in sides.items()}
        if any(ids != found["ours"] for ids in found.values()):
            raise AssertionError(f"{box}: { ({name: len(ids) for name, ids in found.items()}) } features, not the same")


def measure(sides: dict[str, Ask], runs: int) -> dict[str, float]:
    """Return the median seconds of each side, by turns, of the slow one each tenth; each must give a hundred."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number, box in enumerate(boxes(runs + 2)):
        for name, ask in sides.items():
            if name == SLOW and number % SELDOM:
                continue
            started = time.perf_counter()
            found = len(ask(box, 100))
            if number >= 2:
                times[name].append(time.perf_counter() - started)
            if found != 100:
                raise AssertionError(f"{name}: {found} features in {box}")
    return {name: statistics.median(one) for name, one in times.items()}


def tiles(points: int) -> list[Row]:
    """Draw tiles of many points in this process, the first time each, and read their shape."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.catalogue.public import current_version
    from spiegelstad.ogc.layers.layer import layer_of
    from spiegelstad.ogc.layers.tiling import tile_of
    from spiegelstad.ogc.rules.tiles import TileAt

    publish("points", addresses(points).select(["id", "street", "lon", "lat"]))
    layer = layer_of(current_version(Actor.system("bench-ogc", "bench"), "points"))
    rows = []
    for zoom, (y, x) in TILES.items():
        with growth() as grown:
            started = time.perf_counter()
            tile = tile_of(layer, "points", TileAt(zoom, x, y))
            seconds = time.perf_counter() - started
        note = f"{tile.shown:,} of {tile.matched:,} points, {len(tile.content) / 1024:,.0f} kB"
        rows.append(
            Row(f"vector tile of {points:,} points, zoom {zoom}", "–", "reported", seconds, 0, 0, grown.mb, note)
        )
    return rows


def main(quick: bool) -> list[Row]:
    """Measure the boxes, and tiles."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.core.management import call_command

    from spiegelstad.accounts.testing import make_tenant

    call_command("migrate", verbosity=0)
    make_tenant("bench-ogc", host=HOST)
    rows, points, runs = (60_000, 300_000, 30) if quick else (ROWS, POINTS, RUNS)
    table = addresses(rows)
    publish("addresses", table)
    with tempfile.TemporaryDirectory(prefix="bench-ogc-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database of tipg runs as another user when root starts it
        files = {"addresses": folder / "addresses.csv", "some": folder / "some.csv"}
        pq.write_table(table, folder / "addresses.parquet")
        pa_csv.write_csv(table, files["addresses"])
        pa_csv.write_csv(table.slice(0, 120), files["some"])
        with ours(folder), peer(folder, files), ogc_tipg.tipg(folder, files["addresses"]) as has_tipg:
            sides = {
                "ours": over_http(OURS, "/ogc/collections/addresses/items", HOST),
                "pygeoapi": over_http(PEER, "/collections/addresses/items", "localhost"),
                "duckdb": bare(folder / "addresses.parquet"),
            }
            if has_tipg:
                sides["tipg"] = over_http(ogc_tipg.PORT, ogc_tipg.PATH, "localhost")
            require_same(sides)
            some = over_http(PEER, "/collections/some/items", "localhost")
            found = measure({**sides, "floor": lambda _box, limit: some(WORLD, limit)}, runs)
    work, mine = f"100 of {rows:,} addresses by bbox over HTTP", found["ours"]
    against = {
        "pygeoapi": "pygeoapi, CSV",
        "floor": "pygeoapi, a file of 120 rows",
        "tipg": "tipg, PostGIS",
        "duckdb": "bare DuckDB on Parquet",
    }
    aims = dict.fromkeys(["pygeoapi", "tipg"], "≥ 5 × faster")
    lines = [
        Row(work, words, aims.get(side, "reported"), mine, found[side], mine / found[side], 0.0)
        for side, words in against.items()
        if side in found
    ]
    return [*lines, *tiles(points)]
