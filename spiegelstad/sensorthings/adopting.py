"""The city's own series as datastreams: what the sources define appears in SensorThings by itself."""

from collections.abc import Collection
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql, units
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.context.public import entities
from spiegelstad.sensorthings.actions.changes import note
from spiegelstad.sensorthings.models import Thing
from spiegelstad.sensorthings.vocabulary import MEASUREMENT

NAMED_AT_ONCE = 5_000
_STEPS = {
    "adopt_properties": "ObservedProperty",
    "adopt_sensor": "Sensor",
    "adopt_things": "Thing",
    "adopt_locations": "Location",
    "adopt_features": "FeatureOfInterest",
    "adopt_places": "HistoricalLocation",
    "adopt_datastreams": "Datastream",
}
UNIT_URI = "http://www.opengis.net/def/uom/UNECE/"


def unit_of_measurement(code: str) -> dict[str, Any]:
    """Return a UN/CEFACT code as the standard writes a unit."""
    known = units.unit(code)
    return {"name": in_language(known.name, "en"), "symbol": known.symbol, "definition": f"{UNIT_URI}{code}"}


def adopt_series(tenant_id: str) -> None:
    """Give each series of a city its datastream, and bring the names, units and places of the adopted up to date."""
    params = {
        "tenant": tenant_id,
        "now": now(),
        "name": "Sources of the city",
        "description": "The sources that the city reads; each series says which.",
        "units": orjson.dumps({code: unit_of_measurement(code) for code in units.codes()}).decode(),
        "measurement": MEASUREMENT,
    }
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('sensorthings adopts'))")
        for step, type_name in _STEPS.items():
            cursor.execute(sql.load(__file__, step), params)
            note(tenant_id, type_name, [id_ for (id_,) in cursor])
        _name_things(tenant_id)


def adopt_new(tenant_id: str, series: Collection[int]) -> bool:
    """Adopt now when one of these series has no datastream yet; return whether."""
    params = {"tenant": tenant_id, "series": list(series)}
    ((found,),) = sql.rows(sql.load(__file__, "is_any_new"), params)
    if found:
        adopt_series(tenant_id)
    return bool(found)


def _name_things(tenant_id: str) -> None:
    """Give adopted things that still have the name of their URN the name and type of their context entity."""
    unnamed = Thing.objects.filter(tenant_id=tenant_id, adopted_from__isnull=False, name=F("entity_id"))
    things = {thing.entity_id: thing for thing in unnamed.exclude(entity_id="")[:NAMED_AT_ONCE]}
    if not things:
        return
    for entity in entities(Actor.system(tenant_id, "sensorthings"), ids=list(things)):
        if entity.name:
            Thing.objects.filter(pk=things[entity.id].pk).update(name=entity.name, description=entity.type)
            note(tenant_id, "Thing", [things[entity.id].pk], ["name", "description"])
