"""Rows as pages: a selection as a table with its next page and downloads, and one row with what its values mean."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import unit
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import ROW, Column, ColumnType, Rows, Selection, Value, order_key
from spiegelstad.look.public import Cell, Link, Text, number, table
from spiegelstad.look.public import Column as Head
from spiegelstad.tabular import rules
from spiegelstad.tabular.queries import quoted
from spiegelstad.tabular.rules import Asked

_MAX_SHOWN = 500
_NUMBERS = {ColumnType.BIGINT, ColumnType.DOUBLE}


def show_rows(request: CityRequest, found: Rows, asked: Asked) -> HttpResponse:
    """Show a page of what is selected; each row leads to its own page."""
    selection = asked.selection
    limit = min(_MAX_SHOWN, rules.PAGE if selection.limit is None else selection.limit)
    columns = found.columns_of(selection)
    shown, after = _page(found, replace(selection, limit=limit), columns)
    heads: list[Text | Head] = [number(c.name) if c.type in _NUMBERS else c.name for c in columns]
    rows = [_cells(row, found, columns, is_grouped=selection.is_grouped) for row in shown]
    if not selection.is_grouped:
        heads = [_("Row"), *heads]
    context = _about(found) | {
        "table": table(_("Rows of this selection"), heads, rows) if rows else None,
        "next": next_address(request, found, after) if after else "",
        "is_first": not selection.after,
        "downloads": _downloads(request, found, columns),
    }
    return render(request, "tabular/rows.html", context)


def _page(
    found: Rows, selection: Selection, columns: tuple[Column, ...]
) -> tuple[list[dict[str, Any]], tuple[Any, ...]]:
    """Return the rows of a page, with what orders them, and the place behind the last if there are more."""
    limit = selection.limit or 0
    asked = replace(selection, limit=limit + 1)
    key = [order.column for order in order_key(selection)]
    if not selection.is_grouped:
        names = [column.name for column in columns]
        named = [found.key.name] if found.key else []
        asked = replace(asked, columns=tuple(dict.fromkeys([*names, *key, *named])))
    rows = found.select(asked).to_pylist()
    shown = rows[:limit]
    return shown, tuple(shown[-1][name] for name in key) if shown and len(rows) > limit else ()


def _cells(row: dict[str, Any], found: Rows, columns: tuple[Column, ...], *, is_grouped: bool) -> tuple[Cell, ...]:
    words = catalogue.row_in_words(row, columns, _language())
    if is_grouped:
        return tuple(words)
    name = str(row[found.key.name]) if found.key else f"{found.version.number}-{row[ROW]}"
    return (Link(name, f"/data/{found.version.slug}/rows/{quoted(name)}"), *words)


def show_row(request: CityRequest, found: Rows, key: str, selection: Selection) -> HttpResponse:
    """Show one row: each value with its unit and what it means, and the version it stands in."""
    values = found.select(selection).to_pylist()[0]
    words = catalogue.row_in_words(values, found.columns, _language())
    rows: list[tuple[Cell, ...]] = [
        (column.name, f"{text} {_unit(column)}".strip(), in_language(column.description) or "–")
        for column, text in zip(found.columns, words, strict=True)
    ]
    context = _about(found) | {"key": key, "table": table(_("The row"), [_("Column"), _("Value"), _("Meaning")], rows)}
    return render(request, "tabular/row.html", context)


def _about(found: Rows) -> dict[str, Any]:
    version = found.version
    return {"slug": version.slug, "title": in_language(version.title), "number": version.number}


def _unit(column: Column) -> str:
    return unit(column.unit).symbol if column.unit else ""


def _language() -> str:
    return (get_language() or "nl").split("-")[0]


def _downloads(request: CityRequest, found: Rows, columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    names = {"csv": "CSV", "json": "JSON", "geojson": "GeoJSON", "parquet": "Parquet", "xlsx": "Excel (XLSX)"}
    if catalogue.geometry_of(columns) is None:
        names.pop("geojson")
    return [(name, _with(request, format=format_, limit=rules.ALL)) for format_, name in names.items()]


def next_address(request: CityRequest, found: Rows, after: Sequence[Value]) -> str:
    """Return the address of the next page: of the same version, so that no row is lost when a new one comes."""
    pairs = [(name, value) for name, values in request.GET.lists() for value in values if name != "after"]
    path = f"/data/{found.version.slug}/versions/{found.version.number}/rows"
    _, dot, extension = request.path.rpartition("/rows")[2].partition(".")
    given = urlencode([*pairs, ("after", rules.cursor_of(after))])
    return request.build_absolute_uri(f"{path}{dot}{extension}?{given}")


def _with(request: CityRequest, **changes: str) -> str:
    """Return this address with other parameters; where a page ended is no part of a download."""
    left_out = {*changes, "after"}
    kept = [(name, value) for name, values in request.GET.lists() for value in values if name not in left_out]
    return f"{request.path}?{urlencode([*kept, *changes.items()])}"
