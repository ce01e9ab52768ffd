"""Addresses of linked data."""

from django.urls import path

from spiegelstad.sparql import http_api

urlpatterns = [
    path("sparql", http_api.sparql, name="sparql"),
    path("id/<path:entity_id>", http_api.entity, name="linked-entity"),
]
