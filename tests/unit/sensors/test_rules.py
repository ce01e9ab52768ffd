"""How far a device is, and the code on its pole."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from spiegelstad.sensors.qr import qr_code
from spiegelstad.sensors.rules import distance_m

LON, LAT = st.floats(2.5, 6.5), st.floats(49.4, 51.6)


@given(LON, LAT, LON, LAT)
def test_distance_is_nearly_that_over_the_ellipsoid(lon, lat, other_lon, other_lat):
    right = Geod(ellps="WGS84").inv(lon, lat, other_lon, other_lat)[2]
    assert distance_m(lon, lat, other_lon, other_lat) == pytest.approx(right, rel=0.005, abs=0.01)


def test_code_is_an_image_that_says_what_it_is():
    svg = ET.fromstring(qr_code("https://stad.example/sensors/lk01", 'Naar "Lucht" & <meer>'))
    assert svg.get("role") == "img" and svg.get("width") == svg.get("height")
    title = next(one for one in svg.iter() if one.tag.endswith("title"))
    assert title.text == 'Naar "Lucht" & <meer>'
    assert not re.search(r"\sstyle=", ET.tostring(svg, encoding="unicode"))
