"""Pages for who shares data, and for the steward who looks at it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.error_texts import said_or_english
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import applying, uploading
from spiegelstad.broker.pages.words import moment_words, number_words, upload_mark
from spiegelstad.broker.rules.personal import REFUSED
from spiegelstad.broker.rules.tabled import Made
from spiegelstad.broker.rules.uploaded import Mapped, UnusableUpload
from spiegelstad.broker.sharing import DescribeColumn, NewUpload
from spiegelstad.broker.vocabulary import FINDINGS, UploadState
from spiegelstad.look.public import Cell, Column, Link, Mark, Table, Text, number, table

_BOTH = ["GET", "HEAD", "POST"]
_SHOWN = 5


@never_cache
@require_http_methods(_BOTH)
def show_uploads(request: CityRequest) -> HttpResponse:
    """Show what the actor shared; POST takes a new file."""
    applying.require_asking(request.actor)
    mine = queries.my_uploads(request.actor)
    published = {one.slug: one.title for one in mine if one.state == UploadState.PUBLISHED}
    form = NewUpload(request.POST or None, request.FILES or None, published)
    if request.method == "POST" and form.is_valid():
        try:
            row = uploading.upload(by=request.actor, given=form.given())
        except SpiegelstadError as error:
            form.add_error("file", said_or_english(error.detail, error.remedy))
        else:
            return HttpResponseRedirect(f"/access/uploads/{row.id}")
    lines: list[tuple[Cell, ...]] = [
        (Link(one.title, f"/access/uploads/{one.id}"), moment_words(one.created_at), upload_mark(one.state))
        for one in mine
    ]
    context = {"form": form, "table": table(_("What you shared"), [_("Title"), _("Shared on"), _("State")], lines)}
    return render(request, "broker/uploads.html", context)


@never_cache
@require_http_methods(_BOTH)
def show_upload(request: CityRequest, upload_id: UUID) -> HttpResponse:
    """Show an upload; POST with `act`: describe, hand_in, withdraw; or as a steward publish, refuse."""
    row = queries.upload(request.actor, upload_id)
    mine = request.actor.id == f"person:{row.person_id}"
    problem, act = "", request.POST.get("act", "")
    columns = _columns(request, row) if mine and row.state == UploadState.READ else []
    if request.method == "POST":
        try:
            _act(request, row, act, columns)
        except SpiegelstadError as error:
            problem = said_or_english(error.detail, error.remedy)
        else:  # what a steward refused is its maker's alone
            return HttpResponseRedirect("/access/inbox" if act == "refuse" else f"/access/uploads/{row.id}")
    made = uploading.made_of(row) if row.content is not None else None
    context = {
        "row": row,
        "mark": upload_mark(row.state),
        "is_mine": mine,
        "columns": columns,
        "problem": problem,
        "warnings": [_warning(one) for one in row.warnings],
        "must_say": bool(row.warnings) and not any(one["kind"] in REFUSED for one in row.warnings),
        "checks": _checks(made) if made else None,
        "preview": _preview(made) if made else None,
        "rows": number_words(made.table.num_rows) if made else "",
    }
    return render(request, "broker/upload.html", context)


def _columns(request: CityRequest, row: models.Upload) -> list[tuple[Mapped, DescribeColumn]]:
    data = request.POST if request.POST.get("act") == "describe" else None
    return [
        (one, DescribeColumn(data, prefix=f"c{place}", initial={
            "name": one.name, "use": one.use, "required": one.required, "description": one.description}))
        for place, one in enumerate(uploading.mapping_of(row))
    ]  # fmt: skip


def _act(request: CityRequest, row: models.Upload, act: str, columns: list[tuple[Mapped, DescribeColumn]]) -> None:
    by = request.actor
    match act:
        case "describe" if columns:
            if not all(form.is_valid() for _one, form in columns):
                raise UnusableUpload("Correct the fields marked below.")
            mapping = [Mapped(one.source, **form.cleaned_data) for one, form in columns]
            uploading.describe(by=by, upload_id=row.id, mapping=mapping)
        case "hand_in":
            uploading.hand_in(by=by, upload_id=row.id, no_people=bool(request.POST.get("no_people")))
        case "withdraw":
            uploading.withdraw(by=by, upload_id=row.id)
        case "publish":
            uploading.publish(by=by, upload_id=row.id)
        case "refuse":
            uploading.refuse(by=by, upload_id=row.id, reason=request.POST.get("reason", "")[:1_000])
        case _:
            raise uploading.NotWaiting("This file is past that step.")


def _warning(one: dict[str, str]) -> str:
    return str(FINDINGS[one["kind"]]).format(column=one["column"], times=one["times"])


def _checks(made: Made) -> Table:
    rules = {"type": _("has the right type"), "required": _("is filled in"), "geometry": _("has a right place")}
    rows: list[tuple[Cell, ...]] = [
        (
            one.column,
            rules[one.rule],
            number_words(one.failed),
            Mark(_("good"), "good") if not one.failed else Mark(_("look"), "warning"),
        )
        for one in made.quality.checks
    ]
    heads: list[Text | Column] = [_("Column"), _("Rule"), number(_("Wrong")), _("State")]
    return table(_("What was checked"), heads, rows)


def _preview(made: Made) -> Table:
    rows = [tuple(_cell(value) for value in line.values()) for line in made.table.slice(0, _SHOWN).to_pylist()]
    return table(_("The first rows"), [column.name for column in made.columns], rows)


def _cell(value: object) -> str:
    if isinstance(value, bytes):
        return _("a place")
    return "–" if value is None else str(value)[:80]
