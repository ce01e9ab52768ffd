"""The door of the design system: charts, maps and tables as data; templates take the rest by `{% load look %}`."""

from spiegelstad.look import charts, maps, places, tables
from spiegelstad.look.small import Spark, Strip, spark, strip
from spiegelstad.look.tables import Cell, Column, Link, Mark, Table, Text, number, table

__all__ = [
    "Cell", "Column", "Link", "Mark", "Spark", "Strip", "Table", "Text", "charts", "maps", "number", "places", "spark",
    "strip", "table", "tables",
]  # fmt: skip
