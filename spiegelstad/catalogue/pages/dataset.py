"""A dataset and its versions: `/data/<slug>` and `/data/<slug>/versions/<number>`."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.localised import in_language
from spiegelstad.catalogue import actions, queries, store
from spiegelstad.catalogue.formats import preview
from spiegelstad.catalogue.forms import DeleteVersion
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.records import Dataset, Version
from spiegelstad.catalogue.rules import geometry_of
from spiegelstad.governance.public import may, require
from spiegelstad.look.public import Cell, Link, Table, Text, charts, number, table
from spiegelstad.look.public import Column as Head

_PREVIEW_ROWS = 15
_SHOWN_VERSIONS = 20
_ALIGNED_RIGHT = {"BIGINT", "DOUBLE", "DATE", "TIMESTAMP WITH TIME ZONE"}  # on one line, digits under digits


@require_safe
def show_dataset(request: CityRequest, slug: str) -> HttpResponse:
    """Show what a dataset is, its quality over time, its versions and its first rows."""
    dataset = queries.dataset(request.actor, slug)
    versions = queries.versions(request.actor, slug)
    context = _about(request, dataset)
    if dataset.current is not None:
        context |= _content(request, dataset.current)
    context |= {
        "columns": words.columns_table(dataset.current.columns if dataset.current else dataset.columns),
        "versions": _versions_table(versions[:_SHOWN_VERSIONS]),
        "older": max(0, len(versions) - _SHOWN_VERSIONS),
        "course": _course(versions),
    }
    return render(request, "catalogue/dataset.html", context)


@require_safe
def show_version(request: CityRequest, slug: str, number: int) -> HttpResponse:
    """Show one version: where it comes from, how good it is, its rows."""
    dataset = queries.dataset(request.actor, slug)
    version = queries.numbered_version(request.actor, slug, number)
    context = _about(request, dataset) | _content(request, version)
    context |= {
        "is_current": dataset.current is not None and dataset.current.id == version.id,
        "columns": words.columns_table(version.columns),
        "may_delete": may(request.actor, actions.DELETE, actions.thing_of(dataset)).allowed,
    }
    return render(request, "catalogue/version.html", context)


@require_http_methods(["GET", "POST"])
def delete_version(request: CityRequest, slug: str, number: int) -> HttpResponse:
    """Ask for the reason, then delete the version."""
    version = queries.numbered_version(request.actor, slug, number)
    require(request.actor, actions.DELETE, actions.thing_of(queries.dataset(request.actor, slug)))
    form = DeleteVersion(request.POST or None)
    if form.is_valid():
        actions.delete_version(by=request.actor, version_id=version.id, reason=form.cleaned_data["reason"])
        return HttpResponseRedirect(f"/data/{slug}", status=303)
    return render(request, "catalogue/delete_version.html", {"version": version, "form": form})


def _about(request: CityRequest, dataset: Dataset) -> dict[str, Any]:
    department = accounts.departments(dataset.tenant_id).get(dataset.department)
    return {
        "dataset": dataset,
        "theme": words.theme_words(dataset.theme),
        "mark": words.classification_mark(dataset.classification),
        "source": words.source_words(dataset),
        "licence": words.licence_words(dataset.licence_uri),
        "steward": in_language(department) if department else "",
    }


def _content(request: CityRequest, version: Version) -> dict[str, Any]:
    related = queries.versions_by_id(request.actor, version.lineage.inputs) if version.lineage.inputs else {}
    checks = version.quality.checks
    return {
        "version": version,
        "rows": words.count_words(version.rows),
        "size": words.size_words(version.bytes),
        "published": words.moment_words(version.published_at),
        "covers": words.period_words(version.coverage.from_, version.coverage.to),
        "score": words.quality_mark(version.quality),
        "checks": words.checks_table(checks) if checks else None,
        "run": _run(version),
        "inputs": _links(_("Made from"), list(related.values())),
        "derived": _links(_("Used in"), queries.derived_versions(request.actor, version.id)),
        "formats": _formats(version),
        **_preview(request, version),
    }


def _run(version: Version) -> Table | None:
    run = version.lineage.run
    if run is None:
        return None
    rows = [
        (_("Source"), run.source),
        (_("Started"), words.moment_words(run.started_at)),
        (_("Rows read"), words.count_words(run.rows_read)),
        (_("Rows accepted"), words.count_words(run.accepted)),
        (_("Rows in quarantine"), words.count_words(run.quarantined)),
        (_("Definition"), run.definition_hash[:12]),
        (_("Checksum of what was read"), run.checksum or "–"),
    ]
    return table(_("The run that made this version"), [_("What"), _("Value")], rows)


def _links(caption: str, versions: Sequence[Version]) -> Table | None:
    if not versions:
        return None
    heads: list[Text | Head] = [_("Dataset"), _("Version"), number(_("Rows"))]
    rows: list[tuple[Cell, ...]] = [
        (
            Link(in_language(v.title), f"/data/{v.slug}"),
            Link(str(v.number), f"/data/{v.slug}/versions/{v.number}"),
            words.count_words(v.rows),
        )
        for v in versions
    ]
    return table(caption, heads, rows)


def _formats(version: Version) -> list[tuple[str, str]]:
    """Return the downloads: (name, address)."""
    base = f"/data/{version.slug}/versions/{version.number}"
    names = {"csv": "CSV", "json": "JSON", "parquet": "Parquet", "geojson": "GeoJSON"}
    if geometry_of(version.columns) is None:
        names.pop("geojson")
    return [(name, f"{base}.{extension}") for extension, name in names.items()]


def _preview(request: CityRequest, version: Version) -> dict[str, Any]:
    """Return a page of rows; the file itself is read only as far as needed."""
    shown = min(version.rows, preview.MAX_ROWS)
    page = Paginator(range(shown), _PREVIEW_ROWS).get_page(request.GET.get("page"))
    columns = version.columns
    try:
        found = preview.rows(store.path_of(version.content_hash), max(0, page.start_index() - 1), len(page.object_list))
    except preview.Unreadable:
        return {"page": page, "preview": None, "is_damaged": True}
    heads: list[Text | Head] = [number(c.name) if c.type in _ALIGNED_RIGHT else c.name for c in columns]
    rows = [preview.in_words(row, columns, words.language()) for row in found]
    return {"page": page, "preview": table(_("Rows of this version"), heads, rows), "is_cut": shown < version.rows}


def _versions_table(versions: Sequence[Version]) -> Table:
    heads: list[Text | Head] = [
        _("Version"), _("Published"), _("How"), number(_("Rows")), number(_("Rows read")), number(_("In quarantine")),
        number(_("Quality")),
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for version in versions:
        run = version.lineage.run
        rows.append(
            (
                Link(str(version.number), f"/data/{version.slug}/versions/{version.number}"),
                words.moment_words(version.published_at),
                words.activity_words(version.lineage.activity),
                words.count_words(version.rows),
                words.count_words(run.rows_read) if run else "–",
                words.count_words(run.quarantined) if run else "–",
                words.quality_mark(version.quality) or "–",
            )
        )
    return table(_("Versions"), heads, rows)


def _course(versions: Sequence[Version]) -> charts.Chart | None:
    """Return the quality over time, the last version of each day; None when there is no course to see yet."""
    days: dict[str, float | None] = {}
    checked = [version for version in versions if version.quality.checks]
    for version in sorted(checked, key=lambda v: v.number):
        days[version.published_at.astimezone(BRUSSELS).date().isoformat()] = round(version.quality.score * 100, 2)
    if len(days) < 2:
        return None
    series = charts.Series(_("Quality"), tuple(sorted(days.items())))
    title = _("Share of rows that keep every rule, in per cent")
    return charts.line(title, [series], period="day", unit="P1", decimals=1, height=200)
