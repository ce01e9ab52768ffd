"""What a sensor would measure at a moment if nothing were wrong with it: rhythm, season, weather, feasts, chance."""

from __future__ import annotations

import numpy as np

from spiegelstad.demo.city import chance
from spiegelstad.demo.city.days import Moments
from spiegelstad.demo.city.sensors import Sensor
from spiegelstad.demo.city.terrain import Floats

#: Streams of chance that the whole city shares: weather is the same for every sensor.
_RAIN, _WARMTH, _WIND = 901, 902, 903
#: Share of the busiest hour, by hour of the day: on a working day, a Saturday, a Sunday or holiday.
_RHYTHMS: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "commuting": (
        (3, 1, 1, 1, 2, 6, 25, 72, 100, 48, 30, 31, 38, 36, 36, 52, 80, 98, 66, 40, 27, 20, 14, 7),
        (6, 4, 2, 2, 2, 3, 7, 14, 24, 36, 48, 52, 50, 52, 56, 55, 50, 46, 38, 28, 22, 18, 15, 10),
        (7, 5, 3, 2, 2, 2, 4, 7, 13, 24, 36, 40, 38, 42, 50, 52, 48, 40, 32, 24, 18, 14, 10, 6),
    ),
    "through": (
        (9, 6, 5, 6, 11, 30, 68, 98, 100, 82, 72, 70, 71, 72, 76, 88, 98, 100, 82, 58, 42, 34, 26, 16),
        (14, 9, 7, 6, 7, 12, 22, 33, 46, 60, 70, 72, 70, 70, 72, 72, 70, 66, 58, 45, 36, 31, 28, 21),
        (16, 11, 8, 6, 6, 8, 12, 17, 25, 40, 54, 60, 58, 60, 66, 70, 72, 70, 60, 48, 38, 30, 23, 14),
    ),
    "shopping": (
        (2, 1, 1, 1, 1, 2, 6, 15, 26, 34, 48, 56, 72, 70, 62, 64, 70, 66, 46, 28, 18, 13, 9, 5),
        (5, 3, 2, 1, 1, 2, 4, 9, 22, 42, 68, 84, 88, 94, 100, 100, 92, 76, 48, 32, 24, 20, 16, 10),
        (6, 4, 2, 2, 1, 1, 2, 4, 8, 15, 24, 30, 33, 36, 40, 42, 38, 32, 26, 21, 16, 12, 9, 5),
    ),
    "nightlife": (
        (16, 9, 5, 3, 2, 2, 5, 11, 16, 17, 20, 24, 38, 36, 28, 30, 38, 50, 62, 68, 66, 60, 50, 32),
        (58, 50, 38, 24, 12, 6, 5, 7, 11, 17, 26, 36, 44, 46, 48, 52, 58, 66, 78, 88, 94, 100, 98, 80),
        (62, 54, 42, 28, 14, 6, 4, 5, 8, 14, 24, 33, 38, 42, 48, 50, 48, 46, 44, 40, 33, 26, 19, 11),
    ),
    "leisure": (
        (1, 1, 1, 1, 1, 3, 9, 18, 22, 22, 25, 26, 29, 29, 30, 34, 40, 46, 48, 42, 30, 18, 8, 3),
        (2, 1, 1, 1, 1, 2, 5, 12, 25, 46, 62, 66, 60, 66, 78, 82, 74, 60, 45, 33, 22, 13, 8, 4),
        (2, 1, 1, 1, 1, 2, 4, 10, 24, 52, 76, 80, 68, 80, 100, 98, 84, 64, 44, 30, 20, 11, 6, 3),
    ),
    "station": (
        (4, 2, 1, 1, 3, 16, 52, 96, 100, 52, 36, 34, 40, 42, 44, 58, 88, 100, 70, 44, 32, 26, 20, 11),
        (8, 5, 3, 2, 2, 5, 10, 18, 28, 40, 50, 52, 50, 54, 58, 60, 62, 60, 50, 38, 32, 29, 26, 17),
        (10, 7, 4, 3, 2, 3, 6, 9, 15, 24, 33, 36, 36, 40, 46, 52, 58, 62, 56, 44, 34, 26, 18, 10),
    ),
    "office": (
        (6, 6, 6, 6, 6, 9, 28, 70, 94, 100, 100, 98, 96, 97, 96, 90, 70, 42, 24, 16, 12, 10, 8, 7),
        (6, 6, 6, 6, 6, 6, 8, 12, 22, 36, 48, 54, 56, 58, 60, 56, 46, 34, 24, 18, 14, 12, 10, 8),
        (6, 6, 6, 6, 6, 6, 6, 7, 9, 13, 18, 21, 22, 24, 26, 26, 22, 18, 14, 11, 9, 8, 7, 6),
    ),
}  # fmt: skip


