"""Tables as data: what a page shows in rows, and what stands beside every chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

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

    def cells(self) -> list[list[tuple[Column, Cell]]]:
        """Return each row as (column, cell) pairs, for the template."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


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
