"""Values over time: lines in one frame, or one small frame for each."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from spiegelstad.look.charts.shapes import ONE_ROW, Chart, Period, Scale, Series, Text, category_scale, framed, tooltip
from spiegelstad.look.tables import Table, number, table
from spiegelstad.look.theme import ACCENT, NARROW_PX, WATER, WIDE_PX, Spec

TIME_FORMATS: dict[str, str] = {"year": "%Y", "month": "%b %Y", "day": "%e %b", "hour": "%e %b %Hh", "none": "%Y"}
FEW_POINTS = 24  # up to here each point is marked


def line(
    title: Text,
    series: Sequence[Series],
    *,
    period: Period = "year",
    unit: str = "",
    decimals: int = 0,
    target: float | None = None,
    height: int = 260,
    note: Text = "",
) -> Chart:
    """Return lines over time; a missing value is a gap, `target` a dashed line, `unit` a UN/CEFACT code."""
    scale = Scale(unit, decimals)
    values = _values(series) + ([target] if target is not None else [])

    def spec(width: int) -> Spec:
        layers = [_lines(series, period, scale, width, scale.width_px(values))]
        if target is not None:
            layers += _target(target, scale)
        return framed(width, height, {"layer": layers})

    return Chart(
        title,
        describe(series, scale),
        _rows(series, scale),
        spec(WIDE_PX),
        spec(NARROW_PX),
        series_table(title, series, scale),
        tuple(one.name for one in series) if len(series) > 1 else (),
        note,
    )


def small_multiples(
    title: Text,
    series: Sequence[Series],
    *,
    period: Period = "year",
    unit: str = "",
    decimals: int = 0,
    shared: bool = True,
) -> Chart:
    """Return one small frame per series; with `shared` all have one scale, so that heights compare."""
    scale = Scale(unit, decimals)

    def spec(width: int) -> Spec:
        across = 3 if width == WIDE_PX else 1
        label = scale.width_px(_values(series))
        inner = (width - 20) // across - label - 20
        one = _lines(series, period, scale, inner, label)
        one["encoding"]["color"] = {"value": WATER}
        return {
            "facet": {"field": "s", "type": "nominal", "sort": [s.name for s in series]},
            "columns": across,
            "spacing": {"row": 18, "column": 20},
            "resolve": {
                "scale": {"y": "shared" if shared else "independent"},
                "axis": {"x": "independent", "y": "independent"},
            },
            "spec": {"width": inner, "height": 110, **one},
        }

    return Chart(
        title,
        describe(series, scale),
        _rows(series, scale),
        spec(WIDE_PX),
        spec(NARROW_PX),
        series_table(title, series, scale),
    )


def series_table(title: Text, series: Sequence[Series], scale: Scale) -> Table:
    """Return the values with a row for each period and a column for each series."""
    periods = sorted({when for one in series for when, _value in one.points})
    known = [dict(one.points) for one in series]
    rows = [(when, *(scale.write(values.get(when)) for values in known)) for when in periods]
    return table(title, [_("Period"), *(number(one.name) for one in series)], rows)


def describe(series: Sequence[Series], scale: Scale) -> str:
    """Return the course of each line in words: first and last value."""
    parts = []
    for one in series:
        known = [(when, value) for when, value in one.points if value is not None]
        if known:
            (start, first), (end, last) = known[0], known[-1]
            text = _("{name}: {first} in {start}, {last} in {end}.")
            parts.append(
                text.format(name=one.name, first=scale.write(first), start=start, last=scale.write(last), end=end)
            )
    return " ".join(parts) or _("No values.")


def _target(target: float, scale: Scale) -> list[Spec]:
    """Return a dashed line with the target written on it."""
    y = {"datum": target, "type": "quantitative"}
    words = _("target {value}").format(value=scale.write(target))
    text = {"type": "text", "align": "right", "baseline": "bottom", "dy": -4, "color": "var(--accent-ink)"}
    return [
        {"data": ONE_ROW, "mark": {"type": "rule", "color": ACCENT, "strokeDash": [6, 4]}, "encoding": {"y": y}},
        {"data": ONE_ROW, "mark": text, "encoding": {"y": y, "x": {"value": "width"}, "text": {"value": words}}},
    ]


def _values(series: Sequence[Series]) -> list[float]:
    return [value for one in series for _when, value in one.points if value is not None]


def _rows(series: Sequence[Series], scale: Scale) -> list[Spec]:
    return [
        {"s": one.name, "t": instant(when), "p": when, "v": value, "w": scale.write(value)}
        for one in series
        for when, value in one.points
    ]


def instant(period: str) -> str:
    """Return the start of a period as an instant in UTC: `2024-03` is `2024-03-01T00:00:00Z`."""
    complete = "0000-01-01T00:00:00"
    return f"{period}{complete[len(period) :]}Z"


def _lines(series: Sequence[Series], period: Period, scale: Scale, width: int, label_px: int) -> Spec:
    longest = max((len(one.points) for one in series), default=0)
    ticks = max(2, min(longest, width // 90))
    x_axis = {"format": TIME_FORMATS[period], "tickCount": ticks, "labelOverlap": True, "labelFlush": True}
    y_axis = {"format": scale.pattern, "tickCount": 4, "minExtent": label_px, "maxExtent": label_px}
    return {
        "mark": {"type": "line", "point": longest <= FEW_POINTS, "clip": False},
        "encoding": {
            "x": {"field": "t", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": x_axis},
            "y": {
                "field": "v",
                "type": "quantitative",
                "title": None,
                "scale": {"zero": False, "nice": True},
                "axis": y_axis,
            },
            "color": {
                "field": "s",
                "type": "nominal",
                "legend": None,
                "scale": category_scale([s.name for s in series]),
            },
            "tooltip": tooltip(("s", ""), ("p", _("Period")), ("w", _("Value"))),
        },
    }
