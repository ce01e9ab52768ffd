"""Charts: drawn for every kind, without what our security policy forbids, the same table as drawing."""

import re

import pytest
from django.utils.translation import override

from spiegelstad.look import charts, drawing
from spiegelstad.look.charts.lines import instant

YEARS = ("2021", "2022", "2023", "2024")
CITY = charts.Series("City", tuple(zip(YEARS, (10.0, 12.5, None, 14.0), strict=True)))
HERE = charts.Series("Here", tuple(zip(YEARS, (8.0, 9.0, 9.5, 11.25), strict=True)))
MONTHS = charts.Series("Coupure", (("2024-01", 1.0), ("2024-02", 2.0)))
BARS = [
    charts.Bar("Gevelwijk", 12.0, url="/areas/wijk/1"),
    charts.Bar("Waterkant", 31.5, here=True),
    charts.Bar("Leeg", None),
]
ALL = {
    "line": lambda: charts.line("Green", [CITY, HERE], unit="MTK", decimals=1, target=15),
    "line-months": lambda: charts.line("Bikes", [MONTHS], period="month"),
    "line-empty": lambda: charts.line("Nothing", []),
    "multiples": lambda: charts.small_multiples("Green", [CITY, HERE]),
    "ranking": lambda: charts.ranking("Rank", BARS, unit="P1", decimals=1, average=20),
    "ranking-below-zero": lambda: charts.ranking("Rank", [charts.Bar("a", -3.0), charts.Bar("b", 4.0)]),
    "columns": lambda: charts.columns("Side by side", ["a", "b"], [charts.Series("x", (("a", 1.0), ("b", None)))]),
    "histogram": lambda: charts.histogram("Spread", [1.0, 2.0, 2.5, 9.0], here=2.0),
    "histogram-one": lambda: charts.histogram("Spread", [3.0, 3.0]),
    "ranges": lambda: charts.ranges("Beside", [charts.Range("Green", 0.2, 0.5, "8 m²")], here="Here", middle="City"),
}  # fmt: skip


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("kind", ALL)
def test_chart_is_drawn_within_our_policy(kind, width):
    chart = ALL[kind]()
    svg = drawing.draw(drawing.full_spec(getattr(chart, width), chart.data), "nl")
    assert svg.startswith("<svg viewBox=") and svg.endswith("</svg>")
    assert not re.search(r"\bstyle=|<style|<script|\bon[a-z]+=|\brole=", svg)
    assert chart.description
    assert "var(--" in svg  # colours follow light, dark and print


@pytest.mark.parametrize(
    ("kind", "width", "pixels"), [("line", "wide", 600), ("ranking", "narrow", 340), ("ranges", "wide", 600)]
)
def test_chart_has_the_promised_width(kind, width, pixels):
    chart = ALL[kind]()
    svg = drawing.draw(drawing.full_spec(getattr(chart, width), chart.data), "nl")
    assert float(svg.split('viewBox="0 0 ')[1].split()[0]) == pytest.approx(pixels, abs=3)


def test_table_says_what_the_chart_draws():
    with override("nl"):
        chart = ALL["line"]()
    assert [row[0] for row in chart.table.rows] == list(YEARS)
    assert chart.table.rows[3] == ("2024", "14,0 m²", "11,2 m²")
    assert chart.table.rows[2][1] == "–"


def test_ranking_is_from_high_to_low_with_unknown_last():
    chart = ALL["ranking"]()
    names = [str(getattr(row[0], "text", row[0])) for row in chart.table.rows]
    assert names == ["Waterkant", "Gevelwijk", "Leeg"]
    assert [row["n"] for row in chart.data] == ["Waterkant", "Gevelwijk"]


def test_numbers_are_written_in_the_readers_language():
    chart = charts.line("Euro", [charts.Series("a", (("2023", 12_000.0), ("2024", 13_500.0)))])
    spec = drawing.full_spec(chart.wide, chart.data)
    assert ">13.500<" in drawing.draw(spec, "nl")
    assert ">13,500<" in drawing.draw(spec, "en")


@pytest.mark.parametrize(("period", "start"), [
    ("2024", "2024-01-01T00:00:00Z"),
    ("2024-03", "2024-03-01T00:00:00Z"),
    ("2024-03-09", "2024-03-09T00:00:00Z"),
    ("2024-03-09T10", "2024-03-09T10:00:00Z"),
])  # fmt: skip
def test_instant_is_the_start_of_the_period(period, start):
    assert instant(period) == start


def test_same_chart_is_drawn_once():
    chart = ALL["ranges"]()
    spec = drawing.full_spec(chart.wide, chart.data)
    first = drawing.draw(spec, "nl")
    assert drawing.draw(spec, "nl") is first
