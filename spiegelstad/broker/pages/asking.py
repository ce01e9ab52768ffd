"""Pages for who asks: what may be asked for, a request, counts, questions with noise."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.error_texts import said_or_english
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.localised import in_language
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import applying, asking, requesting, sheets
from spiegelstad.broker.forms import AskAccess, AskCounts, AskNoisy, is_personal
from spiegelstad.broker.http_api import asked_counts
from spiegelstad.broker.pages.words import decimal_words, number_words
from spiegelstad.broker.rules.sheet import Line
from spiegelstad.look.public import Link, Table, number, table

_MOST_LINES = 500
_BOTH = ["GET", "HEAD", "POST"]


@require_safe
def show_offers(request: CityRequest) -> HttpResponse:
    """Show what may be asked for."""
    rows = [(Link(in_language(one.dataset.title), f"/access/data/{one.dataset.slug}"), ways_words(one))
            for one in queries.offers(request.actor)]  # fmt: skip
    found = table(_("What can be asked for"), [_("Dataset"), _("How")], rows)
    return render(
        request,
        "broker/offers.html",
        {"table": found, "decides": bool(request.actor.roles & {"steward", "administrator"})},
    )


def ways_words(offer: models.Offer) -> str:
    """Say in which ways a dataset can be asked."""
    ways = []
    if offer.aggregates is not None:
        ways.append(_("counts, at once"))
    if offer.noisy is not None:
        ways.append(_("answers with noise, at once"))
    if offer.takes_requests:
        ways.append(_("a part of it, when the steward agrees"))
    return ", ".join(ways)


@require_safe
def show_offer(request: CityRequest, slug: str) -> HttpResponse:
    """Show what may be asked of a dataset, and how."""
    offer = queries.offer(request.actor, slug)
    context = {"offer": offer, "dataset": offer.dataset, "may_decide": queries.may_decide(request.actor, offer)}
    return render(request, "broker/offer.html", context)


@never_cache
@require_http_methods(_BOTH)
def ask_access(request: CityRequest, slug: str) -> HttpResponse:
    """Ask for part of a dataset."""
    offer = queries.offer(request.actor, slug)
    if not offer.takes_requests:
        raise queries.NoSuchOffer(f"Nothing can be asked of {slug!r}.")
    applying.require_asking(request.actor)
    columns = queries.dataset_of(request.actor, slug).columns
    form = AskAccess(request.POST or None, columns, is_personal(offer))
    if request.method == "POST" and form.is_valid():
        try:
            row = requesting.ask_access(by=request.actor, slug=slug, asked=form.asked())
        except SpiegelstadError as error:
            form.add_error(None, said_or_english(error.detail, error.remedy))
        else:
            return HttpResponseRedirect(f"/access/requests/{row.id}")
    applicant = queries.applicant_of(request.actor)
    context = {"form": form, "dataset": offer.dataset, "columns": columns, "applicant": applicant}
    return render(request, "broker/ask.html", context)


@require_safe
def show_counts(request: CityRequest, slug: str) -> HttpResponse:
    """Show counts of large enough groups; the question is in the address."""
    offer = queries.offer(request.actor, slug)
    asked = asked_counts(request)
    counted = sheets.protected_counts(request.actor, slug, asked)
    form = AskCounts(request.GET, counted.settings)
    heads = [*asked.group_by, number(_("Value")), number(_("Off by at most"))]
    lines = [
        (*(label or _("(empty)") for label in line.labels), *_figures(line))
        for line in counted.answer.lines[:_MOST_LINES]
    ]
    context = {
        "form": form,
        "dataset": offer.dataset,
        "settings": counted.settings,
        "step": number_words(counted.settings.step(asked.measure)),
        "version": counted.version,
        "table": _table(asked.group_by, heads, lines),
        "left_out": max(0, len(counted.answer.lines) - _MOST_LINES),
        "rest": _figures(counted.answer.rest) if counted.answer.rest else None,
        "where": [(name, ", ".join(values)) for name, values in asked.where.items()],
    }
    return render(request, "broker/counts.html", context)


def _table(group_by: tuple[str, ...], heads: list[Any], lines: list[Any]) -> Table:
    if group_by:
        return table(_("Counts"), heads, lines)
    return table(_("Counts"), [_("Who"), *heads], [(_("everyone in a large enough group"), *line) for line in lines])


def _figures(line: Line) -> tuple[str, str]:
    return number_words(line.value), number_words(line.at_most)


@never_cache
@require_http_methods(_BOTH)
def ask_noisy(request: CityRequest, slug: str) -> HttpResponse:
    """Ask a question that is answered with noise; shows what it cost and what is left."""
    offer = asking.noisy_offer(request.actor, slug)
    applying.require_asking(request.actor)
    form = AskNoisy(request.POST or None, asking.settings_of(offer))
    answer = None
    if request.method == "POST" and form.is_valid():
        try:
            answer = asking.ask_noisy(by=request.actor, slug=slug, asked=form.asked())
        except SpiegelstadError as error:
            form.add_error(None, said_or_english(error.detail, error.remedy))
    left, of_all = asking.left_for(request.actor, offer)
    context = {
        "form": form,
        "dataset": offer.dataset,
        "answer": answer,
        "table": _noisy_table(answer) if answer else None,
        "left": decimal_words(left),
        "of_all": decimal_words(of_all),
    }
    return render(request, "broker/noisy.html", context)


def _noisy_table(row: models.NoisyAnswer) -> Table:
    answer = row.answer or {}
    lines = answer.get("lines") or [{"label": _("answer"), **answer}]
    rows = [(one["label"], number_words(one["value"]), number_words(one["margin"])) for one in lines]
    return table(_("The answer"), [_("What"), number(_("Value")), number(_("Margin"))], rows)
