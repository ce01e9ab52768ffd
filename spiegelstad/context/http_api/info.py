"""`/info/sourceIdentity` (clauses 5.15 and 6.33), and the description of this interface."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.http_api.answering import by_method, respond
from spiegelstad.context.http_api.media import JSON
from spiegelstad.context.http_api.openapi import description
from spiegelstad.context.http_api.requests import read
from spiegelstad.context.queries.identity import source_identity


def _identity(request: HttpRequest) -> HttpResponse:
    """Tell who this context source is (6.33.3.1)."""
    asked = read(request, params=())
    return respond(asked, source_identity(asked.actor))


def _openapi(request: HttpRequest) -> HttpResponse:
    """Describe this interface (OpenAPI)."""
    return HttpResponse(orjson.dumps(description()), content_type=JSON)


urlpatterns = [
    re_path(r"^info/sourceIdentity/?$", by_method(GET=_identity)),
    re_path(r"^openapi\.json$", by_method(GET=_openapi)),
]
