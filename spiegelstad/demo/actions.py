"""Making a city ready to show: files, accounts, sources, observations, figures.

Every step can be repeated and does only what is missing, so a start that was interrupted goes on where it was.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.localised import in_language
from spiegelstad.base.progress import Progress, track
from spiegelstad.demo.files import data_folder
from spiegelstad.demo.people import ensure_people, ensure_sensor_key
from spiegelstad.indicators import public as indicators
from spiegelstad.ingest import public as ingest


def prepare(city: str, *, inhabitants: int, seed: int) -> None:
    """Make the city `city` ready: files, accounts, sources, observations, figures."""
    if city == "demo":
        with track("Inventing the city") as progress:
            _invent(data_folder(settings.VAR, inhabitants, seed), inhabitants, seed, progress)
    by = ingest.set_up_city(settings.HOME / "sources" / city)
    ensure_people(by.tenant_id, settings.VAR)
    ensure_sensor_key(by, settings.VAR)
    with track("Reading the sources") as progress:
        failed = _read(by, progress)
    with track("Computing the figures") as progress:
        failed += _compute(by, settings.HOME / "indicators" / city, progress)
    for line in failed:
        print(f"    {line}", file=sys.stderr)  # noqa: T201


def _invent(folder: Path, inhabitants: int, seed: int, progress: Progress) -> None:
    if not (folder / "made").exists():
        from spiegelstad.demo.city import generate  # noqa: PLC0415  large, and a real city does without

        today = now().astimezone(BRUSSELS).date()
        generate(folder, inhabitants=inhabitants, seed=seed, until=today, progress=progress)
        (folder / "made").write_text(today.isoformat(), encoding="utf-8")


def _read(by: Actor, progress: Progress) -> list[str]:
    """Run every source that has no good run of its present definition; returns what failed."""
    waiting = [source for source in ingest.sources(by) if not ingest.is_current(by, source.slug)]
    failed = []
    for number, source in enumerate(waiting):
        progress.update(number, len(waiting), in_language(source.title))
        run = ingest.run_source(by=by, slug=source.slug)
        if not run.succeeded:
            failed.append(f"{source.slug}: {run.error} {run.remedy}".strip())
    progress.update(len(waiting) or 1, len(waiting) or 1)
    return failed


def _compute(by: Actor, folder: Path, progress: Progress) -> list[str]:

    if not folder.is_dir():
        return []
    indicators.sync_indicators(by=by, folder=folder)
    computed = indicators.compute(by=by, progress=progress)
    failed = [one for one in computed if one.state is indicators.ComputationState.FAILED]
    waiting = indicators.waiting(tenant_id=by.tenant_id)
    return [f"{one.indicator}: {one.error}" for one in failed] + [
        f"{slug} waits for {', '.join(datasets)}" for slug, datasets in waiting.items()
    ]
