"""Quality of data: the league table of departments at `/register/quality`, and what the page of a dataset shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.public import THEME_NAMES
from spiegelstad.governance.public import Thing, may, require
from spiegelstad.look.public import Cell, Column, Link, Mark, Table, Text, charts, number, table
from spiegelstad.stewardship import forms
from spiegelstad.stewardship.actions import SET_TARGET, drop_target, set_target
from spiegelstad.stewardship.pages import words
from spiegelstad.stewardship.pages.register import tabs
from spiegelstad.stewardship.queries.quality import (
    Measured,
    Missed,
    Overview,
    ThemeTarget,
    Wanted,
    overview,
    theme_targets,
)
from spiegelstad.stewardship.rules import Course, Standing
from spiegelstad.stewardship.vocabulary import DIMENSIONS, MEANINGS, NEXT_STEPS, Dimension

_LINES = 5
"""Departments in one chart; all of them stand in the table."""


@require_safe
def show_quality(request: CityRequest) -> HttpResponse:
    """Show how the departments do with their data: who improved most first, and what helps each of them."""
    targets = theme_targets(request.actor)
    found, known = overview(request.actor), words.departments(request.actor.tenant_id)
    context = {
        "tabs": tabs("/register/quality"),
        "league": _league(found, known) if found.standings else None,
        "chart": _chart(found, known) if found.standings else None,
        "meanings": [(DIMENSIONS[one], MEANINGS[one]) for one in Dimension],
        "targets": _targets(targets) if targets else None,
        "may_set_target": may(request.actor, SET_TARGET, Thing("theme", "", request.actor.tenant_id)).allowed,
    }
    return render(request, "stewardship/quality.html", context)


def _league(found: Overview, known: words.Departments) -> Table:
    heads: list[Text | Column] = [
        _("Department"), number(_("Better in 30 days, in points")), number(_("Quality now")), number(_("Datasets")),
        _("What helps most now"),
    ]  # fmt: skip
    return table(_("How data becomes better"), heads, [_standing(one, found, known) for one in found.standings])


def _standing(one: Standing, found: Overview, known: words.Departments) -> tuple[Cell, ...]:
    step = one.next_step
    if step is None:
        helps: Cell = _("Keep it so: nothing is below its target.")
    else:
        title = in_language(found.titles[step.slug])
        text = f"{title}, {DIMENSIONS[step.dimension]} {words.share_words(step.value)}: {NEXT_STEPS[step.dimension]}"
        helps = Link(text, f"/register/datasets/{step.slug}#quality-title")
    return (
        words.department_words(one.department, known),
        words.points_words(one.change),
        words.share_words(one.now),
        words.count_words(one.datasets),
        helps,
    )


def _chart(found: Overview, known: words.Departments) -> charts.Chart | None:
    """Return the course of each department; None as long as there is only one day to see."""
    today = now().astimezone(BRUSSELS).date()
    series = [
        charts.Series(
            words.department_words(one.department, known),
            tuple(
                (day.isoformat(), round(value * 100, 2)) for day, value in _until(found.courses[one.department], today)
            ),
        )
        for one in found.standings[:_LINES]
    ]
    if all(len(one.points) < 2 for one in series):
        return None
    title = _("Mean quality of the data of a department, in per cent")
    return charts.line(title, series, period="day", unit="P1", decimals=1)


def _until(course: Course, today: dt.date) -> Course:
    """Return a course that goes on until today."""
    return course if course[-1][0] >= today else [*course, (today, course[-1][1])]


def measures_table(last: Measured, targets: Mapping[Dimension, Wanted]) -> Table:
    """Return what was measured last beside its targets."""
    heads: list[Text | Column] = [_("What"), number(_("Now")), number(_("Target")), _("State")]
    rows = [_measure(one, last.measures.get(one), targets.get(one)) for one in Dimension]
    return table(_("Quality now"), heads, rows)


def _measure(dimension: Dimension, share: float | None, target: Wanted | None) -> tuple[Cell, ...]:
    if share is None:
        state: Cell = Mark(_("not measured"), "quiet")
    elif target is None:
        state = Mark(_("no target"), "quiet")
    else:
        state = Mark(_("reached"), "good") if share >= target.share else Mark(_("missed"), "warning")
    wanted = words.share_words(target.share) if target else words.NOTHING
    return (str(DIMENSIONS[dimension]), words.share_words(share), wanted, state)


def course_chart(found: Sequence[Measured], today: dt.date) -> charts.Chart | None:
    """Return each dimension over time; a row holds until the next, the last until today. None with only one day."""
    if found[-1].on == today and len(found) < 2:
        return None
    held = [*((one.on, one) for one in found), *([(today, found[-1])] if found[-1].on < today else [])]
    series = [
        charts.Series(str(DIMENSIONS[name]), tuple((day.isoformat(), _per_cent(one, name)) for day, one in held))
        for name in Dimension
        if any(name in one.measures for _day, one in held)
    ]
    title = _("Quality over time, in per cent")
    return charts.line(title, series, period="day", unit="P1", decimals=1, height=220) if series else None


def _per_cent(one: Measured, name: Dimension) -> float | None:
    return round(one.measures[name] * 100, 2) if name in one.measures else None


def alerts_table(found: Sequence[Missed]) -> Table:
    """Return when targets were missed."""
    heads: list[Text | Column] = [
        _("What"),
        number(_("Then")),
        number(_("Target")),
        _("Missed since"),
        _("Missed until"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            str(DIMENSIONS[one.dimension]),
            words.share_words(one.share),
            words.share_words(one.target),
            words.day_words(one.noticed_at.astimezone(BRUSSELS).date()),
            words.day_words(one.ended_at.astimezone(BRUSSELS).date()) if one.ended_at else _("now"),
        )
        for one in found
    ]
    return table(_("When a target was missed"), heads, rows)


@require_http_methods(["GET", "HEAD", "POST"])
def change_theme_target(request: CityRequest) -> HttpResponse:
    """Ask what quality all data of a theme should have, and why; for administrators."""
    require(request.actor, SET_TARGET, Thing("theme", "", request.actor.tenant_id))
    form = forms.SetThemeTarget(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        dimension, theme, reason = Dimension(given["dimension"]), given["theme"], given["reason"]
        if given["per_cent"] is None:
            drop_target(by=request.actor, dimension=dimension, reason=reason, theme=theme)
        else:
            share = float(given["per_cent"]) / 100
            set_target(by=request.actor, dimension=dimension, share=share, reason=reason, theme=theme)
        return HttpResponseRedirect("/register/quality", status=303)
    return render(request, "stewardship/theme_target.html", {"form": form})


def _targets(found: Sequence[ThemeTarget]) -> Table:
    heads: list[Text | Column] = [_("Theme"), _("What"), number(_("At least")), _("Why")]
    rows: list[tuple[Cell, ...]] = [
        (str(THEME_NAMES[one.theme]), str(DIMENSIONS[one.dimension]), words.share_words(one.share), one.reason)
        for one in found
    ]
    return table(_("Targets of the city"), heads, rows)
