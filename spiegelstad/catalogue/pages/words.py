"""Sizes, shares, periods, rules and classifications in words."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from spiegelstad.base.clock import in_brussels
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import format_number, unit
from spiegelstad.catalogue.records import Dataset
from spiegelstad.catalogue.rules import Column, Quality, QualityCheck
from spiegelstad.catalogue.search.rules import Freshness, freshness
from spiegelstad.catalogue.vocabulary import (
    LICENCES,
    STATUS_NAMES,
    THEME_NAMES,
    TYPE_NAMES,
    ColumnType,
    Frequency,
    HvdCategory,
    Status,
    Theme,
)
from spiegelstad.look.public import Column as Head
from spiegelstad.look.public import Mark, Table, Text, number, table

CLASSIFICATIONS = {
    "public": (gettext_lazy("open"), "good"),
    "internal": (gettext_lazy("internal"), "info"),
    "confidential": (gettext_lazy("confidential"), "warning"),
    "personal": (gettext_lazy("personal"), "bad"),
}
RULES = {
    "readable": gettext_lazy("can be read"),
    "type": gettext_lazy("has the right type"),
    "geometry": gettext_lazy("has a right shape"),
    "required": gettext_lazy("is filled in"),
    "minimum": gettext_lazy("is at least {limit}"),
    "maximum": gettext_lazy("is at most {limit}"),
    "values": gettext_lazy("is one of: {limit}"),
    "pattern": gettext_lazy("has the form {limit}"),
    "unique": gettext_lazy("occurs once"),
    "freshness": gettext_lazy("is recent"),
    "inside": gettext_lazy("lies inside the city"),
    "reference": gettext_lazy("exists as an area ({limit})"),
}
FREQUENCIES = {
    Frequency.CONTINUOUS: gettext_lazy("continuously"),
    Frequency.HOURLY: gettext_lazy("every hour"),
    Frequency.DAILY: gettext_lazy("every day"),
    Frequency.WEEKLY: gettext_lazy("every week"),
    Frequency.MONTHLY: gettext_lazy("every month"),
    Frequency.QUARTERLY: gettext_lazy("every quarter"),
    Frequency.ANNUAL: gettext_lazy("every year"),
    Frequency.IRREGULAR: gettext_lazy("now and then"),
    Frequency.NEVER: gettext_lazy("never again"),
}
HVD = {
    HvdCategory.GEOSPATIAL: gettext_lazy("Geospatial"),
    HvdCategory.EARTH_OBSERVATION_AND_ENVIRONMENT: gettext_lazy("Earth observation and environment"),
    HvdCategory.METEOROLOGICAL: gettext_lazy("Weather"),
    HvdCategory.STATISTICS: gettext_lazy("Statistics"),
    HvdCategory.COMPANIES: gettext_lazy("Companies"),
    HvdCategory.MOBILITY: gettext_lazy("Mobility"),
}
FRESHNESS = {
    Freshness.FRESH: (gettext_lazy("up to date"), "good"),
    Freshness.LATE: (gettext_lazy("late"), "warning"),
}
STATUS_TONES = {Status.DRAFT: "info", Status.DEPRECATED: "warning", Status.ARCHIVED: "warning", Status.DESTROYED: "bad"}
ACTIVITIES = {
    "ingest": gettext_lazy("read from its source"),
    "replay": gettext_lazy("corrected rows added"),
    "freeze": gettext_lazy("frozen for a calculation"),
}
_GOOD, _FAIR = 0.99, 0.9
_KILO = 1024


def language() -> str:
    """Return the reader's language."""
    return (get_language() or "nl").split("-")[0]


def count_words(value: float) -> str:
    """Write a whole number."""
    return format_number(value, 0, language())


def size_words(count: int) -> str:
    """Write a number of bytes: `1,4 MB`."""
    value, decimals = float(count), 0
    for name in ("bytes", "kB", "MB", "GB"):
        if value < _KILO or name == "GB":
            return f"{format_number(value, decimals, language())} {name}"
        value, decimals = value / _KILO, 1
    raise AssertionError("unreachable")


def share_words(share: float) -> str:
    """Write a share as a percentage. It is cut, not rounded: 100 % means all, without a single exception."""
    tenths = int(share * 1000 + 1e-9)
    return f"{format_number(tenths / 10, 0 if tenths % 10 == 0 else 1, language())} %"


