"""Builders of sources, for tests and demos: a folder with a city, definitions and data files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from spiegelstad.accounts.public import Actor
from spiegelstad.ingest import actions, running
from spiegelstad.ingest.records import Run

LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"
COUNTS = (
    "place;time;count\n"
    "Korenmarkt;2026-01-05T08:00:00+01:00;120\n"
    "Coupure;2026-01-05T08:00:00+01:00;340\n"
    "Coupure;2026-01-05T08:15:00+01:00;-3\n"
)


def definition(slug: str = "bicycle-counts", **changes: Any) -> dict[str, Any]:
    """Return a source of mobiliteit that reads `<slug>.csv`; `changes` replace keys, and None removes one."""
    whole: dict[str, Any] = {
        "source": slug,
        "title": {"nl": f"Tellingen {slug}", "en": f"Counts {slug}"},
        "description": {"nl": "Een bron om te proberen.", "en": "A source to try things with."},
        "publisher": "Stad Voorbeeld",
        "department": "mobiliteit",
        "theme": "mobility",
        "licence": LICENCE,
        "where": {"file": f"{slug}.csv"},
        "format": {"type": "csv", "separator": ";"},
        "columns": {
            "place": {"required": True},
            "time": {"type": "datetime", "required": True},
            "count": {"type": "integer", "unit": "C62", "minimum": 0},
        },
        "unique": ["place", "time"],
        "quarantine": {"share": 0.9},
    }
    merged = {**whole, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def city(tenant_id: str = "teststad") -> dict[str, Any]:
    """Return a city.yaml with the departments of `accounts.testing`."""
    return {
        "tenant": tenant_id,
        "name": {"nl": "Teststad", "en": "Test city"},
        "languages": ["nl", "en"],
        "bbox": [3.6, 51.0, 3.8, 51.1],
        "area_types": [
            {"slug": "municipality", "name": {"nl": "Gemeente"}, "level": 2},
            {"slug": "wijk", "name": {"nl": "Wijk"}, "level": 3},
        ],
        "departments": [
            {"slug": "mobiliteit", "name": {"nl": "Dienst Mobiliteit", "en": "Mobility"}},
            {"slug": "milieu", "name": {"nl": "Dienst Milieu", "en": "Environment"}},
        ],
    }


def write_city(folder: Path, *sources: Mapping[str, Any], tenant_id: str = "teststad") -> Path:
    """Write a city's folder with these sources; those that were there and aren't named go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        old.unlink()
    for name, content in [("city", city(tenant_id)), *((str(one["source"]), one) for one in sources)]:
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def write_data(name: str, content: str | bytes) -> Path:
    """Write a file below the installation's own data folder (`var/data`)."""
    path = Path(settings.VAR) / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def make_source(tenant_id: str, folder: Path, *sources: Mapping[str, Any]) -> Actor:
    """Take over these sources (default: one of counts, with its file); return the actor who did."""
    by = Actor.system(tenant_id, "testing")
    if not sources:
        write_data("bicycle-counts.csv", COUNTS)
    actions.sync_sources(by=by, folder=write_city(folder, *(sources or (definition(),)), tenant_id=tenant_id))
    return by


def make_run(tenant_id: str, folder: Path, *sources: Mapping[str, Any]) -> Run:
    """Take over these sources and run the first."""
    by = make_source(tenant_id, folder, *sources)
    return running.run_source(by=by, slug=str((sources or (definition(),))[0]["source"]))
