"""Areas in the database: importing, time, points and map layers."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.places import public as places
from spiegelstad.places.testing import make_area, make_areas, make_squares

if TYPE_CHECKING:
    from tests.conftest import People

pytestmark = pytest.mark.django_db
LEFT, RIGHT = shapely.box(3.70, 51.0, 3.72, 51.02), shapely.box(3.72, 51.0, 3.74, 51.02)


def find(tenant: str, lon: float, lat: float, on: date | None = None) -> str | None:
    found: str | None = places.locate(tenant, "wijk", np.array([lon]), np.array([lat]), on)[0]
    return found


def test_areas_are_imported_by_a_steward_and_read_by_nobody_in_particular(people: "People") -> None:
    places.ensure_area_type(by=people.administrator, slug="wijk", name={"nl": "Wijk"}, level=3)
    result = places.import_areas(
        by=people.steward, area_type="wijk", areas=[make_area("A", LEFT), make_area("B", RIGHT)]
    )
    assert result == places.ImportResult(2, 0, 0)
    first, second = places.areas(people.nobody, "wijk")
    assert (first.code, second.code) == ("A", "B")
    assert first.bbox == pytest.approx((3.70, 51.0, 3.72, 51.02))
    assert first.area_m2 == pytest.approx(0.02 * 70_150 * 0.02 * 111_260, rel=0.002)
    assert [kind.slug for kind in places.area_types(people.nobody)] == ["wijk"]


def test_areas_import_is_refused_to_those_who_may_not(people: "People") -> None:
    with pytest.raises(NotAllowed):
        places.ensure_area_type(by=people.steward, slug="wijk", name={"nl": "Wijk"}, level=3)
    places.ensure_area_type(by=people.administrator, slug="wijk", name={"nl": "Wijk"}, level=3)
    for actor in (people.resident, people.clerk, people.analyst):
        with pytest.raises(NotAllowed):
            places.import_areas(by=actor, area_type="wijk", areas=[make_area("A")])
    with pytest.raises(SignInNeeded):
        places.import_areas(by=people.nobody, area_type="wijk", areas=[make_area("A")])
    assert places.areas(people.nobody, "wijk") == []


def test_areas_of_one_city_are_unknown_in_another(people: "People", tenant: str, other_tenant: str) -> None:
    make_areas(tenant, "wijk", [make_area("A", LEFT)])
    for read in (
        lambda: places.areas(people.foreigner, "wijk"),
        lambda: places.area(people.foreigner, "wijk", "A"),
        lambda: places.areas_geojson(people.foreigner, "wijk"),
        lambda: places.locate(other_tenant, "wijk", np.array([3.71]), np.array([51.01])),
        lambda: places.import_areas(by=people.foreigner, area_type="wijk", areas=[make_area("A")]),
    ):
        with pytest.raises(places.UnknownAreaType):
            read()
    assert places.areas_at(people.foreigner, 3.71, 51.01) == []


def test_areas_import_repeated_changes_nothing(people: "People", tenant: str) -> None:
    areas = [make_area("A", LEFT), make_area("B", RIGHT, valid_from=date(2020, 1, 1))]
    make_areas(tenant, "wijk", areas)
    before = places.areas_layer(people.nobody, "wijk")
    assert make_areas(tenant, "wijk", areas) == places.ImportResult(0, 0, 2)
    assert places.areas_layer(people.nobody, "wijk") is before
    renamed = [make_area("A", LEFT, name="Another name"), areas[1]]
    assert make_areas(tenant, "wijk", renamed) == places.ImportResult(0, 1, 1)
    assert places.area(people.nobody, "wijk", "A").name == "Another name"


def test_areas_complete_import_removes_the_rest(people: "People", tenant: str) -> None:
    make_areas(tenant, "wijk", [make_area("A", LEFT), make_area("B", RIGHT)])
    result = places.import_areas(by=people.system, area_type="wijk", areas=[make_area("B", RIGHT)], complete=True)
    assert result == places.ImportResult(0, 0, 1, 1)
    assert find(tenant, 3.71, 51.01) is None


def test_areas_have_periods_and_a_day_has_one_answer(people: "People", tenant: str) -> None:
    """Two wijken become one on 1 January 2025, under the code of the first."""
    both = shapely.union(LEFT, RIGHT)
    make_areas(
        tenant,
        "wijk",
        [
            make_area("A", LEFT, valid_to=date(2024, 12, 31)),
            make_area("B", RIGHT, valid_to=date(2024, 12, 31)),
            make_area("A", both, valid_from=date(2025, 1, 1)),
        ],
    )
    assert find(tenant, 3.73, 51.01, date(2024, 12, 31)) == "B"
    assert find(tenant, 3.73, 51.01, date(2025, 1, 1)) == "A"
    assert find(tenant, 3.73, 51.01) == "A"
    assert [area.code for area in places.areas(people.nobody, "wijk", date(2024, 6, 1))] == ["A", "B"]
    assert places.area(people.nobody, "wijk", "A", date(2024, 6, 1)).area_m2 < 0.6 * (
        places.area(people.nobody, "wijk", "A").area_m2
    )
    assert [area.code for area in places.areas_at(people.nobody, 3.73, 51.01, date(2024, 6, 1))] == ["B"]
    with pytest.raises(places.UnknownArea):
        places.area(people.nobody, "wijk", "B")


def test_areas_with_overlapping_periods_are_refused(people: "People", tenant: str) -> None:
    make_areas(tenant, "wijk", [make_area("A", LEFT)])
    with pytest.raises(places.InvalidAreas, match="periods of one code overlap"):
        make_areas(tenant, "wijk", [make_area("A", RIGHT, valid_from=date(2025, 1, 1))])
    assert find(tenant, 3.71, 51.01) == "A"


def test_areas_import_names_everything_that_is_wrong_and_imports_nothing(people: "People", tenant: str) -> None:
    bow_tie = shapely.Polygon([(3.7, 51), (3.71, 51.01), (3.71, 51), (3.7, 51.01)])
    lambert = shapely.box(104_000, 194_000, 105_000, 195_000)
    with pytest.raises(places.InvalidAreas) as caught:
        make_areas(
            tenant,
            "wijk",
            [
                make_area("good", LEFT),
                make_area("bow", bow_tie),
                make_area("far", lambert),
                make_area("line", shapely.LineString([(3.7, 51), (3.8, 51)])),
                make_area("back", LEFT, valid_from=date(2025, 1, 1), valid_to=date(2024, 1, 1)),
                make_area("good", RIGHT),
            ],
        )
    text = " ".join(caught.value.extra["problems"])
    for words in (
        "bow: its geometry is invalid",
        "far: its coordinates",
        "line: its",
        "back: it ends",
        "good: it occurs",
    ):
        assert words in text
    assert places.areas(people.nobody, "wijk") == []


def test_locate_sees_a_change_at_once_and_asks_one_query(tenant: str, django_assert_num_queries: "object") -> None:
    make_areas(tenant, "wijk", [make_area("A", LEFT)])
    assert find(tenant, 3.73, 51.01) is None
    make_areas(tenant, "wijk", [make_area("B", RIGHT)])
    assert find(tenant, 3.73, 51.01) == "B"
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert find(tenant, 3.71, 51.01) == "A"
    assert find(tenant, float("nan"), 51.01) is None


def test_inside_city_is_its_box_until_the_border_is_known(tenant: str) -> None:
    lon, lat = np.array([3.61, 3.71, np.nan]), np.array([51.05, 51.01, 51.0])
    assert places.inside_city(tenant, lon, lat).tolist() == [True, True, False]
    assert places.city_bbox(tenant) == (3.6, 51.0, 3.8, 51.1)
    make_areas(tenant, "municipality", [make_area("M", LEFT)])
    assert places.inside_city(tenant, lon, lat).tolist() == [False, True, False]
    assert places.city_bbox(tenant) == pytest.approx((3.70, 51.0, 3.72, 51.02))


@pytest.fixture
def discs(tenant: str) -> dict[str, shapely.Polygon]:
    """Thirty discs all over the city, overlapping."""
    random = np.random.default_rng(3)
    shapes = {
        f"D{number:02}": shapely.Point(3.6 + 0.2 * x, 51 + 0.1 * y).buffer(0.002 + 0.02 * r)
        for number, (x, y, r) in enumerate(random.uniform(0, 1, (30, 3)))
    }
    make_areas(tenant, "wijk", [make_area(code, shape) for code, shape in shapes.items()])
    return shapes


@given(
    corner=st.tuples(st.floats(3.55, 3.85), st.floats(50.98, 51.12)),
    size=st.just((0.0, 0.0)) | st.tuples(st.floats(1e-7, 0.05), st.floats(1e-7, 0.05)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_box_then_exact_equals_exact(
    people: "People", discs: dict[str, shapely.Polygon], corner: tuple[float, float], size: tuple[float, float]
) -> None:
    bounds = (*corner, corner[0] + size[0], corner[1] + size[1])
    found = [area.code for area in places.areas_in_box(people.nobody, "wijk", bounds)]
    assert found == sorted(code for code, disc in discs.items() if disc.intersects(shapely.box(*bounds)))
    at = [area.code for area in places.areas_at(people.nobody, *corner)]
    assert at == sorted(code for code, disc in discs.items() if disc.intersects(shapely.Point(corner)))


def test_areas_geojson_is_the_areas_in_the_asked_system(people: "People", tenant: str) -> None:
    make_squares(tenant)
    document = orjson.loads(places.areas_geojson(people.nobody, "sector"))
    assert len(document["features"]) == 8
    assert document["features"][0]["id"] == "W1A"
    assert document["features"][0]["properties"] == {"code": "W1A", "name": "Area W1A", "parent": "W1"}
    lambert = places.areas_geojson(people.nobody, "sector", crs="EPSG:31370")
    for one, other in zip(places.read_features(lambert), places.areas(people.nobody, "sector"), strict=True):
        assert one.geometry is not None
        assert one.geometry.bounds == pytest.approx(other.bbox, abs=1e-4)


def test_areas_geojson_simplified_leaves_no_gaps(people: "People", tenant: str) -> None:
    """Cells with wavy shared borders: simplified they have far fewer points and still fit together."""
    random = np.random.default_rng(5)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(random.uniform(0, 1, (40, 2))), extend_to=shapely.box(0, 0, 1, 1))
    )
    # Rounded, so that both neighbours get the same points on the border they share.
    segments = shapely.transform(shapely.segmentize(cells, 0.002), lambda xy: np.round(xy, 6))
    wavy = shapely.transform(segments, lambda xy: xy + 0.002 * np.sin(300 * xy[:, ::-1]))
    degrees = shapely.transform(wavy, lambda xy: [3.6, 51.0] + xy * [0.02, 0.01])
    make_areas(tenant, "wijk", [make_area(f"C{number:02}", cell) for number, cell in enumerate(degrees)])
    whole, simple = (
        shapely.GeometryCollection(
            [f.geometry for f in places.read_features(places.areas_geojson(people.nobody, "wijk", simplify_m=m))]
        )
        for m in (0, 15)
    )
    assert shapely.get_num_coordinates(simple) < 0.3 * shapely.get_num_coordinates(whole)
    union = shapely.union_all(shapely.get_parts(simple))
    gaps = shapely.area(shapely.polygons(shapely.get_rings(union)[1:])) if shapely.get_num_interior_rings(union) else []
    assert sum(gaps) < 1e-12
    assert shapely.area(union) == pytest.approx(shapely.area(simple), rel=1e-6)
    assert shapely.area(union) == pytest.approx(shapely.area(whole), rel=0.01)
