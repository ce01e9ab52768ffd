"""Commands for whoever answers for the installation: the proof of the audit log, people and keys."""

import secrets
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import click

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import SCOPES, Role
from spiegelstad.base.clock import now
from spiegelstad.base.command_line import city_option, json_option, print_json, with_database
from spiegelstad.governance.actions import admit_person, issue_key, withdraw_key
from spiegelstad.governance.queries import audit_head, verify_audit


@click.group()
def audit() -> None:
    """The append-only audit log."""


@audit.command("verify")
@city_option
@click.option("--head", default="", help="The hash of a row you noted elsewhere: it must still be in the chain's past.")
@json_option
@with_database
def verify(city: str | None, head: str, as_json: bool) -> None:
    """Prove that no row was changed or removed; exit code 1 and the rows' numbers when one was."""
    # A noted hash is of one city's log: with several cities it must be said of which.
    tenants = [accounts.tenant(city).id] if city else [accounts.only_tenant().id] if head else accounts.tenant_ids()
    report = [_verified(tenant_id, head) for tenant_id in tenants]
    broken = any(item["problems"] for item in report)
    if as_json:
        print_json(report)
    for item in [] if as_json else report:
        click.echo(f"{item['city']}: {item['rows']} rows, head {item['head']}")
        for problem in item["problems"]:
            click.secho(f"  {problem}", fg="red")
    if not as_json:
        click.echo("The log is NOT whole." if broken else "The log is whole. Note the head elsewhere.")
    sys.exit(1 if broken else 0)


def _verified(tenant_id: str, head: str) -> dict[str, Any]:
    problems = [link.problem for link in verify_audit(tenant_id, must_contain=head)]
    rows, hash_ = audit_head(tenant_id)
    return {"city": tenant_id, "rows": rows, "head": hash_, "problems": problems}


@click.group()
def people() -> None:
    """People who can sign in, and their roles."""


@people.command("add")
@city_option
@click.argument("email")
@click.option("--name", required=True, help="The name to show.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--department", "departments", multiple=True, help="For a steward: a department's slug; may be repeated.")
@with_database
def add(city: str | None, email: str, name: str, role: str, departments: tuple[str, ...]) -> None:
    """Add a person, or give someone a role; prints a first password for a new one."""
    by = accounts.operator(city)
    password = secrets.token_urlsafe(12)
    user = admit_person(by=by, email=email, name=name, role=Role(role), departments=departments, password=password)
    click.echo(f"{user.name} is {role} of {by.tenant_id}.")
    if user.check_password(password):
        click.echo(f"First password, shown only now: {password}")


@click.group()
def keys() -> None:
    """API keys for machines."""


@keys.command("issue")
@city_option
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(sorted(SCOPES)))
@click.option("--days", default=365, show_default=True, help="How long it is valid.")
@with_database
def issue(city: str | None, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Issue a key and print it: this once, it is kept nowhere."""
    by = accounts.operator(city)
    key_id, key = issue_key(by=by, name=name, scopes=scopes, expires_at=now() + timedelta(days=days))
    click.echo(f"{key_id}\n{key}")


@keys.command("list")
@city_option
@json_option
@with_database
def list_keys(city: str | None, as_json: bool) -> None:
    """List the keys of a city."""
    rows: list[dict[str, Any]] = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": key.scopes,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "last_used_on": key.last_used_on,
        }
        for key in accounts.keys(accounts.operator(city).tenant_id)
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else f"until {row['expires_at']:%Y-%m-%d}"
        click.echo(f"{row['id']}  {row['name']:<30} {state:<18} {', '.join(row['scopes'])}")


@keys.command("withdraw")
@city_option
@click.argument("key_id", type=click.UUID)
@click.option("--reason", required=True)
@with_database
def withdraw(city: str | None, key_id: UUID, reason: str) -> None:
    """End a key now."""
    withdraw_key(by=accounts.operator(city), key_id=key_id, reason=reason)
    click.echo("The key no longer works.")


commands: list[click.Command] = [audit, people, keys]
