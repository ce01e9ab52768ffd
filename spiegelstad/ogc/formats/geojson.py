"""Rows of a layer as GeoJSON features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from spiegelstad.ogc.formats.crs import outward, shapes_in
from spiegelstad.ogc.layers.building import ROW
from spiegelstad.ogc.layers.layer import Layer, Positions
from spiegelstad.ogc.vocabulary import CRS84, Crs


def features(layer: Layer, positions: Positions, crs: Crs) -> list[dict[str, Any]]:
    """Return the features at these positions, for orjson: geometry in `crs`, moments in UTC, a missing value null."""
    rows = layer.rows(positions)
    ids = rows.column(layer.key or ROW).to_pylist()
    properties = in_words(rows.drop_columns([ROW])).to_pylist() if rows.num_columns > 1 else [{} for _ in ids]
    return [
        {"type": "Feature", "id": id_, "geometry": geometry, "properties": values}
        for id_, geometry, values in zip(ids, _geometries(layer, positions, crs), properties, strict=True)
    ]


def in_words(rows: pa.Table) -> pa.Table:
    """Return rows with any further shapes as WKT."""
    for number, field in enumerate(rows.schema):
        if pa.types.is_binary(field.type):
            shapes = shapely.from_wkb(rows.column(number).to_pylist(), on_invalid="ignore")
            rows = rows.set_column(number, field.name, pa.array(shapely.to_wkt(shapes), pa.string()))
    return rows


def _geometries(layer: Layer, positions: Positions, crs: Crs) -> Sequence[object]:
    if layer.is_points:
        places = layer.boxes[positions]
        if crs.uri != CRS84:
            places = outward(places, crs)
        points = [{"type": "Point", "coordinates": place} for place in places.tolist()]
        if not np.isnan(places[:, 0]).any():
            return points
        return [None if place["coordinates"][0] != place["coordinates"][0] else place for place in points]
    shapes = layer.shapes(positions)
    if crs.uri != CRS84:
        shapes = shapes_in(shapes, crs)
    return [None if text is None else orjson.Fragment(text) for text in shapely.to_geojson(shapes).tolist()]
