"""Values side by side: a ranking of names, columns in groups."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from spiegelstad.look.charts.shapes import (
    Bar,
    Chart,
    Scale,
    Series,
    Text,
    category_scale,
    framed,
    name_cell,
    tooltip,
)
from spiegelstad.look.tables import number, table
from spiegelstad.look.theme import ACCENT, NARROW_PX, WATER, WIDE_PX, Spec

BAR_PX = 24
NAME_PX = {WIDE_PX: 190, NARROW_PX: 118}
LETTER_PX = 7.6


def ranking(
    title: Text,
    bars: Sequence[Bar],
    *,
    unit: str = "",
    decimals: int = 0,
    average: float | None = None,
    note: Text = "",
) -> Chart:
    """Return horizontal bars, highest first; the page's own in the accent colour, `average` as a dashed line."""
    scale = Scale(unit, decimals)
    known = sorted(((bar, bar.value) for bar in bars if bar.value is not None), key=lambda pair: -pair[1])
    data: list[Spec] = [{"n": bar.name, "v": value, "here": bar.here, "w": scale.write(value)} for bar, value in known]
    values = [value for _bar, value in known]

    def spec(width: int) -> Spec:
        layers = _bars_with_words(data, values, width)
        if average is not None:
            rule = {"type": "rule", "strokeDash": [4, 3], "color": "var(--line-strong)"}
            layers.insert(
                0, {"mark": rule, "encoding": {"x": {"datum": average, "type": "quantitative", "axis": None}}}
            )
        return framed(width, BAR_PX * max(1, len(data)) + 10, {"layer": layers})

    unknown = [(bar, None) for bar in bars if bar.value is None]
    rows = [(name_cell(bar), scale.write(value)) for bar, value in [*known, *unknown]]
    shown = table(title, [_("Name"), number(_("Value"))], rows)
    return Chart(title, _describe(known, scale), data, spec(WIDE_PX), spec(NARROW_PX), shown, note=note)


def columns(
    title: Text, groups: Sequence[str], series: Sequence[Series], *, unit: str = "", decimals: int = 0
) -> Chart:
    """Return columns per group (such as areas), one for each series; its points are (group, value)."""
    scale = Scale(unit, decimals)
    names = [one.name for one in series]
    known = [dict(one.points) for one in series]
    data: list[Spec] = [
        {"g": group, "s": name, "v": values.get(group), "w": scale.write(values.get(group))}
        for name, values in zip(names, known, strict=True)
        for group in groups
    ]
    label = scale.width_px([row["v"] for row in data if row["v"] is not None])

    def spec(width: int) -> Spec:
        x_axis = {"labelAngle": -35 if len(groups) > width // 90 else 0, "labelLimit": 120, "minExtent": 30}
        encoding = {
            "x": {"field": "g", "type": "nominal", "title": None, "sort": list(groups), "axis": x_axis},
            "xOffset": {"field": "s", "sort": names},
            "y": {
                "field": "v", "type": "quantitative", "title": None,
                "axis": {"format": scale.pattern, "tickCount": 4, "minExtent": label, "maxExtent": label},
            },
            "color": {"field": "s", "type": "nominal", "legend": None, "scale": category_scale(names)},
            "tooltip": tooltip(("g", ""), ("s", ""), ("w", _("Value"))),
        }  # fmt: skip
        return framed(width, 300, {"mark": "bar", "encoding": encoding})

    rows = [(group, *(scale.write(values.get(group)) for values in known)) for group in groups]
    shown = table(title, [_("Name"), *(number(name) for name in names)], rows)
    described = _("{groups} groups with {series} columns each.").format(groups=len(groups), series=len(names))
    legend = tuple(names) if len(names) > 1 else ()
    return Chart(title, described, data, spec(WIDE_PX), spec(NARROW_PX), shown, legend)


def _bars_with_words(data: Sequence[Spec], values: Sequence[float], width: int) -> list[Spec]:
    """Return bars with their value written behind them; the scale leaves the room for that."""
    names = NAME_PX[width]
    room = 14 + LETTER_PX * max((len(row["w"]) for row in data), default=0)
    low, high = min([0.0, *values]), max([0.0, *values])
    stretch = (high - low or 1.0) / max(40.0, width - names - 12 - room)
    axis = {
        "labelLimit": names - 8,
        "minExtent": names,
        "maxExtent": names,
        "domain": False,
        "ticks": False,
        "labelColor": "var(--ink)",
    }
    y = {"field": "n", "type": "nominal", "sort": None, "title": None, "axis": axis}
    x = {
        "field": "v",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [low, high + room * stretch], "nice": False},
    }
    fill = {"condition": {"test": "datum.here", "value": ACCENT}, "value": WATER}
    shown = tooltip(("n", ""), ("w", _("Value")))
    return [
        {
            "mark": {"type": "bar", "height": {"band": 0.66}},
            "encoding": {"x": x, "y": y, "color": fill, "tooltip": shown},
        },
        {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"x": x, "y": y, "text": {"field": "w"}}},
    ]


def _describe(known: Sequence[tuple[Bar, float]], scale: Scale) -> str:
    if not known:
        return _("No values.")
    (top, high), (bottom, low) = known[0], known[-1]
    text = _("{count} values, from {top} with {high} to {bottom} with {low}.")
    return text.format(count=len(known), top=top.name, high=scale.write(high), bottom=bottom.name, low=scale.write(low))
