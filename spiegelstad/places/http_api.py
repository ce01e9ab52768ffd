"""`/api/places/…`: area types, areas as GeoJSON, one area, what lies at a point, address search. Read only, public."""

from dataclasses import asdict
from datetime import date

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import InvalidInput
from spiegelstad.places import public as places

_GEOJSON = "application/geo+json"
_MAX_SIMPLIFY_M = 1_000.0
_LAYER_SECONDS = 300


class InvalidParameter(InvalidInput):
    """A parameter of the query string cannot be understood; `parameter` names it."""

    title = "Invalid parameter"


class ActedRequest(HttpRequest):
    """A request after the middleware has put the actor on it."""

    actor: Actor


@require_safe
def area_types(request: ActedRequest) -> HttpResponse:
    """The kinds of areas, from large to small."""
    return _json([asdict(kind) for kind in places.area_types(request.actor)])


@require_safe
def areas(request: ActedRequest, area_type: str) -> HttpResponse:
    """All areas of a type as GeoJSON. Parameters: on (day), crs, simplify (metres). Answers 304 to a known ETag."""
    layer = places.areas_layer(
        request.actor,
        area_type,
        _day(request),
        request.GET.get("crs", places.CoordinateSystem.WGS84),
        _number(request, "simplify", 0.0, 0.0, _MAX_SIMPLIFY_M),
    )
    if request.headers.get("If-None-Match") == layer.etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(layer.content, content_type=_GEOJSON)
    response["ETag"] = layer.etag
    patch_cache_control(response, public=True, max_age=_LAYER_SECONDS)
    return response


@require_safe
def area(request: ActedRequest, area_type: str, code: str) -> HttpResponse:
    """One area without its geometry. Parameter: on (day)."""
    return _json(asdict(places.area(request.actor, area_type, code, _day(request))))


@require_safe
def at(request: ActedRequest) -> HttpResponse:
    """The areas that hold a point, from large to small. Parameters: lon, lat (degrees WGS84), on (day)."""
    lon, lat = _number(request, "lon", None, -180, 180), _number(request, "lat", None, -90, 90)
    return _json([asdict(found) for found in places.areas_at(request.actor, lon, lat, _day(request))])


@require_safe
def addresses(request: ActedRequest) -> HttpResponse:
    """Addresses that look like `text`, best first. Parameters: text, limit (1 to 50)."""
    text = request.GET.get("text", "").strip()
    if not text:
        raise InvalidParameter("The parameter `text` is missing.", parameter="text")
    limit = int(_number(request, "limit", 10, 1, 50))
    return _json([asdict(hit) for hit in places.search_addresses(request.actor, text, limit)])


def _day(request: HttpRequest) -> date | None:
    text = request.GET.get("on", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidParameter(
            f"`on` is not a day: {text!r}.", remedy="Write it as 2025-12-31.", parameter="on"
        ) from None


def _number(request: HttpRequest, name: str, default: float | None, least: float, most: float) -> float:
    text = request.GET.get(name, "")
    try:
        value = default if not text and default is not None else float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:  # NaN is not between anything
        raise InvalidParameter(
            f"`{name}` is {text!r}.", remedy=f"Give a number from {least:g} to {most:g}.", parameter=name
        )
    return value


def _json(value: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), content_type="application/json")
