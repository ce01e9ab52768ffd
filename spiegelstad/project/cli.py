"""The command `spiegelstad`: the rooms' own commands, and those that need the whole program.

Exit codes: 0 done, 1 a problem was found or the work failed, 2 wrong use.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from spiegelstad import __version__
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.project.environment import setup

# Which module makes which command: read only when that command is asked for, so that `--help` stays quick.
COMMANDS = {
    "up": "spiegelstad.project.commands",
    "demo": "spiegelstad.project.commands",
    "db": "spiegelstad.project.commands",
    "check": "spiegelstad.project.commands",
    "city": "spiegelstad.ingest.commands",
    "ingest": "spiegelstad.ingest.commands",
    "harvest": "spiegelstad.harvest.commands",
    "indicators": "spiegelstad.indicators.commands",
    "figures": "spiegelstad.indicators.commands",
    "catalogue": "spiegelstad.catalogue.commands",
    "mirror": "spiegelstad.mirror.commands",
    "context": "spiegelstad.context.commands",
    "ldes": "spiegelstad.ldes.commands",
    "sparql": "spiegelstad.sparql.commands",
    "audit": "spiegelstad.governance.commands",
    "people": "spiegelstad.governance.commands",
    "keys": "spiegelstad.governance.commands",
}


class Rooms(click.Group):
    """Finds each command in the room that has it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one room's commands and return the one asked for."""
        module = COMMANDS.get(cmd_name)
        if module is None or find_spec(module) is None:
            return None
        if module == "spiegelstad.project.commands":  # these load the rooms only where they need them
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
        else:
            setup()
        commands: Sequence[click.Command] = import_module(module).commands
        return next((command for command in commands if command.name == cmd_name), None)


@click.command(cls=Rooms, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="spiegelstad")
def cli() -> None:
    """Spiegelstad: an open digital mirror city."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; our own errors become one clear line instead of a traceback."""
    try:
        cli.main(args=arguments, prog_name="spiegelstad", standalone_mode=True)
    except SpiegelstadError as error:
        _report(error)
        sys.exit(1)


def _report(error: SpiegelstadError) -> None:
    if "--json" in sys.argv:
        members: dict[str, Any] = {"title": error.title, "detail": error.detail, "remedy": error.remedy, **error.extra}
        click.echo(json.dumps(members, default=str))
        return
    click.secho(f"{error.title}: {error.detail}", fg="red", err=True)
    if error.remedy:
        click.echo(error.remedy, err=True)
