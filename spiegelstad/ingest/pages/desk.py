"""The pages of the steward's desk: my sources, one source with its quarantine, and correcting a row."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.governance.public import require
from spiegelstad.ingest import actions, asking, queries
from spiegelstad.ingest.acts import CORRECT, thing_of_record
from spiegelstad.ingest.forms import CorrectRow
from spiegelstad.ingest.pages import words
from spiegelstad.ingest.queries import PAGE_ROWS, DeskLine
from spiegelstad.ingest.records import LiveState, QuarantinedRow, Run
from spiegelstad.ingest.vocabulary import RowState, RunState
from spiegelstad.look.public import Cell, Column, Link, Mark, Table, Text, number, table


@require_safe
def show_desk(request: CityRequest) -> HttpResponse:
    """Show the steward's sources, those that need attention first when asked."""
    moment = now()
    live = queries.live_sources(request.actor)
    lines = queries.desk(request.actor)
    groups = {
        "failed": [line for line in lines if line.last_run and not line.last_run.succeeded and not _runs(line)],
        "waiting": [line for line in lines if line.waiting],
        "rules": [line for line in lines if line.failing_rules],
        "stale": [line for line in lines if line.source.is_stale(moment)],
    }
    chosen = request.GET.get("show", "")
    departments = accounts.departments(request.actor.tenant_id)
    rows = [_desk_row(line, departments, moment) for line in groups.get(chosen, lines)]
    heads: list[Text | Column] = [
        _("Source"), _("Department"), _("Last run"), _("Data from"), number(_("In quarantine")),
        number(_("Failing rules")), _("Newest data"),
    ]  # fmt: skip
    context = {
        "groups": {name: words.count_words(len(found)) for name, found in groups.items()},
        "tabs": _tabs(chosen, {name: len(found) for name, found in groups.items()}, len(lines)),
        "table": table(_("My sources"), heads, rows),
        "has_sources": bool(lines) or bool(live),
        "live": _live_table(live) if live else None,
        "rows_waiting": words.count_words(sum(line.waiting for line in lines)),
    }
    return render(request, "ingest/desk.html", context)


def _live_table(live: list[LiveState]) -> Table:
    heads: list[Text | Column] = [
        _("Source"), _("State"), _("Last message"), number(_("Messages")), number(_("Rows taken")),
        number(_("Refused")),
    ]  # fmt: skip
    return table(_("Messages that come by themselves"), heads, [_live_row(one) for one in live])


def _live_row(one: LiveState) -> tuple[Cell, ...]:
    return (
        in_language(one.title),
        words.live_mark(one),
        words.moment_words(one.last_message_at),
        words.count_words(one.messages),
        words.count_words(one.rows),
        words.count_words(one.refused),
    )


def _runs(line: DeskLine) -> bool:
    return line.last_run is not None and line.last_run.state is RunState.RUNNING


def _tabs(chosen: str, counts: dict[str, int], total: int) -> list[tuple[str, str, bool]]:
    names = {
        "failed": _("Failed"), "waiting": _("Rows in quarantine"), "rules": _("Failing rules"), "stale": _("Stale"),
    }  # fmt: skip
    everything = _("All")
    every = (f"{everything} ({total})", "/desk", chosen not in names)
    return [every, *((f"{text} ({counts[key]})", f"/desk?show={key}", chosen == key) for key, text in names.items())]


def _desk_row(line: DeskLine, departments: Any, moment: Any) -> tuple[Cell, ...]:
    source = line.source
    department = departments.get(source.department)
    return (
        Link(in_language(source.title), f"/desk/{source.slug}"),
        in_language(department) if department else source.department,
        words.state_mark(line.last_run),
        words.moment_words(line.last_good_at),
        words.count_words(line.waiting),
        words.count_words(line.failing_rules),
        words.fresh_mark(source, moment),
    )


@require_safe
def show_source(request: CityRequest, slug: str) -> HttpResponse:
    """Show one source: its state, failing rules, quarantine and runs."""
    source = queries.source(request.actor, slug)
    runs = queries.runs(request.actor, slug)
    rule = request.GET.get("rule", "")
    asked = request.GET.get("page", "1")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    rows, total = queries.quarantine(request.actor, slug, rule=rule, page=wanted)
    last = runs[0] if runs else None
    context = {
        "source": source,
        "last": last,
        "state": words.state_mark(last),
        "fresh": words.fresh_mark(source, now()),
        "started": words.moment_words(last.started_at) if last else "",
        "failing": _failing_table(request.actor, slug),
        "quarantine": _quarantine_table(rows, slug) if rows else None,
        "page": Paginator(range(total), PAGE_ROWS).get_page(wanted),
        "total": words.count_words(total),
        "rule": rule,
        "is_sample": last is not None and last.quarantined > total and not rule,
        "corrected": queries.waiting_corrections(request.actor, slug),
        "runs": _runs_table(runs) if runs else None,
    }
    return render(request, "ingest/source.html", context)


