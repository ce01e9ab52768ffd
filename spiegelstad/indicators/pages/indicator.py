"""One indicator: map, ranking, course, table, explanation, downloads; and the list of all, by theme."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.indicators.formats.download import FORMATS
from spiegelstad.indicators.forms import MapForm
from spiegelstad.indicators.pages.choropleths import Choropleth, choropleth
from spiegelstad.indicators.pages.kinds import geography_of
from spiegelstad.indicators.pages.layers import overlays
from spiegelstad.indicators.pages.themes import NAMES, grouped
from spiegelstad.indicators.pages.tiles import tiles_of
from spiegelstad.indicators.pages.words import area_url, count_words, figure_url, figure_words
from spiegelstad.indicators.queries import figures as reads
from spiegelstad.indicators.queries import indicators as definitions
from spiegelstad.indicators.rules.figures import Figure, Indicator, rank
from spiegelstad.look.public import Cell, Column, Link, Table, Text, charts, number, table
from spiegelstad.places import public as places

MANY = 30  # more areas than this are shown as a spread, with the ends of the ranking
ENDS = 10


@require_safe
def list_indicators(request: CityRequest) -> HttpResponse:
    """Show every indicator by theme, each with the city's newest figure."""
    actor = request.actor
    shown = definitions.indicators(actor)
    city = geography_of(actor).whole
    tiles = tiles_of(actor, shown, places.MUNICIPALITY, city.code) if city else []
    known = {tile.slug for tile in tiles}
    context = {
        "themes": grouped(tiles, lambda tile: tile.theme),
        "others": [one for one in shown if one.slug not in known],
        "count": len(shown),
    }
    return render(request, "indicators/indicators.html", context)


@require_safe
def show_indicator(request: CityRequest, slug: str) -> HttpResponse:
    """Show one indicator. Parameters: area_type, period, or step (until a last one) of map and ranking."""
    actor = request.actor
    indicator = definitions.indicator(actor, slug)
    geography = geography_of(actor)
    whole = geography.whole
    tiles = tiles_of(actor, [indicator], places.MUNICIPALITY, whole.code) if whole else []
    form = MapForm(request.GET, indicators=[indicator], area_types=geography.kinds, wish=slug)
    context: dict[str, Any] = {
        "indicator": indicator,
        "theme": NAMES[indicator.theme],
        "tile": tiles[0] if tiles else None,
        "course": _course(actor, indicator, geography.city),
        "formats": FORMATS,
        "form": form,
    }
    if set(indicator.area_types) & set(form.kinds):
        drawn = choropleth(
            actor,
            indicator,
            form.choice()[1],
            step=form.step(),
            period=form.period(),
            until=form.until(),
            overlays=overlays(request.tenant),
        )
        context |= {"choropleth": drawn, **_side_by_side(drawn), "table": _table(drawn)}
    return render(request, "indicators/indicator.html", context)


def _course(actor: Actor, indicator: Indicator, city: Sequence[places.Area]) -> charts.Chart | None:
    """Return the city's figures over time with the target; None with fewer than two periods."""
    codes = [area.code for area in city]
    found = reads.figures(actor, indicator.slug, area_type=places.MUNICIPALITY, areas=codes)
    names = {area.code: area.name for area in city}
    series = [
        charts.Series(names[code], tuple((f.period, f.value) for f in found if f.area_code == code)) for code in codes
    ]
    if not indicator.period or max((len(one.points) for one in series), default=0) < 2:
        return None
    target = indicator.target
    return charts.line(
        _("Over time"), series,
        period=indicator.period.value, unit=indicator.unit, decimals=indicator.decimals,
        target=target.value if target else None,
    )  # fmt: skip


def _side_by_side(drawn: Choropleth) -> dict[str, charts.Chart | None]:
    """Return the ranking of all areas, or of many the spread with both ends of the ranking."""
    indicator, names = drawn.indicator, drawn.areas.names
    bars = [
        charts.Bar(names.get(code, code), figure.value, url=area_url(figure.area_type, code))
        for code, figure in drawn.figures.items()
        if figure.value is not None
    ]
    if not bars:
        return {"ranking": None, "spread": None}
    how: dict[str, Any] = {"unit": indicator.unit, "decimals": indicator.decimals}
    if len(bars) <= MANY:
        return {"ranking": charts.ranking(_("Ranking"), bars, **how), "spread": None}
    bars.sort(key=lambda bar: bar.value or 0.0)
    ends = bars[:ENDS] + bars[-ENDS:]
    spread = charts.histogram(_("Spread over all areas"), [bar.value or 0.0 for bar in bars], **how)
    title = _("The {count} highest and the {count} lowest").format(count=ENDS)
    return {"ranking": charts.ranking(title, ends, **how), "spread": spread}


def _table(drawn: Choropleth) -> Table:
    """Return every area with its place, value, numerator and denominator; the value leads to the figure."""
    indicator, names = drawn.indicator, drawn.areas.names
    places_by_id = {
        ranked.figure.id: ranked.place for ranked in rank(list(drawn.figures.values()), indicator.direction)
    }
    ordered = sorted(drawn.figures.values(), key=lambda f: (places_by_id.get(f.id, len(names) + 1), f.area_code))
    parts = bool(indicator.numerator)
    rows = [_row(indicator, figure, names, str(places_by_id.get(figure.id, "–")), parts) for figure in ordered]
    columns: list[Text | Column] = [_("Area"), number(_("Place")), number(_("Value"))]
    if parts:
        columns += [
            number(in_language(indicator.numerator).capitalize()),
            number(in_language(indicator.denominator).capitalize()),
        ]
    return table(drawn.map.title, columns, rows)


def _row(indicator: Indicator, figure: Figure, names: Mapping[str, str], place: str, parts: bool) -> list[Cell]:
    name = Link(names.get(figure.area_code, figure.area_code), area_url(figure.area_type, figure.area_code))
    row: list[Cell] = [name, place, Link(figure_words(indicator, figure), figure_url(figure))]
    if parts:
        row += [count_words(figure.numerator, figure.suppressed), count_words(figure.denominator, figure.suppressed)]
    return row
