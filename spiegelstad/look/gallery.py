"""A page with every component in one place, for whoever works on them; only where test pages are on."""

import math

import orjson
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spiegelstad.look import charts, maps, tables
from spiegelstad.look.tables import Link, Mark


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="As it stands on your identity card.")
    theme = forms.ChoiceField(label="Theme", choices=[("air", "Air"), ("green", "Green")], required=False)
    areas = forms.MultipleChoiceField(
        label="Areas", choices=[("1", "Gevelwijk"), ("2", "Waterkant")], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label="I have read the explanation", required=False)


def _area(column: int, row: int) -> dict[str, object]:
    west, south = 3.7 + column * 0.01, 51.0 + row * 0.007
    ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.007], [west, south + 0.007], [west, south]]
    code = f"W{row}{column}"
    properties = {"code": code, "name": f"Wijk {code}", "parent": "G"}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "id": code, "properties": properties, "geometry": geometry}


def _example_map() -> maps.Map:
    codes = [(row, column) for row in range(5) for column in range(6)]
    features = [_area(column, row) for row, column in codes]
    values = {f"W{row}{column}": 10 + 7 * math.sin(row + column * 1.7) for row, column in codes}
    bounds = maps.classes(list(values.values()))
    areas = {
        code: maps.AreaValue(f"Wijk {code}", f"{value:.1f} m²", maps.class_of(value, bounds), "/look")
        for code, value in values.items()
    }
    legend = maps.legend(bounds, min(values.values()), lambda value: f"{value:.1f} m²")
    shown = tables.table("Green", ["Area", tables.number("m²")], [(a.name, a.words) for a in areas.values()])
    geojson = orjson.dumps({"type": "FeatureCollection", "features": features})
    sensors = (maps.Sensor("Fietsteller Coupure", "212 per uur", 3.726, 51.018),)
    return maps.Map(
        "Green per inhabitant", "A map of thirty areas.", geojson, areas, legend, shown, sensors=sensors, here="W22"
    )


def _example_charts() -> list[charts.Chart]:
    years = [str(year) for year in range(2014, 2025)]

    def course(name: str, start: float, slope: float) -> charts.Series:
        points = [(year, start + slope * i + 3 * math.sin(i * 1.3)) for i, year in enumerate(years)]
        return charts.Series(name, tuple((when, None if when == "2018" else value) for when, value in points))

    city, here, alike = course("City", 30, 1.2), course("Waterkant", 20, 2.4), course("Similar areas", 26, 1.0)
    bars = [charts.Bar(f"Wijk {i}", 60 - 2.2 * i, here=i == 7, url="/look") for i in range(16)]
    places = [charts.Range(f"Indicator {i}", (i * 37 % 100) / 100, 0.5, f"{i * 37 % 100} %") for i in range(8)]
    spread = [50 + 20 * math.sin(i * 2.1) + i * 0.1 for i in range(200)]
    return [
        charts.line("Green per inhabitant", [city, here, alike], unit="MTK", decimals=1, target=45),
        charts.ranking("Ranking", bars, unit="P1", decimals=1, average=42),
        charts.ranges("Beside the city", places, here="Waterkant", middle="City"),
        charts.histogram("Spread over 200 sectors", spread, unit="EUR", here=61),
        charts.small_multiples("Small multiples", [city, here, alike], decimals=0),
        charts.columns("In 2024", ["Gevelwijk", "Waterkant", "Kouter"], [
            charts.Series("Men", (("Gevelwijk", 12.0), ("Waterkant", 30.0), ("Kouter", 22.0))),
            charts.Series("Women", (("Gevelwijk", 14.0), ("Waterkant", 28.0), ("Kouter", 25.0))),
        ]),
    ]  # fmt: skip


def show_gallery(request: HttpRequest) -> HttpResponse:
    """Show all components."""
    rows = [
        (Link("Waterkant", "/look"), "12.034", Mark("good", "good")),
        (Link("Gevelwijk", "/look"), "9.871", Mark("late", "warning")),
    ]
    shown = tables.table("Neighbourhoods", ["Name", tables.number("Inhabitants"), "Data"], rows)
    example = {
        "form": ExampleForm({"name": "", "theme": "air"}),
        "empty_form": ExampleForm(),
        "charts": _example_charts(),
        "map": _example_map(),
        "table": shown,
        "spark": [1.0, 2.0, 1.5, None, 3.0, 2.8],
        "tabs": [("Table", "/look", True), ("Chart", "/look?chart", False)],
    }
    return render(request, "look/gallery.html", example)