def measured(sensor: Sensor, name: str, at: Moments, *, seed: int, interval_s: int) -> Floats:
    """Values of one property in the unit of the sensor; `interval_s` is what one value covers. Deterministic."""
    if sensor.kind in ("people", "bicycles", "cars"):
        return _count(sensor, at, seed, interval_s)
    if sensor.kind == "parking":
        return _occupation(sensor, at, seed)
    if sensor.kind == "air":
        return _no2(sensor, at, seed) if name == "no2" else _pm25(sensor, at, seed)
    return _noise(sensor, at, seed)


def rhythm(profile: str, at: Moments) -> Floats:
    """Share of the busiest hour, 0 … 1, between the hours in a straight line."""
    week = np.array(_RHYTHMS.get(profile, _RHYTHMS["through"]), dtype=np.float64) / 100
    kind = np.where((at.weekday == 6) | at.holiday, 2, np.where(at.weekday == 5, 1, 0))
    if profile == "shopping":
        kind = np.where(at.first_sunday & ~at.holiday, 1, kind)
    hour = at.hour.astype(np.int64)
    share = at.hour - hour
    now, after = week[kind, hour], week[kind, (hour + 1) % 24]
    return np.asarray(now * (1 - share) + after * share)


def warmth(at: Moments, seed: int) -> Floats:
    """Temperature in °C, the same in the whole city."""
    season = -np.cos((at.day_of_year - 20) / 365 * 2 * np.pi)
    day = -np.cos((at.hour - 3.5) / 24 * 2 * np.pi)
    return np.asarray(10.8 + 7.2 * season + 3.0 * day + 2.8 * chance.smooth(seed, _WARMTH, at.second, 4 * 86_400))


def rain(at: Moments, seed: int) -> Floats:
    """How wet it is, 0 … 1: showers of a few hours."""
    return np.clip(chance.smooth(seed, _RAIN, at.second, 5 * 3_600) * 0.9 - 0.65, 0, 1)


def _still_air(at: Moments, seed: int) -> Floats:
    """How much of the pollution stays hanging: about 1; more on windless days."""
    return np.exp(0.42 * chance.smooth(seed, _WIND, at.second, 30 * 3_600))


