"""Figures as files: CSV, JSON, Parquet, GeoJSON. Pure: rows in, bytes out."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.indicators.rules.figures import Figure, Indicator

FORMATS = ("csv", "json", "parquet", "geojson")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("area_type", pa.string()),
        ("area_code", pa.string()),
        ("area_name", pa.string()),
        ("period", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("numerator", pa.float64()),
        ("denominator", pa.float64()),
        ("suppressed", pa.bool_()),
        ("figure", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Download:
    """Figures with what is needed to write them: their indicators by slug, names by kind and code of area, the site's
    address.
    """

    indicators: Mapping[str, Indicator]
    figures: Sequence[Figure]
    names: Mapping[tuple[str, str], str]
    base_url: str

    def rows(self) -> list[dict[str, Any]]:
        """Return a record per figure; `figure` is its permanent address, `unit` a UN/CEFACT code."""
        return [
            {
                "indicator": one.indicator,
                "area_type": one.area_type,
                "area_code": one.area_code,
                "area_name": self.names.get((one.area_type, one.area_code), ""),
                "period": one.period,
                "value": one.value,
                "unit": self.indicators[one.indicator].unit,
                "numerator": one.numerator,
                "denominator": one.denominator,
                "suppressed": one.suppressed,
                "figure": f"{self.base_url}/figures/{one.id}",
            }
            for one in self.figures
        ]


def as_csv(download: Download) -> bytes:
    """Write CSV with commas, in UTF-8 with a mark so that spreadsheets read it right."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, SCHEMA.names)
    writer.writeheader()
    writer.writerows(download.rows())
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_json(download: Download) -> bytes:
    """Write an object: the indicators with their explanation, and the figures."""
    described = {
        slug: {"name": dict(one.name), "explanation": dict(one.explanation), "unit": one.unit, "period": one.period}
        for slug, one in download.indicators.items()
    }
    return orjson.dumps({"indicators": described, "figures": download.rows()}, option=orjson.OPT_INDENT_2)


def as_parquet(download: Download) -> bytes:
    """Write Parquet."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(download.rows(), schema=SCHEMA), sink, compression="zstd")
    return sink.getvalue()


def as_geojson(download: Download, areas: bytes) -> bytes:
    """Write a feature per figure with the geometry of its area, from a collection of the areas (WGS84)."""
    geometries = {feature["id"]: feature["geometry"] for feature in orjson.loads(areas)["features"]}
    features = [
        {"type": "Feature", "id": row["figure"], "properties": row, "geometry": geometries.get(row["area_code"])}
        for row in download.rows()
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})
