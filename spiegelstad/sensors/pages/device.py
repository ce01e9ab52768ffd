"""One device: what it measures, for whom and why, how it does, and the code for its pole."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import localize
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import unit
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import activities
from spiegelstad.ingest import public as ingest
from spiegelstad.look.public import Link, Mark, Table, charts, number, table
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places
from spiegelstad.sensors.pages import words
from spiegelstad.sensors.pages.describing import may_describe
from spiegelstad.sensors.qr import qr_code
from spiegelstad.sensors.queries import Device, device, silences
from spiegelstad.sensors.uses import derived, uses
from spiegelstad.sensors.vocabulary import KIND_NAMES, READER_NAMES, Reader

CHART_DAYS = 30
MAX_CHARTS = 4


@require_safe
def show_device(request: CityRequest, key: str) -> HttpResponse:
    """Show one device to whoever stands at its pole."""
    found = device(request.actor, key)
    address = request.build_absolute_uri(words.device_url(found))
    name = in_language(found.name)
    context = {
        "device": found,
        "kind": KIND_NAMES[found.kind],
        "owner": in_language(accounts.departments(request.tenant.id).get(found.department, found.department)),
        "purpose": activities(request.actor).get(found.purpose),
        "areas": _areas(request.actor, found),
        "state": words.state_mark(found.state),
        "heard": words.moment_words(found.heard_at),
        "readings": _readings(found) if found.readings else None,
        "uses": _uses(request.actor, key),
        "derived": derived(request.actor, found.properties),
        "datasets": _datasets(request.actor, found),
        "silences": _silences(request.actor, key),
        "charts": _charts(request.actor, found),
        "histories": [(in_language(one.name), f"/api/series/{one.key}/daily") for one in found.readings],
        "entity_url": _entity_url(found),
        "address": address,
        "may_change": may_describe(request.actor, found.key, found.department),
        "qr": qr_code(address, _("QR code that leads to the page of {name}").format(name=name)),
    }
    return render(request, "sensors/device.html", context)


def _areas(actor: Actor, found: Device) -> list[Link]:
    """Return the areas in which it stands, the smallest first."""
    if found.lon is None or found.lat is None:
        return []
    around = places.areas_at(actor, found.lon, found.lat)
    return [Link(one.name, f"/areas/{one.area_type}/{one.code}") for one in reversed(around)]


def _readings(found: Device) -> Table:
    moment = now()
    rows = [
        (
            in_language(one.name),
            words.value_words(one),
            words.moment_words(one.observed_at),
            Mark(_("silent"), "warning") if one.is_late(moment) else Mark(_("on time"), "good"),
        )
        for one in found.readings
    ]
    return table(_("Newest values"), [_("What"), number(_("Now")), _("Measured"), _("State")], rows)


def _uses(actor: Actor, key: str) -> Table:
    today = now().astimezone(BRUSSELS).date()
    times = uses(actor, key, _eleven_months_before(today))
    rows = [(READER_NAMES[reader], f"{localize(times.get(reader, 0))}") for reader in Reader]
    return table(_("Times asked for, in the last twelve months"), [_("By whom"), number(_("Times"))], rows)


def _eleven_months_before(today: date) -> date:
    """Return the first day of the month with which twelve begin that end with the present one."""
    return date(today.year - (today.month < 12), today.month % 12 + 1, 1)


def _datasets(actor: Actor, found: Device) -> list[Link]:
    """Return the datasets in which the observations of its series came, as far as this actor may see them."""
    slugs = {slug for one in found.properties for slug in ingest.observing_sources(actor.tenant_id, one)}
    return [Link(in_language(one.title), f"/data/{one.slug}") for one in catalogue.datasets(actor) if one.slug in slugs]


def _silences(actor: Actor, key: str) -> Table | None:
    rows = [
        (
            words.moment_words(one.heard_at),
            words.moment_words(one.noticed_at),
            words.moment_words(one.ended_at) if one.ended_at else Mark(_("silent"), "warning"),
        )
        for one in silences(actor, key)
    ]
    return table(_("When it was silent"), [_("Last heard"), _("Noticed"), _("Over")], rows) if rows else None


def _charts(actor: Actor, found: Device) -> list[charts.Chart]:
    """Return a line of daily averages for each of its first series that has any."""
    shown = found.readings[:MAX_CHARTS]
    today = now().astimezone(BRUSSELS).date()
    first = today - timedelta(days=CHART_DAYS)
    rows = mirror.daily(actor, [one.key for one in shown], first, today + timedelta(days=1)).to_pylist()
    lines = {one.key: {row["bucket"]: row["average"] for row in rows if row["series"] == one.key} for one in shown}
    days = [first + timedelta(days=back) for back in range(CHART_DAYS + 1)]
    return [
        charts.line(
            _("{name}: average of each day").format(name=in_language(one.name)),
            [charts.Series(in_language(one.name), tuple((day.isoformat(), lines[one.key].get(day)) for day in days))],
            period="day",
            unit=one.unit,
            decimals=unit(one.unit).decimals,
            height=180,
        )
        for one in shown
        if lines[one.key]
    ]


def _entity_url(found: Device) -> Link | None:
    """Return where a machine reads the whole device."""
    if not found.entity_id:
        return None
    return Link(found.entity_id, f"/ngsi-ld/v1/entities?{urlencode({'id': found.entity_id})}")
