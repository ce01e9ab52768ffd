"""Commands of indicators: `spiegelstad indicators compute|list|check`, `spiegelstad figures verify|show`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from django.conf import settings

from spiegelstad.accounts import public as accounts
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.base.localised import in_language
from spiegelstad.base.progress import track
from spiegelstad.indicators import public
from spiegelstad.indicators.formats.origin import origin_json
from spiegelstad.indicators.vocabulary import ComputationState


@click.group()
def indicators() -> None:
    """Indicators: formulas over datasets."""


@indicators.command("list")
@city_option
@json_option
@with_database
def list_(city: str | None, as_json: bool) -> None:
    """List the indicators of a city, with when they were computed."""
    found = public.indicators(accounts.operator(city))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        at = f"{one.computed_at:%Y-%m-%d %H:%M}" if one.computed_at else "not computed yet"
        click.echo(f"{one.slug:<44} {one.theme:<12} {at:<18} {in_language(one.name, 'en')}")


@indicators.command()
@click.argument("slugs", nargs=-1)
@city_option
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Read definitions first.")
@json_option
@with_database
def compute(slugs: tuple[str, ...], city: str | None, folder: Path | None, as_json: bool) -> None:
    """Compute the indicators (all, or these) whose definition or inputs changed; exit code 1 when a formula fails."""
    by = accounts.operator(city)
    if folder is not None:
        public.sync_indicators(by=by, folder=folder)
    with track("Computing indicators") as progress:
        done = public.compute(by=by, slugs=slugs or None, progress=progress)
    waiting = public.waiting(tenant_id=by.tenant_id)
    failed = [one for one in done if one.state is ComputationState.FAILED]
    if as_json:
        print_json({"computed": [asdict(one) for one in done], "waiting": waiting})
    else:
        _tell(done, waiting)
    sys.exit(1 if failed else 0)


def _tell(done: list[public.Computation], waiting: dict[str, list[str]]) -> None:
    for one in done:
        if one.state is ComputationState.FAILED:
            click.secho(f"{one.indicator}: failed, the last good figures stay: {one.error}", fg="red")
        else:
            click.echo(f"{one.indicator}: {one.figure_count} figures, {one.suppressed_count} suppressed")
    for slug, datasets in waiting.items():
        click.echo(f"{slug}: waits for {', '.join(datasets)}")
    if not done:
        click.echo("Everything is up to date.")


@indicators.command()
@click.argument("cities", nargs=-1)
@json_option
def check(cities: tuple[str, ...], as_json: bool) -> None:
    """Check definitions (of all cities, or these) without running them; exit code 1 when something is wrong."""
    root = settings.HOME / "indicators"
    folders = [root / city for city in cities] or sorted(path for path in root.glob("*") if path.is_dir())
    problems = [problem for folder in folders for problem in public.check(folder)]
    if as_json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} problems." if problems else "All definitions are right.")
    sys.exit(1 if problems else 0)


@click.group()
def figures() -> None:
    """Figures, and the proof that they come out of their inputs."""


@figures.command()
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--all", "all_", is_flag=True, help="Every figure, those of old computations too (default without ids).")
@city_option
@json_option
@with_database
def verify(ids: tuple[UUID, ...], all_: bool, city: str | None, as_json: bool) -> None:
    """Recompute figures from their recorded inputs and compare to the digit; exit code 1 on any difference."""
    if ids and all_:
        raise click.UsageError("Give ids, or --all, not both.")
    with track("Recomputing figures") as progress:
        result = public.verify(accounts.operator(city), ids or "all", progress=progress)
    if as_json:
        print_json({"holds": result.holds, **asdict(result)})
    else:
        for one in result.differences:
            click.secho(_difference(one), fg="red")
        found = f"{len(result.differences)} differences" if result.differences else "all the same to the digit"
        click.echo(f"{result.figures} figures of {result.computations} computations: {found}.")
    sys.exit(0 if result.holds else 1)


def _difference(one: public.Difference) -> str:
    where = " ".join(part for part in (one.area_type, one.area_code, one.period) if part)
    which = f"figure {one.figure_id}" if one.figure_id else f"computation {one.computation_id}"
    values = "" if one.recorded == one.recomputed else f": recorded {one.recorded!r}, recomputed {one.recomputed!r}"
    return f"{one.indicator} {where} ({which}): {one.what}{values}".replace("  ", " ")


@figures.command()
@click.argument("id_", metavar="ID", type=click.UUID)
@city_option
@with_database
def show(id_: UUID, city: str | None) -> None:
    """Print a figure with its whole origin, as JSON."""
    actor = accounts.operator(city)
    host: Any = accounts.tenant(actor.tenant_id).host
    print_json(origin_json(public.figure(actor, id_), f"https://{host}" if host else ""))


commands: list[click.Command] = [indicators, figures]
