"""Layers by which people recognise their city on a map: water, main roads, parks. From published datasets.

A city names them in its `city.yaml`, under `dashboard: layers:`, each with a dataset that has a column `geometry`, and
if only some rows are wanted a column with the values that count: `road: {dataset: streets, column: road_class,
values: [ring, radial]}`.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

import shapely
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import Actor, CityRequest, Tenant
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.look.public import maps
from spiegelstad.places import public as places

KINDS = ("water", "park", "road")  # in the order in which they are drawn
SIMPLIFY_DEGREES = 0.00005  # about 5 m


class UnknownLayer(NotFound):
    """The city has no layer of this kind."""

    title = "Unknown layer"


Wish = tuple[str, str, tuple[str, ...]]
"""Dataset, column and values."""


def overlays(tenant: Tenant) -> tuple[maps.Overlay, ...]:
    """Return the layers of a city that everybody may see, with their content; one query."""
    wishes = _wishes(tenant)
    versions = _versions(tenant.id, wishes)
    return tuple(
        maps.Overlay(kind, f"/map/{kind}.geojson", _drawn(tenant.id, versions[wish[0]], wish))
        for kind, wish in wishes.items()
        if wish[0] in versions
    )


@require_safe
def show_layer(request: CityRequest, kind: str) -> HttpResponse:
    """Give a layer as GeoJSON (WGS84); asked again each time, because a dataset may be closed at any moment."""
    wish = _wishes(request.tenant).get(kind)
    version = _versions(request.tenant.id, {kind: wish}).get(wish[0]) if wish else None
    if wish is None or version is None:
        raise UnknownLayer(f"There is no layer {kind!r} here.")
    content = _drawn(request.tenant.id, version, wish)
    response = HttpResponse(content, content_type="application/geo+json")
    response.headers["ETag"] = f'"{blake2b(content, digest_size=12).hexdigest()}"'
    patch_cache_control(response, no_cache=True)
    return get_conditional_response(request, response.headers["ETag"], None, response) or response


def _wishes(tenant: Tenant) -> dict[str, Wish]:
    layers: Mapping[str, Mapping[str, Any]] = tenant.settings.get("dashboard", {}).get("layers", {})
    return {
        kind: (str(wish["dataset"]), str(wish.get("column", "")), tuple(map(str, wish.get("values", ()))))
        for kind in KINDS
        if (wish := layers.get(kind))
    }


def _versions(tenant_id: str, wishes: Mapping[str, Wish]) -> dict[str, UUID]:
    return catalogue.current_ids(Actor.anonymous(tenant_id), [wish[0] for wish in wishes.values()]) if wishes else {}


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
