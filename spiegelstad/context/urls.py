"""Addresses of NGSI-LD: each part of the binding lists its own."""

from django.urls import include, path

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

PARTS = (entities, batch, queries, entity_maps, discovery, temporal, subscriptions, registrations, contexts, info)

urlpatterns = [path("ngsi-ld/v1/", include([one for part in PARTS for one in part.urlpatterns]))]
