"""The one theme of all charts. Colours are CSS variables, so that a drawing follows light, dark and print by itself."""

from typing import Any

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VEGA_LITE_VERSION = "6.4"
WIDE_PX = 600
NARROW_PX = 340
CATEGORIES = tuple(f"var(--c{number})" for number in range(1, 7))
QUIET = "var(--c-quiet)"
WATER = "var(--c1)"
ACCENT = "var(--accent)"
FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'

CONFIG: Spec = {
    "aria": False,  # the drawing is one image with a title and a table; its hundred parts would only be noise
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink-3)",
        "titleColor": "var(--ink-3)",
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "gridColor": "var(--line)",
        "domainColor": "var(--line-strong)",
        "tickColor": "var(--line-strong)",
        "labelPadding": 6,
    },
    "axisY": {"domain": False, "ticks": False},
    "axisX": {"grid": False},
    "header": {
        "labelColor": "var(--ink)",
        "labelFontSize": 13,
        "labelFontWeight": 600,
        "title": None,
        "labelAnchor": "start",
    },
    "line": {"strokeWidth": 2.5, "strokeCap": "round", "strokeJoin": "round"},
    "point": {"filled": True, "size": 45},
    "bar": {"cornerRadiusEnd": 2},
    "text": {"color": "var(--ink-2)", "fontSize": 13},
    "rule": {"color": "var(--line-strong)"},
}

_POINT_COMMA = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["€ ", ""]}
NUMBERS: dict[str, Spec] = {
    "nl": _POINT_COMMA,
    "de": _POINT_COMMA,
    "fr": {**_POINT_COMMA, "thousands": " ", "currency": ["", " €"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""]},
}


def _calendar(months: str, days: str) -> Spec:
    names, week = months.split(), days.split()
    return {
        "dateTime": "%A %e %B %Y %X",
        "date": "%d/%m/%Y",
        "time": "%H:%M:%S",
        "periods": ["AM", "PM"],
        "days": week,
        "shortDays": [day[:2] for day in week],
        "months": names,
        "shortMonths": [name[:3] if len(name) > 4 else name for name in names],
    }


CALENDARS: dict[str, Spec] = {
    "nl": _calendar(
        "januari februari maart april mei juni juli augustus september oktober november december",
        "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
    ),
    "en": _calendar(
        "January February March April May June July August September October November December",
        "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
    ),
    "fr": _calendar(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "dimanche lundi mardi mercredi jeudi vendredi samedi",
    ),
    "de": _calendar(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
    ),
}
