"""Commands of ingest: running sources, looking at the quarantine, replaying; and making a city known."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from django.conf import settings

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.base.progress import track
from spiegelstad.ingest import public as ingest


class _ByDefaultRun(click.Group):
    """`spiegelstad ingest garages` means `spiegelstad ingest run garages`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help",):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _actor(city: str | None) -> Actor:
    tenant = accounts.tenant(city) if city else accounts.only_tenant()
    return Actor.system(tenant.id, "command line")


@click.group("ingest", cls=_ByDefaultRun, no_args_is_help=True)
def ingest_group() -> None:
    """Read sources: `ingest --all`, `ingest garages …`; look at the quarantine; replay."""


@ingest_group.command("run")
@click.argument("slugs", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Run every source, in the order of city.yaml.")
@city_option
@json_option
@with_database
def run(slugs: tuple[str, ...], everything: bool, city: str | None, as_json: bool) -> None:
    """Read these sources now. Exit code 1 when a run failed; the last good versions stay."""
    if bool(slugs) == everything:
        raise click.UsageError("Name one or more sources, or write --all.")
    by = _actor(city)
    wanted = slugs or tuple(source.slug for source in ingest.sources(by))
    ended = []
    with track("Reading the sources", len(wanted)) as progress:
        for number, slug in enumerate(wanted):
            progress.update(number, len(wanted), slug)
            ended.append(ingest.run_source(by=by, slug=slug))
            if not as_json:
                click.echo(_line(ended[-1]))
        progress.update(len(wanted), len(wanted))
    _end(ended, as_json)


@ingest_group.command("replay")
@click.argument("slug")
@city_option
@json_option
@with_database
def replay(slug: str, city: str | None, as_json: bool) -> None:
    """Process the raw files of a source's last run once more, with corrected rows and the present definition."""
    with track(f"Replaying {slug}") as progress:
        ended = ingest.replay(by=_actor(city), slug=slug, progress=progress)
    if not as_json:
        click.echo(_line(ended))
    _end([ended], as_json)


@ingest_group.command("quarantine")
@click.argument("slug")
@click.option("--page", default=1, show_default=True, type=click.IntRange(min=1), help="Pages have 50 rows.")
@city_option
@json_option
@with_database
def quarantine(slug: str, page: int, city: str | None, as_json: bool) -> None:
    """Show the rows of a source that failed in its last run, and why."""
    rows, total = ingest.quarantine(_actor(city), slug, page=page)
    if as_json:
        print_json({"total": total, "rows": [asdict(row) for row in rows]})
        return
    for row in rows:
        why = "; ".join(" ".join(filter(None, (one["column"], one["rule"], one["limit"]))) for one in row.reasons)
        click.echo(f"{row.file}:{row.row_number}: {why}")
        click.echo("    " + ", ".join(f"{name or 'line'}={value}" for name, value in row.raw.items()))
    click.echo(f"{total} rows in quarantine.")


@ingest_group.command("runs")
@click.argument("slug")
@city_option
@json_option
@with_database
def runs(slug: str, city: str | None, as_json: bool) -> None:
    """Show the last runs of a source."""
    found = ingest.runs(_actor(city), slug)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.started_at:%Y-%m-%d %H:%M:%S}  {_line(one)}")


@ingest_group.command("live")
@city_option
@json_option
@with_database
def live(city: str | None, as_json: bool) -> None:
    """Show the sources whose messages come by themselves: what came in, and how their receivers stand."""
    found = ingest.live_sources(_actor(city))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        click.echo(_live_line(one))
    if not found:
        click.echo("No source has messages that come by themselves.")


@click.group("city")
def city_group() -> None:
    """Make a city known to this installation."""


@city_group.command("set-up")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@with_database
def set_up(folder: Path, as_json: bool) -> None:
    """Create or update a city from its folder under sources/, with its departments, area types and sources."""
    by = ingest.set_up_city(folder)
    slugs = [source.slug for source in ingest.sources(by)]
    if as_json:
        print_json({"city": by.tenant_id, "sources": slugs})
    else:
        click.echo(f"The city {by.tenant_id} is known, with {len(slugs)} sources.")


@city_group.command("list")
@json_option
def list_cities(as_json: bool) -> None:
    """Show the cities that have a folder under sources/."""
    names = sorted(path.parent.name for path in (settings.HOME / "sources").glob("*/city.yaml"))
    if as_json:
        print_json(names)
    else:
        click.echo("\n".join(names))


def _live_line(one: ingest.LiveState) -> str:
    stands = "connected" if one.connected_at else "not connected"
    counts = (
        f"{one.messages} messages; {one.rows} rows taken, {one.refused} refused, {one.skipped} skipped, "
        f"{one.duplicates} duplicates"
    )
    text = f"{one.source}: {one.receiver or 'nobody yet'}, {stands}; {counts}"
    return f"{text}\n    {one.problem}" if one.problem else text


def _line(ended: ingest.Run) -> str:
    text = (
        f"{ended.source}: {ended.state.value}; {ended.rows_read} rows read, {ended.accepted} accepted, "
        f"{ended.quarantined} in quarantine, {ended.skipped} out of scope, {ended.seconds or 0:.1f} s"
    )
    return f"{text}\n    {ended.error} {ended.remedy}".rstrip() if ended.error else text


def _plain(ended: ingest.Run) -> dict[str, Any]:
    return {**asdict(ended), "seconds": ended.seconds}


def _end(ended: list[ingest.Run], as_json: bool) -> None:
    if as_json:
        print_json([_plain(one) for one in ended])
    sys.exit(0 if all(one.succeeded for one in ended) else 1)


commands: list[click.Command] = [ingest_group, city_group]
