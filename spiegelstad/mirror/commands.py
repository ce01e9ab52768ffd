"""Commands of the mirror: the proof of rollups, refused rows, retention of raw observations."""

import sys
from dataclasses import asdict
from datetime import datetime
from itertools import islice

import click

from spiegelstad.accounts import public as accounts
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.base.progress import track
from spiegelstad.mirror import public
from spiegelstad.mirror.queries.verifying import Difference, series_to_verify, verify_series

SHOWN_PER_SERIES = 20


@click.group()
def mirror() -> None:
    """Series and observations."""


@mirror.command("verify")
@city_option
@json_option
@with_database
def verify(city: str | None, as_json: bool) -> None:
    """Recompute rollups and latest values from the raw observations; exit code 1 and the buckets when one differs."""
    rows = series_to_verify(accounts.tenant(city).id if city else None)
    found: list[Difference] = []
    with track("Recomputing series", len(rows)) as progress:
        for done, row in enumerate(rows, start=1):
            found += islice(verify_series(row), SHOWN_PER_SERIES)
            progress.update(done, len(rows))
    if as_json:
        print_json({"series": len(rows), "differences": [asdict(item) for item in found]})
    else:
        for item in found:
            click.secho(f"{item.tenant_id}: {item.series}: {item.what} {item.bucket} differs", fg="red")
        click.echo(f"{len(rows)} series, {len(found) or 'no'} differences.")
    sys.exit(1 if found else 0)


@mirror.command("refused")
@city_option
@click.option("--limit", default=100, show_default=True)
@json_option
@with_database
def refused(city: str | None, limit: int, as_json: bool) -> None:
    """Show rows that senders posted and that could not be taken, newest first."""
    rows = public.refused_rows(accounts.operator(city), limit)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    for row in rows:
        click.echo(f"{row.last_at:%Y-%m-%d %H:%M}  {row.times:>6} x  {row.sender}  {row.reason}\n    {row.text}")
    click.echo(f"{len(rows)} rows.")


@mirror.command("drop-raw")
@city_option
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day that is kept.")
@click.option("--property", "property_", default=None, help="Only series of this property.")
@click.option("--reason", required=True)
@json_option
@with_database
def drop_raw(city: str | None, before: datetime, property_: str | None, reason: str, as_json: bool) -> None:
    """Remove raw observations of the days before; hourly and daily rollups stay. Audited with its reason."""
    removal = public.drop_raw_observations(
        by=accounts.operator(city), before=before.date(), reason=reason, property=property_
    )
    if as_json:
        print_json(asdict(removal))
    else:
        click.echo(f"{removal.months_dropped} months dropped, {removal.rows_deleted} rows deleted from others.")


commands: list[click.Command] = [mirror]
