"""Builders of definitions, inputs and figures, for tests, benchmarks and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import testing as catalogue
from spiegelstad.catalogue.public import Version
from spiegelstad.indicators import public
from spiegelstad.places import testing as places

POPULATION_SQL = """
SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, sum(p.inhabitants) AS value
FROM population p JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
"""

SHARE_SQL = """
SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, sum(p.older) AS numerator, sum(p.inhabitants) AS denominator
FROM population p JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
"""


def write_definition(folder: Path, slug: str, sql: str = POPULATION_SQL, **changes: Any) -> Path:
    """Write `<slug>.yaml` and `<slug>.sql`: inhabitants a year on every level; `changes` are keys of the YAML."""
    body: dict[str, Any] = {
        "indicator": slug,
        "title": {"nl": f"Indicator {slug}", "en": f"Indicator {slug}"},
        "explanation": {"nl": "Hoeveel mensen hier wonen.", "en": "How many people live here."},
        "theme": "population",
        "unit": "C62",
        "area_types": ["municipality", "wijk", "sector"],
        "period": "year",
        "inputs": {"population": {"dataset": "population"}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug}.yaml"
    kept = {key: value for key, value in {**body, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False), encoding="utf-8")
    path.with_suffix(".sql").write_text(sql, encoding="utf-8")
    return path


def population_table(inhabitants: Mapping[str, Sequence[int]], first_year: int = 2023) -> pa.Table:
    """A year's row for every sector: inhabitants, and a quarter (rounded down) of them older than 65."""
    rows = [
        (sector, first_year + number, count)
        for sector, counts in inhabitants.items()
        for number, count in enumerate(counts)
    ]
    return pa.table(
        {
            "sector": pa.array([sector for sector, _, _ in rows], pa.string()),
            "year": pa.array([year for _, year, _ in rows], pa.int64()),
            "inhabitants": pa.array([count for _, _, count in rows], pa.int64()),
            "older": pa.array([count // 4 for _, _, count in rows], pa.int64()),
        }
    )


SECTORS = {
    "W1A": [100, 110, 120],
    "W1B": [200, 210, 220],
    "W2A": [300, 310, 320],
    "W2B": [400, 410, 420],
    "W3A": [50, 50, 50],
    "W3B": [60, 60, 60],
    "W4A": [70, 80, 90],
    "W4B": [81, 91, 101],
}
"""Inhabitants of 2023, 2024 and 2025 in the squares of `places.testing.make_squares`."""


def make_population(tenant_id: str, inhabitants: Mapping[str, Sequence[int]] | None = None, **dataset: Any) -> Version:
    """Publish a version of the dataset `population` in a city of squares."""
    table = population_table(inhabitants or SECTORS)
    columns = catalogue.columns_of(table)
    catalogue.make_dataset(tenant_id, "population", columns, **{"theme": "population", **dataset})
    return catalogue.make_version(tenant_id, "population", table)


def make_figures(tenant_id: str, folder: Path, slugs: Sequence[str] = ("inhabitants",), **changes: Any) -> None:
    """Make a city of squares with a population, and compute these indicators, all the same but for their name."""
    places.make_squares(tenant_id)
    make_population(tenant_id)
    for slug in slugs:
        write_definition(folder, slug, **changes)
    by = Actor.system(tenant_id, "testing")
    public.sync_indicators(by=by, folder=folder)
    public.compute(by=by)
