"""What every request goes through: which form of the answer is wanted, and parameters read with their limits."""

import re
from collections.abc import Callable
from collections.abc import Collection as AnyOf
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from spiegelstad.accounts.public import ActorKind, CityRequest
from spiegelstad.base.errors import InvalidInput
from spiegelstad.ogc import pages
from spiegelstad.ogc.cql2.json import read_json
from spiegelstad.ogc.cql2.nodes import Node, everyone_of, operator
from spiegelstad.ogc.cql2.nodes import Property as PropertyNode
from spiegelstad.ogc.cql2.text import read_text
from spiegelstad.ogc.cql2.values import read_number, shape_of_box
from spiegelstad.ogc.formats.crs import crs_of, placed
from spiegelstad.ogc.formats.documents import Document, link
from spiegelstad.ogc.queries.collections import Collection
from spiegelstad.ogc.queries.features import Asked, equals, within_time
from spiegelstad.ogc.vocabulary import CRS84, GEOJSON, HTML, JSON

ROOT = "/ogc"
MAX_LIMIT, DEFAULT_LIMIT, MAX_OFFSET = 10_000, 100, 2**40
MAX_SORTS = 4
ALWAYS = frozenset({"f", "lang"})
ITEMS = frozenset(
    {
        "limit", "offset", "version", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang", "filter-crs",
        "sortby",
    }
)  # fmt: skip
_FORMS = {"json": JSON, "geojson": JSON, "html": HTML}


class BadParameter(InvalidInput):
    """A parameter that is not known here, or whose value cannot be read; `parameter` names it."""

    title = "A parameter is not right"


def wants_html(request: CityRequest) -> bool:
    """Whether a page for people was asked for: by f, or by a browser's Accept."""
    form = request.GET.get("f")
    if form is None:
        return HTML in request.headers.get("Accept", "") and request.get_preferred_type([HTML, JSON]) == HTML
    if form not in _FORMS:
        raise BadParameter(f"f is {form[:20]!r}.", remedy=f"Use one of {', '.join(_FORMS)}.", parameter="f")
    return _FORMS[form] == HTML


def address(request: CityRequest, path: str = "", **query: object) -> str:
    """Return an absolute address under the root."""
    given = {name.replace("_", "-"): value for name, value in query.items() if value is not None}
    return request.build_absolute_uri(f"{ROOT}{path}") + (f"?{urlencode(given)}" if given else "")


def require_known(request: CityRequest, names: AnyOf[str] = ()) -> None:
    """Refuse parameters that the API does not define, and one that stands there twice."""
    for name, values in request.GET.lists():
        if name not in ALWAYS and name not in names:
            raise BadParameter(f"There is no parameter {name[:60]!r} here.", parameter=name[:60])
        if len(values) > 1:
            raise BadParameter(f"The parameter {name!r} stands there twice.", parameter=name)


def answer(
    request: CityRequest, document: Any, shown: Callable[[], pages.Shown], *, content_type: str = JSON
) -> HttpResponse:
    """Return a document as JSON, or the page that shows it where that was asked for."""
    if wants_html(request):
        response = render(request, "ogc/page.html", pages.context_of(shown()))
    else:
        response = HttpResponse(orjson.dumps(document, option=orjson.OPT_UTC_Z), content_type=content_type)
    response.headers["Vary"] = "Accept"
    return for_caches(request, response)


def page_links(request: CityRequest, offset: int, limit: int, matched: int, **pinned: object) -> list[Document]:
    """Return the links of a page; those to other pages say what is `pinned`, so that the pages fit together."""
    given = {name: value for name, value in request.GET.items() if name != "f"}
    path, form = request.build_absolute_uri(request.path), "html" if wants_html(request) else "json"

    def to(rel: str, name: str, **changes: object) -> Document:
        return link(f"{path}?{urlencode({**given, **changes, 'f': name})}", rel, HTML if name == "html" else GEOJSON)

    links = [to("self" if name == form else "alternate", name) for name in ("json", "html")]
    if offset + limit < matched:
        links.append(to("next", form, **pinned, limit=limit, offset=offset + limit))
    if offset:
        links.append(to("prev", form, **pinned, limit=limit, offset=max(0, offset - limit)))
    return links


