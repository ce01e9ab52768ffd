"""Entries, stages, shares and days in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from spiegelstad.accounts import public as accounts
from spiegelstad.base.localised import Localised, in_language
from spiegelstad.base.units import format_number
from spiegelstad.catalogue.public import LICENCES, STATUS_NAMES, Frequency, Status
from spiegelstad.look.public import Mark
from spiegelstad.stewardship.rules import Entry
from spiegelstad.stewardship.vocabulary import ORIGINS, Origin

NOTHING = "–"
_STATUS_TONES = {"draft": "quiet", "published": "good", "deprecated": "warning", "archived": "info", "destroyed": "bad"}

Departments = Mapping[str, Mapping[str, str]]


def departments(tenant_id: str) -> Departments:
    """Return the names of the city's departments by slug. 1 query."""
    return accounts.departments(tenant_id)


def department_words(slug: str, known: Departments) -> str:
    """Return the name of a department."""
    return in_language(known.get(slug, slug)) or _("nobody yet")


def owner_words(entry: Entry, known: Departments) -> str:
    """Return who answers for an entry."""
    return _("the program, for figures") if entry.is_frozen else department_words(entry.department, known)


def access_mark(classification: str) -> Mark:
    """Return a classification as a badge."""
    return {
        "public": Mark(_("open"), "good"),
        "internal": Mark(_("internal"), "info"),
        "confidential": Mark(_("confidential"), "warning"),
        "personal": Mark(_("personal"), "bad"),
    }[classification]


def status_mark(status: str) -> Mark:
    """Return where a dataset stands in its life as a badge."""
    return Mark(STATUS_NAMES[Status(status)], _STATUS_TONES[status])


def origin_words(origin: Origin) -> str:
    """Return whether data is the original."""
    return str(ORIGINS[origin])


def frequency_words(frequency: str) -> str:
    """Return how often data is renewed; a dash when nobody said."""
    names = {
        Frequency.CONTINUOUS: _("all the time"),
        Frequency.HOURLY: _("every hour"),
        Frequency.DAILY: _("every day"),
        Frequency.WEEKLY: _("every week"),
        Frequency.MONTHLY: _("every month"),
        Frequency.QUARTERLY: _("every quarter"),
        Frequency.ANNUAL: _("every year"),
        Frequency.IRREGULAR: _("irregularly"),
        Frequency.NEVER: _("never"),
    }
    return names[Frequency(frequency)] if frequency in set(Frequency) else NOTHING


def licence_words(uri: str) -> str:
    """Return the usual name of a licence."""
    return LICENCES.get(uri, uri)


def retention_words(days: int | None, told: Localised | str) -> str:
    """Return for how long data is kept."""
    if days:
        text = ngettext("older versions for one day", "older versions for {count} days", days)
        return text.format(count=count_words(days))
    return in_language(told) or NOTHING


def steward_words(entry: Entry, known: Departments) -> str:
    """Return who answers questions: a service, else the stewards of the department; never a person."""
    if entry.steward:
        return entry.steward
    return (
        _("stewards of {name}").format(name=department_words(entry.department, known)) if entry.department else NOTHING
    )


def share_words(share: float | None) -> str:
    """Write a share as a percentage, cut and not rounded: 100 % means all. A dash when it was not measured."""
    if share is None:
        return NOTHING
    tenths = int(share * 1000 + 1e-9)
    return f"{format_number(tenths / 10, 0 if tenths % 10 == 0 else 1, get_language() or 'nl')} %"


def points_words(change: float | None) -> str:
    """Write a change of a share in points with its sign; a dash when there was nothing before."""
    if change is None:
        return NOTHING
    points = round(change * 100, 1)
    text = format_number(abs(points), 0 if points == int(points) else 1, get_language() or "nl")
    sign = "+" if points > 0 else "−" if points < 0 else "="
    return f"{sign} {text}" if points else "="


def count_words(value: float) -> str:
    """Write a whole number."""
    return format_number(value, 0, get_language() or "nl")


def day_words(day: dt.date | None) -> str:
    """Write a day; a dash without one."""
    return NOTHING if day is None else date_format(day, "j F Y")
