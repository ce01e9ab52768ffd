"""Making a city ready to show: files, accounts, sources, observations, figures.

Every step can be repeated and does only what is missing, so a start that was interrupted goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from pathlib import Path

from django.conf import settings

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import Conflict
from spiegelstad.base.localised import in_language
from spiegelstad.base.progress import Progress, track
from spiegelstad.broker.testing import make_offer_of
from spiegelstad.demo.files import data_folder
from spiegelstad.demo.people import ensure_people, ensure_sensor_key
from spiegelstad.indicators import public as indicators
from spiegelstad.ingest import public as ingest
from spiegelstad.sensors import public as sensors
from spiegelstad.stewardship import public as stewardship


def prepare(city: str, *, inhabitants: int, seed: int) -> None:
    """Make the city `city` ready: files, accounts, sources, observations, figures."""
    made_at = None
    if city == "demo":
        with track("Inventing the city") as progress:
            made_at = _invent(inhabitants, seed, progress)
    by = ingest.set_up_city(settings.HOME / "sources" / city)
    ensure_people(by.tenant_id, settings.VAR)
    ensure_sensor_key(by, settings.VAR)
    with track("Reading the sources") as progress:
        failed = _read(by, made_at, progress)
    sensors.register_declared(by=by)
    with track("Computing the figures") as progress:
        failed += _compute(by, settings.HOME / "indicators" / city, progress)
    stewardship.measure(by=by)
    if city == "demo":
        _offer_sales(by)
    for line in failed:
        print(f"    {line}", file=sys.stderr)  # noqa: T201


def _offer_sales(by: Actor) -> None:
    """Let the closed dataset of the demo be counted, asked with noise, and requested; a sale stands for a person."""
    make_offer_of(
        by,
        "home-sales",
        person="sale",
        columns=("kind", "sector"),
        sums={"price_eur": (50_000.0, 1_000_000.0)},
        categories={"kind": ("huis", "appartement")},
    )


class AnotherCity(Conflict):
    """The data of a city of another size or seed is already here."""

    title = "Another invented city lives here"


def _invent(inhabitants: int, seed: int, progress: Progress) -> dt.datetime:
    """Make the files unless this version of the generator has made them; returns when they were made."""
    folder = data_folder(settings.VAR, inhabitants, seed)
    _only_one(folder)
    made = folder / "made"
    generator = fingerprint()
    if made.exists():
        known, _, moment = made.read_text(encoding="utf-8").partition(" ")
        if known == generator:
            return dt.datetime.fromisoformat(moment)
    from spiegelstad.demo.city import generate  # noqa: PLC0415  large, and a real city does without

    generate(folder, inhabitants=inhabitants, seed=seed, until=now().astimezone(BRUSSELS).date(), progress=progress)
    made_at = now()
    made.write_text(f"{generator} {made_at.isoformat()}", encoding="utf-8")
    return made_at


def _only_one(folder: Path) -> None:
    """One city of one size per database: sensors and figures of two would mix. Raises AnotherCity."""
    others = [other.name for other in folder.parent.glob("*-*/") if other.is_dir() and other != folder]
    if others:
        inhabitants, _, seed = min(others).partition("-")
        raise AnotherCity(
            f"There is a city of {inhabitants} inhabitants (seed {seed}) here already.",
            remedy="Show that one, run `make clean`, or set SPIEGELSTAD_VAR to another folder.",
        )


def fingerprint() -> str:
    """Return what identifies this version of the generator: a hash of its source files."""
    paths = sorted((Path(__file__).parent / "city").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _read(by: Actor, made_at: dt.datetime | None, progress: Progress) -> list[str]:
    """Run every source without a good run of its present definition and files; returns what failed."""
    waiting = [source for source in ingest.sources(by) if not _is_read(by, source.slug, made_at)]
    failed = []
    for number, source in enumerate(waiting):
        progress.update(number, len(waiting), in_language(source.title))
        run = ingest.run_source(by=by, slug=source.slug)
        if not run.succeeded:
            failed.append(f"{source.slug}: {run.error} {run.remedy}".strip())
    progress.update(len(waiting) or 1, len(waiting) or 1)
    return failed


def _is_read(by: Actor, slug: str, made_at: dt.datetime | None) -> bool:
    if not ingest.is_current(by, slug):
        return False
    last = ingest.last_good_run(by, slug)
    return made_at is None or (last is not None and last.started_at > made_at)


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
