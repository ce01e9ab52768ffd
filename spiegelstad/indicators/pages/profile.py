"""A neighbourhood's profile: every indicator beside the city and beside neighbourhoods like it; made to be printed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import format_quantity
from spiegelstad.indicators.pages.choropleths import Areas, areas_of
from spiegelstad.indicators.pages.layers import overlays
from spiegelstad.indicators.pages.themes import grouped
from spiegelstad.indicators.pages.words import (
    area_url,
    change_words,
    figure_url,
    figure_words,
    per_words,
    period_words,
    target_words,
    tone_of,
    value_words,
)
from spiegelstad.indicators.queries.comparison import Compared, profile
from spiegelstad.indicators.queries.figures import of_latest_period
from spiegelstad.indicators.rules.figures import Figure, Indicator
from spiegelstad.look.public import Strip, charts, maps, strip, table
from spiegelstad.places import public as places


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of the profile in words, with its place between the lowest and highest area."""

    indicator: Indicator
    name: str
    period: str
    per: str
    here: str
    here_url: str
    change: str
    tone: str
    target: str
    city: str
    city_url: str
    similar: str
    strip: Strip | None


@require_safe
def show_profile(request: CityRequest, area_type: str, code: str) -> HttpResponse:
    """Show one area. Similar areas are those nearest in the indicators that describe an area."""
    actor = request.actor
    kinds = {kind.slug: in_language(kind.name) for kind in places.area_types(actor)}
    area = places.area(actor, area_type, code)
    areas = areas_of(actor, area_type)
    found = profile(actor, area_type, code)
    ends = _ends(of_latest_period(actor, [row.latest.indicator for row in found.rows], area_type))
    rows = [_row(compared, ends.get(compared.latest.indicator.slug)) for compared in found.rows]
    context = {
        "area": area,
        "kind": kinds[area_type],
        "surface": format_quantity(area.area_m2 / 1e6, "KMK"),
        "themes": grouped(rows, lambda row: row.indicator.theme),
        "overview": _overview(rows, area.name) if area_type != places.MUNICIPALITY and rows else None,
        "similar": [
            (areas.names.get(one.area_code, one.area_code), area_url(area_type, one.area_code)) for one in found.similar
        ],
        "compared_on": [in_language(one.name) for one in found.compared_on],
        "map": replace(_where(areas, area), overlays=overlays(request.tenant)),
        "others": sorted((name, area_url(area_type, other)) for other, name in areas.names.items()),
    }
    return render(request, "indicators/profile.html", context)


def _ends(figures: Sequence[Figure]) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest value of each indicator."""
    ends: dict[str, tuple[float, float]] = {}
    for figure in figures:
        if figure.value is not None:
            low, high = ends.get(figure.indicator, (figure.value, figure.value))
            ends[figure.indicator] = (min(low, figure.value), max(high, figure.value))
    return ends


def _row(compared: Compared, ends: tuple[float, float] | None) -> Row:
    latest, indicator = compared.latest, compared.latest.indicator
    low, high = ends or (None, None)
    city = compared.city.value if compared.city else None
    return Row(
        indicator=indicator,
        name=in_language(indicator.name),
        period=period_words(latest.figure.period),
        per=per_words(indicator),
        here=figure_words(indicator, latest.figure),
        here_url=figure_url(latest.figure),
        change=change_words(latest),
        tone=tone_of(latest),
        target=target_words(indicator, latest.target),
        city=figure_words(indicator, compared.city),
        city_url=figure_url(compared.city),
        similar=value_words(indicator, compared.similar_mean),
        strip=strip(latest.figure.value, city, compared.similar_mean, low=low, high=high),
    )


def _overview(rows: Sequence[Row], name: str) -> charts.Chart:
    """Return where the area stands on each indicator whose city value lies between lowest and highest."""
    shown = [
        charts.Range(
            row.name, row.strip.here / 100, row.strip.city / 100, row.here, f"/indicators/{row.indicator.slug}"
        )
        for row in rows
        if row.strip and row.strip.city is not None
    ]
    note = _("Each line runs from the lowest to the highest area of this kind. The bar marks the city.")
    return charts.ranges(
        _("{name} beside the city").format(name=name), shown, here=name, middle=_("the city"), note=note
    )


def _where(areas: Areas, area: places.Area) -> maps.Map:
    """Return a map that shows where the area lies among its kind."""
    shown = {
        code: maps.AreaValue(name, "", 1 if code != area.code else 4, area_url(areas.area_type, code))
        for code, name in areas.names.items()
    }
    title = _("Where {name} lies").format(name=area.name)
    rows = [(name,) for name in sorted(areas.names.values())]
    text = _("Map of the city with {name} marked.").format(name=area.name)
    return maps.Map(
        title, text, areas.geojson, shown, (), table(title, [_("Area")], rows), geojson_url=areas.url, here=area.code
    )
