"""Template tags and filters of the design system: `{% load look %}`."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from spiegelstad.base.error_texts import said_or_english
from spiegelstad.base.localised import Localised, in_language
from spiegelstad.base.units import codes, format_number, format_quantity, unit
from spiegelstad.look import drawing, maps, small, theme
from spiegelstad.look.charts import Chart
from spiegelstad.look.places import PlaceMap
from spiegelstad.look.tables import Table

register = template.Library()


@register.filter
def localised(value: Localised | str | None) -> str:
    """Show a text in the reader's language."""
    return in_language(value) if value else ""


@register.filter
def said(text: str) -> str:
    """Show what an error says in the reader's language, where it is known in that."""
    return said_or_english(text)


@register.filter
def words(text: str) -> list[str]:
    """Split a text at its spaces, to loop over a short fixed list in a template."""
    return text.split()


@register.simple_tag
def static_css(name: str) -> str:
    """Return the address of one of our style sheets."""
    return static(f"look/css/{name}.css")


@register.filter
def quantity(value: float | None, code: str) -> str:
    """Write a number with its unit (UN/CEFACT code) in the reader's language; a dash when there is none."""
    return "–" if value is None else format_quantity(value, code, language=get_language() or "nl")


@register.filter
def decimals(value: float | None, count: int = 0) -> str:
    """Write a number with this many decimals in the reader's language; a dash when there is none."""
    return "–" if value is None else format_number(value, count, get_language() or "nl")


@register.filter
def field_kind(field: BoundField) -> str:
    """Tell a form's template how to lay a field out: checkbox, choices or text."""
    widget = field.field.widget
    if isinstance(widget, (CheckboxSelectMultiple, RadioSelect)):
        return "choices"
    return "checkbox" if isinstance(widget, CheckboxInput) else "text"


@register.inclusion_tag("look/parts/table.html", name="table")
def show_table(table: Table, variant: str = "", visible_caption: bool = False) -> dict[str, Any]:
    """Draw a table; `variant` adds a class (compact, plain)."""
    return {"table": table, "variant": variant, "visible_caption": visible_caption}


@register.inclusion_tag("look/parts/badge.html")
def badge(text: str, tone: str = "quiet") -> dict[str, str]:
    """Draw a badge; `tone` is one of good, warning, bad, info, quiet."""
    return {"text": text, "tone": tone}


@register.inclusion_tag("look/parts/alert.html")
def alert(text: str, tone: str = "info", title: str = "") -> dict[str, str]:
    """Draw a notice; tones as for badges."""
    return {"text": text, "tone": tone, "title": title}


