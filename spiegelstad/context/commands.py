"""Commands of the live context: the proof that the event log tells the present."""

import sys
from dataclasses import asdict

import click

from spiegelstad.accounts import public as accounts
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.context.queries.event_log import replay as replay_log

SHOWN = 20


@click.group()
def context() -> None:
    """Entities, their events and those who are told of them."""


@context.command("replay")
@city_option
@json_option
@with_database
def replay(city: str | None, as_json: bool) -> None:
    """Rebuild the present from the event log and compare; exit code 1 and the entities when one differs."""
    tenant_ids = [accounts.tenant(city).id] if city else accounts.tenant_ids()
    found = {tenant_id: replay_log(tenant_id) for tenant_id in tenant_ids}
    if as_json:
        print_json({tenant_id: asdict(told) for tenant_id, told in found.items()})
    else:
        for tenant_id, told in found.items():
            for item in told.differences[:SHOWN]:
                click.secho(f"{tenant_id}: {item.entity_id}: {item.difference}", fg="red")
            number = len(told.differences) or "no"
            click.echo(f"{tenant_id}: {told.entities} entities in the log, {told.older} older, {number} differences.")
    sys.exit(1 if any(told.differences for told in found.values()) else 0)


commands: list[click.Command] = [context]
