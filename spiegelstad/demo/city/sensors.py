"""The sensors of the city: where they stand, what they measure, how much there is to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from pyproj import Transformer

from spiegelstad.demo.city import names
from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.streets import LOCAL, RADIAL, RING, Streets
from spiegelstad.demo.city.terrain import Floats, Terrain
from spiegelstad.demo.city.write import save

_TO_DEGREES = Transformer.from_crs(31370, 4326, always_xy=True)
#: Kind of sensor: prefix of its code, entity type, word in its name, share of all sensors.
KINDS = {
    "people": ("VG", "CrowdFlowObserved", "Voetgangers", 12),
    "bicycles": ("FT", "BicycleFlowObserved", "Fietsers", 14),
    "cars": ("AT", "TrafficFlowObserved", "Auto's", 12),
    "parking": ("PG", "OffStreetParking", "Parking", 8),
    "air": ("LK", "AirQualityObserved", "Lucht", 8),
    "noise": ("GL", "NoiseLevelObserved", "Geluid", 6),
}
#: Per kind what is measured: name of the property, largest value that makes sense.
PROPERTIES: dict[str, tuple[tuple[str, float], ...]] = {
    "people": (("peopleIntensity", 12_000.0),),
    "bicycles": (("bicycleIntensity", 5_000.0),),
    "cars": (("carIntensity", 9_000.0),),
    "parking": (("parkingOccupation", 100.0),),
    "air": (("no2", 300.0), ("pm25", 400.0)),
    "noise": (("noiseLevel", 120.0),),
}


@dataclass(frozen=True)
class Sensor:
    """One sensor.

    `level` is what it measures in a busy hour of a working day, `centre` and `stadium` say how close those are (0 … 1).
    """

    number: int
    code: str
    kind: str
    name: str
    place: str
    lon: float
    lat: float
    profile: str
    level: float
    centre: float
    stadium: float
    places: int
    installed: int


def to_degrees(points: Floats) -> Floats:
    """Lambert 72 metres to WGS84 longitude and latitude, (n, 2) → (n, 2), seven decimals."""
    lon, lat = _TO_DEGREES.transform(points[:, 0], points[:, 1])
    return np.round(np.column_stack([lon, lat]), 7)


def make_sensors(terrain: Terrain, streets: Streets, seed: int) -> tuple[Sensor, ...]:
    """All sensors, numbered; each on the street where such a sensor makes sense."""
    rng = stream(seed, "sensors")
    wanted = _numbers(terrain.scale.sensors)
    sensors: list[Sensor] = []
    for kind, count in wanted.items():
        segments = _places(rng, terrain, streets, kind, count)
        points = streets.middle[segments]
        degrees = to_degrees(points)
        away = terrain.distance(points)
        stadium = np.hypot(*(points - terrain.stadium).T) / terrain.scale.radius_m
        titles = names.numbered(streets.name_of(segments))
        for turn, segment in enumerate(segments):
            prefix, _entity, word, _share = KINDS[kind]
            profile = _profile(kind, turn, float(away[turn]), int(streets.road_class[segment]))
            sensors.append(
                Sensor(
                    number=len(sensors),
                    code=f"{prefix}{turn + 1:02d}",
                    kind=kind,
                    name=f"{word} {titles[turn]}",
                    place=titles[turn],
                    lon=float(degrees[turn, 0]),
                    lat=float(degrees[turn, 1]),
                    profile=profile,
                    level=_level(rng, terrain, kind, profile, float(away[turn])),
                    centre=float(np.exp(-((away[turn] / 0.14) ** 2))),
                    stadium=float(np.exp(-((stadium[turn] / 0.10) ** 2))),
                    places=int(rng.integers(18, 80)) * 10 if kind == "parking" else 0,
                    installed=int(rng.integers(2014, 2023)),
                )
            )
    return tuple(sensors)


def _numbers(total: int) -> dict[str, int]:
    """How many of each kind: at least one."""
    exact = {kind: total * share / 60 for kind, (_p, _e, _w, share) in KINDS.items()}
    numbers = {kind: max(1, int(value)) for kind, value in exact.items()}
    for kind in sorted(exact, key=lambda kind: int(exact[kind]) - exact[kind])[: total - sum(numbers.values())]:
        numbers[kind] += 1
    return numbers


def _places(rng: np.random.Generator, terrain: Terrain, streets: Streets, kind: str, count: int) -> Ints:
    """Segments for the sensors of a kind, spread out over the streets where they belong."""
    away, road = terrain.distance(streets.middle), streets.road_class
    ring, radial, local = road == RING, road == RADIAL, road == LOCAL
    fits: dict[str, NDArray[np.bool_]] = {
        "people": (local | radial) & (away < 0.26),
        "bicycles": radial & (away < 0.75),
        "cars": (radial & (away > 0.2) & (away < 0.8)) | ring,
        "parking": (local & (away < 0.22)) | (radial & (away > 0.42) & (away < 0.5)),
        "air": (local & (away < 0.85)) | ring,
        "noise": ring | (local & (away < 0.5)),
    }
    stadium = np.hypot(*(streets.middle - terrain.stadium).T)
    candidates = np.flatnonzero(fits[kind])
    first = candidates[np.argmin(away[candidates])] if kind != "noise" else candidates[np.argmin(stadium[candidates])]
    chosen = [int(first)]
    if kind in ("people", "cars") and count > 3:
        chosen.append(int(np.flatnonzero(road <= LOCAL)[np.argmin(stadium[road <= LOCAL])]))
    jitter = rng.uniform(0.6, 1.0, len(candidates))
    while len(chosen) < count:
        gap = np.min(
            np.hypot(*(streets.middle[candidates][:, None] - streets.middle[chosen][None]).transpose(2, 0, 1)), axis=1
        )
        chosen.append(int(candidates[np.argmax(gap * jitter)]))
    return np.array(chosen, dtype=np.int64)


def _profile(kind: str, turn: int, away: float, road: int) -> str:
    """The rhythm of a place."""
    if kind == "people":
        return ("shopping", "shopping", "nightlife", "leisure", "station")[turn % 5]
    if kind == "bicycles":
        return "leisure" if turn % 5 == 4 else "commuting"
    if kind == "cars":
        return "through" if road == RING else "commuting"
    if kind == "parking":
        return "office" if away > 0.35 else ("shopping", "nightlife", "shopping")[turn % 3]
    return "through" if road == RING else "street"


def _level(rng: np.random.Generator, terrain: Terrain, kind: str, profile: str, away: float) -> float:
    """Persons or vehicles per hour in a busy hour; for air and noise how strong the traffic nearby is (0 … 1)."""
    size = float(np.clip(terrain.scale.inhabitants / 250_000, 0.05, 2.5)) ** 0.5
    luck = float(rng.uniform(0.75, 1.25))
    middle = float(np.exp(-((away / 0.3) ** 2)))
    level = {
        "people": 350 + 2_000 * middle,
        "bicycles": 120 + 640 * middle,
        "cars": 2_600.0 if profile == "through" else 900 - 350 * middle,
        "parking": 74.0,
        "air": 0.9 if profile == "through" else 0.25 + 0.45 * middle,
        "noise": 0.9 if profile == "through" else 0.2 + 0.4 * middle,
    }[kind]
    if kind in ("people", "bicycles", "cars"):
        level *= size
    return round(level * luck if kind != "parking" else level * (0.9 + 0.2 * (luck - 0.75)), 3)


def write_sensors(folder: Path, sensors: Sequence[Sensor], seed: int) -> None:
    """Keep what the live sensors need beside the files of the city."""
    save(folder, "live.json", orjson.dumps({"seed": seed, "sensors": sensors}, option=orjson.OPT_INDENT_2))


def read_sensors(folder: Path) -> tuple[int, tuple[Sensor, ...]]:
    """The seed and the sensors of the city in this folder."""
    kept = orjson.loads((folder / "live.json").read_bytes())
    return kept["seed"], tuple(Sensor(**sensor) for sensor in kept["sensors"])
