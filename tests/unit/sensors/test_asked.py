"""Which addresses are about one device."""

import pytest

from spiegelstad.sensors.rules import asked_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/sensors/paal-1", "paal-1"),
        ("/sensors/paal-1/change", None),
        ("/sensors", None),
        ("/api/series/a/b:c/daily", "a/b:c"),
        ("/api/series", None),
        ("/ngsi-ld/v1/entities/urn:a:b", "urn:a:b"),
        ("/ngsi-ld/v1/temporal/entities/urn:a:b", "urn:a:b"),
        ("/ngsi-ld/v1/entities", None),
        ("/sensorthings/v1.1/Datastreams(12)/Observations", "12"),
        ("/sensorthings/v1.1/Datastreams", None),
        ("/ngsi-ld/v1/types/urn:a:b", None),
    ],
)
def test_address_is_about_one_device_or_none(path, name):
    found = asked_of(path)
    assert (found.name if found else None) == name
