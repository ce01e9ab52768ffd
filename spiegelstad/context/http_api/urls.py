"""Addresses of NGSI-LD: each part of the binding lists its own."""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

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
    source_notifications,
    subscriptions,
    temporal,
)
from spiegelstad.context.http_api.answering import answers

PARTS = (
    entities,
    batch,
    queries,
    entity_maps,
    discovery,
    temporal,
    subscriptions,
    registrations,
    source_notifications,
    contexts,
    info,
)


@answers
def _nothing(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing at an address."""
    raise ResourceNotFound("There is nothing at this address.")


urlpatterns = [*(one for part in PARTS for one in part.urlpatterns), re_path("", _nothing)]
