"""Commands of harvest: the sources of a city, reading them, and what is wrong in them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.utils.translation import override

from spiegelstad.accounts import public as accounts
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.base.localised import in_language
from spiegelstad.base.progress import track
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.formats.report import sentence


@click.group("harvest")
def harvest_group() -> None:
    """Read other catalogues: DCAT, CKAN, Opendatasoft, OGC API."""


@harvest_group.command("list")
@city_option
@json_option
@with_database
def list_(city: str | None, as_json: bool) -> None:
    """Show the sources of a city, with how they stand."""
    found = harvest.sources(accounts.operator(city))
    if as_json:
        print_json([_source(line) for line in found])
        return
    for line in found:
        last = (
            f"{line.last_run.started_at:%Y-%m-%d %H:%M} {line.last_run.state.value}" if line.last_run else "never read"
        )
        counts = f"{line.taken} datasets, {line.quarantined} in quarantine"
        title = in_language(line.source.title, "en")
        click.echo(f"{line.source.slug:<24} {line.source.kind.value:<13} {last:<28} {counts}  {title}")
    if not found:
        click.echo("No sources. They are files in sources/<city>/harvest/.")


@harvest_group.command("run")
@click.argument("slugs", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Read every source.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take over the definitions of this city's folder (sources/<city>) first.",
)
@city_option
@json_option
@with_database
def run(slugs: tuple[str, ...], everything: bool, folder: Path | None, city: str | None, as_json: bool) -> None:
    """Read these sources now. Exit code 1 when a run failed; the datasets stay as they were."""
    if bool(slugs) == everything:
        raise click.UsageError("Name one or more sources, or write --all.")
    by = accounts.operator(city)
    if folder is not None:
        harvest.sync_sources(by=by, folder=folder)
    wanted = slugs or tuple(line.source.slug for line in harvest.sources(by))
    ended = []
    for slug in wanted:
        with track(f"Reading {slug}") as progress:
            ended.append(harvest.run_source(by=by, slug=slug, progress=progress))
        if not as_json:
            click.echo(_line(ended[-1]))
    if as_json:
        print_json([{**asdict(one), "seconds": one.seconds} for one in ended])
    sys.exit(0 if all(one.succeeded for one in ended) else 1)


@harvest_group.command("report")
@click.argument("slug")
@city_option
@json_option
@with_database
def report(slug: str, city: str | None, as_json: bool) -> None:
    """Show what is wrong in the records of a source, and what was done about it. Exit code 1 when anything is."""
    found = harvest.report(accounts.operator(city), slug)
    if as_json:
        print_json([asdict(one) for one in found])
    with override("en"):
        for one in found if not as_json else ():
            click.echo(f"{one.key}  {one.title}")
            for finding in one.findings:
                click.echo(f"    {finding.property} {sentence(finding)}")
    if not found and not as_json:
        click.echo("Nothing is wrong.")
    sys.exit(1 if found else 0)


@harvest_group.command()
@click.argument("cities", nargs=-1)
@json_option
def check(cities: tuple[str, ...], as_json: bool) -> None:
    """Check definitions (of all cities, or these) without reading anything; exit code 1 when something is wrong."""
    root = settings.HOME / "sources"
    folders = [root / city for city in cities] or sorted(path for path in root.glob("*") if path.is_dir())
    problems = [problem for folder in folders for problem in harvest.check(folder)]
    if as_json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} problems." if problems else "All definitions are right.")
    sys.exit(1 if problems else 0)


def _source(line: harvest.Line) -> dict[str, Any]:
    counts = {"taken": line.taken, "quarantined": line.quarantined}
    last = asdict(line.last_run) if line.last_run else None
    one = line.source
    return {"source": one.slug, "title": one.title, "kind": one.kind.value, "last_run": last, **counts}


def _line(ended: harvest.Run) -> str:
    text = (
        f"{ended.source}: {ended.state.value}; {ended.found} records found, {ended.taken} datasets, {ended.changed} of "
        f"them new or changed, {ended.skipped} out of scope, {ended.quarantined} in quarantine, {ended.gone} gone, "
        f"{ended.findings} lines in the report, {ended.seconds or 0:.1f} s"
    )
    return f"{text}\n    {ended.error} {ended.remedy}".rstrip() if ended.error else text


commands: list[click.Command] = [harvest_group]
