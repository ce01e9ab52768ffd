"""A city with places of three kinds: points, roads and parks."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely

from spiegelstad.catalogue.rules import Column, Coverage
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version

TREES = 1_000
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def tree_table() -> pa.Table:
    """Return trees on a grid of 100 by 10 between 3.600 51.000 and 3.699 51.045; each tenth has no place."""
    numbers = range(TREES)
    lon = [None if n % 10 == 9 else 3.6 + n % 100 / 1_000 for n in numbers]
    lat = [None if n % 10 == 9 else 51.0 + n // 100 / 200 for n in numbers]
    return pa.table(
        {
            "code": [f"T{n}" for n in numbers],
            "species": [["Eik", "Linde", "Plataan", None][n % 4] for n in numbers],
            "height_m": pa.array([None if n % 7 == 6 else n % 30 + 0.5 for n in numbers], pa.float64()),
            "rings": pa.array(list(numbers), pa.int64()),
            "healthy": [n % 3 != 0 for n in numbers],
            "planted": [date(2000, 1, 1) + timedelta(days=n) for n in numbers],
            "seen_at": pa.array([BEGIN + timedelta(hours=n) for n in numbers], pa.timestamp("us", "UTC")),
            "lon": pa.array(lon, pa.float64()),
            "lat": pa.array(lat, pa.float64()),
        }
    )


def park_table() -> pa.Table:
    """Return four squares of a hundredth of a degree along 51, one with a hole, and a row without a place."""
    squares = [shapely.box(3.6 + n / 50, 51, 3.61 + n / 50, 51.01) for n in range(4)]
    squares[1] = squares[1].difference(shapely.box(3.624, 51.004, 3.626, 51.006))
    return pa.table(
        {
            "name": ["Noord", "Oost", "Zuid", "West", "Nergens"],
            "geometry": pa.array([*shapely.to_wkb(squares), None], pa.binary()),
        }
    )


@pytest.fixture
def city(tenant: str) -> str:
    """Publish trees (with a key, time and points) and parks (polygons, no time)."""
    table = tree_table()
    columns = tuple(
        Column("code", "VARCHAR", role="identifier") if one.name == "code" else one for one in columns_of(table)
    )
    make_dataset(tenant, "trees", columns, title={"nl": "Bomen", "en": "Trees"}, keywords={"nl": ["groen"]})
    covers = Coverage(BEGIN, BEGIN + timedelta(hours=TREES - 1), (3.6, 51.0, 3.698, 51.045))
    make_version(tenant, "trees", table, columns=columns, coverage=covers)
    make_dataset(tenant, "parks", columns_of(park_table()), theme="green")
    make_version(tenant, "parks", park_table())
    make_dataset(tenant, "budget", (Column("post", "VARCHAR"),))
    make_version(tenant, "budget", pa.table({"post": ["wegen"]}))
    return tenant


def numbers_of(found: np.ndarray) -> list[int]:
    """Return row numbers in order."""
    return sorted(int(number) for number in found)
