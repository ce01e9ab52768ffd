"""Areas as map layers: GeoJSON, simplified where asked, kept in memory until the areas change."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock

import shapely

from spiegelstad.accounts.public import Actor
from spiegelstad.places.formats.crs import coordinate_system
from spiegelstad.places.formats.geojson import write_features
from spiegelstad.places.queries.areas import area_type_row, rows_on, today
from spiegelstad.places.rules.simplify import simplify_together
from spiegelstad.places.vocabulary import CoordinateSystem

_KEPT_BYTES = 64_000_000


@dataclass(frozen=True)
class Layer:
    """A GeoJSON document and the tag that changes when it does."""

    content: bytes
    etag: str


_kept: OrderedDict[tuple[object, ...], Layer] = OrderedDict()
_lock = Lock()


def areas_layer(
    actor: Actor,
    area_type: str,
    on: date | None = None,
    crs: str = CoordinateSystem.WGS84,
    simplify_m: float = 0,
) -> Layer:
    """The areas of a type on a day: id and properties code, name, parent. One query when it is in memory."""
    kind = area_type_row(actor.tenant_id, area_type)
    system = coordinate_system(crs)
    key = (kind.pk, kind.revision, on or today(), system, simplify_m)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = list(rows_on(kind, on).values_list("code", "name", "parent_code", "geometry"))
    geometries = simplify_together(shapely.from_wkb([bytes(row[3]) for row in found]), simplify_m)
    properties = [{"code": code, "name": name, "parent": parent} for code, name, parent, _ in found]
    content = write_features(geometries, [row[0] for row in found], properties, system)
    layer = Layer(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
    _keep(key, layer)
    return layer


def _keep(key: tuple[object, ...], layer: Layer) -> None:
    with _lock:
        _kept[key] = layer
        while sum(len(kept.content) for kept in _kept.values()) > _KEPT_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)


def areas_geojson(
    actor: Actor,
    area_type: str,
    on: date | None = None,
    crs: str = CoordinateSystem.WGS84,
    simplify_m: float = 0,
) -> bytes:
    """The areas of a type as a GeoJSON FeatureCollection; `simplify_m` is how far borders may move, in metres."""
    return areas_layer(actor, area_type, on, crs, simplify_m).content
