"""Point in area: the fast index against the slow obvious loop."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.places.rules import location
from spiegelstad.places.rules.location import PointIndex


def slow_locate(areas: dict[str, shapely.Polygon], x: float, y: float) -> str | None:
    """The lowest code whose area, border included, holds the point."""
    if not np.isfinite([x, y]).all():
        return None
    return next((code for code in sorted(areas) if areas[code].intersects(shapely.Point(x, y))), None)


coordinate = st.integers(0, 12).map(float)
boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h), coordinate, coordinate, st.integers(1, 6), st.integers(1, 6)
)
discs = st.builds(lambda x, y, r: shapely.Point(x, y).buffer(r), coordinate, coordinate, st.floats(0.5, 4))
cities = st.dictionaries(st.text("abcAB-1", min_size=1, max_size=3), boxes | discs, max_size=8)
numbers = coordinate | st.floats(-2, 20) | st.sampled_from([np.nan, np.inf, -np.inf])


@given(areas=cities, points=st.lists(st.tuples(numbers, numbers), max_size=60), grid=st.booleans())
@settings(max_examples=80, deadline=None)
def test_locate_equals_the_slow_loop(
    areas: dict[str, shapely.Polygon], points: list[tuple[float, float]], grid: bool
) -> None:
    index = PointIndex(list(areas), list(areas.values()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(location, "_GRID_PAYS_FROM", 0 if grid else 1_000)
        found = index.locate(np.array([x for x, _ in points]), np.array([y for _, y in points]))
    assert found.tolist() == [slow_locate(areas, x, y) for x, y in points]


def test_locate_a_hundred_thousand_points_equals_the_exact_test() -> None:
    """Voronoi cells of random places, as irregular as wijken; both ways through the index."""
    random = np.random.default_rng(7)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(random.uniform(0, 1, (80, 2)))))
    index = PointIndex([f"{number:03}" for number in range(len(cells))], cells)
    x, y = random.uniform(-0.2, 1.2, (2, 100_000))
    parts = [index.locate(x[i : i + 10_000], y[i : i + 10_000]) for i in range(0, 100_000, 10_000)]
    assert np.array_equal(index.locate(x, y), np.concatenate(parts))


def test_point_on_a_shared_border_is_in_the_lowest_code() -> None:
    index = PointIndex(["b", "a"], [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    assert index.locate(np.array([1.0, 0.5, 1.5, 3.0]), np.full(4, 0.5)).tolist() == ["a", "b", "a", None]


def test_index_without_areas_finds_nothing() -> None:
    assert PointIndex([], []).locate(np.array([1.0]), np.array([1.0])).tolist() == [None]
