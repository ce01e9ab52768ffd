"""The live sensors of a city of the region: `python -m spiegelstad.demo.region.live --city glanshaven --url …`.

They speak NGSI-LD with the broker of their city as any device would: the present as a batch of upserts, and what was
missed while nothing ran, a week at most, as temporal evolutions. The values follow from the seed and the moment alone,
as those of `spiegelstad.demo.live`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from threading import Event
from typing import Any

import httpx
import numpy as np
import orjson

from spiegelstad.demo.city import Reading, Sensor
from spiegelstad.demo.city.readings import series_key
from spiegelstad.demo.city.sensors import PROPERTIES
from spiegelstad.demo.files import key_file
from spiegelstad.demo.live import POST_EVERY_S, Sender, ask, due, missed, until_signal, work
from spiegelstad.demo.region.cast import CITIES, DemoCity
from spiegelstad.demo.region.ground import TYPES, entity_id, entity_type, ground_of

LONGEST_GAP_S = 7 * 86_400
#: UN/CEFACT codes: percent, µg/m³, dB; what is not here is counted.
_UNITS = {"parkingOccupation": "P1", "no2": "GQ", "pm25": "GQ", "noiseLevel": "2N"}
_COUNTED = "C62"
_ROOT = "/ngsi-ld/v1"

Series = dict[str, tuple[Sensor, str]]
"""The sensor and the attribute behind each series."""


def series_of(sensors: Iterable[Sensor]) -> Series:
    """Return what these sensors measure, by the key of the series."""
    return {series_key(one, name): (one, name) for one in sensors for name, _most in PROPERTIES[one.kind]}


def sound(readings: Iterable[Reading], series: Series) -> list[Reading]:
    """Leave out what a sensor cannot have measured: such a device knows its own range."""
    most = {key: dict(PROPERTIES[sensor.kind])[name] for key, (sensor, name) in series.items()}
    return [one for one in readings if 0 <= one.value <= most[one.series]]


def present(city: DemoCity, readings: Sequence[Reading], series: Series) -> list[dict[str, Any]]:
    """Return the entities with the newest of these readings, to be upserted."""
    found: dict[str, dict[str, Any]] = {}
    for one in readings:
        sensor, name = series[one.series]
        entity = found.setdefault(sensor.code, _named(city, sensor))
        entity[name] = _instance(name, one)
    return list(found.values())


def evolutions(city: DemoCity, readings: Sequence[Reading], series: Series) -> Iterator[dict[str, Any]]:
    """Yield the temporal evolution of each sensor in these readings."""
    by_sensor = sorted(readings, key=lambda one: (series[one.series][0].code, one.series))
    for _, several in groupby(by_sensor, key=lambda one: series[one.series][0].code):
        entity: dict[str, Any] = {}
        for one in several:
            sensor, name = series[one.series]
            entity = entity or _named(city, sensor)
            entity.setdefault(name, []).append(_instance(name, one))
        yield entity


def _named(city: DemoCity, sensor: Sensor) -> dict[str, Any]:
    return {"id": entity_id(city, sensor), "type": entity_type(sensor)}


def _instance(name: str, reading: Reading) -> dict[str, Any]:
    moment = f"{np.datetime_as_string(np.datetime64(reading.second, 's'))}Z"
    return {
        "type": "Property", "value": reading.value, "unitCode": _UNITS.get(name, _COUNTED), "observedAt": moment,
    }  # fmt: skip


def newest_of(client: httpx.Client, city: DemoCity, series: Series, stop: Event) -> dict[str, int]:
    """Return the moment of the newest value of every series (seconds since 1970): a week ago when there is none."""
    long_ago = int(time.time()) - LONGEST_GAP_S
    found = ask(client, f"{_ROOT}/entities?type={','.join(TYPES)}&limit=1000&local=true", stop) or []
    known = {one["id"]: one for one in found}
    newest = {}
    for key, (sensor, name) in series.items():
        moment = known.get(entity_id(city, sensor), {}).get(name, {}).get("observedAt")
        newest[key] = max(long_ago, _second(moment)) if moment else long_ago
    return newest


def _second(moment: str) -> int:
    return int(np.datetime64(moment[:19], "s").astype(np.int64))


def run(client: httpx.Client, city: DemoCity, *, stop: Event) -> None:
    """Fill the gap, then send until `stop` is set. Raises Refused when the broker will never take it."""
    sensors = ground_of(city).sensors
    series, sender = series_of(sensors), Sender(client, stop)
    newest = newest_of(client, city, series, stop)
    sent_until = int(time.time())
    for rows in missed(sensors, newest, sent_until, seed=city.seed):
        for entity in evolutions(city, sound(rows, series), series):
            if not _post(sender, "temporal/entities", entity):
                return
    sent_until -= 60  # so that every sensor shows a value at once
    while not stop.is_set():
        now = int(time.time())
        rows = sound(due(sensors, max(sent_until, now - 3_600), now, seed=city.seed), series)
        if rows and not _post(sender, "entityOperations/upsert?options=update", present(city, rows, series)):
            return
        sent_until = now
        stop.wait(POST_EVERY_S)


def _post(sender: Sender, path: str, body: Any) -> bool:
    return sender.post(f"{_ROOT}/{path}", orjson.dumps(body), "application/json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Send until SIGTERM or SIGINT."""
    cities = {one.tenant: one for one in CITIES}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", required=True, choices=cities)
    parser.add_argument("--url", required=True, help="where its broker answers")
    given = parser.parse_args(arguments)
    stop = until_signal()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    from django.conf import settings  # noqa: PLC0415  reads the environment

    key = key_file(settings.VAR, given.city).read_text(encoding="utf-8").strip()
    return work(given.url, key, lambda client: run(client, cities[given.city], stop=stop))


if __name__ == "__main__":
    sys.exit(main())
