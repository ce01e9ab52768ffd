"""Charts as Vega-Lite, made from plain rows: lines, small multiples, rankings, bars, ranges, histograms.

Every chart comes in two widths (a desk, a phone) over the same rows, and with the table that says the same in words.
"""

from spiegelstad.look.charts.bars import columns, ranking
from spiegelstad.look.charts.lines import line, small_multiples
from spiegelstad.look.charts.shapes import Bar, Chart, Period, Range, Series
from spiegelstad.look.charts.spread import histogram, ranges
from spiegelstad.look.theme import CATEGORIES as COLOURS

__all__ = [
    "COLOURS", "Bar", "Chart", "Period", "Range", "Series", "columns", "histogram", "line", "ranges", "ranking",
    "small_multiples",
]  # fmt: skip
