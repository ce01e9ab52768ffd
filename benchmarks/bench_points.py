"""One million points into two hundred sectors: `places.rules.location` against shapely's STRtree alone.

The sectors are Voronoi cells with wavy borders, about thirty points a border, as irregular as real ones; the points lie
all over the city and a little outside. The raw way makes the points and asks the tree for the polygons that hold them.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.memory import growth
from benchmarks.row import Row

SECTORS, POINTS, RUNS = 200, 1_000_000, 5
CITY = shapely.box(3.58, 50.98, 3.85, 51.19)


def sectors(number: int) -> NDArray[np.object_]:
    """Cells that fill the city, in degrees."""
    random = np.random.default_rng(1)
    west, south, east, north = CITY.bounds
    seeds = np.column_stack([random.uniform(west, east, number), random.uniform(south, north, number)])
    cells = shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=CITY)), CITY
    )
    fine = shapely.segmentize(cells, 0.0005)
    return np.asarray(shapely.transform(fine, lambda xy: xy + 0.0003 * np.sin(3000 * xy[:, ::-1])))


def measure(way: str, points: int) -> dict[str, float]:
    """Run one way in this process; seconds and the growth of the peak memory in MB."""
    random = np.random.default_rng(2)
    west, south, east, north = CITY.bounds
    x, y = random.uniform(west - 0.01, east + 0.01, points), random.uniform(south - 0.01, north + 0.01, points)
    geometries = sectors(SECTORS)
    work = _ours(geometries) if way == "ours" else _raw(geometries)
    work(x[:1000], y[:1000])
    with growth() as grown:
        started = time.perf_counter()
        found = work(x, y)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "memory_mb": grown.mb, "found": found}


def _raw(geometries: NDArray[np.object_]) -> Callable[[NDArray[np.float64], NDArray[np.float64]], int]:
    tree = shapely.STRtree(geometries)

    def work(x: NDArray[np.float64], y: NDArray[np.float64]) -> int:
        points, _ = tree.query(shapely.points(x, y), predicate="intersects")
        return len(np.unique(points))

    return work


def _ours(geometries: NDArray[np.object_]) -> Callable[[NDArray[np.float64], NDArray[np.float64]], int]:
    from spiegelstad.places.rules.location import PointIndex

    index = PointIndex([f"{number:03}" for number in range(len(geometries))], geometries)

    def work(x: NDArray[np.float64], y: NDArray[np.float64]) -> int:
        return int(np.count_nonzero(index.locate(x, y) != None))  # noqa: E711  element by element

    return work


def _in_child(way: str, points: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_points", way, str(points)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main(quick: bool) -> list[Row]:
    """Medians of interleaved runs, each in a process of its own; the grid is built within our time."""
    points, runs = (POINTS // 10, 1) if quick else (POINTS, RUNS)
    ours, raw = [], []
    for _ in range(runs):
        ours.append(_in_child("ours", points))
        raw.append(_in_child("raw", points))
    if ours[0]["found"] != raw[0]["found"]:
        raise AssertionError(f"{ours[0]['found']} points found, {raw[0]['found']} expected")
    ours_s = statistics.median(run["seconds"] for run in ours)
    raw_s = statistics.median(run["seconds"] for run in raw)
    return [
        Row(
            work=f"{points:,} points → {SECTORS} sectors",
            against="shapely STRtree alone",
            aim="≤ 1.3 ×",
            ours_s=ours_s,
            raw_s=raw_s,
            ratio=ours_s / raw_s,
            memory_mb=max(run["memory_mb"] for run in ours),
            note="building the grid included",
        )
    ]


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