def for_caches(request: CityRequest, response: HttpResponse) -> HttpResponse:
    """Say that an answer is asked for anew each time, as what is open today may be closed tomorrow."""
    if request.actor.kind is ActorKind.ANONYMOUS:
        patch_cache_control(response, public=True, no_cache=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response


def whole_number(request: CityRequest, name: str, default: int, least: int, most: int) -> int:
    """Read a whole number; one above `most` counts as `most`, as the standard has it for limit."""
    text = request.GET.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"\d{1,15}", text, re.ASCII) or int(text) < least:
        raise BadParameter(
            f"{name} is {text[:30]!r}.", remedy=f"Give a whole number of {least} or more.", parameter=name
        )
    return min(int(text), most)


def version_asked(request: CityRequest) -> int | None:
    """Return the number of the version that the links between pages name."""
    return whole_number(request, "version", 0, 1, 2**31 - 1) or None


def asked(request: CityRequest, collection: Collection) -> Asked:
    """Read which features are wanted; every property is a parameter too."""
    properties = {name: kind for name, kind in collection.properties.items() if kind != "shape" and name not in ITEMS}
    require_known(request, ITEMS | properties.keys())
    given = {name: str(text) for name, text in request.GET.items()}
    conditions = [equals(name, properties[name], text) for name, text in given.items() if name in properties]
    if text := request.GET.get("datetime", ""):
        conditions.append(within_time(collection, text))
    return Asked(
        condition=everyone_of(box_asked(request, collection.geometry), *conditions, _filter(request)),
        sort=_sort(request, collection),
        offset=whole_number(request, "offset", 0, 0, MAX_OFFSET),
        limit=whole_number(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
    )


def box_asked(request: CityRequest, geometry: str) -> Node | None:
    """Read bbox in bbox-crs; one that crosses the date line is two."""
    text = request.GET.get("bbox", "")
    crs = crs_of(request.GET.get("bbox-crs") or CRS84, "bbox-crs")
    if not text:
        return None
    try:
        numbers = [float(read_number(part.strip())) for part in text.split(",", 6)]
        shape = shape_of_box(numbers)
    except (ValueError, InvalidInput):
        raise BadParameter(
            f"bbox is {text[:80]!r}.", remedy="Give four numbers, for example 3.6,51.0,3.8,51.1.", parameter="bbox"
        ) from None
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    east = 1 if crs.north_first else 0
    if low[1 - east] > high[1 - east] or (low[east] > high[east] and crs.decimals == 3):
        raise BadParameter("bbox begins after it ends.", remedy="Give the lowest corner first.", parameter="bbox")
    boxes = [shape]
    if low[east] > high[east]:
        first, second = [*low, *high], [*low, *high]
        first[2 + east], second[east] = 180.0, -180.0
        boxes = [shape_of_box(first), shape_of_box(second)]
    parts = [operator("s_intersects", PropertyNode(geometry), placed(one, crs)) for one in boxes]
    return parts[0] if len(parts) == 1 else operator("or", *parts)


def _filter(request: CityRequest) -> Node | None:
    text = request.GET.get("filter", "")
    language = request.GET.get("filter-lang") or ("cql2-json" if text.lstrip().startswith("{") else "cql2-text")
    if language not in {"cql2-text", "cql2-json"}:
        raise BadParameter(
            f"filter-lang is {language[:30]!r}.", remedy="Use cql2-text or cql2-json.", parameter="filter-lang"
        )
    crs = crs_of(request.GET.get("filter-crs") or CRS84, "filter-crs")
    if not text:
        return None
    return placed(read_text(text) if language == "cql2-text" else read_json(text), crs)


def _sort(request: CityRequest, collection: Collection) -> tuple[tuple[str, bool], ...]:
    text = request.GET.get("sortby", "")
    parts = [part.strip() for part in text.split(",")] if text else []
    if len(parts) > MAX_SORTS:
        raise BadParameter(f"sortby names more than {MAX_SORTS} properties.", parameter="sortby")
    found = tuple((part.lstrip("+-"), part.startswith("-")) for part in parts)
    for name, _ in found:
        if collection.properties.get(name, "shape") == "shape":
            raise BadParameter(f"sortby: there is no property {name[:60]!r} to sort by.", parameter="sortby")
    return found
