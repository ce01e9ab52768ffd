"""GeoJSON in three coordinate systems, with what must be refused."""

import json

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.places.formats.crs import UnknownCoordinateSystem, area_m2, coordinate_system, transform_points
from spiegelstad.places.formats.geojson import (
    GeoJSONLimits,
    GeoJSONTooLarge,
    InvalidGeoJSON,
    parse_features,
    read_features,
    write_features,
)
from spiegelstad.places.vocabulary import CoordinateSystem

SQUARE = [[3.7, 51.0], [3.71, 51.0], [3.71, 51.01], [3.7, 51.01], [3.7, 51.0]]
BOW_TIE = [[3.7, 51.0], [3.71, 51.01], [3.71, 51.0], [3.7, 51.01], [3.7, 51.0]]


def collection(*geometries: object, **members: object) -> bytes:
    features = [{"type": "Feature", "geometry": geometry, "properties": {}} for geometry in geometries]
    return orjson.dumps({"type": "FeatureCollection", "features": features, **members})


def polygon(ring: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("EPSG:31370", CoordinateSystem.LAMBERT_72),
        ("urn:ogc:def:crs:EPSG::3812", CoordinateSystem.LAMBERT_2008),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", CoordinateSystem.WGS84),
        ("http://www.opengis.net/def/crs/EPSG/0/31370", CoordinateSystem.LAMBERT_72),
        ("4326", CoordinateSystem.WGS84),
        ("WGS84", CoordinateSystem.WGS84),
    ],
)
def test_coordinate_system_is_known_by_its_many_names(name: str, system: CoordinateSystem) -> None:
    assert coordinate_system(name) is system


def test_coordinate_system_unknown_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownCoordinateSystem, match=r"EPSG:28992.*EPSG:31370"):
        coordinate_system("EPSG:28992")


@given(
    lon=st.floats(2.5, 6.4),
    lat=st.floats(49.5, 51.6),
    system=st.sampled_from([CoordinateSystem.LAMBERT_72, CoordinateSystem.LAMBERT_2008]),
)
def test_lambert_there_and_back_is_within_a_centimetre(lon: float, lat: float, system: CoordinateSystem) -> None:
    east, north = transform_points(np.array([lon]), np.array([lat]), CoordinateSystem.WGS84, system)
    back_lon, back_lat = transform_points(east, north, system, CoordinateSystem.WGS84)
    assert abs(back_lon[0] - lon) * 111_320 < 0.01
    assert abs(back_lat[0] - lat) * 111_320 < 0.01


def test_lambert_72_agrees_with_the_city_of_ghents_own_survey() -> None:
    """Counting pole Bataviabrug, published by the city in both systems (within 10 cm: no correction grid is used)."""
    east, north = transform_points(
        np.array([3.734989309932452]),
        np.array([51.064624208336525]),
        CoordinateSystem.WGS84,
        CoordinateSystem.LAMBERT_72,
    )
    assert abs(east[0] - 105_573.9925) < 0.1
    assert abs(north[0] - 195_131.5590) < 0.1


def test_features_read_lambert_by_argument_or_by_member() -> None:
    point = {"type": "Point", "coordinates": [105573.95213, 195131.5858]}
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
    for features in (
        read_features(collection(point), "EPSG:31370"),
        read_features(collection(point, crs=member)),
    ):
        assert features[0].geometry is not None
        assert shapely.distance(features[0].geometry, shapely.Point(3.7349893, 51.0646242)) < 1e-6


def test_features_lose_heights_and_may_lack_geometry() -> None:
    features = read_features(collection({"type": "Point", "coordinates": [3.7, 51.0, 12.5]}, None))
    assert features[0].geometry == shapely.Point(3.7, 51.0)
    assert not shapely.has_z(features[0].geometry)
    assert features[1].geometry is None
    assert features[1].problem == ""


