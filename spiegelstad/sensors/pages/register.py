"""The register: every device on a map and in a list, by street, by what it measures; a steward's silent ones first."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.look.public import Cell, Column, Link, Table, Text, maps, number, table
from spiegelstad.places import public as places
from spiegelstad.sensors.forms import Search
from spiegelstad.sensors.pages import words
from spiegelstad.sensors.pages.describing import may_add
from spiegelstad.sensors.queries import Device, alarms, devices, silent_devices
from spiegelstad.sensors.vocabulary import KIND_NAMES

PAGE_DEVICES = 25
OTHER_PLACES = 4
SIMPLIFY_M = 15.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a question came to: devices in the order of the list, the place that was meant, others it may mean."""

    devices: list[Device]
    place: places.AddressHit | None
    others: list[places.AddressHit]


@require_safe
def show_register(request: CityRequest) -> HttpResponse:
    """Show the devices, those nearest to an address first when one is asked for."""
    form = Search(request.GET)
    form.is_valid()
    asked, kind = form.cleaned_data.get("q", "").strip(), form.cleaned_data.get("kind", "")
    every = devices(request.actor)
    found = _find(request.actor, asked, [one for one in every if one.kind == (kind or one.kind)])
    page = Paginator(found.devices, PAGE_DEVICES).get_page(request.GET.get("page"))
    silent = silent_devices(request.actor, every)
    context = {
        "form": form,
        "asked": asked,
        "place": found.place,
        "others": [(hit.label, f"/sensors?{urlencode({'q': hit.label, 'kind': kind})}") for hit in found.others],
        "page": page,
        "table": _table(request.actor.tenant_id, list(page), found.place),
        "map": _map(request.actor, found),
        "silent": _silent(silent, alarms(request.actor)) if silent else None,
        "may_add": may_add(request.actor),
        "is_filtered": bool(asked or kind),
    }
    return render(request, "sensors/register.html", context)


def _find(actor: Actor, asked: str, known: list[Device]) -> Found:
    """Return the devices nearest to the address that was asked for, or those whose name holds the text."""
    hits = places.search_addresses(actor, asked, limit=1 + OTHER_PLACES) if asked else []
    named = [one for one in known if asked.casefold() in in_language(one.name).casefold()] if asked else known
    if not hits:
        return Found(named, None, [])
    place = hits[0]
    near = sorted(known, key=lambda one: (_or_far(one.metres_from(place.lon, place.lat)), one.key))
    return Found(near, place, hits[1:])


def _or_far(metres: float | None) -> float:
    return math.inf if metres is None else metres


def _table(tenant_id: str, shown: Sequence[Device], place: places.AddressHit | None) -> Table:
    departments = accounts.departments(tenant_id)
    heads: list[Text | Column] = [
        _("Device"), *([number(_("Distance"))] if place else []), _("Measures"), number(_("Now")), _("Last heard"),
        _("State"), _("Owner"),
    ]  # fmt: skip

    def row(one: Device) -> tuple[Cell, ...]:
        away = (words.distance_words(one.metres_from(place.lon, place.lat)),) if place else ()
        return (
            Link(in_language(one.name), words.device_url(one)),
            *away,
            KIND_NAMES[one.kind],
            words.value_words(one.newest),
            words.moment_words(one.heard_at),
            words.state_mark(one.state),
            in_language(departments.get(one.department, one.department)) or words.NOTHING,
        )

    return table(_("Devices"), heads, [row(one) for one in shown])


def _silent(silent: Sequence[Device], since: Mapping[str, dt.datetime]) -> Table:
    rows = [
        (
            Link(in_language(one.name), words.device_url(one)),
            KIND_NAMES[one.kind],
            words.moment_words(one.heard_at),
            words.moment_words(since.get(one.key)),
        )
        for one in silent
    ]
    return table(_("Silent devices"), [_("Device"), _("Measures"), _("Last heard"), _("Alarm since")], rows)


def _map(actor: Actor, found: Found) -> maps.Map | None:
    """Return the devices over the city's areas (the second largest kind); None before there are areas."""
    kinds = places.area_types(actor)
    if not kinds:
        return None
    area_type = kinds[min(1, len(kinds) - 1)].slug
    geojson = places.areas_geojson(actor, area_type, simplify_m=SIMPLIFY_M)
    shapes = maps.drawing(geojson).shapes
    if not shapes:
        return None
    areas = {one.code: maps.AreaValue(one.name, "", 1, f"/areas/{area_type}/{one.code}") for one in shapes}
    dots = tuple(
        maps.Sensor(in_language(one.name), _dot_words(one), one.lon, one.lat, words.device_url(one))
        for one in found.devices
        if one.lon is not None and one.lat is not None
    )
    title = _("Where the devices stand")
    rows = [(Link(dot.name, dot.url), dot.words) for dot in dots]
    return maps.Map(
        title,
        _("Map of the city with a dot for each device; the list on this page says the same."),
        geojson,
        areas,
        (),
        table(title, [_("Device"), _("Now")], rows),
        geojson_url=f"/api/places/areas/{area_type}?simplify={SIMPLIFY_M:g}",
        sensors=dots,
    )


def _dot_words(one: Device) -> str:
    return f"{KIND_NAMES[one.kind]}, {words.value_words(one.newest)} ({words.state_mark(one.state).text})"
