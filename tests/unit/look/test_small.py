"""Small drawings: sparks, gauges, strips."""

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.look import small

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=40)


@given(VALUES)
def test_spark_stays_in_its_box(values):
    drawn = small.spark(values)
    known = [value for value in values if value is not None]
    if len(known) < 2:
        assert drawn is None
        return
    points = [tuple(map(float, point.split())) for point in drawn.line.removeprefix("M").split("L")]
    assert len(points) == len(known)
    assert all(0 <= x <= small.SPARK_W and 0 <= y <= small.SPARK_H for x, y in points)
    assert (drawn.x, drawn.y) == points[-1]


def test_spark_rises_when_values_do():
    drawn = small.spark([1.0, 2.0, 5.0])
    heights = [float(point.split()[1]) for point in drawn.line.removeprefix("M").split("L")]
    assert heights == sorted(heights, reverse=True)


@given(st.floats(0, 1e9), st.floats(0.001, 1e9))
def test_gauge_keeps_value_and_target_on_the_track(value, target):
    drawn = small.gauge(value, target)
    assert 0 <= drawn.value <= 100
    assert 0 <= drawn.target <= 100
    assert (drawn.value >= drawn.target) == (value >= target) or abs(drawn.value - drawn.target) < 0.11


def test_gauge_needs_both():
    assert small.gauge(None, 3.0) is None
    assert small.gauge(3.0, None) is None
    assert small.gauge(-1.0, 3.0) is None


def test_strip_places_within_and_leaves_out_what_lies_outside():
    drawn = small.strip(20.0, 75_000.0, 15.0, low=10.0, high=30.0)
    assert (drawn.here, drawn.city, drawn.alike) == (50.0, None, 25.0)
    assert small.strip(10.0, None, None, low=10.0, high=10.0) is None
    assert small.strip(None, 1.0, 1.0, low=0.0, high=2.0) is None
