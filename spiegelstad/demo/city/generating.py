"""From arguments to a folder of files."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from pathlib import Path

import orjson

from spiegelstad.base.progress import Progress
from spiegelstad.demo.city.city import City, invent
from spiegelstad.demo.city.dirt import Fault, caught_rows, plant
from spiegelstad.demo.city.exports import Export
from spiegelstad.demo.city.exports_city import city_exports
from spiegelstad.demo.city.exports_people import people_exports
from spiegelstad.demo.city.exports_places import place_exports
from spiegelstad.demo.city.exports_sensors import sensor_exports
from spiegelstad.demo.city.scale import stream
from spiegelstad.demo.city.sensors import write_sensors
from spiegelstad.demo.city.write import save

#: About how many files there will be, for the progress bar.
_FILES = 72


@dataclass(frozen=True)
class Planted:
    """What is in one file: rows of data, rows that quarantine must catch, and every planted fault."""

    source: str
    path: str
    rows: int
    caught: int
    faults: tuple[Fault, ...]


def generate(
    folder: Path, *, inhabitants: int = 250_000, seed: int = 1, until: dt.date, progress: Progress | None = None
) -> list[Planted]:
    """Write the files of all sources below `folder`, and `planted.json` with every fault in them.

    The same arguments give the same bytes. `until`: the day at whose midnight (UTC) the observations end; the
    statistics end with the last complete year before it. `planted.json` comes last: where it is, all is complete.
    """
    city = invent(inhabitants=inhabitants, seed=seed, until=until)
    planted = []
    for number, export in enumerate(
        itertools.chain(place_exports(city), people_exports(city), city_exports(city), sensor_exports(city))
    ):
        if progress:
            progress.update(number, max(_FILES, number + 1), export.path)
        planted.append(_write(folder, city, export))
    if progress:
        progress.update(len(planted), len(planted))
    write_sensors(folder, city.sensors, seed)
    save(folder, "planted.json", orjson.dumps(planted, option=orjson.OPT_INDENT_2))
    return planted


def _write(folder: Path, city: City, export: Export) -> Planted:
    rng = stream(city.seed, f"dirt {export.path}")
    columns = dict(export.columns)
    if len(export.shapes):
        columns["\0shape"] = export.shapes
    columns, faults = plant(rng, columns, export.recipe)
    shapes = columns.pop("\0shape", export.shapes)
    save(folder, export.path, export.writer(columns, shapes))
    rows = len(next(iter(columns.values())))
    return Planted(export.source, export.path, rows, caught_rows(faults), tuple(faults))
