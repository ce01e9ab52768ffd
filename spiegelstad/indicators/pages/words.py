"""Figures in words: values with their unit, changes, targets, periods, addresses."""

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spiegelstad.base.localised import in_language
from spiegelstad.base.units import format_number, format_quantity
from spiegelstad.indicators.rules.figures import Figure, Indicator, Latest, Target

NOTHING = "–"


def value_words(indicator: Indicator, value: float | None, *, suppressed: bool = False) -> str:
    """Write a value with its unit; a hidden one says so, a missing one is a dash."""
    if suppressed:
        return _("hidden")
    if value is None:
        return NOTHING
    return format_quantity(value, indicator.unit, indicator.decimals, get_language() or "nl")


def figure_words(indicator: Indicator, figure: Figure | None) -> str:
    """Write a figure's value; a figure that is not there is a dash."""
    return NOTHING if figure is None else value_words(indicator, figure.value, suppressed=figure.suppressed)


def count_words(value: float | None, suppressed: bool = False) -> str:
    """Write a numerator or denominator: whole where it is whole, else with two decimals."""
    if suppressed or value is None:
        return NOTHING
    return format_number(value, 0 if value == round(value) else 2, get_language() or "nl")


def figure_url(figure: Figure | None) -> str:
    """Return the permanent address of a figure, empty without one."""
    return "" if figure is None else f"/figures/{figure.id}"


def area_url(area_type: str, code: str) -> str:
    """Return the address of an area's profile."""
    return f"/areas/{area_type}/{code}"


def change_words(latest: Latest) -> str:
    """Write the change since the period before: `+1,2 m² since 2023`; empty without one."""
    if latest.change is None or latest.previous is None:
        return ""
    indicator, change = latest.indicator, latest.change
    if round(change, indicator.decimals) == 0:
        return _("unchanged since {period}").format(period=period_words(latest.previous.period))
    size = _change_size(indicator, abs(change))
    sign = "+" if change > 0 else "−"
    return _("{change} since {period}").format(change=f"{sign}{size}", period=period_words(latest.previous.period))


def _change_size(indicator: Indicator, size: float) -> str:
    """Write the size of a change; that of percentages is in points, or one would read it as per cent of per cent."""
    if indicator.unit != "P1":
        return format_quantity(size, indicator.unit, indicator.decimals, get_language() or "nl")
    number = format_number(size, indicator.decimals, get_language() or "nl")
    return _("{number} points").format(number=number)


def tone_of(latest: Latest) -> str:
    """Return better, worse or same, for the colour of a change."""
    return {True: "better", False: "worse", None: "same"}[latest.is_better]


def target_words(indicator: Indicator, target: Target | None) -> str:
    """Write a target with its year: `target 45 m² in 2030`; empty without one."""
    if target is None:
        return ""
    return _("target {value} in {year}").format(value=value_words(indicator, target.value), year=target.on.year)


def period_words(period: str) -> str:
    """Write a period: 2024, 03/2024, 31/03/2024; the present one for an indicator without periods."""
    return "/".join(reversed(period.split("-"))) if period else _("now")


def per_words(indicator: Indicator) -> str:
    """Write what the value is per: `per inhabitant`; empty when it is not a ratio of that kind."""
    return _("per {thing}").format(thing=in_language(indicator.per)) if indicator.per else ""


@dataclass(frozen=True, slots=True)
class Slider:
    """A range control over periods; works as a plain form field too. `until`: its last, where there are newer ones."""

    id: str
    periods: tuple[str, ...]
    at: int
    until: str = ""

    @property
    def names(self) -> list[str]:
        """The periods in words, oldest first."""
        return [period_words(period) for period in self.periods]

    @property
    def joined(self) -> str:
        """The names for the script."""
        return "|".join(self.names)

    @property
    def last(self) -> int:
        """The highest step."""
        return len(self.periods) - 1

    @property
    def end(self) -> str:
        """The newest period in words."""
        return self.names[-1]

    @property
    def now(self) -> str:
        """The chosen period in words."""
        return self.names[self.at]
