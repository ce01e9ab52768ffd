"""Numbers, days and parts of datasets in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.units import format_number
from spiegelstad.broker.vocabulary import REQUEST_STATES, UPLOAD_STATES, RequestState, UploadState
from spiegelstad.look.public import Mark


def number_words(value: float) -> str:
    """Write a number of an answer: whole when it is large."""
    return format_number(value, 0 if abs(value) >= 100 or value == int(value) else 1, _language())


def decimal_words(value: Decimal) -> str:
    """Write an epsilon."""
    return format_number(float(value), 3, _language())


def _language() -> str:
    return (get_language() or "nl").split("-")[0]


def day_words(day: date) -> str:
    """Write a day."""
    return date_format(day, "j F Y")


def moment_words(moment: datetime) -> str:
    """Write the day of a moment."""
    return day_words(moment.astimezone(BRUSSELS).date())


def period_words(from_on: date, ends_on: date) -> str:
    """Write a period."""
    return _("{first} to {last}").format(first=day_words(from_on), last=day_words(ends_on))


def request_mark(state: str) -> Mark:
    """Return the badge of a request."""
    return Mark(*REQUEST_STATES[RequestState(state)])


def upload_mark(state: str) -> Mark:
    """Return the badge of an upload."""
    return Mark(*UPLOAD_STATES[UploadState(state)])
