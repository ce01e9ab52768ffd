"""Pages about other catalogues: all of them, and one with its runs and the report of what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import format_number
from spiegelstad.harvest import asking, queries
from spiegelstad.harvest.formats.report import as_csv, done_words, wrong_words
from spiegelstad.harvest.queries import PAGE_RECORDS, Line
from spiegelstad.harvest.records import Record, Run
from spiegelstad.harvest.rules import Finding
from spiegelstad.harvest.vocabulary import KIND_NAMES, STATE_WORDS, TRIGGER_WORDS, RecordState
from spiegelstad.look.public import Cell, Column, Link, Mark, Table, Text, number, table

_SHOWN = 120


@require_safe
def show_sources(request: CityRequest) -> HttpResponse:
    """Show the other catalogues whose datasets stand in ours, and how they stand."""
    lines = queries.sources(request.actor)
    departments = accounts.departments(request.actor.tenant_id)
    heads: list[Text | Column] = [
        _("Catalogue"), _("Kind"), _("Department"), _("Last run"), _("Read at"), number(_("Datasets")),
        number(_("In quarantine")), number(_("Lines in the report")),
    ]  # fmt: skip
    rows = [_source_row(line, departments) for line in lines]
    context = {"table": table(_("Other catalogues"), heads, rows) if rows else None}
    return render(request, "harvest/sources.html", context)


def _source_row(line: Line, departments: dict[str, dict[str, str]]) -> tuple[Cell, ...]:
    source, last = line.source, line.last_run
    department = departments.get(source.department)
    return (
        Link(in_language(source.title), f"/harvest/{source.slug}"),
        KIND_NAMES[source.kind],
        in_language(department) if department else source.department,
        _state(last),
        _moment(last.started_at if last else None),
        _count(line.taken),
        _count(line.quarantined),
        _count(last.findings) if last else "–",
    )


@require_safe
def show_source(request: CityRequest, slug: str) -> HttpResponse:
    """Show one other catalogue: its last run, the report of what is wrong in its records, and its runs."""
    source = queries.source(request.actor, slug)
    runs = queries.runs(request.actor, slug)
    quarantined = request.GET.get("show") == "quarantine"
    asked = request.GET.get("page", "1")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    records, total = queries.report_page(request.actor, slug, wanted, quarantined=quarantined)
    last = runs[0] if runs else None
    context = {
        "source": source,
        "kind": KIND_NAMES[source.kind],
        "may_run": queries.may_run(request.actor, source),
        "last": last,
        "state": _state(last),
        "started": _moment(last.started_at if last else None),
        "tabs": [
            (_("All"), f"/harvest/{slug}", not quarantined),
            (_("In quarantine"), f"/harvest/{slug}?show=quarantine", quarantined),
        ],
        "report": _report_table(records) if records else None,
        "page": Paginator(range(total), PAGE_RECORDS).get_page(wanted),
        "total": _count(total),
        "unused": _unused_table(last) if last and last.unused else None,
        "runs": _runs_table(runs) if runs else None,
    }
    return render(request, "harvest/source.html", context)


def _report_table(records: Sequence[Record]) -> Table:
    heads = [_("Record"), _("Property"), _("What is wrong"), _("Value"), _("What we did")]
    rows = [_finding_row(record, finding) for record in records for finding in record.findings]
    return table(_("What is wrong in the records"), heads, rows)


def _finding_row(record: Record, finding: Finding) -> tuple[Cell, ...]:
    name = record.title or record.key
    is_taken = record.state is RecordState.TAKEN
    return (
        Link(name, f"/data/{record.slug}") if is_taken else Mark(f"{name[:_SHOWN]} ({_('in quarantine')})", "warning"),
        finding.property,
        wrong_words(finding),
        finding.value[:_SHOWN] + ("…" if len(finding.value) > _SHOWN else ""),
        done_words(finding),
    )


def _unused_table(last: Run) -> Table:
    heads: list[Text | Column] = [_("Property"), number(_("Records"))]
    rows = [(name, _count(count)) for name, count in sorted(last.unused.items(), key=lambda pair: (-pair[1], pair[0]))]
    return table(_("Properties that we have no place for"), heads, rows)


def _runs_table(runs: list[Run]) -> Table:
    heads: list[Text | Column] = [
        _("Started"), _("State"), _("Why"), number(_("Records")), number(_("Datasets")), number(_("New or changed")),
        number(_("Out of scope")), number(_("In quarantine")), number(_("Gone")), number(_("Took")),
    ]  # fmt: skip
    rows = [
        (
            _moment(run.started_at), _state(run), TRIGGER_WORDS[run.trigger], _count(run.found), _count(run.taken),
            _count(run.changed), _count(run.skipped), _count(run.quarantined), _count(run.gone),
            "–" if run.seconds is None else f"{format_number(run.seconds, 1, _language())} s",
        )
        for run in runs
    ]  # fmt: skip
    return table(_("Runs"), heads, rows)


@require_safe
def download_report(request: CityRequest, slug: str) -> HttpResponse:
    """Give the report as CSV, to send to the publisher of the other catalogue."""
    body = "\ufeff" + as_csv(queries.report(request.actor, slug))
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-report.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def run_now(request: CityRequest, slug: str) -> HttpResponse:
    """Ask a worker to read the other catalogue now."""
    asked = asking.request_run(by=request.actor, slug=slug)
    messages.success(request, _("The catalogue is being read.") if asked else _("It was asked already."))
    return HttpResponseRedirect(f"/harvest/{slug}", status=303)


def _state(run: Run | None) -> Mark:
    if run is None:
        return Mark(_("never read"), "quiet")
    text, tone = STATE_WORDS[run.state]
    return Mark(text, tone)


def _language() -> str:
    return (get_language() or "nl").split("-")[0]


def _count(value: float) -> str:
    return format_number(value, 0, _language())


def _moment(moment: datetime | None) -> str:
    return "–" if moment is None else date_format(moment.astimezone(BRUSSELS), "j F Y, H:i")
