"""`/data/<dataset>/rows`: the rows of datasets for programs, and for people who have no program at hand."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import NotAcceptable, NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import FILE_TYPES, Aggregate, Order, Rows, Selection
from spiegelstad.tabular import pages, queries, rules
from spiegelstad.tabular.formats import openapi
from spiegelstad.tabular.rules import Asked

_TYPES = {"json": "application/json", "html": "text/html", **FILE_TYPES}
_PLAIN = {kind.partition(";")[0]: name for name, kind in _TYPES.items()}


class NoSuchFormat(NotFound):
    """The address ends in, or asks for, a format that there is not."""

    title = "Unknown format"


@require_safe
def rows(request: CityRequest, slug: str, number: int | None = None, extension: str = "") -> HttpResponseBase:
    """Give what is selected of a dataset's current version, or of one by its number."""
    format_ = _format(request, extension)
    found = catalogue.open_rows(request.actor, slug, number)
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    asked = rules.read(pairs, found.columns, pages=format_ in {"json", "html"})
    etag = _etag(request, found, format_)
    if etag in request.headers.get("If-None-Match", ""):
        return _finished(HttpResponseNotModified(), found, etag)
    if format_ == "html":
        return _finished(pages.show_rows(request, found, asked), found, "")
    if request.method == "HEAD":
        found.columns_of(asked.selection)
        response: HttpResponseBase = HttpResponse(content_type=_TYPES[format_])
    elif format_ == "json":
        response = _json(request, found, asked)
    else:
        response = StreamingHttpResponse(
            catalogue.write_file(found, asked.selection, format_), content_type=_TYPES[format_]
        )
        name = f"{slug}-{found.version.number}.{format_}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _finished(response, found, etag)


@require_safe
def row(request: CityRequest, slug: str, key: str) -> HttpResponseBase:
    """Give one row by its key, as the newest version that has it tells it."""
    format_ = _format(request, "")
    if format_ not in {"json", "html"}:
        raise NotAcceptable("A row is given as JSON or as a page.", remedy="Accept application/json or text/html.")
    found, selection = queries.row(request.actor, slug, key)
    etag = _etag(request, found, format_)
    if format_ == "html":
        return _finished(pages.show_row(request, found, key, selection), found, "")
    if etag in request.headers.get("If-None-Match", ""):
        return _finished(HttpResponseNotModified(), found, etag)
    addresses = _addresses(request, found)
    uri, text = f"{addresses['dataset']}/rows/{queries.quoted(key)}", found.page(selection, catalogue.json_line).text
    document = {"uri": uri, **addresses, "licence": found.version.licence_uri, "row": orjson.Fragment(text[1:])}
    return _finished(HttpResponse(orjson.dumps(document), content_type=_TYPES["json"]), found, etag)


@require_safe
def description(request: CityRequest) -> HttpResponse:
    """Describe the rows of every dataset that the actor may read (OpenAPI 3.1); of one with `?dataset=`."""
    slugs = request.GET.getlist("dataset")[: openapi.MAX_DATASETS]
    found = [catalogue.open_rows(request.actor, slug) for slug in slugs] or queries.all_rows(request.actor)
    document = openapi.describe(found, request.build_absolute_uri("/"), request.tenant.name)
    return HttpResponse(orjson.dumps(document), content_type="application/openapi+json;version=3.1")


def _format(request: CityRequest, extension: str) -> str:
    """Return the format: by the end of the address, else by `format`, else by what is accepted; JSON if all is."""
    if named := extension or request.GET.get("format", ""):
        if named not in _TYPES:
            raise NoSuchFormat(f"There is no format {named!r}.", remedy=f"There are: {', '.join(_TYPES)}.")
        return named
    accepted = request.get_preferred_type(list(_PLAIN))
    if accepted is None:
        raise NotAcceptable("None of the accepted media types can be given.", remedy=f"There are: {', '.join(_PLAIN)}.")
    return _PLAIN[accepted]


def _json(request: CityRequest, found: Rows, asked: Asked) -> HttpResponseBase:
    """Return a page of rows with where the next begins; or, when everything is asked, all of them in one stream."""
    head: dict[str, Any] = {**_addresses(request, found), "licence": found.version.licence_uri}
    if asked.count:
        head["count"] = found.size(replace(asked.selection, limit=None, after=()))
    elif asked.selection.where is None and found.grant is None and not asked.selection.is_grouped:
        head["count"] = found.version.rows
    if asked.facets:
        head["facets"] = {name: _facet(found, asked, name) for name in asked.facets}
    start = orjson.dumps(head)[:-1] + b',"rows":['
    if asked.selection.limit is None:
        return StreamingHttpResponse(_whole(start, found, asked.selection), content_type=_TYPES["json"])
    page = found.page(asked.selection, catalogue.json_line)
    end, link = b"\n]}\n", ""
    if page.after:
        link = pages.next_address(request, found, page.after)
        end = b'\n],"next":' + orjson.dumps(link) + b"}\n"
    response = HttpResponse(start + page.text[1:] + end, content_type=_TYPES["json"])
    if link:
        response.headers["Link"] = f'<{link}>; rel="next"'
    return response


def _whole(start: bytes, found: Rows, selection: Selection) -> Iterator[bytes]:
    texts = found.texts(selection, catalogue.json_line)  # what does not fit is refused here, before it begins

    def pieces() -> Iterator[bytes]:
        yield start
        comma = 1
        for text in texts:
            yield text[comma:]
            comma = 0
        yield b"\n]}\n"

    return pieces()


def _facet(found: Rows, asked: Asked, name: str) -> list[dict[str, Any]]:
    """Return the most frequent values of a column among the rows that are selected."""
    counted = Selection(
        where=asked.selection.where,
        group_by=(name,),
        aggregates=(Aggregate("count", "", "count of rows"),),
        order_by=(Order("count of rows", descending=True),),
        limit=rules.FACET_VALUES,
    )
    values, counts = found.select(counted).columns
    return [
        {"value": value, "count": count} for value, count in zip(values.to_pylist(), counts.to_pylist(), strict=True)
    ]


def _addresses(request: CityRequest, found: Rows) -> dict[str, str]:
    dataset = request.build_absolute_uri(f"/data/{found.version.slug}")
    return {"dataset": dataset, "version": f"{dataset}/versions/{found.version.number}"}


def _etag(request: CityRequest, found: Rows, format_: str) -> str:
    """Return what is the same for the same bytes: the version and its licence, what is asked, and what is granted."""
    version = (found.version.content_hash, found.version.number, found.version.licence_uri)
    parts = (*version, found.grant, format_, request.build_absolute_uri())
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _finished(response: HttpResponseBase, found: Rows, etag: str) -> HttpResponseBase:
    """Add what caches and programs want to know. A page for people has no ETag: it holds more than rows."""
    about = f'</data/openapi.json?dataset={found.version.slug}>; rel="service-desc"'
    licence = f'<{found.version.licence_uri}>; rel="license"'
    links = [response.headers["Link"]] if "Link" in response.headers else []
    response.headers["Link"] = ", ".join([*links, about, licence])
    if etag:
        response.headers["ETag"] = etag
    is_open = found.version.classification == "public"
    response.headers["Cache-Control"] = "no-cache" if is_open else "private, no-cache"  # 304 is cheap
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    return response
