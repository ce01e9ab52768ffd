"""A dataset and its versions: `/data/<slug>` and `/data/<slug>/versions/<number>`."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.localised import in_language
from spiegelstad.catalogue import actions, asking, profiling, queries, showcasing, uses
from spiegelstad.catalogue.forms import DeleteVersion
from spiegelstad.catalogue.pages import badges, dictionary, lineage, snippets, words
from spiegelstad.catalogue.pages.asked import AskedRows
from spiegelstad.catalogue.pages.feedback import shown_question
from spiegelstad.catalogue.pages.rows import shown_rows
from spiegelstad.catalogue.records import Dataset, Version
from spiegelstad.catalogue.rules import geometry_of
from spiegelstad.governance.public import may, require
from spiegelstad.look.public import Cell, Link, Mark, Table, Text, charts, number, table
from spiegelstad.look.public import Column as Head

_SHOWN_VERSIONS = 20
_SHOWN_QUESTIONS = 5


@require_safe
def show_dataset(request: CityRequest, slug: str) -> HttpResponse:
    """Show everything about a dataset: what it is, its rows, columns, origin, versions, uses, and what was asked."""
    dataset = queries.dataset(request.actor, slug)
    versions = queries.versions(request.actor, slug)
    context = _about(request, dataset)
    if dataset.current is not None:
        context |= _content(request, dataset, dataset.current)
    else:
        context |= {
            "lineage": (picture := lineage.picture(dataset, None, [], [], uses.uses(request.actor, slug))),
            "lineage_height": picture.height + 4,
            "dictionary": dictionary.described(dataset.columns, None),
        }
    host = request.build_absolute_uri("/").rstrip("/")
    has_map = dataset.current is not None and geometry_of(dataset.current.columns) is not None
    answered = asking.public_questions(request.actor, slug)
    context |= {
        "notices": badges.notices(dataset),
        "badges": badges.badges(dataset, now()),
        "versions": _versions_table(dataset, versions[:_SHOWN_VERSIONS]) if versions else None,
        "older": max(0, len(versions) - _SHOWN_VERSIONS),
        "course": _course(versions),
        "snippets": snippets.snippets(dataset, host, has_map=has_map),
        "ways": snippets.ways(dataset, host, has_map=has_map),
        "uris": _uris(dataset, host),
        "questions": [shown_question(one) for one in answered[:_SHOWN_QUESTIONS]],
        "showcases": showcasing.showcases(request.actor, slug),
        "jumps": _jumps(dataset),
    }
    return render(request, "catalogue/dataset.html", context)


@require_safe
def show_version(request: CityRequest, slug: str, number: int) -> HttpResponse:
    """Show one version: where it comes from, how good it is, its rows."""
    dataset = queries.dataset(request.actor, slug)
    version = queries.numbered_version(request.actor, slug, number)
    before = [one for one in queries.versions(request.actor, slug) if one.number < number]
    context = _about(request, dataset) | _content(request, dataset, version)
    context |= {
        "is_current": dataset.current is not None and dataset.current.id == version.id,
        "compared_with": before[0].number if before else None,
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
        "frequency": words.frequency_words(dataset.frequency),
        "hvd": words.hvd_words(dataset.hvd_category),
    }


def _content(request: CityRequest, dataset: Dataset, version: Version) -> dict[str, Any]:
    related = queries.versions_by_id(request.actor, version.lineage.inputs) if version.lineage.inputs else {}
    derived = queries.derived_versions(request.actor, version.id)
    profile = profiling.profile(request.actor, version)
    checks = version.quality.checks
    picture = lineage.picture(
        dataset, version, list(related.values()), derived, uses.uses(request.actor, dataset.slug)
    )  # fmt: skip
    shown = shown_rows(request, version, profile)
    is_current = dataset.current is not None and dataset.current.id == version.id
    base = f"/data/{version.slug}" + ("" if is_current else f"/versions/{version.number}") + "/rows"
    return {
        "version": version,
        "rows": words.count_words(version.rows),
        "size": words.size_words(version.bytes),
        "published": words.moment_words(version.published_at),
        "covers": words.period_words(version.coverage.from_, version.coverage.to),
        "score": words.quality_mark(version.quality),
        "checks": words.checks_table(checks) if checks else None,
        "run": _run(version),
        "lineage": picture,
        "lineage_height": picture.height + 4,
        "formats": _formats(version),
        "dictionary": dictionary.described(version.columns, profile),
        "is_profiled": profile is not None,
        "downloads": _downloads(base, version, shown["asked"]),
        **shown,
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


_NAMES = {"csv": "CSV", "xlsx": "Excel", "json": "JSON", "geojson": "GeoJSON", "parquet": "Parquet"}


def _formats(version: Version) -> list[tuple[str, str]]:
    """Return the downloads of the whole version: (name, address)."""
    base = f"/data/{version.slug}/versions/{version.number}"
    return [(name, f"{base}.{extension}") for extension, name in _offered(version).items()]


def _downloads(base: str, version: Version, asked: AskedRows) -> list[tuple[str, str]]:
    """Return the downloads of the rows that are asked, by the API of rows: (name, address)."""
    given = [(f"{f.column}__{'null' if f.operator in _FILLED else f.operator}", _FILLED.get(f.operator, f.text))
             for f in asked.filters]  # fmt: skip
    given += [("sort", asked.sort)] if asked.sort else []
    query = f"?{urlencode([*given, ('limit', 'all')])}"
    return [(name, f"{base}.{extension}{query}") for extension, name in _offered(version).items()]


_FILLED: Mapping[str, str] = {"filled": "false", "empty": "true"}


def _offered(version: Version) -> dict[str, str]:
    has_place = geometry_of(version.columns) is not None
    return {extension: name for extension, name in _NAMES.items() if extension != "geojson" or has_place}


def _uris(dataset: Dataset, host: str) -> list[tuple[str, str]]:
    page, current = f"{host}/data/{dataset.slug}", dataset.current
    found = [(_("This dataset"), page)]
    if current is not None:
        found.append((_("This version"), f"{page}/versions/{current.number}"))
        if any(column.role == "identifier" for column in current.columns):
            found.append((_("A row, by its key"), f"{page}/rows/…"))
    return found


def _jumps(dataset: Dataset) -> list[tuple[str, str]]:
    if dataset.current is None:
        return [(_("Origin"), "lineage-title"), (_("Questions"), "talk")]
    return [
        (_("Rows"), "rows"), (_("Columns"), "columns"), (_("Origin"), "lineage-title"), (_("Versions"), "versions"),
        (_("Use it"), "reuse"), (_("Questions"), "talk"),
    ]  # fmt: skip


def _versions_table(dataset: Dataset, versions: Sequence[Version]) -> Table:
    heads: list[Text | Head] = [
        _("Version"), _("Published"), _("How"), number(_("Rows")), number(_("Rows read")), number(_("In quarantine")),
        number(_("Quality")), _("On time"), _("Difference"),
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for at, version in enumerate(versions):
        run = version.lineage.run
        before = versions[at + 1] if at + 1 < len(versions) else None
        address = f"/data/{version.slug}/versions/{version.number}"
        rows.append(
            (
                Link(str(version.number), address),
                words.moment_words(version.published_at),
                words.activity_words(version.lineage.activity),
                words.count_words(version.rows),
                words.count_words(run.rows_read) if run else "–",
                words.count_words(run.quarantined) if run else "–",
                words.quality_mark(version.quality) or "–",
                _punctual(dataset, version, before) or "–",
                Link(_("what changed"), f"{address}/changes") if before else "–",
            )
        )
    return table(_("Versions"), heads, rows)


def _punctual(dataset: Dataset, version: Version, before: Version | None) -> Mark | None:
    """Return whether a version came as soon after the one before as the frequency promises."""
    if before is None:
        return None
    return words.freshness_mark(dataset.frequency, before.published_at, version.published_at)


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
