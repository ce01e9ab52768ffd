"""Streams for machines, below `/streams/`: the same for everybody, so that every cache may keep them.

A node that never changes any more may be kept for a year; one that grows, for half a minute.
"""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256

from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import NotAcceptable
from spiegelstad.ldes.formats.serialising import MEDIA_TYPES, serialised
from spiegelstad.ldes.queries import describing, nodes
from spiegelstad.ldes.queries.nodes import Found
from spiegelstad.ldes.queries.streams import Stream, stream
from spiegelstad.ldes.rules.tiles import NOWHERE
from spiegelstad.ldes.vocabulary import BASE, Kind

FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=30"
Finder = Callable[..., Found]
View = Callable[..., HttpResponse]


def media_type(request: CityRequest) -> str:
    """Return the form of RDF that the reader likes best, or raise `NotAcceptable`."""
    chosen = request.get_preferred_type(list(MEDIA_TYPES))
    if chosen is None:
        raise NotAcceptable("This is linked data.", remedy=f"Accept one of {', '.join(MEDIA_TYPES)}.")
    return chosen


def told(request: CityRequest, found: Found) -> HttpResponse:
    """Answer with triples in the form that is accepted; 304 when the reader has them already."""
    base, form = request.build_absolute_uri("/"), media_type(request)
    etag = f'"{sha256(f"{base} {form} {found.tag} {found.text}".encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": FOREVER if found.is_immutable else SHORTLY}
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified(headers=headers)
    else:
        data = (found.text.encode() + found.members()).replace(BASE.encode(), base.encode())
        body = serialised(data, form)
        response = HttpResponse(body, content_type=form, headers=headers, status=410 if found.is_gone else 200)
    patch_vary_headers(response, ["Accept"])
    return response


def _node(find: Finder) -> View:
    """Make a view of a finder of nodes: it is given the stream and the rest of the address."""

    @require_safe
    @wraps(find)
    def view(request: CityRequest, kind: Kind, name: str, **where: str | int) -> HttpResponse:
        found = find(stream(request.tenant, kind, name), **where)
        if found.moved_to:
            return HttpResponseRedirect(found.moved_to.replace(BASE, request.build_absolute_uri("/")))
        return told(request, found)

    return view


@_node
def description(stream: Stream) -> Found:
    """Tell what a stream is: its shape, its words, and where its view by time begins."""
    return describing.description(stream)


@_node
def time_root(stream: Stream) -> Found:
    """Tell the root of the view by time."""
    return nodes.by_time(stream)


@_node
def time_branch(stream: Stream, branch: str) -> Found:
    """Tell a month, or a part of one."""
    return nodes.branch(stream, branch)


@_node
def time_page(stream: Stream, branch: str, number: int) -> Found:
    """Tell a page of members."""
    return nodes.page(stream, branch, number)


@_node
def place_root(stream: Stream) -> Found:
    """Tell the root of the view by place."""
    return nodes.by_place(stream)


@_node
def tile(stream: Stream, zoom: int, x: int, y: int) -> Found:
    """Tell a tile."""
    return nodes.branch(stream, f"{zoom}/{x}/{y}")


@_node
def tile_page(stream: Stream, zoom: int, x: int, y: int, number: int) -> Found:
    """Tell a page of the members in a tile."""
    return nodes.page(stream, f"{zoom}/{x}/{y}", number)


@_node
def nowhere(stream: Stream) -> Found:
    """Tell the pages of what has no place."""
    return nodes.branch(stream, NOWHERE)


@_node
def nowhere_page(stream: Stream, number: int) -> Found:
    """Tell a page of members without a place."""
    return nodes.page(stream, NOWHERE, number)
