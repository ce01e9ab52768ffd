"""Layers by which people recognise their city on a map: water, main roads, parks. From published datasets.

A city names them in its `city.yaml`, under `dashboard: layers:`, each with a dataset that has a column `geometry`, and
if only some rows are wanted a column with the values that count: `road: {dataset: streets, column: road_class,
values: [ring, radial]}`.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import shapely
from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import Actor, CityRequest, Tenant
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.look.public import maps
from spiegelstad.places import public as places

KINDS = ("water", "park", "road")  # in the order in which they are drawn
KEPT_S = 300
SIMPLIFY_DEGREES = 0.00005  # about 5 m


class UnknownLayer(NotFound):
    """The city has no layer of this kind."""

    title = "Unknown layer"


Wish = tuple[str, str, tuple[str, ...]]
"""Dataset, column and values."""

_current: dict[tuple[str, str], tuple[float, UUID | None]] = {}


def overlays(tenant: Tenant) -> tuple[maps.Overlay, ...]:
    """Return the layers of a city that everybody may see, with their content; mostly without a query."""
    shown = []
    for kind, wish in _wishes(tenant).items():
        content = _content(tenant.id, wish)
        if content:
            shown.append(maps.Overlay(kind, f"/map/{kind}.geojson", content))
    return tuple(shown)


@require_safe
def show_layer(request: CityRequest, kind: str) -> HttpResponse:
    """Give a layer as GeoJSON (WGS84)."""
    wish = _wishes(request.tenant).get(kind)
    content = _content(request.tenant.id, wish) if wish else None
    if content is None:
        raise UnknownLayer(f"There is no layer {kind!r} here.")
    response = HttpResponse(content, content_type="application/geo+json")
    patch_cache_control(response, public=True, max_age=KEPT_S)
    return response


def _wishes(tenant: Tenant) -> dict[str, Wish]:
    layers: Mapping[str, Mapping[str, Any]] = tenant.settings.get("dashboard", {}).get("layers", {})
    return {
        kind: (str(wish["dataset"]), str(wish.get("column", "")), tuple(map(str, wish.get("values", ()))))
        for kind in KINDS
        if (wish := layers.get(kind))
    }


def _content(tenant_id: str, wish: Wish) -> bytes | None:
    version = _version(tenant_id, wish[0])
    return _drawn(tenant_id, version, wish) if version else None


def _version(tenant_id: str, dataset: str) -> UUID | None:
    """Return the dataset's current version as everybody may see it; asked again after five minutes."""
    since, known = _current.get((tenant_id, dataset), (0.0, None))
    if time.monotonic() - since < KEPT_S and known is not None:
        return known
    try:
        known = catalogue.current_version(Actor.anonymous(tenant_id), dataset).id
    except NotFound:
        known = None
    _current[tenant_id, dataset] = (time.monotonic(), known)
    return known


@lru_cache(maxsize=32)
def _drawn(tenant_id: str, version: UUID, wish: Wish) -> bytes:
    """Read the layer's geometries and join them into one feature: a version never changes, so once is enough."""
    _dataset, column, values = wish
    sql = "SELECT geometry FROM layer"
    if column:
        sql += f" WHERE CAST({_quoted(column)} AS VARCHAR) IN ({', '.join('?' for _ in values)})"
    found = catalogue.query(Actor.anonymous(tenant_id), sql, tables={"layer": version}, params=list(values))
    shapes = shapely.from_wkb(found.column("geometry").to_numpy(zero_copy_only=False))
    joined = shapely.union_all(shapes)
    lines = shapely.get_dimensions(joined) == 1
    thin = shapely.simplify(shapely.line_merge(joined) if lines else joined, SIMPLIFY_DEGREES)
    return places.write_features([thin], ["layer"], [{}])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
