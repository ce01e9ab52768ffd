"""What every request of the binding goes through: its method, body and answer."""

from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from spiegelstad.accounts.public import ActorKind, CityRequest
from spiegelstad.base.errors import TooLarge
from spiegelstad.sensorthings.errors import UnknownContentType
from spiegelstad.sensorthings.formats.reading import read_json

PREFIX = "/sensorthings/v1.1"
MAX_BODY_BYTES = 16 * 1024 * 1024
_JSON_TYPES = {"application/json", ""}  # a merge patch or JSON patch means other things by the same text


class BodyTooLarge(TooLarge):
    """The body is larger than the binding takes."""


def root_of(request: HttpRequest) -> str:
    """Return the address of the service as the client knows it."""
    return request.build_absolute_uri(PREFIX)


def body_of(request: HttpRequest) -> Any:
    """Return the JSON of a request."""
    if (request.content_type or "") not in _JSON_TYPES:
        raise UnknownContentType(f"A body cannot be {request.content_type!r}.", remedy="Send application/json.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body has more than {MAX_BODY_BYTES:,} bytes.")
    return read_json(request.body)


def allowing(request: HttpRequest, methods: dict[str, Callable[[], HttpResponse]]) -> HttpResponse:
    """Answer by the method of a request, 405 when it is not one of these."""
    method = "GET" if request.method == "HEAD" else str(request.method)
    if method in methods:
        return methods[method]()
    allowed = sorted({*methods, *(["HEAD"] if "GET" in methods else [])})
    return HttpResponse(status=405, headers={"Allow": ", ".join(allowed)})


def answer(request: CityRequest, body: Any, status: int = 200) -> HttpResponse:
    """Return a JSON answer that caches keep apart by who asks."""
    response = HttpResponse(orjson.dumps(body), status=status, content_type="application/json")
    if request.actor.kind is ActorKind.ANONYMOUS:
        patch_cache_control(response, public=True, no_cache=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response
