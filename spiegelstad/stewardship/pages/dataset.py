"""One dataset of the register, `/register/datasets/<slug>`: its life, quality and use; and the acts of its steward."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.error_texts import said_or_english
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import CHANGE_STATUS, LIFT_HOLD, NEXT, SET_HOLD, Registered, Status
from spiegelstad.governance.public import Act, Classification, Thing, activities, may, require
from spiegelstad.look.public import Cell, Column, Table, Text, charts, number, table
from spiegelstad.stewardship import forms
from spiegelstad.stewardship.actions import SET_TARGET, drop_target, set_target
from spiegelstad.stewardship.formats import files
from spiegelstad.stewardship.pages import words
from spiegelstad.stewardship.pages.quality import alerts_table, course_chart, measures_table
from spiegelstad.stewardship.queries import quality
from spiegelstad.stewardship.queries.register import dataset_entries
from spiegelstad.stewardship.rules import missing_fields
from spiegelstad.stewardship.uses import UseOfDay, by_purpose, uses
from spiegelstad.stewardship.vocabulary import DIMENSIONS, FIELDS, PURPOSES, WAYS, Dimension

SHOWN_DAYS = 90
_MOST_DAYS = 3_660


@require_safe
def show_dataset(request: CityRequest, slug: str) -> HttpResponse:
    """Show a dataset of the register; its quality and use to who may read it."""
    one = catalogue.registered_dataset(request.actor, slug)
    (entry,) = dataset_entries(request.actor, [one], activities(request.actor))
    known = words.departments(request.actor.tenant_id)
    context: dict[str, Any] = {
        "dataset": one,
        "access": words.access_mark(one.classification),
        "status": words.status_mark(one.status),
        "planned": words.status_mark(one.planned_status) if one.planned_status else None,
        "is_late": one.planned_on is not None and one.planned_on < _today(),
        "facts": _facts(entry, known, one),
        "agreements": words.count_words(entry.agreements),
        "asked_at": entry.asked_at,
        "missing": [FIELDS[name] for name in missing_fields(entry)],
        "may_change": _may(request, CHANGE_STATUS, one) and bool(NEXT[Status(one.status)]),
        "may_hold": _may(request, LIFT_HOLD if one.legal_hold else SET_HOLD, one),
        "may_set_target": _may(request, SET_TARGET, one) and one.is_readable,
    }
    if one.is_readable:
        context |= _quality(request, slug) | _use(request, slug)
    return render(request, "stewardship/dataset.html", context)


def _facts(entry: Any, known: words.Departments, one: Registered) -> list[tuple[Text, Text]]:
    return [
        (FIELDS["department"], words.owner_words(entry, known)),
        (FIELDS["steward"], words.steward_words(entry, known)),
        (FIELDS["legal_basis"], entry.legal_basis or words.NOTHING),
        (FIELDS["retention"], words.retention_words(entry.retention_days, entry.retention)),
        (FIELDS["origin"], words.origin_words(entry.origin)),
        (FIELDS["systems"], entry.systems or words.NOTHING),
        (FIELDS["frequency"], words.frequency_words(entry.frequency)),
        (FIELDS["licence"], words.licence_words(entry.licence)),
        (_("In the register since"), words.day_words(one.created_at.astimezone(BRUSSELS).date())),
    ]


def _quality(request: CityRequest, slug: str) -> dict[str, Any]:
    dataset = catalogue.dataset(request.actor, slug)
    today = _today()
    found = quality.history(dataset, today - dt.timedelta(days=365))
    targets = quality.wanted(dataset)
    missed = quality.missed(dataset)
    return {
        "measures": measures_table(found[-1], targets) if found else None,
        "errors": found[-1].errors if found else 0,
        "course": course_chart(found, today) if found else None,
        "alerts": alerts_table(missed) if missed else None,
        "reasons": [(DIMENSIONS[name], one) for name, one in targets.items()],
    }


def _use(request: CityRequest, slug: str) -> dict[str, Any]:
    today = _today()
    found = uses(request.actor, slug, today - dt.timedelta(days=SHOWN_DAYS - 1))
    return {
        "uses": _uses_table(found) if found else None,
        "days": _days_chart(found, today) if found else None,
        "made": catalogue.showcases(request.actor, slug),
        "shown_days": SHOWN_DAYS,
    }


def _uses_table(found: list[UseOfDay]) -> Table:
    total = by_purpose(found)
    purposes = [purpose for purpose in PURPOSES if any((purpose, way) in total for way in WAYS)]
    heads: list[Text | Column] = [_("What for"), *(number(name) for name in WAYS.values())]
    rows: list[tuple[Cell, ...]] = [
        (str(PURPOSES[purpose]), *(words.count_words(total[purpose, way]) for way in WAYS)) for purpose in purposes
    ]
    return table(_("What the data was asked for"), heads, rows)


def _days_chart(found: list[UseOfDay], today: dt.date) -> charts.Chart:
    days = [today - dt.timedelta(days=back) for back in range(SHOWN_DAYS - 1, -1, -1)]
    series = []
    for way in dict.fromkeys(one.way for one in found):
        counts = dict.fromkeys(days, 0)
        for one in found:
            if one.way is way and one.on in counts:
                counts[one.on] += one.times
        series.append(charts.Series(str(WAYS[way]), tuple((day.isoformat(), float(n)) for day, n in counts.items())))
    return charts.line(_("How often the data was asked for, by day"), series, period="day", unit="C62", height=200)


@require_safe
def download_uses(request: CityRequest, slug: str) -> HttpResponse:
    """Give how often a dataset was asked for by day, way and purpose, of the last ten years, as CSV."""
    catalogue.dataset(request.actor, slug)  # or there is none
    found = uses(request.actor, slug, _today() - dt.timedelta(days=_MOST_DAYS))
    rows = [{"day": one.on, "way": one.way.value, "purpose": one.purpose.value, "times": one.times} for one in found]
    return files.csv_answer(f"uses-{slug}", rows, ("day", "way", "purpose", "times"))


@require_http_methods(["GET", "HEAD", "POST"])
def change_status(request: CityRequest, slug: str) -> HttpResponse:
    """Ask what a dataset becomes and why; do it now, or announce it."""
    one = _required(request, slug, CHANGE_STATUS)
    form = forms.ChangeStatus(request.POST or None, status=Status(one.status))
    if form.is_valid():
        on = form.cleaned_data["on"]
        try:
            if on:
                catalogue.announce_change(by=request.actor, slug=slug, change=form.change(), on=on)
            else:
                catalogue.change_status(by=request.actor, slug=slug, change=form.change())
        except (catalogue.WrongChange, catalogue.WrongDay) as error:
            _add_errors(form, error)
        else:
            messages.success(request, _("It is announced.") if on else _("It is done."))
            return _back(slug)
    title = _("Change the stage of its life")
    return _form_page(request, one, form, title, _("Do it"), has_plan=bool(one.planned_status))


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_announcement(request: CityRequest, slug: str) -> HttpResponse:
    """Ask why what was announced will not happen."""
    one = _required(request, slug, CHANGE_STATUS)
    form = forms.GiveReason(request.POST or None)
    if form.is_valid():
        catalogue.withdraw_announcement(by=request.actor, slug=slug, reason=form.cleaned_data["reason"])
        return _back(slug)
    return _form_page(request, one, form, _("Take back what was announced"), _("Take it back"))


@require_http_methods(["GET", "HEAD", "POST"])
def change_hold(request: CityRequest, slug: str) -> HttpResponse:
    """Ask why nothing of a dataset may be deleted, or why it may again."""
    one = catalogue.registered_dataset(request.actor, slug)
    act, do = (LIFT_HOLD, catalogue.lift_hold) if one.legal_hold else (SET_HOLD, catalogue.set_hold)
    require(request.actor, act, _thing(request, one))
    form = forms.GiveReason(request.POST or None)
    if form.is_valid():
        do(by=request.actor, slug=slug, reason=form.cleaned_data["reason"])
        return _back(slug)
    if one.legal_hold:
        return _form_page(request, one, form, _("Lift the legal hold"), _("Lift it"))
    return _form_page(request, one, form, _("Set a legal hold"), _("Keep everything"))


@require_http_methods(["GET", "HEAD", "POST"])
def change_target(request: CityRequest, slug: str) -> HttpResponse:
    """Ask what quality a dataset should have, and why."""
    one = _required(request, slug, SET_TARGET)
    form = forms.SetTarget(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        dimension, reason = Dimension(given["dimension"]), given["reason"]
        if given["per_cent"] is None:
            drop_target(by=request.actor, dimension=dimension, reason=reason, slug=slug)
        else:
            share = float(given["per_cent"]) / 100
            set_target(by=request.actor, dimension=dimension, share=share, reason=reason, slug=slug)
        return _back(slug)
    return _form_page(request, one, form, _("Set a target"), _("Set it"))


def _required(request: CityRequest, slug: str, act: Act) -> Registered:
    """Return a dataset of the register, or one's own draft, when the actor may do this to it."""
    one = catalogue.registered_dataset(request.actor, slug)
    require(request.actor, act, _thing(request, one))
    return one


def _thing(request: CityRequest, one: Registered) -> Thing:
    return Thing("dataset", one.slug, request.actor.tenant_id, Classification(one.classification), one.department)


def _may(request: CityRequest, act: Act, one: Registered) -> bool:
    return may(request.actor, act, _thing(request, one)).allowed


def _form_page(
    request: CityRequest, one: Registered, form: Any, title: str, action: str, *, has_plan: bool = False
) -> HttpResponse:
    context = {"dataset": one, "form": form, "heading": title, "action": action, "has_plan": has_plan}
    return render(request, "stewardship/act.html", context)


def _add_errors(form: Any, error: SpiegelstadError) -> None:
    for problem in error.extra.get("problems", [error.detail]):
        form.add_error(None, said_or_english(problem))


def _back(slug: str) -> HttpResponse:
    return HttpResponseRedirect(f"/register/datasets/{slug}", status=303)


def _today() -> dt.date:
    return now().astimezone(BRUSSELS).date()
