"""Sensors: the same process in the files and live, with rhythms one expects and faults that are known."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from spiegelstad.demo.city import chance, faults
from spiegelstad.demo.city.city import invent
from spiegelstad.demo.city.days import moments
from spiegelstad.demo.city.patterns import measured, rain, warmth
from spiegelstad.demo.city.readings import readings_at
from spiegelstad.demo.city.sensors import PROPERTIES, Sensor

START = int(dt.datetime(2025, 1, 1, tzinfo=dt.UTC).timestamp())
YEAR = np.arange(START, START + 365 * 86_400, 3_600)


@pytest.fixture(scope="module")
def sensors() -> tuple[Sensor, ...]:
    return invent(inhabitants=30_000, seed=1, until=dt.date(2026, 11, 22)).sensors


def _of(sensors: tuple[Sensor, ...], kind: str) -> Sensor:
    return next(sensor for sensor in sensors if sensor.kind == kind)


def test_every_kind_of_sensor_is_there(sensors: tuple[Sensor, ...]) -> None:
    assert {sensor.kind for sensor in sensors} == set(PROPERTIES)
    assert len({sensor.code for sensor in sensors}) == len(sensors)


def test_chance_depends_on_seed_stream_and_key_alone() -> None:
    keys = np.arange(10_000)
    numbers = chance.uniform(1, 2, keys)
    assert (chance.uniform(1, 2, keys[::-1])[::-1] == numbers).all()
    assert chance.uniform(1, 2, np.array([77]))[0] == numbers[77]
    assert 0 <= numbers.min() < numbers.max() < 1
    assert abs(numbers.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(numbers, chance.uniform(1, 3, keys))[0, 1]) < 0.03
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03
    assert abs(chance.normal(1, 2, keys).std() - 1) < 0.03


def test_values_are_the_same_whenever_they_are_asked_for(sensors: tuple[Sensor, ...]) -> None:
    for sensor in sensors:
        for name, _most in PROPERTIES[sensor.kind]:
            whole = measured(sensor, name, moments(YEAR), seed=1, interval_s=3_600)
            part = measured(sensor, name, moments(YEAR[1_000:1_005]), seed=1, interval_s=3_600)
            assert (whole[1_000:1_005] == part).all()
            assert (measured(sensor, name, moments(YEAR), seed=2, interval_s=3_600) != whole).any()


def test_values_stay_inside_what_makes_sense(sensors: tuple[Sensor, ...]) -> None:
    for sensor in sensors:
        for name, most in PROPERTIES[sensor.kind]:
            value = measured(sensor, name, moments(YEAR), seed=1, interval_s=3_600)
            assert (value >= 0).all()
            assert (value <= most).all()
            assert value.std() > 0


def test_cyclists_come_in_the_rush_hour_and_less_on_holidays(sensors: tuple[Sensor, ...]) -> None:
    at = moments(YEAR)
    value = measured(_of(sensors, "bicycles"), "bicycleIntensity", at, seed=1, interval_s=3_600)
    working = (at.weekday < 5) & ~at.holiday & ~at.school_holiday
    rush = value[working & (at.hour == 8)].mean()
    assert rush > 1.5 * value[working & (at.hour == 12)].mean()
    assert rush > 10 * value[working & (at.hour == 3)].mean()
    assert rush > 2 * value[at.holiday & (at.hour == 8)].mean()
    assert rush > 1.2 * value[(at.weekday < 5) & at.school_holiday & ~at.holiday & (at.hour == 8)].mean()


def test_feast_week_fills_the_centre_in_the_evening(sensors: tuple[Sensor, ...]) -> None:
    at = moments(YEAR)
    sensor = max((one for one in sensors if one.kind == "people"), key=lambda one: one.centre)
    value = measured(sensor, "peopleIntensity", at, seed=1, interval_s=3_600)
    july = (at.day_of_year > 181) & (at.day_of_year < 212) & (at.hour == 21)
    assert value[july & at.feast].mean() > 2 * value[july & ~at.feast].mean()


def test_weather_has_seasons() -> None:
    at = moments(YEAR)
    heat = warmth(at, 1)
    assert heat[(at.day_of_year > 180) & (at.day_of_year < 240)].mean() > 14
    assert heat[at.day_of_year < 45].mean() < 8
    assert 0.05 < (rain(at, 1) > 0).mean() < 0.45


def test_faults_are_few_and_known(sensors: tuple[Sensor, ...]) -> None:
    caught = total = 0
    for sensor in sensors:
        name, most = PROPERTIES[sensor.kind][0]
        value = measured(sensor, name, moments(YEAR), seed=1, interval_s=3_600)
        sent = faults.with_faults(sensor, name, YEAR, value, seed=1)
        bad = np.isnan(sent.value) | (sent.value > most) | (sent.value < 0)
        assert (bad == (sent.fault >= faults.CAUGHT_FROM)).all()
        assert (np.diff(sent.second) > 0).all()
        caught, total = caught + int(bad.sum()), total + len(bad)
        assert 0.9 < len(sent.second) / len(YEAR) <= 1
    assert 0.0002 < caught / total < 0.003


def test_stuck_sensor_repeats_its_value(sensors: tuple[Sensor, ...]) -> None:
    sensor = _of(sensors, "cars")
    value = measured(sensor, "carIntensity", moments(YEAR), seed=1, interval_s=3_600)
    found = 0
    for number in range(40):
        sent = faults.with_faults(replace(sensor, number=number), "carIntensity", YEAR, value, seed=1)
        stuck = np.flatnonzero(sent.fault == faults.STUCK)
        for run in np.split(stuck, np.flatnonzero(np.diff(stuck) > 1) + 1):
            if len(run) > 2:
                found += 1
                assert len(np.unique(sent.value[run])) == 1
    assert found > 3


def test_readings_are_sorted_and_leave_out_missing_values(sensors: tuple[Sensor, ...]) -> None:
    found = readings_at(sensors, YEAR[:200], seed=1, interval_s=3_600)
    assert [reading.second for reading in found] == sorted(reading.second for reading in found)
    assert not any(np.isnan(reading.value) for reading in found)
    assert len({(reading.series, reading.second) for reading in found}) == len(found)
