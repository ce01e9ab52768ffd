"""What is put into the cities of the region, and into the region itself, through the doors of the rooms."""

from __future__ import annotations

from collections.abc import Mapping

from spiegelstad.accounts.public import Actor
from spiegelstad.context import public as context
from spiegelstad.demo.city import Sensor
from spiegelstad.demo.region.cast import CITIES, DemoCity
from spiegelstad.demo.region.ground import TYPES, Ground, entity_id, entity_type, ground_of
from spiegelstad.places import public as places
from spiegelstad.sensors import public as sensors


def make_city(by: Actor) -> None:
    """Make the land of the city of `by`, and register the sensors on it."""
    city = next(one for one in CITIES if one.tenant == by.tenant_id)
    ground = ground_of(city)
    _import_borders(by, [(city, ground)])
    wijken = [places.AreaIn(one.code, one.name, one.shape, parent_code=city.code) for one in ground.wijken]
    places.import_areas(by=by, area_type="wijk", areas=wijken, complete=True)
    context.upsert_entities(by=by, entities=[_entity(city, one) for one in ground.sensors])
    sensors.register_declared(by=by)


def make_region(by: Actor, endpoints: Mapping[str, str]) -> None:
    """Give the region the borders of its cities, and register their brokers; `endpoints` by city."""
    _import_borders(by, [(city, ground_of(city)) for city in CITIES])
    for city in CITIES:
        source = context.SourceIn(
            id=f"urn:ngsi-ld:ContextSourceRegistration:{city.tenant}",
            name=city.name,
            endpoint=endpoints[city.tenant],
            types=TYPES,
        )
        context.register_source(by=by, source=source)


def _import_borders(by: Actor, cities: list[tuple[DemoCity, Ground]]) -> None:
    borders = [places.AreaIn(city.code, city.name, ground.border) for city, ground in cities]
    places.import_areas(by=by, area_type=places.MUNICIPALITY, areas=borders, complete=True)


def _entity(city: DemoCity, sensor: Sensor) -> context.EntityIn:
    return context.EntityIn(
        id=entity_id(city, sensor),
        type=entity_type(sensor),
        name=sensor.name,
        lon=sensor.lon,
        lat=sensor.lat,
        attributes={"installedOn": f"{sensor.installed}-03-01", "places": sensor.places or None},
    )
