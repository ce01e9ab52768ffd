"""Devices in words: state, value, moment, distance, address."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spiegelstad.base.units import format_number, format_quantity
from spiegelstad.look.public import Mark
from spiegelstad.mirror.public import Latest
from spiegelstad.sensors.queries import Device
from spiegelstad.sensors.vocabulary import State

NOTHING = "–"


def state_mark(state: State) -> Mark:
    """Return how a device does as a badge."""
    return {
        State.MEASURING: Mark(_("measures"), "good"),
        State.SILENT: Mark(_("silent"), "warning"),
        State.WAITING: Mark(_("nothing measured yet"), "info"),
        State.INACTIVE: Mark(_("not in use"), "quiet"),
    }[state]


def value_words(one: Latest | None) -> str:
    """Write a newest value with its unit; a dash without one."""
    if one is None or one.value is None:
        return NOTHING
    return format_quantity(one.value, one.unit, language=get_language() or "nl")


def moment_words(moment: dt.datetime | None) -> str:
    """Write a moment in local time; a dash without one."""
    return NOTHING if moment is None else date_format(localtime(moment), "j F Y, H:i")


def distance_words(metres: float | None) -> str:
    """Write a distance: in tens of metres when near, else in kilometres; a dash without one."""
    if metres is None:
        return NOTHING
    language = get_language() or "nl"
    if metres < 995:
        return _("{count} m").format(count=format_number(round(metres, -1), 0, language))
    return _("{count} km").format(count=format_number(metres / 1000, 1, language))


def device_url(device: Device) -> str:
    """Return the address of a device's page."""
    return f"/sensors/{device.key}"
