"""Commands that need the whole program: `up`, `demo`, `db`, `check`.

Those that start processes load no rooms themselves: they begin quickly and stay small.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click
from click.core import ParameterSource
from django.conf import settings

from spiegelstad.base import postgres
from spiegelstad.base.command_line import json_option, print_json
from spiegelstad.base.yaml_documents import Problem
from spiegelstad.demo.public import CITIES, data_folder, welcome
from spiegelstad.project import processes
from spiegelstad.project.environment import setup
from spiegelstad.project.keeping import Program, module
from spiegelstad.project.processes import PREPARE, Preparation
from spiegelstad.project.region import run_region

LAST_PORT = 65535
address_option = click.option("--address", default="127.0.0.1", show_default=True, help="Where to listen.")
port_option = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, LAST_PORT))
threads_option = click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
workers_option = click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 32))


def _run(
    address: str,
    port: int,
    threads: int,
    workers: int,
    *,
    preparations: Sequence[Preparation] = (),
    extra: Sequence[Program] = (),
    announce: Callable[[], None],
) -> None:
    plan = processes.whole(
        settings.VAR, address, port, threads=threads, workers=workers, preparations=preparations, extra=extra
    )
    code = processes.run(plan, say=lambda line: click.echo(f"  {line}"), announce=announce)
    sys.exit(code)


@click.command()
@address_option
@port_option
@threads_option
@workers_option
def up(address: str, port: int, threads: int, workers: int) -> None:
    """Run everything here: database, web server, workers. Ctrl-C stops it."""
    click.echo("Spiegelstad starts")
    _run(
        address, port, threads, workers,
        announce=lambda: click.secho(f"\nReady: http://localhost:{port}/   (Ctrl-C stops)", bold=True),
    )  # fmt: skip


@click.command("demo")
@click.option("--city", default="demo", show_default=True, help="demo, or a folder under sources/ such as gent.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Read sources from here.")
@click.option("--inhabitants", default=250_000, show_default=True, type=click.IntRange(1_000, 1_000_000))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Another seed makes another city.")
@click.option("--region", is_flag=True, help="A region of two small cities, each at a port of its own after the first.")
@address_option
@port_option
@threads_option
@click.pass_context
def run_demo(  # noqa: PLR0917  click passes each option by name
    context: click.Context,
    city: str,
    data: Path | None,
    inhabitants: int,
    seed: int,
    region: bool,
    address: str,
    port: int,
    threads: int,
) -> None:
    """Show a city: makes it the first time, then runs everything, live sensors included."""
    if region:
        _run_region(context, address, port, threads)
    if city == "demo":
        data = data_folder(settings.VAR, inhabitants, seed)
    if data is not None:
        os.environ["SPIEGELSTAD_DATA"] = str(data.resolve())  # for every process that we start
    click.echo(f"Spiegelstad shows the city ‘{city}’")
    given = ["--city", city, "--inhabitants", str(inhabitants), "--seed", str(seed)]
    live = [Program("sensors", module("spiegelstad.demo.live", "--url", f"http://127.0.0.1:{port}"))]
    _run(
        address, port, threads, 1,
        preparations=[Preparation("The city", module("spiegelstad.demo.prepare", *given))],
        extra=live if city == "demo" else [],
        announce=lambda: click.echo(welcome(city, address=f"http://{_host_of(city)}:{port}/", var=settings.VAR)),
    )  # fmt: skip


def _host_of(city: str) -> str:
    """Return the name at which this machine shows a city: `localhost` is that of the one that was made first."""
    setup()
    from spiegelstad.accounts import public as accounts  # noqa: PLC0415  rooms can be imported only now

    return "localhost" if accounts.tenant_of_host("localhost").id == city else accounts.tenant(city).host


def _run_region(context: click.Context, address: str, port: int, threads: int) -> NoReturn:
    """Run the region instead of one city, of which nothing can be said."""
    for name in ("city", "data", "inhabitants", "seed"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} is about one city: leave it out with --region.")
    if port + len(CITIES) > LAST_PORT:
        raise click.UsageError(
            f"The cities of the region need the {len(CITIES)} ports after --port: choose a lower one."
        )
    if postgres.VARIABLE in os.environ:
        raise click.UsageError(f"Each city of the region has a database of its own: leave {postgres.VARIABLE} unset.")
    click.echo("Spiegelstad shows a region of two cities")
    sys.exit(run_region(settings.VAR / "region", address, port, threads, say=click.echo))


@click.group()
def db() -> None:
    """The database."""


@db.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether the database runs, and where; exit code 1 when it does not."""
    found = postgres.status(settings.VAR)
    if as_json:
        print_json({"running": found.running, "embedded": found.embedded, "owner": found.owner})
    else:
        click.echo(f"{'running' if found.running else 'not running'}, {'embedded' if found.embedded else 'external'}")
    sys.exit(0 if found.running else 1)


@db.command()
def migrate() -> None:
    """Bring the tables up to date."""
    with postgres.running(settings.VAR):
        subprocess.run(PREPARE.argv, check=True)
    click.echo("The tables are up to date.")


@db.command()
def stop() -> None:
    """Stop the program that runs here, its database included."""
    click.echo("Stopped." if postgres.stop(settings.VAR) else "Nothing ran.")


@db.command()
@click.confirmation_option(prompt="Remove the database with all that is in it?")
def remove() -> None:
    """Remove our own database, wherever its data is. A server that SPIEGELSTAD_DATABASE_URL names is left alone."""
    click.echo("Removed." if postgres.remove(settings.VAR) else "There was none.")


@click.command()
@click.argument("cities", nargs=-1)
@json_option
def check(cities: tuple[str, ...], as_json: bool) -> None:
    """Check all definitions of sources, harvests and indicators, and run nothing. Names file, line, key and remedy."""
    setup()
    from spiegelstad.harvest import public as harvest  # noqa: PLC0415
    from spiegelstad.indicators import public as indicators  # noqa: PLC0415
    from spiegelstad.ingest import public as ingest  # noqa: PLC0415

    known = [folder.name for folder in sorted((settings.HOME / "sources").iterdir()) if folder.is_dir()]
    problems: list[Problem] = []
    for city in cities or known:
        sources, formulas = settings.HOME / "sources" / city, settings.HOME / "indicators" / city
        problems += ingest.check(sources)
        problems += harvest.check(sources)
        problems += indicators.check(formulas) if formulas.is_dir() else []
    if as_json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
        where = ", ".join(cities or known)
        click.echo(f"{len(problems)} problems in {where}" if problems else "All definitions are right.")
    sys.exit(1 if problems else 0)


commands: list[click.Command] = [up, run_demo, db, check]
