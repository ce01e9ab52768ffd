"""Tables as data: what a page shows in rows, and what stands beside every chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere."""

    text: Text
    url: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell with a badge; `tone` is one of good, warning, bad, info, quiet."""

    text: Text
    tone: str = "quiet"


Cell = Text | Link | Mark


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and whether it holds numbers (right-aligned, tabular figures)."""

    label: Text
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of ready texts; the first cell of a row is its heading."""

    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def body(self) -> SafeString:
        """Return the rows as HTML; not by a template, which takes ten times as long for a long table."""
        return mark_safe("".join(self._row(row) for row in self.rows))  # noqa: S308  each part is escaped below

    def _row(self, row: tuple[Cell, ...]) -> str:
        first, *rest = zip(self.columns, row, strict=True)
        head = f'<th scope="row"{_class_of(first[0])}>{_html(first[1])}</th>'
        cells = "".join(f"<td{_class_of(column)}>{_html(cell)}</td>" for column, cell in rest)
        return f"<tr>{head}{cells}</tr>"


def _class_of(column: Column) -> str:
    return ' class="number"' if column.number else ""


def _html(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.url)}">{escape(cell.text)}</a>'
    if isinstance(cell, Mark):
        return f'<span class="badge badge-{escape(cell.tone)}">{escape(cell.text)}</span>'
    return str(escape(cell))


def table(caption: Text, columns: Sequence[Text | Column], rows: Iterable[Sequence[Cell]]) -> Table:
    """Return a Table; a column given as text is one of words. A row of another length is an error."""
    known = tuple(column if isinstance(column, Column) else Column(column) for column in columns)
    ready = tuple(tuple(row) for row in rows)
    for row in ready:
        if len(row) != len(known):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(known)} columns: {row}")
    return Table(caption, known, ready)


def number(label: Text) -> Column:
    """Return a column of numbers."""
    return Column(label, number=True)
