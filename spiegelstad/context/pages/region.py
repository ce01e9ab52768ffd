"""The page of a region: which brokers answer along, how each does now, and what they hold as if it were one city."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import shapely
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from shapely.geometry import shape

from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import codes, format_quantity
from spiegelstad.context.federation.asking import Reason
from spiegelstad.context.federation.overview import Details, HeldEntity, Overview, SourceState, Standing, overview
from spiegelstad.context.rules.documents import LOCATION, Instance
from spiegelstad.context.rules.plain import NAME
from spiegelstad.context.rules.terms import CORE
from spiegelstad.look.public import Cell, Column, Link, Mark, Table, Text, maps, number, table
from spiegelstad.places import public as places

PAGE_ENTITIES = 25
SIMPLIFY_M = 15.0
NOTHING = "–"


@require_safe
def show_region(request: CityRequest) -> HttpResponse:
    """Show the brokers that answer along with this one, how each does, and their entities as one list and one map."""
    found = overview(request.actor)
    here = in_language(request.tenant.name)
    page = Paginator(found.entities, PAGE_ENTITIES).get_page(request.GET.get("page"))
    context = {
        "found": found,
        "failing": [one.name for one in found.sources if one.standing is Standing.FAILS],
        "sources": _sources(found, here),
        "details": _details(found.sources),
        "page": page,
        "entities": _entities(list(page), here),
        "map": _map(request.actor, found.entities, here),
        "all_url": _all_url(found),
    }
    return render(request, "context/region.html", context)


def _sources(found: Overview, here: str) -> Table:
    marks = {
        Standing.ANSWERS: Mark(_("answers"), "good"),
        Standing.FAILS: Mark(_("doesn't answer"), "warning"),
        Standing.NOT_ASKED: Mark(_("is not asked"), "quiet"),
    }
    modes = {
        "inclusive": _("put together with what others hold"),
        "auxiliary": _("only fills what others lack"),
        "exclusive": _("has this for itself"),
        "redirect": _("has this for itself"),
    }
    rows = [(_("{name} (here)").format(name=here), Mark(_("answers"), "good"), str(found.own_count), NOTHING, NOTHING)]
    rows += [
        (
            one.name,
            marks[one.standing],
            str(one.count) if one.standing is Standing.ANSWERS else NOTHING,
            ", ".join(one.types) or NOTHING,
            modes[one.mode],
        )
        for one in found.sources
    ]
    heads: list[Text | Column] = [
        _("Who"),
        _("Now"),
        number(_("Entities")),
        _("Of which types"),
        _("How its answers count"),
    ]
    return table(_("Who answers along"), heads, rows)


def _details(sources: Sequence[SourceState]) -> Table | None:
    """Return what those who may register see too: None for others."""
    rows = [
        (
            one.name,
            _place(one.details.endpoint),
            ", ".join(one.details.operations) or NOTHING,
            str(one.details.times_sent),
            str(one.details.times_failed),
            _moment(one.details.last_success_at),
            _moment(one.details.last_failure_at),
            _reason(one.details),
        )
        for one in sources
        if one.details is not None
    ]
    heads: list[Text | Column] = [
        _("Who"), _("Address"), _("Operations"), number(_("Asked")), number(_("Failed")), _("Last success"),
        _("Last failure"), _("Reason now"),
    ]  # fmt: skip
    return table(_("For those who register"), heads, rows) if rows else None


def _reason(details: Details) -> str:
    """Write why a source does not answer, and what helps where that is here."""
    if details.reason is None:
        return NOTHING
    words = {
        Reason.UNREACHABLE: _("can't be reached, or answers too slowly"),
        Reason.NOT_ALLOWED: _("its address is not allowed here; whoever runs this allows it (SPIEGELSTAD_ALLOW_HOSTS)"),
        Reason.ERROR: _("answers with error {status}").format(status=details.status),
        Reason.UNREADABLE: _("its answer can't be read"),
        Reason.RESTS: _("went wrong a moment ago; we wait before we ask again"),
        Reason.NO_CONTEXT: _("the list of names (@context) in its registration can't be read"),
    }
    return words[details.reason]


def _place(endpoint: str) -> str:
    """Write an endpoint without its query, which may hold a secret."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _entities(shown: Sequence[HeldEntity], here: str) -> Table:
    def row(one: HeldEntity) -> tuple[Cell, ...]:
        place = _point(one)
        return (
            Link(_name(one), f"/ngsi-ld/v1/entities/{quote(one.document.id)}"),
            _held_by(one, here),
            _newest_words(one) or NOTHING,
            _type(one),
            NOTHING if place is None else f"{place[1]:.4f}, {place[0]:.4f}",
        )

    heads = [_("Entity"), _("Of"), _("Now"), _("Type"), _("Place (north, east)")]
    return table(_("Entities of all together"), heads, [row(one) for one in shown])