def _failing_table(actor: Actor, slug: str) -> Table | None:
    found = queries.reason_counts(actor, slug)
    rows = [
        (
            Link(words.reason_words(rule, column, limit), f"/desk/{slug}?rule={rule}:{column}#quarantine")
            if rule != "freshness"
            else words.reason_words(rule, column, limit),
            words.count_words(count) if rule != "freshness" else "–",
        )
        for rule, column, limit, count in found
    ]
    return table(_("Failing rules"), [_("Rule"), number(_("Rows"))], rows) if rows else None


def _quarantine_table(rows: list[QuarantinedRow], slug: str) -> Table:
    heads = [_("Row"), _("File"), _("Reason"), _("Values"), _("State")]
    return table(_("Rows in quarantine"), heads, [_quarantine_row(row, slug) for row in rows])


def _quarantine_row(row: QuarantinedRow, slug: str) -> tuple[Cell, ...]:
    number_ = words.count_words(row.row_number)
    shown = ", ".join(f"{name}: {value}" if name else str(value) for name, value in row.raw.items() if value)
    corrected = row.state is RowState.CORRECTED
    return (
        Link(number_, f"/desk/{slug}/rows/{row.id}") if row.can_be_corrected else number_,
        row.file.rsplit("/", 1)[-1],
        words.reasons_words(list(row.reasons)),
        shown[:160] + ("…" if len(shown) > 160 else ""),
        Mark(_("corrected"), "info") if corrected else Mark(_("waits"), "warning"),
    )


def _runs_table(runs: list[Run]) -> Table:
    heads: list[Text | Column] = [
        _("Started"), _("State"), _("Why"), number(_("Rows read")), number(_("Accepted")), number(_("In quarantine")),
        number(_("Size")), number(_("Took")), _("Definition"),
    ]  # fmt: skip
    rows = [
        (
            words.moment_words(run.started_at),
            words.state_mark(run),
            words.TRIGGERS[run.trigger],
            words.count_words(run.rows_read),
            words.count_words(run.accepted),
            words.count_words(run.quarantined),
            words.megabytes_words(run.bytes),
            words.seconds_words(run.seconds),
            run.definition_hash[:8],
        )
        for run in runs
    ]
    return table(_("Runs"), heads, rows)


@require_POST
def run_now(request: CityRequest, slug: str) -> HttpResponse:
    """Ask a worker to read the source now."""
    asked = asking.request_run(by=request.actor, slug=slug)
    messages.success(request, _("The source is being read.") if asked else _("It was asked already."))
    return _back(slug)


@require_POST
def replay(request: CityRequest, slug: str) -> HttpResponse:
    """Ask a worker to process the last files again with the corrected rows."""
    asked = asking.request_replay(by=request.actor, slug=slug)
    messages.success(request, _("The corrected rows are being taken in.") if asked else _("It was asked already."))
    return _back(slug)


@require_http_methods(["GET", "POST"])
def correct_row(request: CityRequest, slug: str, row_id: UUID) -> HttpResponse:
    """Show a row that fails, and keep its right values."""
    row, source, values = queries.quarantined_row(request.actor, row_id)
    require(request.actor, CORRECT, thing_of_record(request.actor, source))
    form = CorrectRow(request.POST or None, values=values)
    if form.is_valid():
        actions.correct_row(by=request.actor, row_id=row_id, values=form.given(), reason=form.cleaned_data["reason"])
        messages.success(request, _("The correction is kept. Take it in when you are done."))
        return _back(slug)
    context = {"row": row, "source": source, "form": form, "reasons": _reasons(row)}
    return render(request, "ingest/row.html", context)


def _reasons(row: QuarantinedRow) -> list[str]:
    return [words.reason_words(one["rule"], one["column"], one["limit"]) for one in row.reasons]


def _back(slug: str) -> HttpResponse:
    return HttpResponseRedirect(f"/desk/{slug}", status=303)
