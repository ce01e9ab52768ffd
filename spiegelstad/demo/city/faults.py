"""What goes wrong with sensors: silence, stuck, missing and negative values, spikes, a clock that runs ahead.

Spikes, missing values and negative occupations break a rule of the source and belong in quarantine. Silence, stuck
values and a wrong clock don't break any rule of a single row; they are there to be seen in the graphs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spiegelstad.demo.city import chance
from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.sensors import PROPERTIES, Sensor
from spiegelstad.demo.city.terrain import Floats

#: Kinds of faults in the readings; the ones above CAUGHT_FROM break a rule.
NONE, STUCK, CLOCK, SPIKE, MISSING, NEGATIVE = range(6)
NAMES = ("", "stuck value", "clock ahead", "spike", "missing value", "negative occupation")
CAUGHT_FROM = SPIKE
_WEEK_S = 7 * 86_400
#: A clock that runs ahead is ahead by this much.
CLOCK_AHEAD_S = 7 * 60


@dataclass(frozen=True)
class Readings:
    """What a sensor sends: moment (seconds since 1970), value (NaN: no value) and the fault in it."""

    second: Ints
    value: Floats
    fault: Ints


def with_faults(sensor: Sensor, name: str, second: Ints, value: Floats, *, seed: int) -> Readings:
    """The readings with what goes wrong; readings of a silent sensor are left out."""
    fault = np.zeros(len(second), dtype=np.int64)
    value = value.copy()
    silent = _in_episode(sensor, second, seed, kind=1, chance_a_week=0.035, hours=(3, 40))
    stuck = _in_episode(sensor, second, seed, kind=2, chance_a_week=0.012, hours=(6, 20))
    if stuck.any():
        first = stuck & ~np.append(False, stuck[:-1])
        value[stuck] = value[first][np.cumsum(first)[stuck] - 1]
        fault[stuck] = STUCK
    ahead = _in_episode(sensor, second, seed, kind=3, chance_a_week=0.01, hours=(12, 60)) & ~stuck
    fault[ahead] = CLOCK
    luck = chance.uniform(seed, 5_000 + sensor.number, second)
    most = dict(PROPERTIES[sensor.kind])[name]
    spike, missing = luck < 0.0003, (luck >= 0.0003) & (luck < 0.0006)
    negative = (luck >= 0.0006) & (luck < 0.0012) & (sensor.kind == "parking")
    value[spike] = np.round(most * (1.2 + 3 * chance.uniform(seed, 6_000 + sensor.number, second[spike])))
    value[missing] = np.nan
    value[negative] = -np.round(40 + 160 * chance.uniform(seed, 7_000 + sensor.number, second[negative]))
    fault[spike], fault[missing], fault[negative] = SPIKE, MISSING, NEGATIVE
    shown = np.where(ahead, second + CLOCK_AHEAD_S, second)
    return Readings(shown[~silent], value[~silent], fault[~silent])


def _in_episode(
    sensor: Sensor, second: Ints, seed: int, *, kind: int, chance_a_week: float, hours: tuple[int, int]
) -> NDArray[np.bool_]:
    """Whether a moment lies in an episode: in some weeks there is one, that begins and ends within the week."""
    week = second // _WEEK_S
    key = 10 * sensor.number + kind
    happens = chance.uniform(seed, 2_000 + key, week) < chance_a_week
    length = 3_600 * (hours[0] + (hours[1] - hours[0]) * chance.uniform(seed, 3_000 + key, week))
    start = week * _WEEK_S + (_WEEK_S - length) * chance.uniform(seed, 4_000 + key, week)
    return np.asarray(happens & (second >= start) & (second < start + length))
