"""Middleware: counts the reads of devices, whatever face they come by."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from spiegelstad.sensors.uses import note_use


def CountUses(  # noqa: N802  named as the middleware it is
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Note each successful read; innermost, because it wants the actor that the middleware before it found."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "GET" and response.status_code in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            note_use(lambda: request.actor, request.path)  # type: ignore[attr-defined]
        return response

    return middleware
