"""Reads of places: areas on a day, points in areas, map layers. Areas are public data of their own city."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import cast

import numpy as np
import shapely
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import NotFound
from spiegelstad.places import models
from spiegelstad.places.actions import UnknownAreaType
from spiegelstad.places.rules.location import PointIndex
from spiegelstad.places.rules.validity import breakpoints, stretch
from spiegelstad.places.vocabulary import MUNICIPALITY, Area, AreaType, Bounds

Floats = NDArray[np.float64]
_ROOM = Path(__file__).parent
_KEPT_STRETCHES = 8


class UnknownArea(NotFound):
    """No area with this code on this day."""

    title = "Unknown area"


@dataclass
class _Indexes:
    """Point indexes of one area type at one revision, one per stretch of days with the same areas."""

    revision: object
    days: list[date]
    by_stretch: dict[int, PointIndex] = field(default_factory=dict)


_cache: dict[tuple[str, str], _Indexes] = {}
_lock = Lock()


def today() -> date:
    """The present day in Brussels."""
    return now().astimezone(BRUSSELS).date()


def area_types(actor: Actor) -> list[AreaType]:
    """The city's kinds of areas, from large to small."""
    found = models.AreaType.objects.filter(tenant_id=actor.tenant_id)
    return [AreaType(kind.slug, kind.name, kind.level) for kind in found]


def areas(actor: Actor, area_type: str, on: date | None = None) -> list[Area]:
    """The areas of a type on a day (default: today), by code."""
    rows = _on_day(models.Area.objects.filter(tenant_id=actor.tenant_id, area_type__slug=area_type), on)
    found = [to_area(row, area_type) for row in rows.defer("geometry", "attributes", "digest")]
    if not found:
        area_type_row(actor.tenant_id, area_type)
    return found


def area(actor: Actor, area_type: str, code: str, on: date | None = None) -> Area:
    """One area on a day (default: today)."""
    kind = area_type_row(actor.tenant_id, area_type)
    row = rows_on(kind, on).defer("geometry", "attributes", "digest").filter(code=code).first()
    if row is None:
        raise UnknownArea(f"There is no {area_type} with code {code!r} on {on or today()}.")
    return to_area(row, area_type)


def areas_at(actor: Actor, lon: float, lat: float, on: date | None = None) -> list[Area]:
    """All areas that hold the point, borders included, from large to small; within a type the lowest code first."""
    point = shapely.Point(lon, lat)
    return [found for found, geometry in _touching(actor, point.bounds, on) if geometry.intersects(point)]


def areas_in_box(actor: Actor, area_type: str, bounds: Bounds, on: date | None = None) -> list[Area]:
    """The areas of a type that touch a box in degrees, by code."""
    area_type_row(actor.tenant_id, area_type)
    box = shapely.box(*bounds)
    return [found for found, geometry in _touching(actor, bounds, on, area_type) if geometry.intersects(box)]


def _touching(
    actor: Actor, bounds: Bounds, on: date | None, area_type: str | None = None
) -> Sequence[tuple[Area, shapely.geometry.base.BaseGeometry]]:
    """Candidates whose box touches `bounds`, with their geometry."""
    west, south, east, north = bounds
    params: dict[str, object] = {"tenant": actor.tenant_id, "area_type": area_type, "on": on or today()}
    params |= {"west": west, "south": south, "east": east, "north": north}
    ids = [row[0] for row in sql.rows(sql.load(_ROOM, "areas_touching_box"), params)]
    found = models.Area.objects.select_related("area_type").in_bulk(ids)
    return [
        (to_area(found[id_], found[id_].area_type.slug), shapely.from_wkb(bytes(found[id_].geometry))) for id_ in ids
    ]


def locate(tenant_id: str, area_type: str, lon: Floats, lat: Floats, on: date | None = None) -> NDArray[np.object_]:
    """The code of the area that holds each point on a day (default: today), or None; one query, no Python per point.

    A point on a border is in the area with the lowest code. NaN, infinite and faraway points give None.
    """
    kind = area_type_row(tenant_id, area_type)
    return _index(kind, on or today()).locate(lon, lat)


def _index(kind: models.AreaType, on: date) -> PointIndex:
    """The index of a type on a day, kept until the type's areas change."""
    key = (kind.tenant_id, kind.slug)
    with _lock:
        kept = _cache.get(key)
    if kept is None or kept.revision != kind.revision:
        days = breakpoints(kind.areas.values_list("valid_from", "valid_to"))
        kept = _Indexes(kind.revision, days)
        with _lock:
            _cache[key] = kept
    number = stretch(kept.days, on)
    index = kept.by_stretch.get(number)
    if index is None:
        found = list(rows_on(kind, on).values_list("code", "geometry"))
        index = PointIndex([code for code, _ in found], shapely.from_wkb([bytes(wkb) for _, wkb in found]))
        with _lock:
            while len(kept.by_stretch) >= _KEPT_STRETCHES:
                del kept.by_stretch[next(iter(kept.by_stretch))]
            kept.by_stretch[number] = index
    return index


def city_bbox(tenant_id: str) -> Bounds:
    """The box round the city's municipalities in degrees; before they are imported, the box the city declares."""
    params = {"tenant": tenant_id, "area_type": MUNICIPALITY, "on": today()}
    west, south, east, north = sql.rows(sql.load(_ROOM, "boxes_of_areas"), params)[0]
    if west is None:
        west, south, east, north = accounts.tenant(tenant_id).bbox
    return west, south, east, north


def inside_city(tenant_id: str, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Which points lie in the city's municipalities; before they are imported, in the box that the city declares."""
    kind = models.AreaType.objects.filter(tenant_id=tenant_id, slug=MUNICIPALITY).first()
    if kind is not None:
        index = _index(kind, today())
        if index.bounds is not None:
            return np.asarray(index.locate(lon, lat) != None)  # noqa: E711  compares element by element
    west, south, east, north = accounts.tenant(tenant_id).bbox
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def area_type_row(tenant_id: str, slug: str) -> models.AreaType:
    """The stored area type of this city."""
    found = models.AreaType.objects.filter(tenant_id=tenant_id, slug=slug).first()
    if found is None:
        raise UnknownAreaType(f"There is no area type {slug!r}.")
    return found


def rows_on(kind: models.AreaType, on: date | None) -> QuerySet[models.Area]:
    """The stored areas of a type on a day (default: today), by code."""
    return _on_day(models.Area.objects.filter(tenant_id=kind.tenant_id, area_type=kind), on)


def _on_day(rows: QuerySet[models.Area], on: date | None) -> QuerySet[models.Area]:
    day = on or today()
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    not_ended = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    return rows.filter(begun & not_ended).order_by("code")


def to_area(row: models.Area, area_type: str) -> Area:
    """A stored area as the door shows it."""
    return Area(
        row.code,
        row.name,
        area_type,
        row.parent_code,
        (row.centroid_lon, row.centroid_lat),
        cast(Bounds, row.box),
        row.area_m2,
        row.valid_from,
        row.valid_to,
    )
