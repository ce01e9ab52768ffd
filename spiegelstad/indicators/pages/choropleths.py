"""One indicator over all areas of a type, as a map with a slider over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import in_language
from spiegelstad.indicators.pages.words import Slider, area_url, figure_url, figure_words, period_words, value_words
from spiegelstad.indicators.queries import figures as reads
from spiegelstad.indicators.rules.figures import Figure, Indicator
from spiegelstad.look.public import Link, Table, maps, number, table
from spiegelstad.places import public as places

MAX_FRAMES = 24  # periods on one slider: enough for two years of months, and a page that stays small
SIMPLIFY_M = 10.0
ENDS = 3


@dataclass(frozen=True, slots=True)
class Areas:
    """The areas of a type today: their layer for the map, their names by code."""

    area_type: str
    geojson: bytes
    names: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where the browser gets the same layer."""
        return f"/api/places/areas/{self.area_type}?simplify={SIMPLIFY_M:g}"


@dataclass(frozen=True, slots=True)
class Choropleth:
    """One indicator on the map in one period, the slider to others, and the figures it shows."""

    indicator: Indicator
    areas: Areas
    period: str
    figures: Mapping[str, Figure]
    map: maps.Map
    slider: Slider | None

    @property
    def ends(self) -> list[tuple[str, str, str, str]]:
        """The three highest and three lowest areas: name, profile, value in words, figure."""
        known = sorted((f for f in self.figures.values() if f.value is not None), key=lambda f: -(f.value or 0.0))
        shown = known if len(known) <= 2 * ENDS else [*known[:ENDS], *known[-ENDS:]]
        names = self.areas.names
        return [
            (
                names.get(f.area_code, f.area_code),
                area_url(f.area_type, f.area_code),
                figure_words(self.indicator, f),
                figure_url(f),
            )
            for f in shown
        ]


def areas_of(actor: Actor, area_type: str) -> Areas:
    """Read the areas of a type; the names come with the layer, so one query does."""
    geojson = places.areas_geojson(actor, area_type, simplify_m=SIMPLIFY_M)
    return Areas(area_type, geojson, {shape.code: shape.name for shape in maps.drawing(geojson).shapes})


def choropleth(
    actor: Actor,
    indicator: Indicator,
    area_type: str,
    *,
    step: int | None = None,
    period: str = "",
    until: str = "",
    sensors: Sequence[maps.Sensor] = (),
    latest_url: str = "",
    overlays: Sequence[maps.Overlay] = (),
) -> Choropleth:
    """Read and draw an indicator for every area of a type, in the asked period (by step or name), else the newest.

    Steps are those of the slider that ends at `until`.
    """
    every = reads.periods(actor, indicator, area_type)
    known = _frames(every, period, until)
    at = _position(known, step, period)
    found = reads.figures(actor, indicator.slug, area_type=area_type, periods=known)
    frames = {name: {f.area_code: f for f in found if f.period == name} for name in known}
    shown = frames[known[at]] if known else {}
    areas = areas_of(actor, area_type)
    now = known[at] if known else ""
    drawn = _map(indicator, areas, frames, now)
    drawn = replace(drawn, sensors=tuple(sensors), latest_url=latest_url, overlays=tuple(overlays))
    ends = known[-1] if known and known[-1] != every[-1] else ""
    slider = Slider(f"{indicator.slug}-{area_type}", known, at, ends) if len(known) > 1 else None
    return Choropleth(indicator, areas, now, shown, drawn, slider)


def _frames(every: Sequence[str], period: str, until: str) -> tuple[str, ...]:
    """Return the periods of the slider: the newest, or those around an older one, or those that end at `until`."""
    last = len(every)
    if period in every[:-MAX_FRAMES]:
        last = every.index(period) + MAX_FRAMES // 2
    elif until in every:
        last = every.index(until) + 1
    last = min(max(last, MAX_FRAMES), len(every))
    return tuple(every[max(last - MAX_FRAMES, 0) : last])


def _position(known: Sequence[str], step: int | None, period: str) -> int:
    if period in known:
        return known.index(period)
    return len(known) - 1 if step is None else max(0, min(step, len(known) - 1))


def _map(indicator: Indicator, areas: Areas, frames: Mapping[str, Mapping[str, Figure]], period: str) -> maps.Map:
    values = [figure.value for frame in frames.values() for figure in frame.values() if figure.value is not None]
    bounds = maps.classes(values)  # over all periods, so that a colour means the same in each
    shown = frames.get(period, {})
    name = in_language(indicator.name)
    return maps.Map(
        title=f"{name}, {period_words(period)}",
        description=_describe(indicator, areas, shown),
        geojson=areas.geojson,
        areas={
            code: maps.AreaValue(
                area,
                figure_words(indicator, shown.get(code)),
                _rank(shown.get(code), bounds),
                area_url(areas.area_type, code),
            )
            for code, area in areas.names.items()
        },
        legend=maps.legend(bounds, min(values), lambda value: value_words(indicator, value)) if values else (),
        table=area_table(indicator, areas, shown, f"{name}, {period_words(period)}"),
        geojson_url=areas.url,
        frames={
            period_words(when): "".join(str(_rank(frame.get(code), bounds)) for code in areas.names)
            for when, frame in frames.items()
        },
    )


def _rank(figure: Figure | None, bounds: Sequence[float]) -> int:
    return maps.class_of(figure.value if figure else None, bounds)


def area_table(indicator: Indicator, areas: Areas, shown: Mapping[str, Figure], caption: str) -> Table:
    """Return the areas by name with their value, which leads to the figure."""
    rows = [
        (
            Link(name, area_url(areas.area_type, code)),
            Link(figure_words(indicator, shown[code]), figure_url(shown[code])) if code in shown else "–",
        )
        for code, name in sorted(areas.names.items(), key=lambda pair: pair[1])
    ]
    return table(caption, [_("Area"), number(_("Value"))], rows)


def _describe(indicator: Indicator, areas: Areas, shown: Mapping[str, Figure]) -> str:
    known = sorted((f.value, f.area_code) for f in shown.values() if f.value is not None)
    if not known:
        return _("No area has a figure for this period.")
    (low, lowest), (high, highest) = known[0], known[-1]
    text = _("Map of {count} areas: lowest in {lowest} with {low}, highest in {highest} with {high}.")
    return text.format(
        count=len(areas.names),
        lowest=areas.names.get(lowest, lowest),
        low=value_words(indicator, low),
        highest=areas.names.get(highest, highest),
        high=value_words(indicator, high),
    )
