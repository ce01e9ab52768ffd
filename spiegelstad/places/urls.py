"""Addresses of the room."""

from django.urls import path

from spiegelstad.places import http_api

urlpatterns = [
    path("api/places/area-types", http_api.area_types, name="places-area-types"),
    path("api/places/areas/<slug:area_type>", http_api.areas, name="places-areas"),
    path("api/places/areas/<slug:area_type>/<str:code>", http_api.area, name="places-area"),
    path("api/places/at", http_api.at, name="places-at"),
    path("api/places/addresses", http_api.addresses, name="places-addresses"),
]
