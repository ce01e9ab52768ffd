"""What the sensors send, one by one: the same values, with the same faults, as in the files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spiegelstad.demo.city import faults, patterns
from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.days import moments
from spiegelstad.demo.city.sensors import PROPERTIES, Sensor


@dataclass(frozen=True)
class Reading:
    """One value of one series; `second` since 1970."""

    series: str
    second: int
    value: float


def series_key(sensor: Sensor, name: str) -> str:
    """Key of a series, as in the sources of the demo city."""
    return f"{sensor.code}:{name}"


def readings_at(sensors: Iterable[Sensor], seconds: Ints, *, seed: int, interval_s: int) -> list[Reading]:
    """The readings of these sensors at these moments, by time; a silent sensor and a missing value send nothing."""
    at = moments(seconds)
    found = []
    for sensor in sensors:
        for name, _most in PROPERTIES[sensor.kind]:
            value = patterns.measured(sensor, name, at, seed=seed, interval_s=interval_s)
            sent = faults.with_faults(sensor, name, seconds, value, seed=seed)
            known = ~np.isnan(sent.value)
            pairs = zip(sent.second[known].tolist(), sent.value[known].tolist(), strict=True)
            found += [Reading(series_key(sensor, name), second, value) for second, value in pairs]
    return sorted(found, key=lambda reading: reading.second)
