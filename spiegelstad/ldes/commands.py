"""Commands of event streams: bring them up to date, and see how far they are."""

from dataclasses import asdict

import click

from spiegelstad.accounts import public as accounts
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.base.progress import track
from spiegelstad.ldes import keeping


@click.group()
def ldes() -> None:
    """Event streams of datasets and entities (LDES)."""


@ldes.command("build")
@json_option
@with_database
def build(as_json: bool) -> None:
    """Bring all streams of all cities up to date. Safe to be broken off and run again."""
    with track("Telling what changed") as progress:
        came = keeping.build_all(progress.update)
    if as_json:
        print_json({"members": came})
    else:
        click.echo(f"{came} new members.")


@ldes.command("status")
@city_option
@json_option
@with_database
def status(city: str | None, as_json: bool) -> None:
    """Show how far each stream is."""
    tenant_ids = [accounts.tenant(city).id] if city else accounts.tenant_ids()
    found = [one for tenant_id in tenant_ids for one in keeping.statuses(tenant_id)]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        last = f"{one.last_issued_at:%Y-%m-%d %H:%M}" if one.last_issued_at else "-"
        click.echo(f"{one.tenant_id}  {one.kind}/{one.name}  {one.members} members, the last at {last}")


commands: list[click.Command] = [ldes]
