"""Themes in the order and words in which people see them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from spiegelstad.indicators.vocabulary import Theme

NAMES: Mapping[Theme, str | Promise] = {
    Theme.POPULATION: _("Population"),
    Theme.INCOME: _("Income"),
    Theme.HOUSING: _("Housing"),
    Theme.MOBILITY: _("Mobility"),
    Theme.AIR: _("Air and noise"),
    Theme.ENERGY: _("Energy"),
    Theme.GREEN: _("Green space"),
    Theme.MONEY: _("Money of the city"),
    Theme.PLACES: _("Places"),
}

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Group(Generic[Row]):
    """The rows of one theme."""

    theme: Theme
    name: str | Promise
    rows: tuple[Row, ...]


def grouped(rows: Iterable[Row], theme_of: Callable[[Row], Theme]) -> list[Group[Row]]:
    """Return the rows by theme, in the order of themes; a theme without rows is left out."""
    kept = list(rows)
    groups = (Group(theme, name, tuple(r for r in kept if theme_of(r) is theme)) for theme, name in NAMES.items())
    return [group for group in groups if group.rows]
