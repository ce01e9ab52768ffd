"""What the sensors say now, for the map and for the list beside it."""

import datetime as dt
from dataclasses import dataclass

import orjson
from django.utils.translation import get_language

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import codes, format_quantity, unit
from spiegelstad.look.public import maps
from spiegelstad.mirror import public as mirror

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """One sensor's newest value in words. `key` lets the page renew it in place."""

    key: str
    property: str
    name: str
    words: str
    observed_at: dt.datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Live:
    """All sensors for the map, the most recent readings for the list."""

    sensors: tuple[maps.Sensor, ...]
    readings: tuple[Reading, ...]

    @property
    def units(self) -> str:
        """Symbol and decimals of every unit code, as JSON for the script that renews the readings."""
        return orjson.dumps({code: [unit(code).symbol, unit(code).decimals] for code in codes()}).decode()


def live_values(actor: Actor) -> Live:
    """Read the newest value of every series that has a place. 1 query."""
    moment = now()
    sensors, readings = [], []
    for one in mirror.latest(actor):
        if one.value is None or one.observed_at is None or one.lon is None or one.lat is None:
            continue
        name, words = in_language(one.name), format_quantity(one.value, one.unit, language=get_language() or "nl")
        sensors.append(maps.Sensor(name, words, one.lon, one.lat))
        readings.append(Reading(one.key, one.property, name, words, one.observed_at, one.is_late(moment)))
    return Live(tuple(sensors), tuple(_varied(readings)))


def _varied(readings: list[Reading]) -> list[Reading]:
    """Choose the newest of every kind of measurement, then the second of each, and so on."""
    readings.sort(key=lambda reading: reading.observed_at, reverse=True)
    turn: dict[str, int] = {}
    numbered = []
    for reading in readings:
        turn[reading.property] = turn.get(reading.property, 0) + 1
        numbered.append((turn[reading.property], reading))
    numbered.sort(key=lambda pair: pair[0])
    return [reading for _turn, reading in numbered[:SHOWN]]
