"""Classes of colour, the frame of a map, and labels that stay apart."""

import itertools

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from spiegelstad.look import maps

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=80)


@given(VALUES)
def test_classes_hold_every_value_in_order(values):
    bounds = maps.classes(values)
    known = sorted(value for value in values if value is not None)
    assert bounds == sorted(set(bounds))
    assert len(bounds) <= maps.CLASSES
    assert bounds[-1:] == known[-1:]
    ranks = [maps.class_of(value, bounds) for value in known]
    assert ranks == sorted(ranks)
    assert all(1 <= rank <= maps.CLASSES for rank in ranks)
    assert maps.class_of(None, bounds) == 0


@given(st.lists(st.integers(0, 10_000), min_size=10, max_size=60, unique=True))
def test_classes_of_different_values_hold_as_many_areas_each(values):
    bounds = maps.classes([float(value) for value in values])
    ranks = [maps.class_of(value, bounds) for value in values]
    sizes = [ranks.count(rank) for rank in range(1, 6)]
    assert max(sizes) - min(sizes) <= 2


@given(VALUES)
def test_legend_names_each_class_that_occurs(values):
    known = [value for value in values if value is not None]
    bounds = maps.classes(values)
    ranks = {maps.class_of(value, bounds) for value in known}
    legend = maps.legend(bounds, min(known), str) if known else ()
    assert ranks <= {rank for rank, _words in legend}


def _collection(shapes):
    features = [
        {
            "type": "Feature",
            "id": f"A{number}",
            "properties": {"code": f"A{number}", "name": f"Area {number}"},
            "geometry": orjson.loads(shapely.to_geojson(one)),
        }
        for number, one in enumerate(shapes)
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize("size", [(0.1, 0.02), (0.02, 0.1)])
def test_drawing_fits_the_frame_and_keeps_its_middle(size):
    drawn = maps.drawing(_collection([shapely.box(3.7, 51.0, 3.7 + size[0], 51.0 + size[1])]))
    numbers = [float(n) for n in drawn.shapes[0].path.replace("M", "").replace("Z", "").replace("L", " ").split()]
    xs, ys = numbers[::2], numbers[1::2]
    assert min(xs) >= maps.VIEW_PAD - 0.1 and max(xs) <= maps.VIEW_W - maps.VIEW_PAD + 0.1
    assert min(ys) >= maps.VIEW_PAD - 0.1 and max(ys) <= maps.VIEW_H - maps.VIEW_PAD + 0.1
    assert min(xs) + max(xs) == pytest.approx(maps.VIEW_W, abs=0.3)
    assert min(ys) + max(ys) == pytest.approx(maps.VIEW_H, abs=0.3)


def test_mercator_is_that_of_the_web():
    x, y = maps.mercator(np.array([[3.7174, 51.0543]]))[0]
    to_web = Transformer.from_crs("OGC:CRS84", "EPSG:3857")
    earth_m = 6_378_137.0
    assert (x * earth_m, y * earth_m) == pytest.approx(to_web.transform(3.7174, 51.0543), abs=0.01)


def test_drawing_keeps_shared_borders_shared():
    left, right = shapely.box(3.7, 51.0, 3.75, 51.05), shapely.box(3.75, 51.0, 3.8, 51.05)
    drawn = maps.drawing(_collection([left, right]))
    corners = [set(one.path.strip("MZ").split("L")) for one in drawn.shapes]
    assert len(corners[0] & corners[1]) >= 2


def test_empty_collection_draws_nothing():
    assert maps.drawing(b'{"type":"FeatureCollection","features":[]}').shapes == ()


@given(st.lists(st.tuples(st.floats(0, 800), st.floats(0, 600), st.floats(10, 90_000)), min_size=1, max_size=30))
def test_labels_never_touch(areas):
    centres = np.array([area[:2] for area in areas])
    labels = maps.labels_with_room(["Waterkant"] * len(areas), np.array([a[2] for a in areas]), centres)
    written = [tuple(centre) for centre, label in zip(centres, labels, strict=True) if label]
    width, height = maps.LETTER_PX * len("Waterkant"), maps.LINE_PX
    for (ax, ay), (bx, by) in itertools.combinations(written, 2):
        assert abs(ax - bx) >= width - 1e-6 or abs(ay - by) >= height - 1e-6


def test_sensors_stand_where_the_areas_do():
    bounds = (3.7, 51.0, 3.8, 51.05)
    ((_sensor, x, y),) = maps.place_sensors(bounds, [maps.Sensor("Teller", "12", 3.75, 51.025)])
    assert x == pytest.approx(maps.VIEW_W / 2, abs=0.2)
    assert y == pytest.approx(maps.VIEW_H / 2, abs=0.5)
