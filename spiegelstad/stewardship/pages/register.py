"""The data register: `/register`, and as a file `/register.csv` and `/register.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import NotFound
from spiegelstad.base.localised import in_language
from spiegelstad.look.public import Cell, Column, Link, Table, Text, charts, number, table
from spiegelstad.stewardship.formats import files
from spiegelstad.stewardship.forms import FindEntries
from spiegelstad.stewardship.pages import words
from spiegelstad.stewardship.queries.register import Register
from spiegelstad.stewardship.rules import Entry, Filled, completeness, missing_fields
from spiegelstad.stewardship.vocabulary import ENTRY_KINDS, FIELDS, EntryKind

_A_PAGE = 50
_COLUMNS = (
    "kind", "key", "title", "department", "steward", "classification", "reason", "review_on", "legal_basis",
    "retention", "origin", "systems", "frequency", "licence", "processing", "status", "agreements", "missing",
)  # fmt: skip


class UnknownFile(NotFound):
    """The register is not offered in this format."""

    title = "Unknown format"


def tabs(chosen: str) -> list[tuple[str, str, bool]]:
    """Return the ways between the registers."""
    named = {
        "/register": _("Data"), "/register/processing": _("Personal data"), "/register/quality": _("Quality"),
        "/register/uses": _("Uses"),
    }  # fmt: skip
    return [(text, url, url == chosen) for url, text in named.items()]


@require_safe
def show_register(request: CityRequest) -> HttpResponse:
    """Show the data register. Parameters: q (words), kind, department, access (open, closed), page."""
    known = words.departments(request.actor.tenant_id)
    register, form = Register(request.actor), FindEntries(request.GET, departments=known)
    found = register.found(form.asked())
    page = Paginator(range(len(found)), _A_PAGE).get_page(request.GET.get("page"))
    start = (page.number - 1) * _A_PAGE
    filled = completeness(register.alike)
    total = sum(times for _entry, times in register.alike)
    context = {
        "tabs": tabs("/register"),
        "form": form,
        "page": page,
        "table": _table(found[start : start + _A_PAGE], known),
        "total": words.count_words(total),
        "closed": words.count_words(sum(times for entry, times in register.alike if not entry.is_open)),
        "filled": words.share_words(_overall(filled.values())),
        "chart": _chart(filled, known) if filled else None,
        "lacking": _lacking(filled, known) if filled else None,
        "query": request.GET.urlencode(),
        "is_filtered": form.is_bound and len(found) != total,
    }
    return render(request, "stewardship/register.html", context)


@require_safe
def download_register(request: CityRequest, extension: str) -> HttpResponse:
    """Give the register as csv or json, with the same parameters as the page."""
    known = words.departments(request.actor.tenant_id)
    register = Register(request.actor)
    rows = [plain(entry) for entry in register.found(FindEntries(request.GET, departments=known).asked())[:]]
    if extension == "csv":
        return files.csv_answer("register", rows, _COLUMNS)
    if extension == "json":
        shares = {name: round(one.share, 4) for name, one in completeness(register.alike).items()}
        return files.json_answer("register", {"entries": rows, "completeness": shares})
    raise UnknownFile(f"There is no format {extension!r}.", remedy="Choose from csv, json.")


def plain(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain values, as it stands in files."""
    return {
        **{name: getattr(entry, name) for name in _COLUMNS if hasattr(entry, name)},
        "title": in_language(entry.title),
        "retention": entry.retention_days or in_language(entry.retention),
        "missing": " ".join(missing_fields(entry)),
    }


def _table(shown: Sequence[Entry], known: words.Departments) -> Table:
    heads = [_("Title"), _("What"), _("Owner"), _("Access"), _("Why it is not open"), _("Looked at again on"),
             _("Authoritative or derived"), _("Ask for it")]  # fmt: skip
    return table(_("What the city holds"), heads, [_row(entry, known) for entry in shown])


def _row(entry: Entry, known: words.Departments) -> tuple[Cell, ...]:
    title, url = in_language(entry.title), _url(entry)
    return (
        Link(title, url) if url else title,
        str(ENTRY_KINDS[entry.kind]),
        words.owner_words(entry, known),
        words.access_mark(entry.classification),
        entry.reason or words.NOTHING,
        words.NOTHING if entry.is_open else words.day_words(entry.review_on),
        words.origin_words(entry.origin),
        Link(_("Ask for a part of it"), entry.asked_at) if entry.asked_at else words.NOTHING,
    )


def _url(entry: Entry) -> str:
    return {
        EntryKind.DATASET: f"/register/datasets/{entry.key}",
        EntryKind.SENSOR_TYPE: f"/sensors?kind={entry.key}",
    }.get(entry.kind, "")


def _overall(parts: Any) -> float:
    counted = list(parts)
    return Filled(0, sum(one.filled for one in counted), sum(one.wanted for one in counted)).share


def _chart(filled: dict[str, Filled], known: words.Departments) -> charts.Chart:
    bars = [charts.Bar(words.department_words(slug, known), round(one.share * 100, 1)) for slug, one in filled.items()]
    return charts.ranking(_("Fields that are filled in, in per cent"), bars, unit="P1", decimals=0)


def _lacking(filled: dict[str, Filled], known: words.Departments) -> Table:
    heads: list[Text | Column] = [_("Department"), number(_("Entries")), number(_("Filled in")), _("What lacks most")]
    rows: list[tuple[Cell, ...]] = [
        (
            Link(words.department_words(slug, known), f"/register?department={slug}"),
            words.count_words(one.entries),
            words.share_words(one.share),
            ", ".join(str(FIELDS[name]) for name in one.lacking) or words.NOTHING,
        )
        for slug, one in filled.items()
    ]
    return table(_("How complete the register is"), heads, rows)
