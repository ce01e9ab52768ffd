"""Where a series stands: at its own place, or else where its entity stands."""

from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.public import EntityIn, one_series, upsert_entities
from spiegelstad.mirror.testing import make_series


def test_series_stands_where_its_entity_stands(tenant: str) -> None:
    by = Actor.system(tenant, "tests")
    pole = EntityIn(id="urn:ngsi-ld:Device:FT01", type="Device", lon=3.72, lat=51.05)
    upsert_entities(by=by, entities=[pole])
    make_series(tenant, "without", entity_id=pole.id)
    make_series(tenant, "with", entity_id=pole.id, lon=3.7, lat=51.0)
    make_series(tenant, "alone", entity_id="urn:ngsi-ld:Device:unknown")
    assert [(one.lon, one.lat) for one in (one_series(by, key) for key in ("without", "with", "alone"))] == [
        (3.72, 51.05),
        (3.7, 51.0),
        (None, None),
    ]
