"""Addresses of ogc."""

from django.urls import path

from spiegelstad.ogc import http_api

_ONE = "ogc/collections/<slug:slug>"

urlpatterns = [
    path("ogc", http_api.landing, name="ogc"),
    path("ogc/", http_api.landing),
    path("ogc/conformance", http_api.conformance),
    path("ogc/collections", http_api.collections, name="ogc-collections"),
    path(_ONE, http_api.collection, name="ogc-collection"),
    path(f"{_ONE}/queryables", http_api.queryables),
    path(f"{_ONE}/items", http_api.items, name="ogc-items"),
    path(f"{_ONE}/items/<path:feature_id>", http_api.item, name="ogc-item"),
]
