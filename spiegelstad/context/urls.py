"""Addresses of NGSI-LD: each part of the binding lists its own, and each also has one with a slash at its end.

The standard writes `/entities/` in its tables and `/entities` in its examples.
"""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path

from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.http_api import (
    batch,
    contexts,
    discovery,
    entities,
    entity_maps,
    info,
    queries,
    registrations,
    subscriptions,
    temporal,
)
from spiegelstad.context.http_api.answering import answers

PARTS = (entities, batch, queries, entity_maps, discovery, temporal, subscriptions, registrations, contexts, info)


def _with_slash(patterns: list[URLPattern]) -> Iterator[URLPattern]:
    for one in patterns:
        yield path(f"{one.pattern}/", one.callback, one.default_args)


@answers
def _nothing(request: HttpRequest) -> HttpResponse:
    raise ResourceNotFound("There is nothing at this address.")


_patterns = [one for part in PARTS for one in part.urlpatterns]
urlpatterns = [path("ngsi-ld/v1/", include([*_patterns, *_with_slash(_patterns), re_path("", _nothing)]))]
