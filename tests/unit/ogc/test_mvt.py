"""Vector tiles as a decoder that is not ours reads them."""

from __future__ import annotations

import itertools
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from spiegelstad.ogc.formats import mvt
from spiegelstad.ogc.rules.curve import along_curve
from spiegelstad.ogc.rules.tiles import EXTENT, TileAt


def decoded(shapes: list[Any], columns: dict[str, pa.Array] | None = None) -> list[dict[str, Any]]:
    """Write shapes and read them back, y to the south."""
    content = mvt.tile("layer", np.arange(100, 100 + len(shapes)), np.array(shapes, dtype=object), columns or {})
    if not content:
        return []
    layer = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})["layer"]
    assert layer["extent"] == EXTENT and layer["version"] == 2
    return list(layer["features"])


_points = st.tuples(st.integers(-64, 4160), st.integers(-64, 4160))
_shapes = st.one_of(
    _points.map(shapely.Point),
    st.lists(_points, min_size=2, max_size=5, unique=True).map(shapely.MultiPoint),
    st.lists(_points, min_size=2, max_size=6, unique=True).map(shapely.LineString),
    st.lists(st.lists(_points, min_size=2, max_size=4, unique=True), min_size=2, max_size=3).map(
        shapely.MultiLineString
    ),
    st.tuples(_points, st.integers(1, 500), st.integers(1, 500)).map(
        lambda p: shapely.box(*p[0], p[0][0] + p[1], p[0][1] + p[2])
    ),
    st.tuples(_points, st.integers(10, 500)).map(
        lambda p: shapely.box(*p[0], p[0][0] + p[1], p[0][1] + p[1]).difference(
            shapely.box(p[0][0] + 3, p[0][1] + 3, p[0][0] + 7, p[0][1] + 7)
        )
    ),
    st.tuples(_points, st.integers(1, 50)).map(
        lambda p: shapely.MultiPolygon(
            [shapely.box(*p[0], p[0][0] + p[1], p[0][1] + p[1]), shapely.box(-60, -60, -55, -55)]
        )
    ),
    st.none(),
)  # fmt: skip


@given(st.lists(_shapes, max_size=8))
@settings(max_examples=150, deadline=None)
def test_tile_holds_the_shapes(shapes: list[Any]) -> None:
    found = {feature["id"]: feature["geometry"] for feature in decoded(shapes)}
    expected = {100 + index: shape for index, shape in enumerate(shapes) if shape is not None}
    assert found.keys() == expected.keys()
    for id_, shape in expected.items():
        read = shapely.from_geojson(str(found[id_]).replace("'", '"').replace("(", "[").replace(")", "]"))
        if shape.geom_type == "MultiPolygon" and not shape.is_valid:
            continue  # two that overlap: what is read back is the same rings, which no union can be compared with
        assert shapely.equals(read, shape), (read, shape)


def test_tile_turns_rings_as_the_standard_has_it() -> None:
    """Outer rings have a positive area by the surveyor's formula, y to the south; holes a negative one."""
    shape = shapely.box(0, 0, 100, 100).difference(shapely.box(20, 20, 40, 40))
    for given_ in (shape, shapely.orient_polygons(shape, exterior_cw=True)):
        rings = decoded([given_])[0]["geometry"]["coordinates"]
        areas = [sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) for ring in rings]
        assert areas == [20_000, -800]


def test_tile_leaves_out_what_is_nothing_at_its_zoom() -> None:
    tiny = [shapely.box(0.1, 0.1, 0.2, 0.2), shapely.LineString([(0.1, 0.1), (0.2, 0.2)]), shapely.Point(7, 7),
            shapely.Polygon(), shapely.box(0, 0, 9, 9).difference(shapely.box(3.1, 3.1, 3.2, 3.2))]  # fmt: skip
    found = decoded(tiny)
    assert [feature["id"] for feature in found] == [102, 104]
    assert len(found[1]["geometry"]["coordinates"]) == 1  # the hole is gone


def test_tile_keeps_values_with_their_kind() -> None:
    columns = {
        "text": pa.array(["a", None, "é" * 300]), "whole": pa.array([1, -7, 2**40]),
        "number": pa.array([0.5, None, 1e300]),
        "truth": pa.array([True, False, None]), "nothing": pa.array([None, None, None], pa.string()),
    }  # fmt: skip
    found = [feature["properties"] for feature in decoded([shapely.Point(n, n) for n in range(3)], columns)]
    assert found == [
        {"text": "a", "whole": 1, "number": 0.5, "truth": True},
        {"whole": -7, "truth": False},
        {"text": "é" * 200, "whole": 2**40, "number": 1e300},
    ]


def test_tile_knows_where_it_is() -> None:
    """Against PROJ: the tile of Ghent at zoom 12."""
    at, side = TileAt(12, 2090, 1370), 40_075_016.685578488 / 4_096
    west, south, east, north = at.bounds
    assert west < 3.72 < east and south < 51.05 < north
    back = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True).transform
    corners = [back((x - 2_048) * side, (2_048 - y) * side) for x, y in ((2090, 1370), (2091, 1371))]
    assert at.units(np.array(corners)) == pytest.approx(np.array([[0, 0], [4096, 4096]]), abs=1e-3)
    assert TileAt(0, 0, 0).units(np.array([[-180.0, 85.0511287798066], [180, -90]])) == pytest.approx(
        np.array([[0, 0], [4096, 4096]]), abs=1e-6
    )
    assert not TileAt(1, 2, 0).is_there and not TileAt(23, 0, 0).is_there


def test_curve_visits_neighbours() -> None:
    """On a grid each step along the curve is to a cell beside it, and every cell is visited."""
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(16), np.arange(16)))
    order = np.argsort(along_curve(x, y))
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert len(set(order)) == 256 and (steps == 1).mean() > 0.9
