"""Commands of linked data."""

import click

from spiegelstad.base.command_line import json_option, print_json, with_database
from spiegelstad.sparql.building import refresh_all


@click.group()
def sparql() -> None:
    """Linked data."""


@sparql.command("refresh")
@json_option
@with_database
def refresh(as_json: bool) -> None:
    """Bring the stores that SPARQL reads up to date, as the program does every minute."""
    done = refresh_all()
    if as_json:
        print_json(done)
    else:
        for city, graphs in done.items():
            click.echo(f"{city}: {graphs} graphs renewed")


commands: list[click.Command] = [sparql]
