"""What the commands of all rooms share: a database that runs, JSON for scripts, and the choice of a city."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
import orjson
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from spiegelstad.base import postgres

Function = TypeVar("Function", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
city_option = click.option("--city", default=None, help="Which city, by its id; needed only where there are several.")


def with_database(function: Function) -> Function:
    """Run the command with the database running and its tables up to date.

    Our own database is started when nobody else has; in a new one the tables are made.
    """

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with postgres.running(settings.VAR):
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", interactive=False, verbosity=0)
            return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]  # the same signature


def print_json(value: Any) -> None:
    """Print one JSON document on standard output."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())
