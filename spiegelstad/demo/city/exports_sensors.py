"""Files with the measurements of the sensors: hourly for two years, every quarter of an hour in the last month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spiegelstad.demo.city import faults, patterns, write
from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.city import City
from spiegelstad.demo.city.days import Moments, moments, utc_offset_s
from spiegelstad.demo.city.dirt import Cells, Fault, Recipe, Spoil
from spiegelstad.demo.city.exports import Export, cells
from spiegelstad.demo.city.scale import DAYS_OF_HISTORY, DAYS_OF_QUARTERS
from spiegelstad.demo.city.sensors import PROPERTIES, Sensor
from spiegelstad.demo.city.terrain import Floats

HOUR_S, QUARTER_S = 3_600, 900


@dataclass(frozen=True)
class Layout:
    """How the measurements of one kind of sensor are written."""

    source: str
    name: str
    sensor: str
    values: tuple[str, ...]
    time: str = "utc"
    decimal: str = "."
    bom: bool = False


LAYOUTS = {
    "people": Layout("people-counts", "voetgangers", "telpunt", ("personen_per_uur",), time="offset"),
    "bicycles": Layout("bicycle-counts", "fietsers", "telpaal", ("fietsers_per_uur",), time="offset", bom=True),
    "cars": Layout("car-counts", "autos", "tellus", ("voertuigen_per_uur",), time="utc"),
    "parking": Layout("parking-occupation", "parkings", "parking", ("bezetting",), time="local"),
    "air": Layout("air-measurements", "lucht", "meetpunt", ("no2", "pm25"), time="utc", decimal=","),
    "noise": Layout("noise-measurements", "geluid", "meetpunt", ("db",), time="utc", decimal=","),
}


def interval_s(kind: str) -> int:
    """Seconds between the values of the last month."""
    return HOUR_S if kind in ("air", "noise") else QUARTER_S


def sensor_exports(city: City) -> Iterator[Export]:
    """One file per kind and quarter of a year; made one by one to keep memory small."""
    midnight = int(dt.datetime.combine(city.until, dt.time(), dt.UTC).timestamp())
    start, recent = midnight - DAYS_OF_HISTORY * 86_400, midnight - DAYS_OF_QUARTERS * 86_400
    for kind in LAYOUTS:
        fine = interval_s(kind)
        hours = np.arange(start, recent if fine != HOUR_S else midnight, HOUR_S)
        quarters = np.arange(recent, midnight, fine) if fine != HOUR_S else hours[:0]
        for label, second in _by_quarter(hours):
            yield _file(city, kind, label, second, HOUR_S)
        if len(quarters):
            yield _file(city, kind, "laatste-maand", quarters, QUARTER_S)


def _by_quarter(second: Ints) -> Iterator[tuple[str, Ints]]:
    month = second.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    quarter = month // 3
    for number in np.unique(quarter):
        yield f"{1970 + number // 4}K{number % 4 + 1}", second[quarter == number]


def _file(city: City, kind: str, label: str, second: Ints, step_s: int) -> Export:
    """The readings of all sensors of a kind, by time, as the export of the department writes them."""
    layout = LAYOUTS[kind]
    at = moments(second)
    parts = [_readings(city, sensor, at, step_s) for sensor in city.sensors if sensor.kind == kind]
    codes = np.concatenate([np.repeat(code, len(shown)) for code, shown, _values, _fault in parts])
    shown = np.concatenate([shown for _code, shown, _values, _fault in parts])
    values = np.concatenate([values for _code, _shown, values, _fault in parts])
    fault = np.concatenate([fault for _code, _shown, _values, fault in parts])
    order = np.lexsort([codes, shown])
    codes, shown, values, fault = codes[order], shown[order], values[order], fault[order]
    if layout.time == "local":
        once = ~_second_time(shown)
        codes, shown, values, fault = codes[once], shown[once], values[once], fault[once]
    places = {sensor.code: sensor.place for sensor in city.sensors}
    columns = {
        layout.sensor: cells(codes),
        "locatie": cells([places[code] for code in codes.tolist()]),
        "tijdstip": _times(shown, layout.time),
    }
    for number, column in enumerate(layout.values):
        columns[column] = write.texts(values[:, number], decimals=1, decimal=layout.decimal)
    known = {
        int(row): Fault(int(row), faults.NAMES[fault[row]], bool(fault[row] >= faults.CAUGHT_FROM))
        for row in np.flatnonzero(fault)
    }
    recipe = Recipe(
        spoils=(
            Spoil("text for a number", layout.values[0], "ERR", 0.0002),
            Spoil("no sensor", layout.sensor, "", 0.0001),
        ),
        repeated=0.0005,
        shuffled=0.002,
        known=known,
    )
    return Export(
        layout.source,
        f"sensors/{layout.name}-{label}.csv",
        columns,
        lambda rows, _s: write.csv_bytes(rows, bom=layout.bom),
        recipe,
    )


def _readings(city: City, sensor: Sensor, at: Moments, step_s: int) -> tuple[str, Ints, Floats, Ints]:
    """Code, moments, values (n, properties) and faults of one sensor; a device sends all its values together."""
    readings = [
        faults.with_faults(
            sensor,
            name,
            at.second,
            patterns.measured(sensor, name, at, seed=city.seed, interval_s=step_s),
            seed=city.seed,
        )
        for name, _most in PROPERTIES[sensor.kind]
    ]
    return sensor.code, readings[0].second, np.column_stack([part.value for part in readings]), readings[0].fault


def _second_time(second: Ints) -> NDArray[np.bool_]:
    """Moments in the hour that comes twice when the clock goes back: an exporter of local time leaves them out."""
    return np.asarray((utc_offset_s(second) == HOUR_S) & (utc_offset_s(second - HOUR_S) == 2 * HOUR_S))


def _times(second: Ints, style: str) -> Cells:
    """Moments as text: `2025-03-01T08:00:00Z`, with offset, or local without (`01/03/2025 09:00`)."""
    offset = utc_offset_s(second) if style != "utc" else np.zeros_like(second)
    wall = pa.array((second + offset).astype("datetime64[s]"))
    if style == "local":
        return np.asarray(pc.strftime(wall, format="%d/%m/%Y %H:%M").to_numpy(zero_copy_only=False), dtype=object)
    text = pc.strftime(wall, format="%Y-%m-%dT%H:%M:%S")
    end = "Z" if style == "utc" else pa.array(np.where(offset == HOUR_S, "+01:00", "+02:00"))
    return np.asarray(pc.binary_join_element_wise(text, end, "").to_numpy(zero_copy_only=False), dtype=object)
