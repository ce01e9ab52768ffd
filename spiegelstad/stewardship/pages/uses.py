"""What others make of the data: `/register/uses`, and what stewards follow up."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.governance.public import Thing, may, require
from spiegelstad.look.public import Cell, Link, Mark, Table, table
from spiegelstad.stewardship import forms
from spiegelstad.stewardship.actions import FOLLOW_UP, settle
from spiegelstad.stewardship.pages import words
from spiegelstad.stewardship.pages.register import tabs
from spiegelstad.stewardship.queries.uses import Made, made, one_to_follow_up, to_follow_up


@require_safe
def show_uses(request: CityRequest) -> HttpResponse:
    """Show what apps, studies and others do with the data; to stewards also who is still to share back."""
    found = made(request.actor)
    follows = may(request.actor, FOLLOW_UP, Thing("showcase", "", request.actor.tenant_id)).allowed
    waiting = to_follow_up(request.actor) if follows else []
    context = {
        "tabs": tabs("/register/uses"),
        "made": [(one, _share_mark(one)) for one in found],
        "follows": follows,
        "waiting": _waiting(waiting) if waiting else None,
    }
    return render(request, "stewardship/uses.html", context)


def _share_mark(one: Made) -> Mark | None:
    if not one.must_share:
        return None
    if one.settled_at is None:
        return Mark(_("to share back"), "info")
    return Mark(_("shares back"), "good") if one.shared_url else Mark(_("nothing to share back"), "quiet")


def _waiting(found: list[Made]) -> Table:
    heads = [_("What was made"), _("By whom"), _("Since"), _("Reminded")]
    rows: list[tuple[Cell, ...]] = [
        (
            Link(one.showcase.title, f"/register/uses/{one.showcase.id}/settle"),
            one.showcase.maker,
            words.day_words(one.showcase.sent_at.astimezone(BRUSSELS).date()),
            ngettext("once", "{count} times", one.reminders).format(count=one.reminders)
            if one.reminders
            else _("not yet"),
        )
        for one in found
    ]
    return table(_("To follow up"), heads, rows)


@require_http_methods(["GET", "HEAD", "POST"])
def settle_use(request: CityRequest, showcase_id: UUID) -> HttpResponse:
    """Ask what came of the duty to share back."""
    require(request.actor, FOLLOW_UP, Thing("showcase", str(showcase_id), request.actor.tenant_id))
    one = one_to_follow_up(request.actor, showcase_id)
    form = forms.Settle(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        settle(by=request.actor, showcase_id=showcase_id, shared_url=given["shared_url"], note=given["note"])
        return HttpResponseRedirect("/register/uses", status=303)
    return render(request, "stewardship/settle.html", {"one": one, "form": form})