def _name(one: HeldEntity) -> str:
    value = _default(one, NAME).get("value")
    return value if isinstance(value, str) and value else one.document.id


def _type(one: HeldEntity) -> str:
    return ", ".join(CORE.compact(iri) for iri in one.document.types)


def _held_by(one: HeldEntity, here: str) -> str:
    return ", ".join(name or here for name in one.held_by)


def _default(one: HeldEntity, iri: str) -> Instance:
    return one.document.attributes.get(iri, {}).get("", {})


def _point(one: HeldEntity) -> tuple[float, float] | None:
    """Return where an entity is, in degrees; a point inside of what is larger."""
    geojson = _default(one, LOCATION).get("value")
    if geojson is None:
        return None
    point = shape(geojson).representative_point()
    return (point.x, point.y) if not shapely.is_empty(point) else None


def _newest_words(one: HeldEntity) -> str:
    """Write the number that was observed last, with its unit; empty when none was."""
    observed = list(_observed(one))
    if not observed:
        return ""
    _moment_text, name, instance = max(observed, key=lambda each: each[:2])
    unit = instance.get("unitCode", "")
    words = format_quantity(instance["value"], unit if unit in codes() else "", language=get_language() or "nl")
    return f"{name} {words}"


def _observed(one: HeldEntity) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for iri, instances in one.document.attributes.items():
        for instance in instances.values():
            value = instance.get("value")
            if "observedAt" in instance and isinstance(value, int | float) and not isinstance(value, bool):
                yield instance["observedAt"], CORE.compact(iri), instance


def _map(actor: Actor, entities: Sequence[HeldEntity], here: str) -> maps.Map | None:
    """Return the entities over the largest areas; None before there are any."""
    kinds = places.area_types(actor)
    if not kinds:
        return None
    geojson = places.areas_geojson(actor, kinds[0].slug, simplify_m=SIMPLIFY_M)
    shapes = maps.drawing(geojson).shapes
    if not shapes:
        return None
    dots = tuple(
        maps.Sensor(_name(one), f"{_held_by(one, here)}, {_newest_words(one) or _type(one)}", *point)
        for one in entities
        if (point := _point(one)) is not None
    )
    title = _("Where they are")
    return maps.Map(
        title,
        _("Map of the region with a dot for each entity; the list on this page says the same."),
        geojson,
        {one.code: maps.AreaValue(one.name, "", 1) for one in shapes},
        (),
        table(title, [_("Entity"), _("Now")], [(dot.name, dot.words) for dot in dots]),
        geojson_url=f"/api/places/areas/{kinds[0].slug}?simplify={SIMPLIFY_M:g}",
        sensors=dots,
    )


def _all_url(found: Overview) -> str:
    """Return where a machine reads all of it."""
    types = dict.fromkeys(name for one in found.sources for name in one.types)
    return f"/ngsi-ld/v1/entities?{urlencode({'type': ','.join(types), 'count': 'true'})}"


def _moment(moment: datetime | None) -> str:
    return NOTHING if moment is None else date_format(localtime(moment), "j F Y, H:i:s")