def _count(sensor: Sensor, at: Moments, seed: int, interval_s: int) -> Floats:
    """Persons or vehicles per hour, a whole number of them in every interval."""
    expected = sensor.level * rhythm(sensor.profile, at) * _season(sensor, at, seed)
    expected = (expected + _happenings(sensor, at)) * (interval_s / 3_600)
    drift = np.exp(0.10 * chance.smooth(seed, 10 + sensor.number, at.second, 3 * 3_600))
    expected = expected * drift
    spread = np.sqrt(expected * 1.4) * chance.normal(seed, 100 + sensor.number, at.second)
    return np.asarray(np.clip(np.round(expected + spread), 0, None) * (3_600 // interval_s))


def _season(sensor: Sensor, at: Moments, seed: int) -> Floats:
    """How the season, the weather and school change what goes on."""
    pleasant = np.clip((warmth(at, seed) - 4) / 16, 0, 1.1)
    wet = rain(at, seed)
    free = at.school_holiday
    if sensor.kind == "bicycles":
        school = np.where(free, 0.86 if sensor.profile == "leisure" else 0.62, 1.0)
        return np.asarray((0.62 + 0.5 * pleasant) * (1 - 0.45 * wet) * school)
    if sensor.kind == "cars":
        return np.asarray((1.02 - 0.05 * pleasant + 0.05 * wet) * np.where(free, 0.86, 1.0))
    school = np.where(free, 1.12 if sensor.profile != "station" else 0.7, 1.0)
    return np.asarray((0.75 + 0.35 * pleasant) * (1 - 0.3 * wet) * school)


def _happenings(sensor: Sensor, at: Moments) -> Floats:
    """Extra persons or vehicles per hour: feast week, winter market, Saturday market, match."""
    evening = np.exp(-(((at.hour - 20.5) / 3.4) ** 2)) + np.exp(-(((at.hour + 3.5) / 3.4) ** 2))
    afternoon = np.exp(-(((at.hour - 16.5) / 3.0) ** 2))
    market = (at.weekday == 5) & (at.hour >= 8) & (at.hour < 13)
    match = at.football * (np.exp(-(((at.hour - 18.6) / 0.7) ** 2)) + np.exp(-(((at.hour - 21.8) / 0.6) ** 2)))
    weight = {"people": 1.0, "bicycles": 0.22, "cars": 0.06}[sensor.kind]
    centre = at.feast * evening * 3.2 + at.winter_market * (afternoon + evening) * 0.5 + market * 0.35
    crowd = {"people": 3.4, "bicycles": 0.8, "cars": 0.7}[sensor.kind]
    return np.asarray(sensor.level * (weight * sensor.centre * centre + crowd * sensor.stadium * match))


def _occupation(sensor: Sensor, at: Moments, seed: int) -> Floats:
    """Occupation of a car park in per cent: cars come a little before people are counted, and leave later."""
    shifted = rhythm(sensor.profile, at) * 0.92 + 0.10
    busy = 1 + 0.18 * at.winter_market + 0.3 * at.feast * sensor.centre + 0.05 * rain(at, seed)
    waver = 0.07 * chance.smooth(seed, 10 + sensor.number, at.second, 2 * 3_600)
    value = 100 * (shifted * busy * sensor.level / 74 * 0.88 + waver) + chance.normal(
        seed, 100 + sensor.number, at.second
    )
    return np.clip(np.round(value), 0, 100)


def _no2(sensor: Sensor, at: Moments, seed: int) -> Floats:
    """Nitrogen dioxide in µg/m³: background with the season, and traffic nearby that hangs about in still air."""
    cold = np.clip((14 - warmth(at, seed)) / 14, -0.4, 1.2)
    traffic = rhythm("through", at) * np.where(at.school_holiday, 0.88, 1.0) * sensor.level
    value = (5.0 + 3.5 * cold + 20 * traffic) * _still_air(at, seed)
    return np.clip(np.round(value * _own_luck(sensor, at, seed, 0.12), 1), 0.3, None)


def _pm25(sensor: Sensor, at: Moments, seed: int) -> Floats:
    """Fine particles in µg/m³: stoves in the cold evening, traffic, fireworks at New Year and in the feast week."""
    cold = np.clip((13 - warmth(at, seed)) / 13, 0, 1.3)
    stoves = cold * (2.0 + 4.0 * np.exp(-(((at.hour - 20.5) / 3.2) ** 2)))
    fireworks = ((at.day_of_year == 0) & (at.hour < 2)) * 85.0 + (at.feast & (at.hour >= 22)) * 9.0 * sensor.centre
    value = (
        (5.2 + stoves + 2.2 * rhythm("through", at) * sensor.level)
        * _still_air(at, seed) ** 1.5
        * (1 - 0.3 * rain(at, seed))
    )
    return np.asarray(np.clip(np.round((value + fireworks) * _own_luck(sensor, at, seed, 0.14), 1), 0.3, None))


def _noise(sensor: Sensor, at: Moments, seed: int) -> Floats:
    """Equivalent sound level in dB(A)."""
    traffic = 10 * np.log10(0.06 + rhythm("through", at) * (0.25 + sensor.level))
    party = (
        sensor.centre * at.feast * (at.hour > 17) * 8
        + sensor.stadium * at.football * (np.abs(at.hour - 20.2) < 1.6) * 11
    )
    own = 1.1 * chance.normal(seed, 100 + sensor.number, at.second)
    return np.round(63.5 + traffic + party + 1.5 * rain(at, seed) + own, 1)


def _own_luck(sensor: Sensor, at: Moments, seed: int, size: float) -> Floats:
    slow = chance.smooth(seed, 10 + sensor.number, at.second, 6 * 3_600)
    return np.exp(size * (slow + 0.5 * chance.normal(seed, 100 + sensor.number, at.second)))
