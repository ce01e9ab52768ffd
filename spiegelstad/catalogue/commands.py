"""Commands of the catalogue: the proof that every file is whole, and keeping house."""

import sys
from dataclasses import asdict

import click

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.base.progress import track
from spiegelstad.catalogue import keeping


@click.group()
def catalogue() -> None:
    """Datasets and their versions."""


@catalogue.command("verify")
@city_option
@json_option
@with_database
def verify(city: str | None, as_json: bool) -> None:
    """Prove that each version's file is there and unchanged; exit code 1 and the versions' names when not."""
    rows = keeping.stored_versions(accounts.tenant(city).id if city else None)
    found = []
    with track("Reading the files of all versions", len(rows)) as progress:
        for done, row in enumerate(rows, start=1):
            if damage := keeping.damage_of(row):
                found.append(damage)
            progress.update(done, len(rows))
    if as_json:
        print_json({"versions": len(rows), "damaged": [asdict(damage) for damage in found]})
    else:
        for damage in found:
            text = f"{damage.tenant_id}: version {damage.number} of {damage.slug}: file {damage.what}"
            click.secho(f"{text} ({damage.content_hash})", fg="red")
        click.echo(f"{len(rows)} versions, {len(found)} damaged.")
    sys.exit(1 if found else 0)


@catalogue.command("tidy")
@json_option
@with_database
def tidy(as_json: bool) -> None:
    """Apply retention in every city, and remove what crashes left behind."""
    deleted = [
        version_id
        for tenant_id in accounts.tenant_ids()
        for version_id in keeping.apply_retention(by=Actor.system(tenant_id, "retention")).deleted
    ]
    removed = keeping.sweep()
    if as_json:
        print_json({"versions_deleted": deleted, "files_removed": removed})
    else:
        click.echo(f"{len(deleted)} versions past their retention deleted, {removed} files without a version removed.")


commands: list[click.Command] = [catalogue]
