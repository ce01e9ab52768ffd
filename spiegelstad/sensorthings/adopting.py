"""The city's own series as datastreams: what the sources define appears in SensorThings by itself."""

from typing import Any

import orjson
from django.db import transaction

from spiegelstad.base import sql, units
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.sensorthings.vocabulary import MEASUREMENT

_STEPS = (
    "adopt_properties",
    "adopt_sensor",
    "adopt_things",
    "adopt_locations",
    "adopt_features",
    "adopt_places",
    "adopt_datastreams",
)
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
        for step in _STEPS:
            cursor.execute(sql.load(__file__, step), params)
