"""Self-service: choose indicators, areas and period; get charts, a map, a table, a file, and an address to share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.errors import InvalidInput
from spiegelstad.base.localised import in_language
from spiegelstad.indicators.formats.download import FORMATS
from spiegelstad.indicators.forms import ExploreForm
from spiegelstad.indicators.pages.choropleths import Areas, areas_of, choropleth
from spiegelstad.indicators.pages.downloads import answer
from spiegelstad.indicators.pages.layers import overlays
from spiegelstad.indicators.pages.words import area_url, figure_url, figure_words, period_words
from spiegelstad.indicators.queries import figures as reads
from spiegelstad.indicators.queries import indicators as definitions
from spiegelstad.indicators.rules.figures import Figure, Indicator
from spiegelstad.look.public import Link, Table, charts, number, table
from spiegelstad.places import public as places

FIRST_AREAS = 6  # shown when no area is chosen: those with the highest newest value
TABLE_ROWS = 500
MAX_SHOWN = 50_000


class InvalidExploration(InvalidInput):
    """What was asked cannot be put side by side; the page says what to change."""

    title = "This choice cannot be shown"


@dataclass(frozen=True, slots=True)
class Exploration:
    """A valid choice with its figures."""

    indicators: Sequence[Indicator]
    areas: Areas
    chosen: Sequence[str]
    figures: Sequence[Figure]
    is_cut: bool


@require_safe
def show_explore(request: CityRequest) -> HttpResponse:
    """Show the form and, once something is chosen, what it gives."""
    actor = request.actor
    form, areas = _form(request)
    context: dict[str, Any] = {"form": form, "formats": [name for name in FORMATS if name != "geojson"]}
    if form.is_bound and form.is_valid():
        found = _read(actor, form, areas, limit=MAX_SHOWN)
        context |= _results(request, found)
    return render(request, "indicators/explore.html", context)


@require_safe
def download_explore(request: CityRequest, extension: str) -> HttpResponse:
    """Give an exploration as a file; the same parameters as the page."""
    form, areas = _form(request)
    if not form.is_valid():
        raise InvalidExploration("Choose indicators and areas that exist.", remedy="Open /explore and choose there.")
    found = _read(request.actor, form, areas, limit=reads.MAX_FIGURES + 1)
    figures = reads.all_of(list(found.figures))
    return answer(request, {one.slug: one for one in found.indicators}, figures, extension, "figures")


def _form(request: CityRequest) -> tuple[ExploreForm, Areas]:
    """Return the form over what this reader may choose, and the areas of the chosen type."""
    shown = [one for one in definitions.indicators(request.actor) if one.computation_id]
    used = {kind for one in shown for kind in one.area_types}
    kinds = {k.slug: in_language(k.name) for k in places.area_types(request.actor) if k.slug in used}
    if not kinds:
        return ExploreForm(None, indicators=[], area_types={}, areas={}), Areas("", b'{"features": []}', {})
    small = [kind for kind in kinds if kind != places.MUNICIPALITY]
    wanted = request.GET.get("area_type", "")
    area_type = wanted if wanted in kinds else next(iter(small), places.MUNICIPALITY)
    areas = areas_of(request.actor, area_type)
    data = request.GET.copy()
    data["area_type"] = area_type
    data.setlist("area", [code for code in data.getlist("area") if code in areas.names])
    form = ExploreForm(data if "indicator" in data else None, indicators=shown, area_types=kinds, areas=areas.names)
    form.initial = {"area_type": area_type}
    return form, areas


def _read(actor: Actor, form: ExploreForm, areas: Areas, *, limit: int) -> Exploration:
    """Read the chosen figures. 2 queries."""
    asked = form.cleaned_data
    found = reads.explore(
        actor,
        asked["indicator"],
        area_type=areas.area_type,
        areas=asked["area"] or None,
        since=asked["since"],
        until=asked["until"],
        limit=limit,
    )
    chosen = asked["area"] or _highest(found.figures)
    return Exploration(found.indicators, areas, chosen, found.figures, found.is_cut)


def _highest(figures: Sequence[Figure]) -> list[str]:
    """Return the areas with the highest newest value of the first indicator."""
    first = [f for f in figures if f.indicator == figures[0].indicator and f.value is not None]
    newest = max((f.period for f in first), default="")
    ordered = sorted((f for f in first if f.period == newest), key=lambda f: -(f.value or 0.0))
    return [f.area_code for f in ordered[:FIRST_AREAS]]


def _results(request: CityRequest, found: Exploration) -> dict[str, Any]:
    first = found.indicators[0]
    periods = sorted({f.period for f in found.figures if f.indicator == first.slug})
    period = periods[-1] if periods else ""
    return {
        "charts": [chart for one in found.indicators for chart in _charts(found, one)],
        "choropleth": choropleth(
            request.actor, first, found.areas.area_type, period=period, overlays=overlays(request.tenant)
        ),
        "table": _table(found),
        "count": len(found.figures),
        "is_cut": len(found.figures) > TABLE_ROWS,
        "is_partial": found.is_cut,
        "address": request.build_absolute_uri(),
        "query": request.GET.urlencode(),
    }


def _charts(found: Exploration, indicator: Indicator) -> list[charts.Chart]:
    """Return lines over time where there are periods, else a ranking of the chosen areas."""
    own = [f for f in found.figures if f.indicator == indicator.slug and f.area_code in found.chosen]
    if not own:
        return []
    name, names = in_language(indicator.name), found.areas.names
    how: dict[str, Any] = {"unit": indicator.unit, "decimals": indicator.decimals}
    if len({f.period for f in own}) > 1:
        series = [_series(own, code, names) for code in found.chosen]
        if len(series) > len(charts.COLOURS):
            return [charts.small_multiples(name, series, period=indicator.period.value, **how)]
        return [charts.line(name, series, period=indicator.period.value, **how)]
    bars = [
        charts.Bar(names.get(f.area_code, f.area_code), f.value, url=area_url(f.area_type, f.area_code)) for f in own
    ]
    return [charts.ranking(name, bars, **how)]


def _series(own: Sequence[Figure], code: str, names: Mapping[str, str]) -> charts.Series:
    return charts.Series(names.get(code, code), tuple((f.period, f.value) for f in own if f.area_code == code))


def _table(found: Exploration) -> Table:
    """Return the chosen areas' figures, at most 500 rows: the file has them all."""
    by_slug = {one.slug: one for one in found.indicators}
    chosen = [f for f in found.figures if f.area_code in found.chosen]
    rows = [
        (
            found.areas.names.get(f.area_code, f.area_code),
            in_language(by_slug[f.indicator].name),
            period_words(f.period),
            Link(figure_words(by_slug[f.indicator], f), figure_url(f)),
        )
        for f in chosen[:TABLE_ROWS]
    ]
    return table(_("Chosen figures"), [_("Area"), _("Indicator"), _("Period"), number(_("Value"))], rows)
