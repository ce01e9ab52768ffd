"""What changed between two versions of a dataset: `/data/<slug>/versions/<number>/changes`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.catalogue import queries
from spiegelstad.catalogue.comparing import SHOWN, Differences, differences
from spiegelstad.catalogue.formats import preview
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.rules import Column
from spiegelstad.look.public import Table, table

_MOST_COLUMNS = 12
_MOST_VERSIONS = 200


@require_safe
def show_changes(request: CityRequest, slug: str, number: int) -> HttpResponse:
    """Show what differs from an older version to this one; `from` is its number, usually the one before."""
    dataset = queries.dataset(request.actor, slug)
    newer = queries.numbered_version(request.actor, slug, number)
    before = [one for one in queries.versions(request.actor, slug) if one.number < number]
    asked = request.GET.get("from", "")
    older = next((one for one in before if str(one.number) == asked), before[0] if before else None)
    if older is None:
        raise queries.NoSuchVersion(f"There is no version before {number} of {slug!r}.")
    context: dict[str, Any] = {
        "dataset": dataset,
        "older": older,
        "newer": newer,
        "old_day": words.day_words(older.published_at),
        "new_day": words.day_words(newer.published_at),
        "others": [(one.number, words.day_words(one.published_at)) for one in before[:_MOST_VERSIONS]],
    }
    try:
        context |= _shown(differences(request.actor, older, newer))
    except SpiegelstadError as error:
        context["trouble"] = _(error.title)
    return render(request, "catalogue/changes.html", context)


def _shown(found: Differences) -> dict[str, Any]:
    counts = [(_("Rows added"), found.added), (_("Rows removed"), found.removed)]
    if found.key:
        counts.insert(1, (_("Rows changed"), found.changed))
    tables = [
        _columns_table(found),
        _values_table(found),
        _rows_table(_("Rows that came (the first {count})").format(count=SHOWN), found, found.added_rows),
        _rows_table(_("Rows that went (the first {count})").format(count=SHOWN), found, found.removed_rows),
    ]
    return {
        "differences": found,
        "counts": [(name, words.count_words(count)) for name, count in counts],
        "tables": [one for one in tables if one.rows],
        "is_same": not any(one.rows for one in tables),
    }


def _columns_table(found: Differences) -> Table:
    rows = [(column.name, _("came"), column.type) for column in found.added_columns]
    rows += [(column.name, _("went"), column.type) for column in found.removed_columns]
    rows += [(after.name, _("changed"), f"{before.type} → {after.type}") for before, after in found.retyped_columns]
    return table(_("Columns"), [_("Column"), _("What"), _("Type")], rows)


def _values_table(found: Differences) -> Table:
    by_name = {column.name: column for column in found.newer.columns}
    rows = [
        (
            _word(one.key, by_name[found.key]),
            one.column.name,
            _word(one.before, one.column),
            _word(one.after, one.column),
        )
        for one in found.changed_values
    ]
    title = _("Values that changed (the first {count})").format(count=SHOWN)
    return table(title, [found.key or _("Row"), _("Column"), _("Before"), _("After")], rows)


def _rows_table(title: str, found: Differences, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = [column for column in found.newer.columns if rows and column.name in rows[0]][:_MOST_COLUMNS]
    cells = [[_word(row[column.name], column) for column in columns] for row in rows]
    return table(title, [column.name for column in columns], cells)


def _word(value: Any, column: Column) -> str:
    return preview.in_words({column.name: value}, [column], words.language())[0]