def tone(share: float) -> str:
    """Return how a share of right values looks: good, warning or bad."""
    return "good" if share >= _GOOD else "warning" if share >= _FAIR else "bad"


def quality_mark(quality: Quality) -> Mark | None:
    """Return the badge of a quality report; None when nothing was checked, which says neither good nor bad."""
    return Mark(share_words(quality.score), tone(quality.score)) if quality.checks else None


def day_words(moment: datetime | None) -> str:
    """Write a moment as a day in Brussels."""
    return "" if moment is None else date_format(in_brussels(moment), "j F Y")


def moment_words(moment: datetime) -> str:
    """Write a moment to the minute in Brussels."""
    return date_format(in_brussels(moment), "j F Y, H:i")


def period_words(from_: datetime | None, to: datetime | None) -> str:
    """Write a period; one day when it begins and ends on the same, nothing when it is not known."""
    first, last = day_words(from_), day_words(to)
    if first and last and first != last:
        return _("{first} to {last}").format(first=first, last=last)
    return last or first


def theme_words(theme: str) -> str:
    """Return the name of a theme."""
    return str(THEME_NAMES.get(Theme(theme), theme))


def status_mark(status: str) -> Mark:
    """Return the badge of a status."""
    return Mark(STATUS_NAMES[Status(status)], STATUS_TONES.get(Status(status), "good"))


def freshness_mark(frequency: str, renewed_at: datetime | None, at: datetime) -> Mark | None:
    """Return whether data is as new as was promised; None when nothing was promised."""
    found = freshness(frequency, renewed_at, at)
    return None if found is None else Mark(*FRESHNESS[found])


def frequency_words(frequency: str) -> str:
    """Return how often a dataset is renewed; a code we don't know as it is."""
    return str(FREQUENCIES[Frequency(frequency)]) if frequency in set(Frequency) else frequency


def hvd_words(category: str) -> str:
    """Return the name of a category of high-value datasets."""
    return str(HVD[HvdCategory(category)]) if category in set(HvdCategory) else category


def classification_mark(classification: str) -> Mark:
    """Return the badge of a classification."""
    text, colour = CLASSIFICATIONS[classification]
    return Mark(text, colour)


def source_words(dataset: Dataset) -> str:
    """Return the name of a dataset's source; the site it comes from says more than a name that is ours."""
    source = dataset.source
    return urlsplit(source.url).netloc if source.url and source.name == dataset.slug else source.name


def licence_words(uri: str) -> str:
    """Return a licence's usual name, else its address."""
    return LICENCES.get(uri, uri)


def unit_words(column: Column) -> str:
    """Return a unit's symbol, or its name when it has none."""
    if not column.unit:
        return ""
    known = unit(column.unit)
    return known.symbol or in_language(known.name)


def rule_words(rule: str) -> str:
    """Return a quality rule in words, such as `minimum 0`; one we don't know as it is."""
    name, _space, limit = rule.partition(" ")
    return str(RULES[name]).format(limit=limit) if name in RULES else rule


def activity_words(activity: str) -> str:
    """Return how a version was made; an activity we don't know by its own name."""
    return str(ACTIVITIES.get(activity, activity))


def columns_table(columns: Sequence[Column]) -> Table:
    """Return the dictionary of the columns."""
    rows = [
        (
            column.name,
            in_language(column.description) or "–",
            str(TYPE_NAMES[ColumnType(column.type)]),
            unit_words(column) or "–",
        )
        for column in columns
    ]
    return table(_("The columns"), [_("Column"), _("Meaning"), _("Type"), _("Unit")], rows)


def checks_table(checks: Sequence[QualityCheck]) -> Table:
    """Return the quality report, the worst first."""
    rows = [
        (
            rule_words(check.rule),
            check.column or _("all columns"),
            count_words(check.passed),
            count_words(check.failed),
            Mark(share_words(check.share), tone(check.share)),
        )
        for check in sorted(checks, key=lambda check: check.share)
    ]
    heads: list[Text | Head] = [_("Rule"), _("Column"), number(_("Right")), number(_("Wrong")), number(_("Share"))]
    return table(_("Quality checks"), heads, rows)
