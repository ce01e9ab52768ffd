"""Pages of both parties: my requests, the steward's inbox, a request with its decision, an agreement with its keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.error_texts import said_or_english
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.localised import in_language
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import applying, keys, offering, requesting
from spiegelstad.broker.forms import ChangeOffer, Decide, Organisation, Reason
from spiegelstad.broker.pages import words
from spiegelstad.broker.rules.people import is_active
from spiegelstad.broker.rules.scope import rows_as_text
from spiegelstad.broker.vocabulary import RequestState
from spiegelstad.governance.public import Classification
from spiegelstad.look.public import Cell, Link, Mark, Table, number, table

_BOTH = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(_BOTH)
def show_mine(request: CityRequest) -> HttpResponse:
    """Show what the actor asked for and has; POST joins an organisation."""
    applying.require_asking(request.actor)
    organisation = Organisation(request.POST or None)
    if organisation.is_valid():
        given = organisation.cleaned_data
        if _tried(organisation, lambda: applying.join_organisation(by=request.actor, **given)):
            return HttpResponseRedirect("/access/mine")
    context = {
        "applicant": queries.applicant_of(request.actor),
        "requests": _requests(queries.my_requests(request.actor), with_applicant=False),
        "keys": _keys(queries.keys(request.actor)),
        "organisation": organisation,
    }
    return render(request, "broker/mine.html", context)


def _tried(form: Organisation | Decide | Reason | ChangeOffer, act: Callable[[], object]) -> bool:
    """Do an act, or show its error in the form."""
    try:
        act()
    except SpiegelstadError as error:
        form.add_error(None, said_or_english(error.detail, error.remedy))
        return False
    return True


def _requests(rows: list[models.Request], *, with_applicant: bool) -> Table:
    heads = [_("Dataset"), *([_("Who")] if with_applicant else []), _("Asked on"), _("State")]
    lines: list[tuple[Cell, ...]] = [
        (
            Link(in_language(row.offer.dataset.title), f"/access/requests/{row.id}"),
            *([row.applicant.name] if with_applicant else []),
            words.moment_words(row.created_at),
            words.request_mark(row.state),
        )
        for row in rows
    ]
    return table(_("Requests"), heads, lines)


def _keys(rows: list[models.Key]) -> Table:
    lines = [
        (
            row.api_key.id.hex[:8],
            words.moment_words(row.api_key.created_at),
            words.moment_words(row.api_key.expires_at - timedelta(seconds=1)),  # at midnight after its last day
            Link(_("Withdraw"), f"/access/keys/{row.api_key_id}"),
        )
        for row in rows
    ]
    return table(_("Keys"), [_("Key"), _("Made on"), _("Valid until"), _("End it")], lines)


@never_cache
@require_safe
def show_inbox(request: CityRequest) -> HttpResponse:
    """Show a steward what waits, what was decided, and the closed datasets that can be offered."""
    waiting, uploads = queries.inbox(request.actor), queries.offered_uploads(request.actor)
    offering.require_steward(request.actor)
    closed = [
        (
            Link(in_language(one.title), f"/access/data/{one.slug}/offer"),
            Mark(_("offered"), "good") if offered else Mark(_("not offered")),
        )
        for one, offered in offering.closed_datasets(request.actor)
    ]
    lines = [(Link(one.title, f"/access/uploads/{one.id}"), words.moment_words(one.created_at)) for one in uploads]
    context = {
        "waiting": _requests(waiting, with_applicant=True),
        "decided": _requests(queries.decided(request.actor), with_applicant=True),
        "uploads": table(_("Data that residents share"), [_("Title"), _("Handed in on")], lines),
        "closed": table(_("Closed datasets"), [_("Dataset"), _("State")], closed),
    }
    return render(request, "broker/inbox.html", context)


@never_cache
@require_http_methods(_BOTH)
def show_request(request: CityRequest, request_id: UUID) -> HttpResponse:
    """Show a request; POST with `act`: withdraw, grant or refuse."""
    row = queries.request(request.actor, request_id)
    mine, act = queries.is_mine(request.actor, row), request.POST.get("act", "")
    decides = queries.may_decide(request.actor, row.offer) and not mine and row.state == RequestState.ASKED
    form = Decide(request.POST or None, row, grants=act == "grant") if decides else None
    if request.method == "POST" and act == "withdraw":
        requesting.withdraw_request(by=request.actor, request_id=row.id)
        return HttpResponseRedirect(f"/access/requests/{row.id}")
    if request.method == "POST" and form is None:
        raise requesting.NotWaiting("This request was decided or withdrawn already.")
    if (
        form is not None
        and request.method == "POST"
        and form.is_valid()
        and _tried(form, lambda: _decide(request, row, form, act))
    ):
        return HttpResponseRedirect(f"/access/requests/{row.id}")
    context = {
        "row": row,
        "dataset": row.offer.dataset,
        "mark": words.request_mark(row.state),
        "period": words.period_words(row.from_on, row.ends_on),
        "rows": rows_as_text(row.rows),
        "form": form,
        "may_withdraw": mine and row.state == RequestState.ASKED,
        "agreement": getattr(row, "agreement", None),
    }
    return render(request, "broker/request.html", context)


def _decide(request: CityRequest, row: models.Request, form: Decide, act: str) -> None:
    reason = form.cleaned_data["reason"]
    if act == "grant":
        requesting.grant_request(by=request.actor, request_id=row.id, granted=form.granted(), reason=reason)
    else:
        requesting.refuse_request(by=request.actor, request_id=row.id, reason=reason)


@never_cache
@require_http_methods(_BOTH)
def show_agreement(request: CityRequest, agreement_id: UUID) -> HttpResponse:
    """Show an agreement to both parties; POST with `act`: accept, key or end."""
    row = queries.agreement(request.actor, agreement_id)
    act, secret = request.POST.get("act", ""), ""
    form = Reason(request.POST if act == "end" else None)
    if act == "accept":
        requesting.accept_agreement(by=request.actor, agreement_id=row.id)
    elif act == "key":
        secret = keys.make_key(by=request.actor, agreement_id=row.id)
    elif form.is_valid():
        reason = form.cleaned_data["reason"]
        _tried(form, lambda: requesting.end_agreement(by=request.actor, agreement_id=row.id, reason=reason))
    row = queries.agreement(request.actor, agreement_id)
    mine = queries.is_party(request.actor, row)
    uses = [(words.day_words(day), words.number_words(times)) for day, times in queries.uses_by_day(row)]
    context = {
        "row": row,
        "dataset": row.request.offer.dataset,
        "period": words.period_words(row.from_on, row.ends_on),
        "rows": rows_as_text(row.rows),
        "is_mine": mine,
        "is_active": is_active(row.accepted_at, row.ended_at, row.from_on, row.ends_on, queries.today()),
        "may_accept": mine and row.accepted_at is None and row.ended_at is None,
        "keys": _keys(queries.keys(request.actor, row)) if mine else None,
        "secret": secret,
        "form": form,
        "uses": table(_("How often it was used"), [_("Day"), number(_("Times"))], uses),
        "in_all": words.number_words(queries.uses_in_all(row)),
    }
    return render(request, "broker/agreement.html", context)


@never_cache
@require_POST
def make_key(request: CityRequest) -> HttpResponse:
    """Make a key for protected answers, shown this once."""
    secret = keys.make_key(by=request.actor)
    return render(request, "broker/key.html", {"secret": secret})


@never_cache
@require_http_methods(_BOTH)
def withdraw_key(request: CityRequest, key_id: UUID) -> HttpResponse:
    """Ask, and end a key."""
    applying.require_asking(request.actor)
    row = queries.own_key(request.actor, key_id)
    if request.method == "POST":
        keys.withdraw_key(by=request.actor, key_id=key_id)
        return HttpResponseRedirect(f"/access/agreements/{row.agreement_id}" if row.agreement_id else "/access/mine")
    return render(request, "broker/withdraw_key.html", {"row": row})


@never_cache
@require_http_methods(_BOTH)
def change_offer(request: CityRequest, slug: str) -> HttpResponse:
    """Let a steward switch the ways of asking on and off."""
    dataset = offering.offerable(request.actor, slug)
    form = ChangeOffer(request.POST or None, dataset.columns, offering.present(request.actor, slug))
    if form.is_valid() and _tried(form, lambda: offering.change_offer(by=request.actor, slug=slug, offer=form.offer())):
        return HttpResponseRedirect("/access/inbox")
    context = {"form": form, "dataset": dataset, "is_personal": dataset.classification == Classification.PERSONAL}
    return render(request, "broker/change_offer.html", context)
