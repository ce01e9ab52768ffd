"""The words of the room: areas, addresses, coordinate systems and what imports report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from spiegelstad.base.localised import Localised

MUNICIPALITY = "municipality"
"""Slug of the area type whose areas together are the city (the whole tenant)."""

Bounds = tuple[float, float, float, float]
"""(min lon, min lat, max lon, max lat) in degrees WGS84."""


class CoordinateSystem(StrEnum):
    """Coordinate reference systems that are read and written; x is always east, y always north."""

    WGS84 = "OGC:CRS84"
    LAMBERT_72 = "EPSG:31370"
    LAMBERT_2008 = "EPSG:3812"
    WEB_MERCATOR = "EPSG:3857"


@dataclass(frozen=True)
class AreaIn:
    """An area to import. `geometry` is a polygon or multipolygon in degrees WGS84; `valid_to` is the last day."""

    code: str
    name: str
    geometry: BaseGeometry
    parent_code: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class AreaType:
    """A kind of area, for instance `wijk`; a higher level lies lower in the hierarchy."""

    slug: str
    name: Localised
    level: int


@dataclass(frozen=True)
class Area:
    """An area in one period of validity, without its geometry. Degrees WGS84; surface in m² (Lambert 72)."""

    code: str
    name: str
    area_type: str
    parent_code: str
    centroid: tuple[float, float]
    bbox: Bounds
    area_m2: float
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class AddressHit:
    """A found address or, when no house number was asked or known, a street (`kind` says which). Score 0 to 1."""

    kind: str
    id: str
    label: str
    street: str
    house_number: str
    box_number: str
    postcode: str
    municipality: str
    lon: float
    lat: float
    score: float


@dataclass(frozen=True)
class ImportResult:
    """How many rows an import added, changed, left alone and removed."""

    inserted: int
    updated: int
    unchanged: int
    removed: int = 0

    @property
    def total(self) -> int:
        """Rows that were offered."""
        return self.inserted + self.updated + self.unchanged


@dataclass(frozen=True)
class Feature:
    """One GeoJSON feature. Geometry in degrees WGS84, or None with the reason in `problem` (empty: it has none)."""

    id: str
    geometry: BaseGeometry | None
    properties: Mapping[str, object]
    problem: str = ""


Features = Sequence[Feature]
