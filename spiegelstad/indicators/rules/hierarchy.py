"""Which area lies in which: the areas of a city as one tree, whatever levels its sources know. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from spiegelstad.indicators.rules.suppression import Area

MUNICIPALITY = "municipality"


@dataclass(frozen=True, slots=True)
class PlacedArea:
    """An area with its place in the tree; `parent_type` and `parent_code` are empty at the top."""

    area_type: str
    area_code: str
    name: str
    level: int
    parent_type: str
    parent_code: str
    area_m2: float


@dataclass(frozen=True, slots=True)
class LooseArea:
    """An area as a source gives it: the code of its parent, without the parent's type."""

    area_type: str
    area_code: str
    name: str
    level: int
    parent_code: str
    area_m2: float


def place_areas(areas: Sequence[LooseArea]) -> list[PlacedArea]:
    """Find every parent: the nearest higher level (a lower number) that has its code.

    An area whose parent isn't known lies in the municipality, when there is only one.
    """
    types = sorted({(area.level, area.area_type) for area in areas}, reverse=True)
    known = {(area.area_type, area.area_code) for area in areas}
    municipalities = [area for area in areas if area.area_type == MUNICIPALITY]
    only = municipalities[0] if len(municipalities) == 1 else None
    placed = []
    for area in sorted(areas, key=lambda one: (one.level, one.area_type, one.area_code)):
        above = (kind for level, kind in types if level < area.level)
        parent_type = next((kind for kind in above if (kind, area.parent_code) in known), "")
        parent_code = area.parent_code if parent_type else ""
        if not parent_type and only is not None and only.level < area.level:
            parent_type, parent_code = only.area_type, only.area_code
        placed.append(
            PlacedArea(area.area_type, area.area_code, area.name, area.level, parent_type, parent_code, area.area_m2)
        )
    return placed


def parents(areas: Sequence[PlacedArea]) -> dict[Area, Area]:
    """Map every area that has a parent to it."""
    return {(a.area_type, a.area_code): (a.parent_type, a.parent_code) for a in areas if a.parent_type}


def ancestors(area: Area, parent_of: Mapping[Area, Area]) -> Iterator[Area]:
    """Yield the area itself and everything it lies in, from small to large."""
    at: Area | None = area
    while at is not None:
        yield at
        at = parent_of.get(at)


def areas_table(areas: Sequence[PlacedArea]) -> pa.Table:
    """The table `areas` of every formula; surfaces in m² and km²."""
    return pa.table(
        {
            "area_type": pa.array([a.area_type for a in areas], pa.string()),
            "area_code": pa.array([a.area_code for a in areas], pa.string()),
            "name": pa.array([a.name for a in areas], pa.string()),
            "level": pa.array([a.level for a in areas], pa.int64()),
            "parent_type": pa.array([a.parent_type or None for a in areas], pa.string()),
            "parent_code": pa.array([a.parent_code or None for a in areas], pa.string()),
            "area_m2": pa.array([a.area_m2 for a in areas], pa.float64()),
            "area_km2": pa.array([a.area_m2 / 1e6 for a in areas], pa.float64()),
        }
    )


def members_table(areas: Sequence[PlacedArea]) -> pa.Table:
    """The table `area_members` of every formula: each area with everything in it, itself included."""
    parent_of = parents(areas)
    pairs = [
        (*whole, a.area_type, a.area_code) for a in areas for whole in ancestors((a.area_type, a.area_code), parent_of)
    ]
    columns = list(zip(*sorted(pairs), strict=True)) or [(), (), (), ()]
    names = ("area_type", "area_code", "member_type", "member_code")
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def from_table(table: pa.Table) -> list[PlacedArea]:
    """Read the tree back from a frozen `areas` table."""
    rows = table.select([f for f in table.column_names if f != "area_km2"]).to_pylist()
    return [
        PlacedArea(**{**row, "parent_type": row["parent_type"] or "", "parent_code": row["parent_code"] or ""})
        for row in rows
    ]
