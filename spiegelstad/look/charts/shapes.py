"""What charts are made of, and the parts that all of them share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import get_language

from spiegelstad.base.units import format_quantity
from spiegelstad.look.tables import Cell, Link, Table
from spiegelstad.look.theme import CATEGORIES, Spec

Text = str | Promise
ONE_ROW: Spec = {"values": [{}]}
"""The data of a mark that is drawn once, whatever the rows of the chart."""
Period = Literal["year", "month", "day", "hour", "none"]


@dataclass(frozen=True, slots=True)
class Series:
    """A named line: (period such as 2024, 2024-03 or 2024-03-01T10, value or None) in order of time."""

    name: str
    points: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value; `here` marks the one that the page is about."""

    name: str
    value: float | None
    here: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Where one value stands between the lowest and the highest of its kind, all as shares of 0 to 1."""

    name: str
    here: float
    middle: float
    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to be shown: rows, a specification per width without them, the table, the legend."""

    title: Text
    description: Text
    data: list[Spec]
    wide: Spec
    narrow: Spec
    table: Table
    legend: tuple[str, ...] = ()
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """How values are written: UN/CEFACT code of the unit and number of decimals."""

    unit: str = ""
    decimals: int = 0

    def write(self, value: float | None) -> str:
        """Return the value in words, a dash when there is none."""
        return "–" if value is None else format_quantity(value, self.unit, self.decimals, get_language() or "nl")

    @property
    def pattern(self) -> str:
        """The d3 number format for an axis."""
        return f",.{self.decimals}f"

    def width_px(self, values: Iterable[float]) -> int:
        """Return the room that axis labels need. Fixed beforehand, so that server and browser draw alike."""
        longest = max((len(f"{value:,.{self.decimals}f}") for value in values), default=1)
        return 10 + 8 * longest


def framed(width: int, height: int, spec: Spec) -> Spec:
    """Return the specification with a fixed outer size, so that nothing moves when it becomes live."""
    pad = {"left": 2, "right": 10, "top": 6, "bottom": 2}
    return {
        "width": width,
        "height": height,
        "padding": pad,
        "autosize": {"type": "fit", "contains": "padding"},
        **spec,
    }


def category_scale(names: Sequence[str]) -> Spec:
    """Return the colours of named categories: the fixed order that the legend uses too."""
    return {"domain": list(names), "range": [CATEGORIES[i % len(CATEGORIES)] for i in range(len(names))]}


def tooltip(*fields: tuple[str, str]) -> list[Spec]:
    """Return what a pointer shows: (field, its name)."""
    return [{"field": field, "type": "nominal", "title": name} for field, name in fields]


def name_cell(bar: Bar | Range) -> Cell:
    """Return the first cell of a row: a link when there is where to go."""
    return Link(bar.name, bar.url) if bar.url else bar.name
