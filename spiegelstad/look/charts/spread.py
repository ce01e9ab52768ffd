"""How values are spread: a histogram, and where one stands between the lowest and the highest of its kind."""

import json
from collections.abc import Sequence
from math import isqrt

import numpy as np
from django.utils.translation import gettext as _

from spiegelstad.look.charts.bars import BAR_PX, NAME_PX
from spiegelstad.look.charts.shapes import ONE_ROW, Chart, Range, Scale, Text, framed, name_cell, tooltip
from spiegelstad.look.tables import number, table
from spiegelstad.look.theme import ACCENT, NARROW_PX, QUIET, WATER, WIDE_PX, Spec

MAX_BINS = 16


def histogram(
    title: Text,
    values: Sequence[float],
    *,
    unit: str = "",
    decimals: int = 0,
    here: float | None = None,
    height: int = 200,
) -> Chart:
    """Return how many values fall in each of at most 16 equal steps; `here` marks one value with a line."""
    scale = Scale(unit, decimals)
    counts, edges = np.histogram(np.asarray(values, dtype=float), bins=_bins(values))
    steps = [(float(low), float(high), int(n)) for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    data: list[Spec] = [
        {"a": low, "b": high, "n": n, "w": f"{scale.write(low)} – {scale.write(high)}"} for low, high, n in steps
    ]

    def spec(width: int) -> Spec:
        x_axis = {"format": scale.pattern, "tickCount": width // 100}
        y_axis = {"tickCount": 3, "tickMinStep": 1, "minExtent": 34, "maxExtent": 34}
        x = {
            "field": "a",
            "type": "quantitative",
            "title": None,
            "axis": x_axis,
            "scale": {"zero": False, "nice": False},
        }
        encoding = {
            "x": x, "x2": {"field": "b"},
            "y": {"field": "n", "type": "quantitative", "title": None, "axis": y_axis},
            "y2": {"datum": 0},
            "tooltip": tooltip(("w", ""), ("n", _("Number"))),
        }  # fmt: skip
        layers: list[Spec] = [
            {"mark": {"type": "rect", "color": WATER, "stroke": "var(--surface)"}, "encoding": encoding}
        ]
        if here is not None:
            layers.append(
                {
                    "data": ONE_ROW,
                    "mark": {"type": "rule", "color": ACCENT, "size": 3},
                    "encoding": {"x": {"datum": here}},
                }
            )
        return framed(width, height, {"layer": layers})

    shown = table(title, [_("From – to"), number(_("Number"))], [(row["w"], str(row["n"])) for row in data])
    low, high = (scale.write(min(values)), scale.write(max(values))) if values else ("–", "–")
    described = _("{count} values between {low} and {high}.").format(count=len(values), low=low, high=high)
    return Chart(title, described, data, spec(WIDE_PX), spec(NARROW_PX), shown)


def _bins(values: Sequence[float]) -> int:
    """Return a number of steps in which most hold several values: the root of their number."""
    return max(1, min(MAX_BINS, len(set(values)), isqrt(len(values))))


def ranges(title: Text, rows: Sequence[Range], *, here: Text, middle: Text, note: Text = "") -> Chart:
    """Return a dumbbell for each row, from the middle (such as the city) to here, on a scale of lowest to highest."""
    lowest, highest = json.dumps(_("lowest")), json.dumps(_("highest"))  # as texts of Vega's own language
    data: list[Spec] = [{"n": row.name, "h": row.here, "m": row.middle, "w": row.words} for row in rows]

    def spec(width: int) -> Spec:
        names = NAME_PX[width] + (40 if width == WIDE_PX else 30)
        axis = {
            "labelLimit": names - 8,
            "minExtent": names,
            "maxExtent": names,
            "domain": False,
            "ticks": False,
            "grid": True,
            "labelColor": "var(--ink)",
        }
        y = {"field": "n", "type": "nominal", "sort": None, "title": None, "axis": axis}
        ends = {
            "values": [0, 0.5, 1],
            "labelExpr": f"datum.value == 0 ? {lowest} : datum.value == 1 ? {highest} : ''",
            "labelFlush": True,
        }
        x = {
            "field": "h",
            "type": "quantitative",
            "title": None,
            "axis": {**ends, "grid": True},
            "scale": {"domain": [0, 1]},
        }
        shown = tooltip(("n", ""), ("w", _("Value")))
        dot: Spec = {"y": y, "tooltip": shown}
        return framed(
            width,
            (BAR_PX + 2) * max(1, len(data)) + 36,
            {
                "layer": [
                    {
                        "mark": {"type": "rule", "color": QUIET, "size": 5},
                        "encoding": {"x": x, "x2": {"field": "m"}, **dot},
                    },
                    {
                        "mark": {"type": "tick", "color": "var(--ink-2)", "thickness": 3, "size": 15},
                        "encoding": {"x": {**x, "field": "m"}, **dot},
                    },
                    {
                        "mark": {"type": "point", "color": ACCENT, "size": 120, "opacity": 1},
                        "encoding": {"x": x, **dot},
                    },
                ]
            },
        )

    shown = table(title, [_("Name"), number(here)], [(name_cell(row), row.words) for row in rows])
    described = _("For {count} names: where {here} stands between the lowest and the highest, beside {middle}.")
    text = described.format(count=len(rows), here=here, middle=middle)
    return Chart(title, text, data, spec(WIDE_PX), spec(NARROW_PX), shown, note=note)