def test_bare_geometry_and_byte_order_mark_are_read() -> None:
    assert len(read_features(b"\xef\xbb\xbf" + orjson.dumps(polygon(SQUARE)))) == 1


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (polygon(BOW_TIE), "Self-intersection"),
        (
            polygon([[105_000, 195_000], [106_000, 195_000], [106_000, 196_000], [105_000, 195_000]]),
            "outside the world",
        ),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[["a", "b"], [1, 2], [3, 4], [1, 2]]]}, "cannot be read"),
        ({"type": "Circle", "coordinates": [1, 2]}, "no known type"),
    ],
)
def test_wrong_geometry_is_refused_and_named(geometry: object, reason: str) -> None:
    source = collection(polygon(SQUARE), geometry)
    with pytest.raises(InvalidGeoJSON, match=f"Feature 1.*{reason}"):
        read_features(source)
    good, bad = parse_features(source)
    assert good.geometry is not None
    assert bad.geometry is None
    assert reason in bad.problem


@pytest.mark.parametrize(
    "source", [b"{", b"[1]", b'{"type":"Topology"}', b'{"type":"FeatureCollection","features":{}}']
)
def test_other_json_is_refused(source: bytes) -> None:
    with pytest.raises(InvalidGeoJSON):
        parse_features(source)


def test_deep_nesting_is_refused() -> None:
    nested: object = [3.7, 51.0]
    for _ in range(40):
        nested = [nested]
    (feature,) = parse_features(collection({"type": "Point", "coordinates": nested}))
    assert "deeper" in feature.problem
    with pytest.raises(InvalidGeoJSON):
        parse_features(b'{"a":' * 100_000)


def test_limits_are_kept() -> None:
    source = collection(polygon(SQUARE), polygon(SQUARE))
    with pytest.raises(GeoJSONTooLarge, match="2 features"):
        parse_features(source, limits=GeoJSONLimits(features=1))
    with pytest.raises(GeoJSONTooLarge, match="10 points"):
        parse_features(source, limits=GeoJSONLimits(vertices=9))
    assert all("5 points" in f.problem for f in parse_features(source, limits=GeoJSONLimits(vertices_per_feature=4)))
    with pytest.raises(GeoJSONTooLarge, match="MB"):
        parse_features(b" " * 1_000_001, limits=GeoJSONLimits(megabytes=1))


@given(
    corner=st.tuples(st.floats(2.6, 6.3), st.floats(49.6, 51.4)),
    size=st.floats(0.0005, 0.05),
    system=st.sampled_from(list(CoordinateSystem)),
)
def test_written_features_read_back_within_a_centimetre(
    corner: tuple[float, float], size: float, system: CoordinateSystem
) -> None:
    box = shapely.box(corner[0], corner[1], corner[0] + size, corner[1] + size)
    (feature,) = read_features(write_features([box], ["a"], [{"name": "A"}], crs=system))
    assert feature.id == "a"
    assert feature.properties == {"name": "A"}
    assert feature.geometry is not None
    assert shapely.hausdorff_distance(feature.geometry, box) * 111_320 < 0.02


def test_written_features_follow_rfc_7946() -> None:
    clockwise = shapely.Polygon(SQUARE[::-1])
    document = json.loads(write_features([clockwise, None], ["a", "b"], [{}, {}]))
    assert "crs" not in document
    assert document["features"][0]["geometry"]["coordinates"][0][1] != SQUARE[-2]
    assert shapely.is_ccw(shapely.LinearRing(document["features"][0]["geometry"]["coordinates"][0]))
    assert document["features"][1]["geometry"] is None
    assert "EPSG::3812" in json.dumps(json.loads(write_features([clockwise], ["a"], [{}], "EPSG:3812"))["crs"])


def test_area_is_measured_in_square_metres() -> None:
    (surface,) = area_m2(np.array([shapely.box(3.72, 51.05, 3.73, 51.06)], dtype=object))
    assert surface == pytest.approx(701.2 * 1112.6, rel=0.002)
