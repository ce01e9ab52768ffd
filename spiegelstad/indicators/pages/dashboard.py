"""The city's dashboard: where it stands, on the map and over time, and what its sensors say now."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.indicators.forms import MapForm
from spiegelstad.indicators.pages.choropleths import choropleth
from spiegelstad.indicators.pages.kinds import geography_of
from spiegelstad.indicators.pages.layers import overlays
from spiegelstad.indicators.pages.live import live_values
from spiegelstad.indicators.pages.themes import grouped
from spiegelstad.indicators.pages.tiles import tiles_of
from spiegelstad.indicators.queries import indicators as reads
from spiegelstad.indicators.rules.figures import Indicator
from spiegelstad.look.public import maps
from spiegelstad.places import public as places

TILES = 8
LATEST_URL = "/api/latest"


@require_safe
def show_dashboard(request: CityRequest) -> HttpResponse:
    """Show the dashboard. Parameters: indicator (slug), area_type, period, or step (until a last one) of the map."""
    actor = request.actor
    shown = [one for one in reads.indicators(actor) if one.computation_id]
    wishes: dict[str, Any] = request.tenant.settings.get("dashboard", {})
    geography = geography_of(actor)
    city = geography.whole
    tiles = tiles_of(actor, shown, places.MUNICIPALITY, city.code) if city else []
    live = live_values(actor)
    order = {slug: position for position, slug in enumerate(wishes.get("tiles", []))}
    first = sorted(tiles, key=lambda tile: order.get(tile.slug, len(order)))[: len(order) or TILES]
    context = {
        "city": city,
        "tiles": first,
        "themes": grouped(tiles, lambda tile: tile.theme),
        "live": live,
        "indicator_count": len(shown),
        "is_region": bool(request.tenant.settings.get("region")),
        **_map_part(request, shown, geography.kinds, wishes.get("map", ""), live.sensors),
    }
    return render(request, "indicators/dashboard.html", context)


def _map_part(
    request: CityRequest,
    shown: Sequence[Indicator],
    kinds: dict[str, str],
    wish: str,
    sensors: Sequence[maps.Sensor],
) -> dict[str, Any]:
    """Return the map's form and drawing; empty when no indicator has areas smaller than the city."""
    small = set(kinds) - {places.MUNICIPALITY}
    mappable = [one for one in shown if set(one.area_types) & small]
    if not mappable:
        return {"form": None, "choropleth": None}
    form = MapForm(request.GET, indicators=mappable, area_types=kinds, wish=wish)
    indicator, area_type = form.choice()
    drawn = choropleth(
        request.actor,
        indicator,
        area_type,
        step=form.step(),
        period=form.period(),
        until=form.until(),
        sensors=sensors,
        latest_url=LATEST_URL if sensors else "",
        overlays=overlays(request.tenant),
    )
    return {"form": form, "choropleth": drawn, "indicator": indicator}
