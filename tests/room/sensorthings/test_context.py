"""Things and entities of the live context: two sides of one."""

from datetime import UTC, datetime

from spiegelstad.accounts.public import Actor
from spiegelstad.context.public import EntityIn, entities, upsert_entities
from spiegelstad.mirror.public import series
from spiegelstad.mirror.testing import make_series
from spiegelstad.sensorthings.actions.entities import create_entity, delete_entity, update_entity
from spiegelstad.sensorthings.formats.reading import read_change, read_entity
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.queries.reading import Reader
from spiegelstad.sensorthings.queries.scope import Scope
from spiegelstad.sensorthings.rules.addresses import read_address
from spiegelstad.sensorthings.rules.model import TYPES
from spiegelstad.sensorthings.rules.options import read_options
from spiegelstad.sensorthings.testing import PLACE, THING

THINGS = TYPES["Thing"]


def test_a_thing_of_a_client_is_an_entity_until_it_is_deleted(tenant: str) -> None:
    by = Actor.system(tenant, "tests")
    id_ = create_entity(by=by, given=read_entity(THING, THINGS))
    (found,) = entities(by, type="Device")
    assert (found.name, found.lon, found.lat) == ("Weather station", 3.7219, 51.0543)
    moved = {**PLACE, "location": {"type": "Point", "coordinates": [3.8, 51.1]}, "Things": [{"@iot.id": id_}]}
    create_entity(by=by, given=read_entity(moved, TYPES["Location"]))
    change = read_change({"name": "Station"}, THINGS, whole=False)
    update_entity(by=by, entity_type=THINGS, id_=id_, change=change)
    (found,) = entities(by, type="Device")
    assert (found.name, found.lon, found.lat) == ("Station", 3.8, 51.1)
    assert [(one.lon, one.lat, one.unit) for one in series(by)] == [(3.8, 51.1, "CEL")]
    delete_entity(by=by, entity_type=THINGS, id_=id_)
    assert entities(by, type="Device") == []


def test_an_entity_with_series_is_a_thing_by_its_name(tenant: str) -> None:
    by = Actor.system(tenant, "tests")
    upsert_entities(by=by, entities=[EntityIn(id="urn:ngsi-ld:Counter:1", type="Counter", name="Coupure")])
    make_series(tenant, "bike:1", "bike:2", entity_id="urn:ngsi-ld:Counter:1")
    adopt_series(tenant)
    adopt_series(tenant)
    options = read_options({"$expand": ["Datastreams($select=description;$orderby=description)"]}, THINGS)
    page = Reader(Scope(by, datetime.now(UTC)), "").page(read_address("Things"), options)
    assert [(one["name"], one["description"]) for _, one in page.items] == [("Coupure", "Counter")]
    assert page.items[0][1]["Datastreams"] == [{"description": "bike:1"}, {"description": "bike:2"}]