@register.inclusion_tag("look/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, str]:
    """Draw what stands where there is nothing yet, with a way on."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("look/parts/breadcrumbs.html")
def breadcrumbs(*parts: str) -> dict[str, list[tuple[str, str]]]:
    """Draw the way up: text and address in turn, the last text being this page: `"Data" "/data" "Trees"`."""
    ancestors = parts[:-1]
    return {"trail": [*zip(ancestors[::2], ancestors[1::2], strict=True), (parts[-1], "")]}


@register.inclusion_tag("look/parts/tabs.html")
def tabs(label: str, items: list[tuple[str, str, bool]]) -> dict[str, Any]:
    """Draw tabs that are links: (text, address, whether it is this one)."""
    return {"label": label, "items": items}


@register.inclusion_tag("look/parts/progress.html")
def progress(value: float, maximum: float = 100, label: str = "") -> dict[str, Any]:
    """Draw how far something is."""
    return {"value": value, "maximum": maximum, "label": label}


@register.inclusion_tag("look/parts/pagination.html", takes_context=True)
def pagination(context: Mapping[str, Any], page: "Page[Any]", parameter: str = "page") -> dict[str, Any]:
    """Draw the way through the pages of a list, keeping the rest of the address."""
    query = context["request"].GET.copy()

    def address(number: int) -> str:
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "links": [(number, address(number) if isinstance(number, int) else "") for number in numbers],
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("look/parts/chart.html", name="chart")
def show_chart(chart: Chart, level: int = 3, hide_title: bool = False) -> dict[str, Any]:
    """Draw a chart: as SVG for everyone, with its table, and what a browser with script needs to make it live."""
    language = get_language() or "nl"
    key = drawing.key_of(chart.wide, chart.data, str(chart.title))
    live = {
        "data": chart.data,
        "wide": chart.wide,
        "narrow": chart.narrow,
        "config": theme.CONFIG,
        "numbers": theme.NUMBERS.get(language, theme.NUMBERS["nl"]),
        "calendar": theme.CALENDARS.get(language, theme.CALENDARS["nl"]),
    }
    return {
        "chart": chart,
        "key": key,
        "wide": mark_safe(drawing.draw(drawing.full_spec(chart.wide, chart.data), language)),  # noqa: S308  our own SVG
        "narrow": mark_safe(drawing.draw(drawing.full_spec(chart.narrow, chart.data), language)),  # noqa: S308
        "live": json_block(live),
        "hide_title": hide_title,
    }


def json_block(value: object) -> SafeString:
    """Return JSON that can stand in a `<script type="application/json">`: it cannot end the element."""
    text = orjson.dumps(value, default=str).decode()
    return mark_safe(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S308


@register.inclusion_tag("look/parts/map.html", name="map")
def show_map(map_: maps.Map) -> dict[str, Any]:
    """Draw a map: as SVG for everyone, with legend and table, and what a browser with script needs to make it live."""
    drawn = maps.drawing(map_.geojson)
    shapes = [(shape, map_.areas.get(shape.code)) for shape in drawn.shapes]
    shapes.sort(key=lambda pair: pair[0].code == map_.here)  # drawn last, so that its edge lies on top
    values = {code: [area.name, area.words, area.rank, area.url] for code, area in map_.areas.items()}
    live = {
        "bounds": drawn.bounds,
        "areas": map_.geojson_url,
        "values": values,
        "latest": map_.latest_url,
        "sensors": [] if map_.latest_url else [[s.name, s.words, s.lon, s.lat, s.url] for s in map_.sensors],
        "overlays": [[overlay.kind, overlay.url] for overlay in map_.overlays],
        "here": map_.here,
        "codes": list(map_.areas),  # the order of the digits in frames; objects in scripts keep none
        "frames": map_.frames,
        "labels": [] if map_.here else [[shape.label, *shape.degrees] for shape in drawn.shapes if shape.label],
        "units": {code: [unit(code).symbol, unit(code).decimals] for code in codes()} if map_.latest_url else {},
    }
    return {
        "map": map_,
        "shapes": shapes,
        "overlays": [(one.kind, maps.overlay_path(one.geojson, drawn.bounds)) for one in map_.overlays],
        "sensors": maps.place_sensors(drawn.bounds, map_.sensors),
        "view": f"0 0 {maps.VIEW_W} {maps.VIEW_H}",
        "key": drawing.key_of(values, str(map_.title)),
        "live": json_block(live),
    }


@register.inclusion_tag("look/parts/places.html")
def places(places_: PlaceMap) -> dict[str, Any]:
    """Draw places of any shape: as SVG for everyone, with their table, and live from vector tiles where there are."""
    live = {
        "bounds": places_.bounds,
        "tiles": places_.tiles_url,
        "layer": places_.layer,
        "shapes": "" if places_.tiles_url else places_.geojson(),
        "backdrop": places_.backdrop.url if places_.backdrop else "",
    }
    return {
        "map": places_,
        "view": f"0 0 {maps.VIEW_W} {maps.VIEW_H}",
        "key": drawing.key_of(str(places_.title), len(places_.shapes), places_.bounds),
        "live": json_block(live),
    }


@register.inclusion_tag("look/parts/spark.html", name="spark")
def show_spark(values: Sequence[float | None]) -> dict[str, Any]:
    """Draw the course of values as a small line beside a number that says the same."""
    return {"spark": small.spark(values)}


@register.inclusion_tag("look/parts/gauge.html", name="gauge")
def show_gauge(value: float | None, target: float | None) -> dict[str, Any]:
    """Draw a value's way to its target, beside words that say the same."""
    return {"gauge": small.gauge(value, target)}


def split_unit(value: str) -> tuple[str, str]:
    """Split `12,5 µg/m³` into number and unit, to write the unit smaller; one that starts with its unit stays whole."""
    amount, _space, unit_ = value.rpartition(" ")
    return (amount, unit_) if amount and amount[-1].isdigit() else (value, "")


@register.inclusion_tag("look/parts/tile.html")
def tile(  # noqa: PLR0917  template tags are called by keyword
    name: str,
    value: str,
    url: str,
    figure_url: str = "",
    series: Sequence[float | None] = (),
    trend: str = "",
    tone: str = "same",
    actual: float | None = None,
    target: float | None = None,
    target_words: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Draw a tile: name, value (leading to its figure), course, trend (better, worse, same), way to the target."""
    amount, unit_ = split_unit(value)
    return {
        "name": name, "amount": amount, "unit": unit_, "url": url, "figure_url": figure_url, "series": series,
        "trend": trend, "tone": tone, "actual": actual, "target": target, "target_words": target_words, "note": note,
    }  # fmt: skip
