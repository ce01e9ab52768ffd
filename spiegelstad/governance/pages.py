"""Pages for administrators: the API keys of the city."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.clock import now
from spiegelstad.base.errors import NotFound
from spiegelstad.governance.actions import ADMINISTER_KEYS, issue_key, require, withdraw_key
from spiegelstad.governance.forms import IssueKey, WithdrawKey
from spiegelstad.governance.rules import Thing
from spiegelstad.look.public import Cell, Link, Mark, Table, table


def _require(by: Actor, key_id: str = "*") -> None:
    require(by, ADMINISTER_KEYS, Thing("api_key", key_id, by.tenant_id))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_keys(request: CityRequest) -> HttpResponse:
    """Show the keys of the city; a new one is shown in the answer to its form, this once."""
    _require(request.actor)
    form = IssueKey(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        ends = now() + timedelta(days=given["days"])
        _key_id, secret = issue_key(by=request.actor, name=given["name"], scopes=given["scopes"], expires_at=ends)
        form = IssueKey()
    context = {"table": _table(request.actor.tenant_id), "form": form, "secret": secret}
    return render(request, "governance/keys.html", context)


def _table(tenant_id: str) -> Table:
    rows = [_row(key) for key in accounts.keys(tenant_id)]
    return table(
        _("API keys"), [_("Name"), pgettext("of a key", "May"), _("Valid until"), _("Last used"), _("State")], rows
    )


def _row(key: accounts.ApiKey) -> tuple[Cell, ...]:
    if key.revoked_at is not None:
        state = Mark(_("withdrawn"), "quiet")
    elif key.expires_at <= now():
        state = Mark(_("expired"), "warning")
    else:
        state = Mark(_("valid"), "good")
    used = date_format(key.last_used_on) if key.last_used_on else _("never")
    name: Cell = Link(key.name, f"/keys/{key.id}") if key.revoked_at is None else key.name
    return (name, ", ".join(key.scopes), date_format(key.expires_at), used, state)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: CityRequest, key_id: UUID) -> HttpResponse:
    """Ask why a key ends, and end it."""
    _require(request.actor, str(key_id))
    key = next((key for key in accounts.keys(request.actor.tenant_id) if key.id == key_id), None)
    if key is None:
        raise NotFound("This city has no such key.")
    form = WithdrawKey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        withdraw_key(by=request.actor, key_id=key_id, reason=form.cleaned_data["reason"])
        return HttpResponseRedirect("/keys")
    return render(request, "governance/withdraw_key.html", {"form": form, "key": key})
